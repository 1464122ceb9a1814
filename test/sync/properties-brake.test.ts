import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rows } from '../../src/context.ts';
import type { Idp } from '../../src/idps.ts';
import { RemovalBrake } from '../../src/sync/brake.ts';
import type { Change } from '../../src/sync/changes.ts';
import type { RoleKey } from '../../src/sync/plan-roles.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { groupIds, localWorld, ours } from './arbitraries.ts';
import { play } from './stage.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

const role = fc.record({
  group: fc.constantFrom(...groupIds.slice(0, 4)),
  category: fc.constantFrom('member', 'moderator'),
});
const roles = fc.uniqueArray(role, { selector: (it) => it.group + it.category, maxLength: 5 });

/** Somebody with some roles, of which some are to be taken, with or without the word of a person. */
const look = roles.chain((had) =>
  fc.record({
    had: fc.constant(had),
    taken: fc.oneof(fc.subarray(had), fc.constant(had)),
    isGaining: fc.constantFrom(false, false, true),
    isGone: fc.constantFrom(false, false, true),
    isAnnounced: fc.boolean(),
    isApproved: fc.constantFrom(false, false, false, true),
  }),
);
type Look = typeof look extends fc.Arbitrary<infer T> ? T : never;

const planOf = ({ taken, isGaining, isGone }: Look): Change[] => [
  ...taken.map((it): Change => ({ kind: 'ROLE_UNASSIGNED', ...it })),
  ...(isGaining ? [{ kind: 'ROLE_ASSIGNED', group: 'new', category: 'member' } as const] : []),
  ...(isGone ? [{ kind: 'IDENTITY_GONE' } as const] : []),
];

const groupsOf = (list: RoleKey[]) => new Set(list.map((it) => it.group));

/** What the brake promises, told another way. */
function expected(it: Look, isTooMuch: (taken: RoleKey[]) => string[]): string[] {
  if (it.isApproved) return [];
  const isAnnouncedLeave = it.isGone && it.isAnnounced;
  const hasNothingLeft = it.taken.length === it.had.length && !it.isGaining;
  const isEmptied = groupsOf(it.had).size > 1 && hasNothingLeft && !isAnnouncedLeave;
  return [
    ...(it.isGone && !it.isAnnounced ? ['ABSENT'] : []),
    ...(isEmptied ? ['ALL_OF_A_USER'] : []),
    ...isTooMuch(it.taken),
  ].sort();
}

it(
  'holds who loses everything or is suddenly unknown, and lets nobody empty a group or a service',
  () =>
    fc.assert(
      fc.asyncProperty(
        localWorld,
        fc.array(fc.array(look, { maxLength: 20, size: 'max' }), { maxLength: 4, size: 'max' }),
        fc.constantFrom(0, 0.1, 0.2, 0.5, 1),
        fc.constantFrom(1, 5, 20),
        (local, batches, share, from) =>
          play(world.app, local, async (tx) => {
            const removalBrake = { allOfAUser: true, share, from };
            const idp = { key: ours, removalBrake } as Idp;
            const counts = await rows(
              tx,
              sql<{ group: string; count: number }>`
                select g.remote_id as "group", count(*)::int as count from assignments a
                join roles r on r.id = a.role_id join groups g on g.id = r.group_id
                where a.source = ${ours} and g.idp = ${ours} group by 1`,
            );
            const bases = new Map(counts.map((it) => [it.group, it.count]));
            const [{ base } = { base: 0 }] = await rows(
              tx,
              sql<{ base: number }>`
                select count(*)::int as base from assignments where source = ${ours}`,
            );
            const gone: RoleKey[] = [];
            const isOver = (before: number, removed: number) =>
              before >= from && removed > before * share;
            const isTooMuch = (taken: RoleKey[]) => {
              if (taken.length === 0) return [];
              const all = [...gone, ...taken];
              const of = (group: string) => all.filter((it) => it.group === group).length;
              const groups = [...groupsOf(taken)].filter((it) =>
                isOver(bases.get(it) ?? 0, of(it)),
              );
              return [
                ...(isOver(base, all.length) ? ['SHARE_OF_IDP'] : []),
                ...(groups.length > 0 ? ['SHARE_OF_GROUP'] : []),
              ];
            };

            for (const looks of batches) {
              const plans = looks.map((it) => ({ changes: planOf(it), notes: [] }));
              const brake = await RemovalBrake.open(tx, idp, plans);
              for (const [n, it] of looks.entries()) {
                const plan = plans[n] as (typeof plans)[number];
                const approved = it.isApproved ? plan.changes : [];
                const reasons = brake.check(plan, it.had, it.isAnnounced, approved);

                expect(reasons.toSorted()).toEqual(expected(it, isTooMuch));
                // What somebody approved is not held against the others.
                if (reasons.length === 0 && !it.isApproved) gone.push(...it.taken);
              }
              await brake.close(tx);
            }
          }),
      ),
      { numRuns: 60 },
    ),
  120_000,
);
