import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { transact } from '../../src/context.ts';
import { changed } from '../../src/search/changes.ts';
import { begin, build, type Progress } from '../../src/search/rebuild.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { elsewhere, waitingForLocks } from '../sync/scene.ts';
import { asSystem, drained, expectInStep, liveIndex, smuggleUsers } from './kept.ts';

let world: World;
beforeAll(async () => {
  // Nobody else builds what a test began.
  world = await startWorld({ isWorking: false });
  await smuggleUsers(world, 3_500);
});
afterAll(() => world.stop());
beforeEach(() => drained(world));

const beginUsers = async () => {
  const ctx = asSystem(world);
  const { writer, kind } = await liveIndex(world, 'users');
  return begin(ctx, writer, kind);
};

const indexRows = () =>
  world.sql(`select id, name, state from search_indexes where kind = 'users' order by id`);

/** How the tables are made, apart from what is in them. */
const makeOf = () =>
  world.sql(`
    select tablename, indexname, indexdef from pg_indexes where tablename like 'search_users%'
    union all
    select table_name, column_name, data_type || is_nullable || coalesce(collation_name, '')
    from information_schema.columns where table_name like 'search_users%' order by 1, 2`);

describe('a rebuild', () => {
  it('says what is true, in tables like those before', async () => {
    const make = await makeOf();
    const before = await liveIndex(world, 'users');

    const index = await beginUsers();
    const steps: Progress[] = [];
    const result = await build(asSystem(world), index, (it) => steps.push(it));

    expect(result).toBe('DONE');
    expect([...new Set(steps.map((it) => it.step))]).toEqual([
      'READING',
      'INDEXING',
      'CATCHING_UP',
    ]);
    expect(steps.at(-1)).toMatchObject({ done: 3_501, total: 3_501 });
    await drained(world);
    await expectInStep(world, 'users');
    expect(await makeOf()).toEqual(make);
    expect(index.id).toBeGreaterThan(before.id);
    expect(await indexRows()).toEqual([{ id: index.id, name: 'search_users', state: 'LIVE' }]);
    const words = await world.sql(`select word from search_users_words where word = 'somebody'`);
    expect(words).toHaveLength(1);
  });

  it('is begun once, whoever begins it', async () => {
    const begun = await Promise.all([beginUsers(), beginUsers(), beginUsers()]);

    expect(new Set(begun.map((it) => it.id)).size).toBe(1);
    await build(asSystem(world), await beginUsers());
  });

  it('goes on where it was broken off', async () => {
    const index = await beginUsers();
    const read: number[] = [];
    const broken = new AbortController();
    const first = await build({ ...asSystem(world), stopping: broken.signal }, index, (it) => {
      read.push(it.done);
      if (it.done >= 2_000) broken.abort();
    });
    const [half] = await world.sql('select done, cursor from search_indexes where id = $1', [
      index.id,
    ]);

    const second = await build(asSystem(world), index, (it) => read.push(it.done));

    expect([first, second]).toEqual(['STOPPED', 'DONE']);
    expect(half).toMatchObject({ done: 2_000 });
    expect(read.slice(0, 4)).toEqual([1_000, 2_000, 3_000, 3_501]);
    await drained(world);
    await expectInStep(world, 'users');
  });

  it('goes on after an error in any step', async () => {
    const index = await beginUsers();
    for (const step of ['READING', 'INDEXING', 'CATCHING_UP'] as const) {
      const broken = build(asSystem(world), index, (it) => {
        if (it.step === step) throw new Error(`broken while ${step}`);
      });
      await expect(broken).rejects.toThrow(step);
      await world.makeUser();
    }

    expect(await build(asSystem(world), index)).toBe('DONE');
    await drained(world);
    await expectInStep(world, 'users');
  });

  it('is one process’s at a time', async () => {
    const index = await beginUsers();

    const results = await Promise.all([1, 2, 3].map(() => build(asSystem(world), index)));

    expect(results.sort()).toEqual(['BUSY', 'BUSY', 'DONE']);
  });

  it('says of what waits what was said before: nothing, where that was hidden', async () => {
    const { id } = await world.makeUser();
    await drained(world);
    const said = () => world.sql('select id from search_users where id = $1', [id]);
    const index = await beginUsers();
    await transact(asSystem(world), (tx) => changed(tx, 'users', [id], { isHidden: true }));
    const release = await elsewhere(world, 'select from search_changes where id = $1 for update', [
      id,
    ]);

    const built = build(asSystem(world), index);
    await waitingForLocks(world, 1);
    await release();

    expect(await built).toBe('DONE');
    expect(await said()).toEqual([]);
    await drained(world);
    expect(await said()).toEqual([{ id }]);
  });

  it('has what is written while it goes on, and readers find everything all the time', async () => {
    const { users } = await countOf();
    let isOver = false;
    const write = async () => {
      for (let n = 0; !isOver; n++) {
        const { id } = await world.makeUser();
        if (n % 3 === 0) await rename(id, `Renamed ${n}`);
      }
    };
    const seen: number[] = [];
    const read = async () => {
      while (!isOver) {
        const found = await world.sql<{ count: number }>(
          `select count(*)::int as count from search_users where words @@ '''nsomebody'''::tsquery`,
        );
        seen.push(found[0]?.count ?? 0);
        await sleep(1);
      }
    };
    const others = [write(), write(), read(), read()];
    for (let n = 0; n < 3; n++)
      expect(await build(asSystem(world), await beginUsers())).toBe('DONE');
    isOver = true;
    await Promise.all(others);
    await drained(world);

    expect((await countOf()).users).toBeGreaterThan(users);
    expect(seen.length).toBeGreaterThan(50);
    expect(new Set(seen)).toEqual(new Set([3_500]));
    await expectInStep(world, 'users');
  }, 60_000);
});

const countOf = async () => (await world.sql('select count(*)::int as users from users'))[0];

/** Changes a user as a sync does. */
async function rename(id: string, name: string): Promise<void> {
  await transact(asSystem(world), async (tx) => {
    await tx.em.execute('update users set full_name = ? where id = ?', [name, id]);
    await changed(tx, 'users', [id]);
  });
}
