import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { expectInStep, smuggleUsers } from './kept.ts';

const folder = mkdtempSync(join(tmpdir(), 'collegium-doctor-'));
let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  await smuggleUsers(world, 12_000);
});
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
});

/** Begins a command line, on the world's database. */
function begin(args: string[], databaseUrl = world.databaseUrl) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...args], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      DATABASE_URL: databaseUrl,
      VAR_DIRECTORY: folder,
      REMOTE_DATA_LOG: join(folder, 'remote.log'),
    },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (it) => {
    out += it;
  });
  child.stderr.on('data', (it) => {
    err += it;
  });
  const ended = once(child, 'exit').then(([code]) => ({ code, out, err }));
  return { child, ended };
}

const run = (...args: string[]) => begin(args).ended;

describe('search reindex', { timeout: 60_000 }, () => {
  it('goes on where it was killed, and says how far it is', async () => {
    const { child, ended } = begin(['search', 'reindex', '--kind', 'users']);
    for await (const text of child.stderr) if (`${text}`.includes('writing documents')) break;
    child.kill('SIGKILL');
    await ended;
    const [half] = await world.sql(
      `select done, total from search_indexes where state = 'BUILDING'`,
    );
    expect(half.done).toBeGreaterThan(0);
    expect(half.done).toBeLessThan(half.total);

    const { code, err } = await run('search', 'reindex', '--kind', 'users');

    expect(code).toBe(0);
    expect(err).toContain('postgresql users: writing documents, ');
    expect(err).toContain('12001 of 12001 (100 %)');
    expect(await world.sql('select 1 from search_indexes')).toHaveLength(4);
    await expectInStep(world, 'users');
  });

  it('knows its kinds and engines', async () => {
    const [kind, engine] = await Promise.all([
      run('search', 'reindex', '--kind', 'people'),
      run('search', 'reindex', '--engine', 'elasticsearch'),
    ]);

    expect([kind.code, engine.code]).toEqual([2, 1]);
    expect(kind.err).toContain('communities, users, groups, roles');
    expect(engine.err).toContain('ELASTICSEARCH_URL');
  });
});

describe('search status', { timeout: 60_000 }, () => {
  it('says of each index what it knows and what waits', async () => {
    const [table, json] = await Promise.all([
      run('search', 'status'),
      run('search', 'status', '--json'),
    ]);

    expect([table.code, json.code]).toEqual([0, 0]);
    const all = JSON.parse(json.out);
    expect(all.map((it: { kind: string }) => it.kind).sort()).toEqual([
      'communities',
      'groups',
      'roles',
      'users',
    ]);
    expect(all.find((it: { kind: string }) => it.kind === 'users')).toMatchObject({
      engine: 'POSTGRESQL',
      name: 'search_users',
      state: 'LIVE',
      documents: 12_001,
      fault: null,
    });
    expect(table.out).toMatch(/^engine +kind +index +state +documents +waiting +oldest\n/);
    expect(table.out).toMatch(/^postgresql +users +search_users +live +12001 /m);
  });
});

describe('doctor', { timeout: 60_000 }, () => {
  it('is content with what is fine, and mends what drifted', async () => {
    await world.sql('delete from search_changes');
    await world.sql(`delete from pgboss.job`);
    await run('search', 'reindex', '--kind', 'roles');
    const fine = await run('doctor');
    expect(fine).toMatchObject({ code: 0, err: '' });
    expect(fine.out).not.toContain('WRONG');
    expect(fine.out.split('\n').length).toBeLessThan(25);

    await world.sql(`update search_users set digest = '' where name = 'somebody 77'`);
    const wrong = await run('doctor');
    expect(wrong.code).toBe(1);
    expect(wrong.out).toMatch(
      /^WRONG +postgresql users: drift: 0 missing, 0 too many, 1 stale, as [\da-f-]{36}\n +npx collegium doctor --fix$/m,
    );
    expect(await world.sql('select 1 from search_changes')).toEqual([]);

    const fixing = await run('doctor', '--fix', '--json');
    expect(fixing.code).toBe(1);
    const checks = JSON.parse(fixing.out).filter((it: { isFine: boolean }) => !it.isFine);
    expect(checks).toHaveLength(1);
    expect(checks[0].says).toContain('marked to be written anew');
    expect(await world.sql('select 1 from search_changes')).toHaveLength(1);
  });

  it('says what to do where nothing else can be looked at', async () => {
    const nowhere = begin(['doctor'], 'postgres://nobody@127.0.0.1:1/nothing').ended;
    await world.sql(`delete from mikro_orm_migrations where name like '%search%'`);
    const [{ code, out }, old] = await Promise.all([nowhere, run('doctor')]);

    expect(code).toBe(1);
    expect(out).toContain('WRONG  database: cannot be used');
    expect(old.code).toBe(1);
    expect(old.out).toContain('npx collegium migrate');
  });

  it('explains itself, as every command', async () => {
    for (const args of [['doctor'], ['search', 'reindex'], ['search', 'status']]) {
      const { code, out } = await run(...args, '--help');
      expect(code).toBe(0);
      expect(out).toMatch(/Example:\n {2}\$ npx collegium /);
    }
  });
});
