import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { type } from './kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'collegium-cli-'));
let world: World;
beforeAll(async () => {
  // Nobody works here but the commands themselves.
  world = await startWorld({ isWorking: false, sample: { population: 1000 } });
});
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
});

const kc = '--idp knowledgeCommons';

async function told(line: string, options = {}) {
  const ran = await type(world, `${line} --json`, options);
  return { code: ran.code, ...ran.json() };
}

/** All that syncs write, to see that nothing was. */
const written = () =>
  world.sql(`select (select count(*) from users) as users, (select count(*) from groups) as groups,
    (select count(*) from sync_states) as states, (select count(*) from sync_runs) as runs,
    (select count(*) from assignments) as assignments, (select count(*) from audit_events) as events`);

describe('sync user', () => {
  it('rehearses without writing anything', async () => {
    const before = await written();

    const plan = await told(`sync user 1234 9999 ${kc} --dry-run`);

    expect(plan).toMatchObject({
      code: 3,
      isDryRun: true,
      outcomes: { changed: 1, notFoundThere: 1 },
    });
    const [jane] = plan.subjects;
    expect(jane).toMatchObject({ remoteId: '1234', outcome: 'changed' });
    expect(jane.changes).toContainEqual(
      expect.objectContaining({ kind: 'USER_PROVISIONED', after: 'janeuser' }),
    );
    expect(await written()).toEqual(before);
  });

  it('does what it rehearsed, where no server works, and then finds nothing to do', async () => {
    const plan = await told(`sync user 1234 ${kc} --dry-run`);
    const done = await told(`sync user 1234 ${kc}`);
    const again = await told(`sync user 1234 ${kc}`);

    expect(done).toMatchObject({ code: 0, total: 1, done: 1, outcomes: { changed: 1 } });
    expect(done.subjects[0].changes).toEqual(plan.subjects[0].changes);
    expect(again).toMatchObject({ code: 0, outcomes: { changed: 0, unchanged: 1 } });
  });

  it('finds accounts by address and name, and says who has none', async () => {
    const byEmail = await told('sync user --by-email JANEUSER@example.org nobody@example.org');
    const byName = await told('sync user --by-username janeuser');

    expect(byEmail).toMatchObject({
      code: 3,
      outcomes: { unchanged: 1 },
      notFoundHere: ['nobody@example.org'],
    });
    expect(byName).toMatchObject({ code: 0, subjects: [{ remoteId: '1234' }] });
    expect(await told('sync user --by-username nobody')).toMatchObject({ code: 1, total: 0 });
  });

  it('reads ranges, lists and standard input', async () => {
    const input = 'u000011\nu000012, u000011\n';
    const { code, total, outcomes } = await told(`sync user u000010 - ${kc}`, { input });

    expect({ code, total, outcomes }).toMatchObject({
      code: 0,
      total: 3,
      outcomes: { changed: 3 },
    });
  });

  it('may leave it to a worker', async () => {
    const { out } = await type(world, `sync user u000020,u000021 ${kc} --no-wait`);

    expect(out).toBe('2 are to be looked at.\n');
    expect((await type(world, 'sync status')).out).toMatch(/^knowledgeCommons +2 +\S+Z /m);
    expect(await told(`sync user u000020,u000021 ${kc}`)).toMatchObject({ code: 0 });
    expect((await type(world, 'sync status')).out).toMatch(/^knowledgeCommons +0 /m);
  });

  it('tells what failed, with the reason, and does not wait for ever', async () => {
    world.sample.switches.set('/wp-json/commons/v1/users/u000030', { mode: 'failing' });
    world.sample.switches.set('/wp-json/commons/v1/users/u000031', {
      mode: 'failing',
      status: 400,
    });

    const ran = await type(world, `sync user u000030 u000031 u000032 ${kc} --timeout 1`);

    expect(ran.code).toBe(3);
    expect(ran.out).toMatch(/^ {2}changed +1 /m);
    expect(ran.out).toMatch(/^ {2}failed +1\n +1 × .*400/m);
    expect(ran.out).toMatch(/^ {2}timeout +1\n +1 × .*503/m);
    const { dead } = (await type(world, 'sync status --json')).json()[0];
    expect(dead).toBe(1);
    world.sample.switches.clear();
  });

  it('says what is held, and why', async () => {
    world.sample.world.people.delete('u000010');

    const { code, outcomes, reasons } = await told(`sync user u000010 ${kc}`);

    expect({ code, outcomes }).toMatchObject({ code: 1, outcomes: { held: 1 } });
    expect(reasons).toEqual([{ verdict: 'held', reason: 'ABSENT, ALL_OF_A_USER', count: 1 }]);
  });
});

it('sync group looks at groups', async () => {
  const done = await told(`sync group 12345 1 ${kc}`);

  expect(done).toMatchObject({ code: 3, outcomes: { notFoundThere: 1 } });
  expect((await type(world, 'group show knowledgeCommons:12345')).code).toBe(0);
});

describe('sync ingest', () => {
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('provisions those whom a file names, once each', async () => {
    const lines = [
      '{"username":"u000100"}',
      '{"username":"u000101"}',
      '{"username":"u000100"}',
      '{}',
    ];
    const path = file('people.jsonl', lines.join('\n'));

    const rehearsed = await told(`sync ingest ${path} ${kc} --dry-run`);
    const done = await told(`sync ingest ${path} ${kc}`);

    const rows = { format: 'jsonl', rowsSeen: 4, skipped: 1, problems: [{ row: 4 }] };
    expect(rehearsed).toMatchObject({ code: 3, ...rows, isDryRun: true, outcomes: { changed: 2 } });
    expect(done).toMatchObject({ code: 3, ...rows, isDryRun: false, outcomes: { changed: 2 } });
    expect((await type(world, 'user show knowledgeCommons:u000101')).code).toBe(0);
  });

  it('begins at an offset, ends at a limit, and keeps to a rate', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `u0002${String(i).padStart(2, '0')}`);
    const path = file('people.txt', names.join('\n'));
    const begunAt = Date.now();

    const done = await told(`sync ingest ${path} ${kc} --offset 5 --limit 6 --rate 4`);

    expect(done).toMatchObject({
      code: 0,
      format: 'usernames',
      total: 6,
      outcomes: { changed: 6 },
    });
    expect(Date.now() - begunAt).toBeGreaterThan(1100);
    expect((await type(world, 'user show knowledgeCommons:u000204')).code).toBe(1);
    expect((await type(world, 'user show knowledgeCommons:u000205')).code).toBe(0);
    expect((await type(world, 'user show knowledgeCommons:u000211')).code).toBe(1);
  });

  it('names a file that is not there', async () => {
    const { code, err } = await type(world, `sync ingest ${folder}/none ${kc}`);
    expect(code).toBe(1);
    expect(err).toContain('cannot be read');
  });
});

describe('sync all', { timeout: 60_000 }, () => {
  it('looks at all that is known, with its progress', async () => {
    const path = join(folder, 'many.txt');
    writeFileSync(path, Array.from({ length: 300 }, (_, i) => `u000${300 + i}`).join('\n'));
    await told(`sync ingest ${path} ${kc}`);
    const [{ users }] = await world.sql(
      `select count(*)::int as users from identities where idp = 'knowledgeCommons'`,
    );

    const ran = await type(world, `sync all ${kc} --kind users`, { canRedraw: true });

    expect(ran.err).toMatch(/█+░* \d+\/\d+, \d+\/s/);
    expect(ran.out).toMatch(new RegExp(`^Looked at ${users} of ${users} in `, 'm'));
    expect(ran.out).toMatch(/^ {2}unchanged +\d{3}/m);
    const triggers = await world.sql(
      `select distinct trigger from sync_states where remote_id = 'u000301'`,
    );
    expect(triggers).toEqual([{ trigger: 'RECONCILIATION' }]);
  });

  it('stops when it is told to, and says how far it came', async () => {
    const stopping = new AbortController();
    const watch = (text: string) => {
      if (Number(/ (\d+)\//.exec(text)?.[1]) > 5) stopping.abort();
    };

    const options = { signal: stopping.signal, canRedraw: true, watch };
    const ran = await type(world, `sync all ${kc} --rate 20`, options);

    expect(ran.code).toBe(3);
    const [, done, total] = /^Stopped\. Looked at (\d+) of (\d+) in /m.exec(ran.out) ?? [];
    expect(Number(done)).toBeGreaterThan(5);
    expect(Number(done)).toBeLessThan(200);
    expect(Number(total)).toBeGreaterThan(300);
  });
});
