import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { readIndexes } from '../../src/search/indexes.ts';
import { build, buildAll } from '../../src/search/rebuild.ts';
import { sweep } from '../../src/search/upkeep.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { asSystem, drained, smuggleUsers, trueOf } from './kept.ts';
import { MemoryWriter } from './memory-writer.ts';

let world: World;
let writer: MemoryWriter;
let ctx: Context;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  await world.app.queue.createQueue('index-changes.ELASTICSEARCH');
  await smuggleUsers(world, 2_500);
});
afterAll(() => world.stop());
beforeEach(async () => {
  await world.sql(`delete from search_indexes where engine = 'ELASTICSEARCH'`);
  writer = new MemoryWriter();
  const own = asSystem(world);
  ctx = { ...own, search: { ...own.search, writers: [...own.search.writers, writer] } };
  await drained(world);
});

/** What a worker does every few seconds, and what it hints at then. */
async function tick(): Promise<void> {
  await sweep(ctx);
  await buildAll(ctx);
}

const indexOf = async (kind: string) => {
  const all = await readIndexes(ctx);
  return all.filter((it) => it.writer === writer && it.kind.name === kind);
};

/** Whether the index of users that is read says of everybody what is true. */
async function expectWhole(): Promise<void> {
  const name = writer.read.get('users') ?? '';
  const { users } = ctx.search.kinds;
  const said = await writer.digests(ctx, users, name, null, 1e6);
  expect(said.length).toBeGreaterThan(2_500);
  expect(new Map(said.map((it) => [it.id, it.digest]))).toEqual(await trueOf(world, users));
  expect(await indexOf('users')).toMatchObject([{ name, state: 'LIVE' }]);
}

it('an index that somebody removed is built anew, the others stay', async () => {
  await tick();
  const [users, groups] = [...(await indexOf('users')), ...(await indexOf('groups'))];
  expect([users?.state, groups?.state]).toEqual(['LIVE', 'LIVE']);

  writer.indexes.delete(users?.name ?? '');
  await sweep(ctx);

  // Nobody reads it until it is whole: PostgreSQL answers.
  expect(await indexOf('users')).toMatchObject([{ state: 'BUILDING', cursor: null }]);
  await buildAll(ctx);
  await expectWhole();
  expect(await indexOf('groups')).toEqual([groups]);
});

it('one that nobody reads any more is built anew', async () => {
  await tick();
  writer.read.delete('users');

  await tick();

  await expectWhole();
});

it.each(['READING', 'INDEXING', 'CATCHING_UP'] as const)(
  'a build whose index was removed while %s begins anew',
  async (step) => {
    await sweep(ctx);
    const [begun] = await indexOf('users');
    if (!begun) throw new Error('no index was begun');
    let isRemoved = false;
    const broken = build(ctx, begun, (it) => {
      if (it.step !== step || isRemoved) return;
      isRemoved = true;
      writer.indexes.delete(begun.name);
    });
    await expect(broken).rejects.toThrow('no index');
    expect((await indexOf('users'))[0]?.cursor).not.toBeNull();

    const read: number[] = [];
    expect(await build(ctx, begun, (it) => read.push(it.done))).toBe('DONE');

    expect(read[0]).toBe(1_000);
    await expectWhole();
  },
);

it('nothing is forgotten of an engine that is down, and PostgreSQL is looked after', async () => {
  await tick();
  const before = await world.sql('select id, name, state from search_indexes order by id');
  writer.isDown = true;
  await world.makeUser();
  await world.sql(`delete from pgboss.job where name like 'index-%'`);

  await tick();

  expect(await world.sql('select id, name, state from search_indexes order by id')).toEqual(before);
  const hints = await world.sql(`select name from pgboss.job where name like 'index-%' order by 1`);
  expect(hints).toEqual([
    { name: 'index-changes.ELASTICSEARCH' },
    { name: 'index-changes.POSTGRESQL' },
  ]);
});
