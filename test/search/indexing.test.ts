import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Context, transact } from '../../src/context.ts';
import { changed } from '../../src/search/changes.ts';
import { indexChanged } from '../../src/search/indexing.ts';
import { buildAll } from '../../src/search/rebuild.ts';
import { countAnew, sweep, tend } from '../../src/search/upkeep.ts';
import { done, found } from '../communities/kit.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { waitingForLocks } from '../sync/scene.ts';
import { asSystem, drained, expectInStep, smuggleUsers } from './kept.ts';
import { MemoryWriter } from './memory-writer.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  // As where Elasticsearch is configured.
  await world.app.queue.createQueue('index-changes.ELASTICSEARCH');
});
afterAll(() => world.stop());
beforeEach(() => drained(world));

const waiting = () => world.sql('select index_id, id from search_changes');
const nameOf = async (id: string) => {
  const [row] = await world.sql('select name from search_users where id = $1', [id]);
  return row?.name;
};

/** Changes a user, and says so, in one transaction. */
const rename = (ctx: Context, id: string, name: string) =>
  transact(ctx, async (tx) => {
    await tx.em.execute('update users set full_name = ? where id = ?', [name, id]);
    await changed(tx, 'users', [id]);
  });

/** The context of a process that is configured with another engine too. */
const withEngine = (writer: MemoryWriter): Context => {
  const ctx = asSystem(world);
  return { ...ctx, search: { ...ctx.search, writers: [...ctx.search.writers, writer] } };
};

const hints = [{ engine: 'POSTGRESQL' as const }, { engine: 'ELASTICSEARCH' as const }];
const jobs = () => world.sql(`select name from pgboss.job where name like 'index-changes%'`);

describe('a change', () => {
  it('is written once it is kept, and hinted at', async () => {
    const before = await jobs();
    const { id } = await world.makeUser('indexed-user');

    expect(await nameOf(id)).toBeUndefined();
    expect((await jobs()).length).toBe(before.length + 1);
    await drained(world);

    expect(await nameOf(id)).toBe('indexed-user');
    expect(await waiting()).toEqual([]);
  });

  it('that is taken back leaves nothing', async () => {
    const { id } = await world.makeUser();
    await drained(world);
    const before = await jobs();

    const broken = transact(asSystem(world), async (tx) => {
      await changed(tx, 'users', [id], { isHidden: true });
      throw new Error('taken back');
    });

    await expect(broken).rejects.toThrow('taken back');
    expect(await waiting()).toEqual([]);
    expect(await jobs()).toEqual(before);
    expect(await nameOf(id)).toBeDefined();
  });

  it('that hides something is true at once, and for who may see it a moment later', async () => {
    const { id, uuid, owner } = await found(world);
    await drained(world);
    const audience = () =>
      world.sql('select audience from search_communities where id = $1', [uuid]);
    expect(await audience()).toEqual([{ audience: 'EVERYONE' }]);

    const access = { visibility: 'RESTRICTED' };
    await done(world, owner.token, 'updateCommunity', { communityId: id, access });

    expect(await audience()).toEqual([]);
    await drained(world);
    expect(await audience()).toEqual([{ audience: 'SOME' }]);

    await done(world, owner.token, 'deleteCommunity', { communityId: id });
    expect(await audience()).toEqual([]);
  });

  it('is written by one of many workers, and nothing is lost among them', async () => {
    await smuggleUsers(world, 1_200);
    const ids = await world.sql<{ id: string }>('select id from users order by id');
    const change = async (n: number) => {
      for (let i = n; i < ids.length; i += 40) {
        const id = ids[i]?.id ?? '';
        await rename(asSystem(world), id, `Renamed ${n} ${i}`);
      }
    };
    await world.sql(`
      insert into search_changes (index_id, id)
      select i.id, u.id from search_indexes i, users u where i.kind = 'users' on conflict do nothing`);

    await Promise.all([change(1), change(2), ...[1, 2, 3].map(() => drained(world))]);
    await drained(world);

    expect(await waiting()).toEqual([]);
    await expectInStep(world, 'users');
  });

  it('that comes while an older one is written is written after it', async () => {
    const { id } = await world.makeUser();
    const ctx = asSystem(world);
    const { users } = ctx.search.kinds;
    const gate = Promise.withResolvers<void>();
    const isRead = Promise.withResolvers<void>();
    const slow: Context['search'] = {
      ...ctx.search,
      kinds: {
        ...ctx.search.kinds,
        users: {
          ...users,
          async read(...args) {
            const documents = await users.read(...args);
            isRead.resolve();
            await gate.promise;
            return documents;
          },
        },
      },
    };
    const older = indexChanged({ ...ctx, search: slow }, hints);
    await isRead.promise;

    const newer = rename(asSystem(world), id, 'Newer').then(() => drained(world));
    // It waits for the older; if it did not, the older would be written after it.
    await Promise.race([newer, waitingForLocks(world, 1)]);
    gate.resolve();
    await Promise.all([older, newer]);
    await drained(world);

    expect(await nameOf(id)).toBe('newer');
  });

  it('of something that cannot be made or kept does not hold up the others', async () => {
    const [bad, unkept, good] = [
      await world.makeUser(),
      await world.makeUser(),
      await world.makeUser(),
    ];
    await drained(world);
    for (const { id } of [bad, unkept, good]) await rename(asSystem(world), id, 'After');
    const ctx = asSystem(world);
    const { users } = ctx.search.kinds;
    const read: typeof users.read = async (tx, ids) => {
      if (ids.includes(bad.id)) await tx.em.execute('select 1 / 0');
      const documents = await users.read(tx, ids);
      const document = documents.get(unkept.id);
      if (document) documents.set(unkept.id, { ...document, popularity: 40_000 });
      return documents;
    };
    const errors: unknown[] = [];
    const log = Object.assign(Object.create(ctx.log), { error: (it: unknown) => errors.push(it) });

    await indexChanged(
      {
        ...ctx,
        log,
        search: { ...ctx.search, kinds: { ...ctx.search.kinds, users: { ...users, read } } },
      },
      hints,
    );

    expect(await waiting()).toEqual([]);
    expect([await nameOf(bad.id), await nameOf(unkept.id)]).toEqual([undefined, undefined]);
    expect(await nameOf(good.id)).toBe('after');
    expect(errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'users', id: bad.id }),
        expect.objectContaining({ index: 'search_users', id: unkept.id }),
      ]),
    );
  });
});

describe('another engine', () => {
  it('gets an index of every kind, is written beside PostgreSQL, and forgotten when it is gone', async () => {
    const writer = new MemoryWriter();
    const ctx = withEngine(writer);
    await tend(ctx);
    await tend(ctx);
    const { id } = await world.makeUser();
    writer.isDown = true;
    await buildAll(ctx);
    expect(writer.indexes.size).toBe(0);
    writer.isDown = false;
    await buildAll(ctx);
    await indexChanged(ctx, hints);

    const name = writer.read.get('users') ?? '';
    const said = async () =>
      (await writer.digests(ctx, ctx.search.kinds.users, name, null, 1e6)).length;
    const [{ count }] = await world.sql('select count(*)::int as count from users');
    expect(await said()).toBe(count);
    expect(writer.indexes.size).toBe(4);
    expect(await waiting()).toEqual([]);

    // Down, it holds up nobody; back, it is told everything.
    writer.isDown = true;
    await rename(ctx, id, 'Meanwhile');
    const stopping = AbortSignal.timeout(1_000);
    await indexChanged({ ...ctx, stopping }, hints);
    expect(await nameOf(id)).toBe('meanwhile');
    expect(await waiting()).toHaveLength(1);
    writer.isDown = false;
    await indexChanged(ctx, hints);
    expect(await waiting()).toEqual([]);
    expect(writer.indexes.get(name)?.get(id)?.entry?.name).toBe('meanwhile');

    // A process without it leaves it alone for an hour.
    await rename(ctx, id, 'Later');
    await tend(asSystem(world));
    expect(
      await world.sql(`select 1 from search_indexes where engine = 'ELASTICSEARCH'`),
    ).toHaveLength(4);
    await world.sql(`update search_indexes set tended_at = now() - interval '2 hours'`);
    await tend(ctx);
    expect(
      await world.sql(`select 1 from search_indexes where engine = 'ELASTICSEARCH'`),
    ).toHaveLength(4);
    await world.sql(`update search_indexes set tended_at = now() - interval '2 hours'`);
    await tend(asSystem(world));
    expect(
      await world.sql(`select engine from search_indexes where engine <> 'POSTGRESQL'`),
    ).toEqual([]);
    expect((await world.sql('select 1 from search_indexes')).length).toBe(4);
  });

  it('keeps the newer of two writes that cross', async () => {
    const writer = new MemoryWriter();
    const ctx = withEngine(writer);
    const { id } = await world.makeUser();
    await tend(ctx);
    await buildAll(ctx);
    const name = writer.read.get('users') ?? '';
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let nth = 0;
    writer.delay = () => {
      const n = nth++;
      begun[n]?.resolve();
      return gates[n]?.promise ?? Promise.resolve();
    };
    const only = [{ engine: 'ELASTICSEARCH' as const }];

    await rename(ctx, id, 'Older');
    const older = indexChanged(ctx, only);
    await begun[0]?.promise;
    await rename(ctx, id, 'Newer');
    const newer = indexChanged(ctx, only);
    await begun[1]?.promise;
    gates[1]?.resolve();
    await newer;
    gates[0]?.resolve();
    await older;

    const said = () => writer.indexes.get(name)?.get(id)?.entry?.name;
    expect(said()).toBe('newer');

    gates.push(Promise.withResolvers<void>());
    begun.push(Promise.withResolvers<void>());
    await rename(ctx, id, 'Older again');
    const again = indexChanged(ctx, only);
    await begun[2]?.promise;
    await rename(ctx, id, 'Newest');
    gates[2]?.resolve();
    await again;
    expect(said()).toBe('older again');
    await indexChanged(ctx, only);
    expect(said()).toBe('newest');
    await drained(world);
    expect(await waiting()).toEqual([]);
    await world.sql(`delete from search_indexes where engine = 'ELASTICSEARCH'`);
  });
});

describe('the clock', () => {
  it('hints at what waits, and builds what was begun', async () => {
    await world.makeUser();
    await world.sql(`delete from pgboss.job where name like 'index-%'`);

    await sweep(asSystem(world));

    expect(await jobs()).toEqual([{ name: 'index-changes.POSTGRESQL' }]);
  });

  it('finds who more or fewer belong to, and nobody else', async () => {
    const communities = [await found(world), await found(world), await found(world)];
    await smuggleUsers(world, 300);
    await drained(world);
    await countAnew(asSystem(world));
    expect(await waiting()).toEqual([]);
    const join = (uuid: string | undefined, size: number) =>
      world.sql(
        `insert into members (id, community_id, user_id, level)
         select gen_random_uuid(), $1, id, 'READER' from users
         where username like 'smuggled-%' order by id limit $2 on conflict do nothing`,
        [uuid, size],
      );
    for (const [i, size] of [1, 7, 255].entries()) await join(communities[i]?.uuid, size);

    await countAnew(asSystem(world));

    const noted = (await waiting()).map((it) => it.id);
    expect(new Set(noted)).toEqual(new Set(communities.map((it) => it.uuid)));
    await drained(world);
    await expectInStep(world, 'communities');
    await countAnew(asSystem(world));
    expect(await waiting()).toEqual([]);

    // A step from 8 to 9, and none from 256 to 257.
    await join(communities[1]?.uuid, 8);
    await join(communities[2]?.uuid, 256);
    await countAnew(asSystem(world));
    expect((await waiting()).map((it) => it.id)).toEqual([communities[1]?.uuid]);
  });
});
