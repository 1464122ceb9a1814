import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fromGlobalId } from '../../src/ids.ts';
import { atLeast } from '../../src/level.ts';
import { forgetLimits } from '../credentials/kit.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { act, done, type Loose, refusals } from './kit.ts';
import { after, levelsOf, look, ownedOf, plots, type Snapshot, stage } from './merge-worlds.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

const runs = 60;

/** A plan as the database has it: ids of its own. */
const inside = (changes: Loose[]) =>
  changes.map((it) =>
    Object.fromEntries(
      Object.entries(it).map(([key, value]) => [
        key,
        /Id$/.test(key) && value ? fromGlobalId(value as string)?.uuid : value,
      ]),
    ),
  );
const sorted = (it: Snapshot) =>
  Object.fromEntries(
    Object.entries(it).map(([key, list]) => [
      key,
      (list as object[]).map((one) => JSON.stringify(one)).sort(),
    ]),
  );

it('merges any two accounts so that nobody loses anything', { timeout: 240_000 }, async () => {
  let merges = 0;
  await fc.assert(
    fc.asyncProperty(plots, async (plot) => {
      await forgetLimits(world);
      const staged = await stage(world, plot);
      const [from = '', into = '', other = ''] = staged.people;
      const ids = { fromUserId: staged.globalIds[0], intoUserId: staged.globalIds[1] };
      const [had, owned, before] = [
        await levelsOf(world, staged),
        await ownedOf(world, staged),
        await look(world, staged),
      ];
      const live = (id: string) =>
        before.identities.filter((it) => it.user_id === id && !it.isGone).map((it) => it.idp);
      const isContested = [from, into].every((it) => live(it).includes('knowledgeCommons'));

      const preview = await act(world, world.admin, 'previewMerge', ids);
      expect(refusals(preview)).toEqual(isContested ? ['CONFLICT fromUserId'] : []);
      if (isContested) return;
      const expectedPlan = preview.plan.key;
      const { plan } = await done(world, world.admin, 'mergeUsers', { ...ids, expectedPlan });
      merges += 1;

      // What was seen is what was done, and nothing else was.
      expect(plan).toEqual(preview.plan);
      const now = await look(world, staged);
      const expected = after(before, inside(plan.changes), from, into);
      const due = new Set(
        (
          await world.sql(
            `select id from requests where state = 'EXPIRED' and community_id = any($1)`,
            [staged.places],
          )
        ).map((it) => it.id),
      );
      for (const it of expected.requests) if (due.has(it.id)) it.state = 'EXPIRED';
      expect(sorted(now)).toEqual(sorted(expected));

      // Nobody is less than before, anywhere.
      const have = await levelsOf(world, staged);
      for (const [key, level] of had) {
        const [person, place] = key.split(' ');
        const is = have.get(`${person === from ? into : person} ${place}`);
        expect(is !== undefined && atLeast(is, level)).toBe(true);
      }
      for (const [key, level] of have) {
        if (key.startsWith(other)) expect(had.get(key)).toBe(level);
        expect(key.startsWith(from)).toBe(false);
      }
      const owns = await ownedOf(world, staged);
      expect(owned.filter((it) => !owns.includes(it))).toEqual([]);

      // Whoever came in comes in.
      const theirs = now.identities.filter((it) => !it.isGone && it.user_id !== other);
      expect(theirs.filter((it) => it.user_id !== into)).toEqual([]);

      // No two identities of a service that is asked for its people are on the account, if they were not before.
      const at = (list: Snapshot, id: string) =>
        list.identities.filter((it) => it.user_id === id && it.idp === 'knowledgeCommons');
      const most = Math.max(1, at(before, from).length, at(before, into).length);
      expect(at(now, into).length).toBeLessThanOrEqual(most);

      const again = await act(world, world.admin, 'mergeUsers', { ...ids, expectedPlan });
      expect(refusals(again)).toEqual(['CONFLICT fromUserId']);
    }),
    { numRuns: runs },
  );
  expect(merges).toBeGreaterThan(runs / 2);
});
