import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Account, accountFor } from './account.ts';
import { environment } from './binaries.ts';
import { absent, hasCode } from './codes.ts';
import { isAlive } from './processes.ts';

/** What PostgreSQL calls a directory of databases, with what we keep beside it. */
export interface Cluster {
  home: string;
  data: string;
  password: string;
  log: string;
  account: Account;
}

export const superuser = 'collegium';

const recursively = { recursive: true, force: true, maxRetries: 3 };

/** Opens the directory, whether or not a cluster is in it yet. */
export async function openCluster(directory: string, major: string): Promise<Cluster> {
  await fs.mkdir(directory, { recursive: true, mode: 0o711 });
  const home = await fs.realpath(directory);
  const data = join(home, 'data');
  await demandVersion(home, data, major);
  return {
    home,
    data,
    password: join(home, 'password'),
    log: join(home, 'postgres.log'),
    account: await accountFor(home, data),
  };
}

/** Refuses what is not a cluster of this major version before anything is written. */
async function demandVersion(home: string, data: string, major: string): Promise<void> {
  try {
    const files = await fs.readdir(data);
    if (files.length === 0) return await fs.rmdir(data);
    if (!files.includes('PG_VERSION')) {
      throw new Error(`${data} is not a PostgreSQL data directory: move it away.`);
    }
    const version = (await fs.readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
    if (version === major) return;
    throw new Error(
      `${data} was made by PostgreSQL ${version}, and this is PostgreSQL ${major}. ` +
        `Nothing was touched. To keep what is in it, dump it with PostgreSQL ${version} ` +
        `(pg_dumpall) and load it again; to start anew, move ${home} away.`,
    );
  } catch (error) {
    if (hasCode(error, 'EACCES')) throw await belongsToAnother(data);
    absent(error);
  }
}

/** Makes the cluster under another name, so that one half made is never taken for a whole one. */
export async function makeCluster(
  cluster: Cluster,
  initdb: string,
  { sync }: { sync: boolean },
): Promise<void> {
  const { home, data, account } = cluster;
  await removeAbandonedDrafts(home);
  const password = await makePassword(cluster);
  const draft = await fs.mkdtemp(join(home, `init-${process.pid}-`));
  const passwordFile = join(draft, 'password');
  try {
    await fs.writeFile(passwordFile, password, { mode: 0o600 });
    const { uid, gid } = account;
    if (uid !== undefined && gid !== undefined) {
      await Promise.all([draft, passwordFile].map((path) => fs.chown(path, uid, gid)));
    }
    const flags = [
      `--pgdata=${join(draft, 'data')}`,
      `--pwfile=${passwordFile}`,
      `--username=${superuser}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      ...(sync ? [] : ['--no-sync']),
    ];
    await promisify(execFile)(initdb, flags, { ...account, cwd: draft, env: environment });
    await fs.rename(join(draft, 'data'), data).catch((error: unknown) => {
      // Another process made it meanwhile, with the same password.
      if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
    });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr || String(error);
    throw new Error(`PostgreSQL could not make a cluster in ${home}:\n${said}${adviceOn(said)}`, {
      cause: error,
    });
  } finally {
    await fs.rm(draft, recursively);
  }
}

async function removeAbandonedDrafts(home: string): Promise<void> {
  for (const name of await fs.readdir(home)) {
    const maker = Number(name.match(/^init-(\d+)-/)?.[1]);
    if (maker && !isAlive(maker)) await fs.rm(join(home, name), recursively).catch(() => {});
  }
}

function adviceOn(said: string): string {
  const [, uid] = said.match(/could not look up effective user ID (\d+)/) ?? [];
  if (!uid) return '';
  return (
    `User ${uid} has no line in /etc/passwd, as in a container that runs with --user ${uid}, and ` +
    'PostgreSQL needs one. Run this as a user who has a line there, add one ' +
    `("collegium:x:${uid}:${uid}::/:/bin/sh"), or give the URL of a PostgreSQL of your own.`
  );
}

/** The first password made stays, whoever makes another at the same time. */
async function makePassword(cluster: Cluster): Promise<string> {
  const own = `${cluster.password}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await fs.writeFile(own, randomBytes(24).toString('base64url'), { mode: 0o600 });
  await fs.link(own, cluster.password).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error;
  });
  await fs.rm(own);
  return readPassword(cluster);
}

export async function readPassword({ password, home }: Cluster): Promise<string> {
  try {
    return await fs.readFile(password, 'utf8');
  } catch (error) {
    if (hasCode(error, 'EACCES')) throw await belongsToAnother(password);
    throw new Error(`${password} is missing: put it back, or move ${home} away.`, { cause: error });
  }
}

async function belongsToAnother(path: string): Promise<Error> {
  const { uid } = await fs.stat(path);
  return new Error(`${path} belongs to user ${uid}: run this as that user, or move it away.`);
}

/** Deletes what we made; the directory itself stays if it holds anything else. */
export async function removeCluster({ data, password, log, home }: Cluster): Promise<void> {
  const paths = [data, password, log];
  await Promise.all(paths.map((path) => fs.rm(path, { recursive: true, force: true })));
  await fs.rmdir(home).catch(() => {});
}
