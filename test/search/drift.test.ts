import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transact } from '../../src/context.ts';
import { changed } from '../../src/search/changes.ts';
import { type Check, checkIndexes } from '../../src/search/checks.ts';
import { driftOf } from '../../src/search/drift.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { asSystem, drained, expectInStep, liveIndex, smuggleUsers } from './kept.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  await smuggleUsers(world, 2_400);
  await noteAll();
  await drained(world);
});
afterAll(() => world.stop());

const noteAll = () =>
  world.sql(`
    insert into search_changes (index_id, id)
    select i.id, u.id from search_indexes i, users u where i.kind = 'users'
    on conflict do nothing`);

const look = async (options?: Parameters<typeof driftOf>[2]) =>
  driftOf(asSystem(world), await liveIndex(world, 'users'), options);

const none = { MISSING: 0, EXTRA: 0, STALE: 0 };

describe('drift', () => {
  it('is none where the index says what is true', async () => {
    expect(await look()).toEqual({ looked: 2_401, faults: none, examples: [] });
  });

  it('is what is missing, too many or stale, wherever it is', async () => {
    const [gone, , kept] = await world.sql<{ id: string }>(
      `delete from search_users where id in (
         (select id from search_users order by id limit 1), (select id from search_users order by id desc limit 1))
       returning id`,
    );
    const [renamed] = await world.sql<{ id: string }>(
      `update users set full_name = 'Somebody else' where id = (select id from users order by id offset 1200 limit 1)
       returning id`,
    );
    const extra = ['00000000-0000-7000-8000-000000000001', 'ffffffff-ffff-7fff-bfff-ffffffffffff'];
    await world.sql(
      `insert into search_users (id, words, name, popularity, audience, digest)
       select it, '', 'nobody', 0, 'SOME', '' from unnest($1::uuid[]) it`,
      [extra],
    );

    const found = await look();

    expect(kept).toBeUndefined();
    expect(found).toMatchObject({ looked: 2_401, faults: { MISSING: 2, EXTRA: 2, STALE: 1 } });
    expect(found.examples).toEqual(expect.arrayContaining([gone?.id, renamed?.id, ...extra]));
  });

  it('is written anew where that is wanted', async () => {
    expect((await look({ isMended: true })).faults).toEqual({ MISSING: 2, EXTRA: 2, STALE: 1 });
    expect((await look()).faults).toEqual(none);
    await drained(world);

    expect((await look()).faults).toEqual(none);
    await expectInStep(world, 'users');
  });

  it('is not what waits to be written', async () => {
    await world.makeUser();

    expect((await look()).faults).toEqual(none);
    await world.sql('delete from search_changes');

    expect((await look()).faults).toEqual({ ...none, MISSING: 1 });
    await look({ isMended: true });
    await drained(world);
  });

  it('is looked for here and there among many', async () => {
    const found = await look({ most: 1_000 });

    expect(found.faults).toEqual(none);
    expect(found.looked).toBeGreaterThan(0);
    expect(found.looked).toBeLessThanOrEqual(1_000);
    await world.sql(`update search_users set digest = ''`);
    expect((await look({ most: 1_000 })).faults.STALE).toBeGreaterThan(0);
    await look({ isMended: true });
    await drained(world);
  });

  it('is none while everything is written again and again', async () => {
    let isOver = false;
    const write = async () => {
      for (let n = 0; !isOver; n++) {
        await transact(asSystem(world), async (tx) => {
          const changes = await tx.em.execute<{ id: string }[]>(
            `update users set affiliation = 'Place ${n}' where username like '%7' returning id`,
          );
          await changed(
            tx,
            'users',
            changes.map((it) => it.id),
          );
        });
        await drained(world);
      }
    };
    const writing = write();
    for (let n = 0; n < 5; n++) expect((await look()).faults).toEqual(none);
    isOver = true;
    await writing;
  });
});

describe('a look at the indexes', () => {
  const options = { most: 50_000, isMended: false };
  const wrong = (checks: Check[]) => checks.filter((it) => !it.isFine);

  it('finds nothing wrong where nothing is', async () => {
    const checks = await checkIndexes(asSystem(world), options);

    expect(wrong(checks)).toEqual([]);
    expect(checks.map((it) => it.name)).toContain('postgresql communities: drift');
    expect(checks).toHaveLength(12);
  });

  it('names the command for what is wrong', async () => {
    await world.sql('delete from search_users where id in (select id from search_users limit 1)');
    await world.sql(
      `insert into search_changes (index_id, id, noted_at)
       select id, '00000000-0000-7000-8000-00000000000a', now() - interval '10 minutes'
       from search_indexes where kind = 'groups'`,
    );
    await world.sql(
      `insert into search_indexes (engine, kind, name, state) values ('POSTGRESQL', 'roles', 'x', 'BUILDING')`,
    );

    const checks = wrong(await checkIndexes(asSystem(world), options));

    expect(checks.map(({ name, run }) => [name, run])).toEqual([
      ['postgresql users: drift', 'npx collegium doctor --fix'],
      ['postgresql groups: changes', 'PROCESSES=worker npx collegium serve'],
      ['postgresql roles: index', 'npx collegium search reindex --kind roles --engine postgresql'],
    ]);
    expect(checks[0]?.says).toMatch(/^1 missing, 0 too many, 0 stale, as [\da-f-]{36}$/);
  });

  it('takes who joined or left into account, which the clock has written', async () => {
    await world.sql(`delete from search_indexes where state = 'BUILDING'`);
    await drained(world);
    await checkIndexes(asSystem(world), { ...options, isMended: true });
    await drained(world);

    expect(wrong(await checkIndexes(asSystem(world), options))).toEqual([]);
  });
});
