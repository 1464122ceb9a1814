import fc from 'fast-check';
import { type RawBuilder, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import * as communities from '../../src/communities/policy.ts';
import { rows } from '../../src/context.ts';
import * as groups from '../../src/groups/policy.ts';
import { all, type Tree } from '../../src/search/tree.ts';
import * as users from '../../src/users/policy.ts';
import { actorOf, plan, subjectOf, writeWorlds } from '../communities/random-worlds.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { indexAll } from './index-all.ts';
import type { KindName } from './kept.ts';
import { matches } from './matcher.ts';

/*
 * What a policy says of all things as a condition, it says as a tree: to the engine, and to the
 * matcher, which is obviously right. In random worlds on the real database.
 */

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

const kinds: KindName[] = ['communities', 'users', 'groups', 'roles'];
const worldsAtOnce = fc.array(plan, { minLength: 1, maxLength: 12, size: 'max' });

/** What a tree finds of a kind, by the engine and by the matcher. */
async function foundBy(sees: Tree, name: KindName) {
  const ctx = world.app.begin(Actor.system);
  const kind = ctx.search.kinds[name];
  const request = { tree: all, ranks: [], sees, within: all, choices: {} };
  const list = { sort: 'NEWEST', size: 10_000, isBackward: false } as const;
  const found = await ctx.search.find(ctx, kind, { ...request, ...list });
  const ids = (await world.sql<{ id: string }>(`select id from ${kind.source}`)).map((it) => it.id);
  const documents = await kind.read(ctx, ids);
  const engine = found.hits.map((it) => it.id);
  const matcher = ids.filter((id) => {
    const document = documents.get(id);
    return document && matches(document, sees);
  });
  return {
    engine: engine.sort(),
    matcher: matcher.sort(),
    counted: (await found.counts()).total,
  };
}

async function visible(name: KindName, where: RawBuilder<boolean>): Promise<string[]> {
  const ctx = world.app.begin(Actor.system);
  const found = await rows(
    ctx,
    sql<{ id: string }>`select t.id from ${sql.table(name)} t where ${where}`,
  );
  return found.map((it) => it.id).sort();
}

describe('what is there for an actor', () => {
  it('is the same for policies, conditions, trees, the engine and what it counts', async () => {
    let hidden = 0;
    await fc.assert(
      fc.asyncProperty(worldsAtOnce, async (plans) => {
        const written = await writeWorlds(world, plans);
        for (const kind of kinds) await world.sql(`delete from search_${kind}`);
        await indexAll(world, ...kinds);
        const people = written.users.slice(0, 12);
        const actors = [Actor.anyone, Actor.system, ...people.map((it) => actorOf(it, written))];
        for (const actor of actors) {
          const seen = written.places
            .filter((it) => communities.maySee(actor, subjectOf(it)))
            .map((it) => it.uuid)
            .sort();
          hidden += written.places.length - seen.length;
          expect(await visible('communities', communities.visibleTo(actor))).toEqual(seen);
          expect(await foundBy(communities.seenBy(actor), 'communities')).toEqual({
            engine: seen,
            matcher: seen,
            counted: seen.length,
          });
          const others = await visible('users', users.visibleTo(actor));
          expect(await foundBy(users.seenBy(actor), 'users')).toEqual({
            engine: others,
            matcher: others,
            counted: others.length,
          });
          for (const kind of ['groups', 'roles'] as const) {
            const listed = groups.mayList(actor) ? await visible(kind, sql`true`) : [];
            expect((await foundBy(groups.seenBy(actor), kind)).engine).toEqual(listed);
          }
        }
      }),
      { numRuns: 12, interruptAfterTimeLimit: 100_000 },
    );
    expect(hidden).toBeGreaterThan(20);
  }, 150_000);
});
