import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyDivorce, loadMarriage, planDivorce } from '../../src/communities/links/divorce.ts';
import { unlink } from '../../src/communities/links/links.ts';
import type { Context } from '../../src/context.ts';
import { Refusal } from '../../src/errors.ts';
import type { Idp } from '../../src/idps.ts';
import { toGlobalId } from '../../src/ids.ts';
import { applyPeople } from '../../src/sync/apply-people.ts';
import type { Change, Plan } from '../../src/sync/changes.ts';
import { applyGroup, loadGroup } from '../../src/sync/groups.ts';
import { LostRace, type PlannedPerson } from '../../src/sync/meeting.ts';
import { planGroup } from '../../src/sync/plan-group.ts';
import { planPeople, type Told } from '../../src/sync/plan-people.ts';
import { startWorld, type World } from '../helpers/world.ts';
import {
  answers,
  folded,
  type GroupTold,
  groupAnswers,
  harmoniousAnswers,
  type LocalWorld,
  localWorld,
  ours,
  type Rules,
  rules,
} from './arbitraries.ts';
import { type Dump, dump, effectiveLevels, idOf, play, rawDump, retell } from './stage.ts';

/*
 * Laws of planning and applying, held in random worlds on the real database. Each world is written,
 * synced and looked at in one transaction that is rolled back.
 */

/** Worlds that each law is tried in, with up to 40 people and 45 answers about them each. */
const numRuns = 50;
const patience = 120_000;
/** Leaves time to say with which seed it failed. */
const inTime = { interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true };

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

/** A service that is configured at random. */
const service = (rule: Rules): Idp => ({
  ...(world.app.begin().config.idps.get(ours) as Idp),
  ...rule,
});

/** As the worker does it: all at once or, if that cannot be written, one after the other. */
async function syncPeople(tx: Context, idp: Idp, told: Told[]): Promise<PlannedPerson[]> {
  try {
    return await tx.em.transactional(async (em) => {
      const inner = { ...tx, em: em as typeof tx.em };
      const planned = await planPeople(inner, idp, told);
      await applyPeople(inner, idp.key, planned);
      return planned;
    });
  } catch (error) {
    const isUnique = (error as { code?: string }).code === '23505';
    if (told.length < 2 || !(isUnique || error instanceof LostRace)) throw error;
    const planned: PlannedPerson[] = [];
    for (const it of told) planned.push(...(await syncPeople(tx, idp, [it])));
    return planned;
  }
}

async function syncGroup(tx: Context, idp: Idp, { id, remote }: GroupTold): Promise<Plan> {
  const local = await loadGroup(tx, idp.key, id);
  const plan = planGroup(local, remote, { idp, remoteId: id });
  await applyGroup(tx, idp.key, id, local, plan);
  return plan;
}

/**
 * Without administrators: of those it depends on the others of the batch who may leave, and a law of
 * its own holds that one stays.
 */
const worldsOfEquals = localWorld.map(
  (local): LocalWorld => ({ ...local, localRoles: local.localRoles.map(() => ['SYNC']) }),
);

/** A law of syncs of people. */
const forPeople = (
  law: (tx: Context, idp: Idp, told: Told[]) => Promise<void>,
  told: fc.Arbitrary<Told[]> = answers,
  worlds: fc.Arbitrary<LocalWorld> = localWorld,
) =>
  fc.assert(
    fc.asyncProperty(worlds, told, rules, (local, them, rule) =>
      play(world.app, local, (tx) => law(tx, service(rule), them)),
    ),
    { numRuns, ...inTime },
  );

/** A law of syncs of groups. */
const forGroups = (law: (tx: Context, idp: Idp, told: GroupTold[]) => Promise<void>) =>
  fc.assert(
    fc.asyncProperty(localWorld, groupAnswers, rules, (local, told, rule) =>
      play(world.app, local, (tx) => law(tx, service(rule), told)),
    ),
    // A group is quickly synced, and what matters is seldom met.
    { numRuns: 3 * numRuns, ...inTime },
  );

const allChanges = (planned: { subject: string; plan: Plan }[]) =>
  planned.flatMap(({ subject, plan }) => plan.changes.map((it) => ({ subject, ...it })));

it(
  'plans nothing more for people once their plans are applied, but for names that came free',
  () =>
    forPeople(
      async (tx, idp, told) => {
        const planned = await syncPeople(tx, idp, told);

        const again = await planPeople(tx, idp, told);

        // A name that came free lets its taker give up another, and so on.
        const given = allChanges([...planned, ...again]);
        const freed = given.flatMap((it) => (isName(it) ? (it.before ?? []) : []));
        const isFreed = (it: Change) => isName(it) && freed.some((name) => isSame(name, it.after));
        expect(allChanges(again).filter((it) => !isFreed(it))).toEqual([]);
      },
      answers,
      worldsOfEquals,
    ),
  patience,
);

it(
  'plans nothing more for a group once its plan is applied',
  () =>
    forGroups(async (tx, idp, told) => {
      for (const it of told) {
        await syncGroup(tx, idp, it);

        const local = await loadGroup(tx, idp.key, it.id);
        const again = planGroup(local, it.remote, { idp, remoteId: it.id });

        expect(again.changes).toEqual([]);
      }
    }),
  patience,
);

it(
  'plans nothing more for people once their plans are applied, if no two want the same name',
  () =>
    forPeople(
      async (tx, idp, told) => {
        await syncPeople(tx, idp, told);

        const again = await planPeople(tx, idp, told);

        expect(allChanges(again)).toEqual([]);
      },
      harmoniousAnswers,
      worldsOfEquals,
    ),
  patience,
);

it(
  'comes to rest, and writes no row again when people are synced once more',
  () =>
    forPeople(async (tx, idp, told) => {
      // Each round may free a name that somebody waits for.
      for (let rounds = 0; rounds <= told.length; rounds++) await syncPeople(tx, idp, told);
      const once = await rawDump(tx);

      await syncPeople(tx, idp, told);

      expect(await rawDump(tx)).toEqual(once);
    }),
  patience,
);

it(
  'writes no row again when a group is synced twice',
  () =>
    forGroups(async (tx, idp, told) => {
      for (const it of told) {
        await syncGroup(tx, idp, it);
        const once = await rawDump(tx);

        await syncGroup(tx, idp, it);

        expect(await rawDump(tx)).toEqual(once);
      }
    }),
  patience,
);

/** What no service may change: what people did here, and what other services said. */
const notTheirs = ({
  users,
  identities,
  groups,
  roles,
  assignments,
  members,
  communities,
}: Dump) => ({
  assignments: Object.values(assignments).filter((it) => it.source !== ours),
  identities: Object.entries(identities).filter(([key]) => !key.startsWith(`${ours} `)),
  groups: Object.entries(groups).filter(([key]) => !key.startsWith(`${ours} `)),
  roles: Object.entries(roles).filter(([key]) => !key.startsWith(`${ours}|`)),
  members: Object.values(members).filter((it) => it.user || !it.role?.startsWith(`${ours}|`)),
  communities,
  locked: Object.entries(users)
    .filter(([key]) => !key.includes(' '))
    .map(([key, user]) => [
      key,
      user.lockedFields,
      (user.lockedFields as string[]).map((field) => user[field]),
    ]),
  deactivated: Object.keys(users).filter((it) => users[it]?.state === 'DEACTIVATED'),
  visibility: Object.entries(users)
    .filter(([key]) => !key.includes(' '))
    .map(([key, it]) => [key, it.visibility, it.emailVisibility]),
});

it(
  'changes nothing that is local or of another service, whatever is answered about people',
  () =>
    forPeople(async (tx, idp, told) => {
      const before = notTheirs(await dump(tx));

      await syncPeople(tx, idp, told);

      expect(sorted(notTheirs(await dump(tx)))).toEqual(sorted(before));
    }),
  patience,
);

it(
  'changes nothing that is local or of another service, whatever is answered about groups',
  () =>
    forGroups(async (tx, idp, told) => {
      for (const it of told) {
        const before = await dump(tx);
        await syncGroup(tx, idp, it);
        const after = await dump(tx);

        // With a group its roles go, who is in them becomes a member, and its community is free.
        const gone = new Set(Object.keys(before.roles).filter((role) => !after.roles[role]));
        const stays = {
          ...before,
          assignments: pick(before.assignments, (it) => !gone.has(it.role)),
        };
        const of = (them: Dump) => {
          const { members: _m, communities: _c, ...rest } = notTheirs(them);
          return sorted(rest);
        };
        expect(of(after)).toEqual(of(stays));
      }
    }),
  patience,
);

it(
  'brings back only who a sync suspended, and never who a person deactivated',
  () =>
    forPeople(async (tx, idp, told) => {
      const before = (await dump(tx)).users;

      await syncPeople(tx, idp, told);

      const after = (await dump(tx)).users;
      for (const [key, { state }] of Object.entries(before)) {
        if (state === 'DEACTIVATED') expect(after[key]?.state).toBe('DEACTIVATED');
        else expect(['ACTIVE', 'SUSPENDED']).toContain(after[key]?.state);
      }
    }),
  patience,
);

it(
  'leaves somebody who administers, if there was one',
  () =>
    fc.assert(
      fc.asyncProperty(localWorld, answers, rules, (local, told, rule) => {
        const few = local.assignments.slice(0, 3).map((it) => ({ ...it, role: 0 }));
        const here = { ...local, groups: [], localRoles: [['ADMINISTER']], assignments: few };
        return play(world.app, here, async (tx) => {
          const before = administrators(await dump(tx));

          await syncPeople(tx, service(rule), told);
          await syncPeople(
            tx,
            service(rule),
            told.map(({ subject }) => ({ subject })),
          );

          const after = administrators(await dump(tx));
          expect(after.length > 0 || before.length === 0).toBe(true);
        });
      }),
      { numRuns, ...inTime },
    ),
  patience,
);

it(
  'keeps the level of everybody in every community when a group is deleted',
  () =>
    forGroups(async (tx, idp, told) => {
      const before = await dump(tx);

      for (const { id } of told) await syncGroup(tx, idp, { id });

      const after = await dump(tx);
      expect(effectiveLevels(after)).toEqual(effectiveLevels(before));
      const prefixes = told.map(({ id }) => `${ours}|${id}|`);
      expect(
        Object.keys(after.roles).filter((role) => prefixes.some((it) => role.startsWith(it))),
      ).toEqual([]);
    }),
  patience,
);

it(
  'keeps the level of everybody when one community is parted from its group',
  () =>
    fc.assert(
      fc.asyncProperty(localWorld, fc.nat(4), (local, place) =>
        play(world.app, local, async (tx) => {
          const id = idOf('community', place);
          const before = await dump(tx);
          const result = await unlink(tx, { communityId: toGlobalId('Community', id) }).catch(
            (error: unknown) => {
              if (error instanceof Refusal) return error.code;
              throw error;
            },
          );
          await tx.em.flush();

          const after = await dump(tx);
          if (result !== id) expect(after).toEqual(before);
          else expect(after.communities[id]?.group).toBeNull();
          expect(effectiveLevels(after)).toEqual(effectiveLevels(before));
          expect({ ...after, members: 0, communities: 0 }).toEqual({
            ...before,
            members: 0,
            communities: 0,
          });
        }),
      ),
      { numRuns, ...inTime },
    ),
  patience,
);

it(
  'keeps the level of everybody when a group is divorced from any one community',
  () =>
    fc.assert(
      fc.asyncProperty(localWorld, fc.nat(8), fc.nat(4), (local, group, community) =>
        play(world.app, local, async (tx) => {
          const before = await dump(tx);
          const marriage = await loadMarriage(
            tx,
            idOf('group', group),
            idOf('community', community),
          );
          await applyDivorce(tx, planDivorce(marriage));

          const after = await dump(tx);
          expect(effectiveLevels(after)).toEqual(effectiveLevels(before));
          expect(
            (await loadMarriage(tx, idOf('group', group), idOf('community', community))).placements,
          ).toEqual([]);
        }),
      ),
      { numRuns, ...inTime },
    ),
  patience,
);

it(
  'makes the same of a batch of people as of one after the other',
  () =>
    fc.assert(
      fc.asyncProperty(worldsOfEquals, answers, rules, async (local, told, rule) => {
        const batch = await play(world.app, local, async (tx) => {
          await syncPeople(tx, service(rule), told);
          return dump(tx);
        });
        const single = await play(world.app, local, async (tx) => {
          for (const it of told) await syncPeople(tx, service(rule), [it]);
          return dump(tx);
        });

        expect(batch).toEqual(single);
      }),
      { numRuns, ...inTime },
    ),
  patience,
);

it('names somebody new after none of those whom it never met, when others of the batch want the name too', async () => {
  const user = {
    email: null,
    fullName: null,
    givenName: null,
    familyName: null,
    affiliation: null,
  };
  const more = { orcid: null, locale: null, timeZone: null, lockedFields: [], state: 'ACTIVE' };
  const known = { ...user, ...more, ours: 'known', others: 'known' } as const;
  const local = {
    users: [
      { ...known, username: 'name0' },
      { ...known, username: 'name1-2' },
    ],
    groups: [],
    localRoles: [],
    assignments: [],
    communities: [],
  } as unknown as LocalWorld;
  const wants = (subject: string): Told => ({
    subject,
    remote: { username: 'name1', problems: [] },
  });

  const [, second] = await play(world.app, local, (tx) =>
    planPeople(tx, service({ provision: true } as Rules), [wants('name0'), wants('name2')]),
  );

  expect(second?.plan.changes).toContainEqual({ kind: 'USER_PROVISIONED', after: 'name1-3' });
});

it(
  'makes the same of people in any order, if no two want the same name',
  () =>
    fc.assert(
      fc.asyncProperty(
        worldsOfEquals,
        harmoniousAnswers.chain((told) =>
          fc.tuple(
            fc.constant(told),
            fc.shuffledSubarray(told, { minLength: told.length, maxLength: told.length }),
          ),
        ),
        rules,
        async (local, [told, shuffled], rule) => {
          const sync = (order: Told[]) =>
            play(world.app, local, async (tx) => {
              await syncPeople(tx, service(rule), order);
              return dump(tx);
            });

          expect(await sync(shuffled)).toEqual(await sync(told));
        },
      ),
      { numRuns, ...inTime },
    ),
  patience,
);

it(
  'tells in the changes of people exactly what changed in the tables',
  () =>
    forPeople(async (tx, idp, told) => {
      const story = await dump(tx);

      const planned = await syncPeople(tx, idp, told);

      for (const { subject, plan } of planned)
        retell(story, idp.key, 'USER', subject, plan.changes);
      expect(await dump(tx)).toEqual(story);
    }),
  patience,
);

it(
  'tells in the changes of a group exactly what changed in the tables',
  () =>
    forGroups(async (tx, idp, told) => {
      const story = await dump(tx);

      for (const it of told) {
        const { changes } = await syncGroup(tx, idp, it);
        retell(story, idp.key, 'GROUP', it.id, changes);
        expect(await dump(tx)).toEqual(story);
      }
    }),
  patience,
);

const administrators = ({ users, roles, assignments }: Dump) =>
  Object.values(assignments).filter(
    (it) => roles[it.role]?.rights.includes('ADMINISTER') && users[it.user]?.state === 'ACTIVE',
  );

const isName = (it: Change) => it.field === 'username' || it.field === 'email';
const isSame = (one: string, other: string | null | undefined) => folded(one) === folded(other);

const pick = <T>(from: Record<string, T>, isWanted: (it: T) => boolean): Record<string, T> =>
  Object.fromEntries(Object.entries(from).filter(([, it]) => isWanted(it)));

/** Lists in an order of their own, for a set has none. */
const sorted = (lists: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(lists).map(([key, it]) => [
      key,
      Array.isArray(it) ? it.map((each) => JSON.stringify(each)).sort() : it,
    ]),
  );
