import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countAnew } from '../../src/search/upkeep.ts';
import { change, type Founded, found, newSlug } from '../communities/kit.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { Remote } from '../sync/scene.ts';
import { asSystem, drained, expectInStep, type KindName } from './kept.ts';

let world: World;
let remote: Remote;
beforeAll(async () => {
  world = await startWorld();
  remote = new Remote(world, 'myCommons');
});
afterAll(() => world.stop());

const kinds: KindName[] = ['communities', 'users', 'groups', 'roles'];

/** What was told of so far; acts choose among these by a number. */
class Scene {
  communities: Founded[] = [];
  people: string[] = [];
  groups: number[] = [];
}

type Act = (scene: Scene, n: number) => Promise<unknown>;

const pick = <T>(all: T[], n: number): T | undefined => all[n % Math.max(1, all.length)];

/** A change of some community; what is refused, as deleting twice, is refused. */
const ofCommunity =
  (name: string, input: (n: number, scene: Scene) => object = () => ({})): Act =>
  async (scene, n) => {
    const community = pick(scene.communities, n);
    if (!community) return;
    await change(world, world.admin, name, { communityId: community.id, ...input(n, scene) });
  };

const acts: Record<string, Act> = {
  found: async ({ communities }, n) =>
    communities.push(await found(world, { allowsChildren: false, title: `Title ${n}` })),
  foundRestricted: async ({ communities }) =>
    communities.push(await found(world, { access: { visibility: 'RESTRICTED' } })),
  retitle: ofCommunity('updateCommunity', (n) => ({ title: `Another ${n}`, description: null })),
  restrict: ofCommunity('updateCommunity', () => ({ access: { visibility: 'RESTRICTED' } })),
  open: ofCommunity('updateCommunity', () => ({ access: { visibility: 'PUBLIC' } })),
  allowChildren: ofCommunity('updateCommunity', () => ({ allowsChildren: true })),
  rename: ofCommunity('renameCommunity', () => ({ slug: newSlug() })),
  remove: ofCommunity('deleteCommunity'),
  restore: ofCommunity('restoreCommunity'),
  tell: ofCommunity('updateTombstone', (n) => ({ note: `Because ${n}` })),
  markForPurge: async (scene, n) => {
    await acts.remove?.(scene, n);
    await ofCommunity('markCommunityForPurge')(scene, n);
  },
  unmarkForPurge: ofCommunity('unmarkCommunityForPurge'),
  adopt: async (scene, n) => {
    const { communities } = scene;
    const [parent, child] = [pick(communities, n), pick(communities, n + 1)];
    if (!parent || !child) return;
    await acts.allowChildren?.({ ...scene, communities: [parent] }, 0);
    await world.ask(
      world.admin,
      `mutation ($input: UpdateCommunityInput!) { updateCommunity(input: $input) { userErrors { code } } }`,
      { input: { communityId: child.id, parentId: parent.id } },
    );
  },
  join: async ({ communities, people }, n) => {
    const [community, username] = [pick(communities, n), pick(people, n)];
    if (!community || !username) return;
    await world.sql(
      `insert into members (id, community_id, user_id, level)
       select gen_random_uuid(), $1, id, 'READER' from users where username = $2
       on conflict do nothing`,
      [community.uuid, username],
    );
  },
  arrive: async ({ people, groups }, n) => {
    const group = pick(groups, n);
    const { username, subject } = remote.person({
      name: `Person ${n}`,
      groups: group === undefined ? [] : [{ id: group, role: 'member' }],
    });
    await remote.tell('users', 'created', subject);
    people.push(username);
  },
  change: async ({ people }, n) => {
    const subject = pick(people, n)?.slice(1);
    if (!subject) return;
    remote.says(subject, { name: `Changed ${n}`, institutional_affiliation: `Place ${n}` });
    await remote.tell('users', 'updated', subject);
  },
  leave: async ({ people }, n) => {
    const subject = pick(people, n)?.slice(1);
    if (!subject) return;
    remote.forgets(subject);
    await remote.tell('users', 'deleted', subject);
  },
  begin: async ({ groups }, n) => {
    const group = remote.group({ description: `About ${n}` });
    await remote.tell('groups', 'created', group);
    groups.push(group);
  },
  link: async ({ groups }, n) => {
    const group = pick(groups, n);
    if (group !== undefined && !(await remote.groupOf(group))?.deletedAt) {
      await remote.link(group).catch(() => {});
    }
  },
  regroup: async ({ groups }, n) => {
    const group = pick(groups, n);
    if (group === undefined) return;
    remote.group({ id: group, name: `Group anew ${n}` });
    await remote.tell('groups', 'updated', group);
  },
  end: async ({ groups }, n) => {
    const group = pick(groups, n);
    if (group === undefined) return;
    world.sample.world.groups.delete(String(group));
    await remote.tell('groups', 'deleted', group);
  },
};

const schedule = fc.array(fc.tuple(fc.constantFrom(...Object.keys(acts)), fc.nat({ max: 1_000 })), {
  minLength: 8,
  maxLength: 25,
});

it('is every index with everything that was done, in whatever order', async () => {
  const acted = new Set<string>();
  const before = await statesOf();
  await fc.assert(
    fc.asyncProperty(schedule, async (steps) => {
      const scene = new Scene();
      for (const name of ['begin', 'arrive', 'arrive', 'found', 'found'])
        await acts[name]?.(scene, 1);
      for (const [name, n] of steps) {
        acted.add(name);
        await acts[name]?.(scene, n);
      }
      await countAnew(asSystem(world));
      await drained(world);
      await world.indexed();
      for (const kind of kinds) await expectInStep(world, kind);
    }),
    { numRuns: Number(process.env.SCHEDULES ?? 15), seed: 20261121, endOnFailure: true },
  );
  expect(acted.size).toBe(Object.keys(acts).length);
  expect(before).not.toEqual(await statesOf());
  for (const [what, count] of Object.entries(await statesOf())) {
    expect({ what, some: count > 0 }).toEqual({ what, some: true });
  }
}, 240_000);

it('is what is said of a role, when its group is called something else', async () => {
  const group = remote.group({ description: 'Before' });
  await remote.tell('groups', 'created', group);
  const { subject } = remote.person({ groups: [{ id: group, role: 'member' }] });
  await remote.tell('users', 'created', subject);
  await world.indexed();
  const names = () =>
    world.sql(
      `select s.name from search_roles s join roles r on r.id = s.id join groups g on g.id = r.group_id
       where g.remote_id = $1`,
      [String(group)],
    );
  expect(await names()).toEqual([{ name: `group ${group}` }]);

  remote.group({ id: group, name: 'Called otherwise' });
  await remote.tell('groups', 'updated', group);
  await world.indexed();

  expect(await names()).toEqual([{ name: 'called otherwise' }]);
});

/** How many there are of what the acts are to bring about: none of them is refused for ever. */
async function statesOf(): Promise<Record<string, number>> {
  const [found] = await world.sql(`
    select (select count(*)::int from communities where deleted_at is null) as live,
      (select count(*)::int from communities where deleted_at is not null) as deleted,
      (select count(*)::int from communities where removal_note <> '') as noted,
      (select count(*)::int from communities where purge_marked_at is not null) as purged,
      (select count(*)::int from communities where visibility = 'RESTRICTED') as restricted,
      (select count(*)::int from communities where title like 'Another%') as retitled,
      (select count(*)::int from communities where parent_id is not null) as adopted,
      (select count(*)::int from communities where group_id is not null) as linked,
      (select count(*)::int from old_slugs) as renamed,
      (select count(*)::int from users where state = 'SUSPENDED') as suspended,
      (select count(*)::int from users where full_name like 'Changed%') as changed,
      (select count(*)::int from groups where name like 'Group anew%') as regrouped,
      (select count(*)::int from groups where deleted_at is not null) as ended,
      (select count(*)::int from roles r join groups g on g.id = r.group_id
        where g.name like 'Group anew%') as "rolesRegrouped"`);
  return found;
}
