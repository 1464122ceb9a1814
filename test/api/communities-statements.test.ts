import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { indexAll } from '../search/index-all.ts';
import { assign, type Made, makeCommunity, makeGroup, makeUsers } from './make.ts';
import { statementsOf } from './statements.ts';

let world: World;
/** Somebody in all the communities, by themselves in half of them and by a role in the others. */
let viewer: { id: string; username: string; token: string };
const many = 100;

beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  viewer = await world.makeUser();
  const { role } = await makeGroup(world);
  await assign(world, role, [{ uuid: viewer.id, id: '' }]);
  const parent = await makeCommunity(world);
  await world.sql('update communities set allows_children = true where id = $1', [parent.uuid]);
  const made: Made[] = [];
  for (let i = 0; i < many; i++) {
    made.push(await makeCommunity(world, { users: await makeUsers(world, 6) }));
  }
  const ids = made.map((it) => it.uuid);
  await world.sql(
    `insert into members (id, community_id, user_id, role_id, level)
     select gen_random_uuid(), id, case when n % 2 = 0 then $2::uuid end,
       case when n % 2 = 1 then $3::uuid end, 'MANAGER'
     from unnest($1::uuid[]) with ordinality as it (id, n)`,
    [ids, viewer.id, role.uuid],
  );
  await world.sql('update members set is_visible = true');
  await world.sql(
    `update communities set parent_id = $2, logo_hash = md5(id::text), type = 'topic', page = 'It.'
     where id = any($1)`,
    [ids, parent.uuid],
  );
  await world.sql(
    `insert into featured_entries (id, community_id, starts_at)
     select gen_random_uuid(), id, now() - interval '1 day' from unnest($1::uuid[]) as it (id)`,
    [ids],
  );
  for (const { uuid } of await makeUsers(world, 3)) {
    await world.sql(
      `insert into requests (id, kind, community_id, user_id, level, created_by_id)
       select gen_random_uuid(), 'MEMBERSHIP', id, $2, 'READER', $2 from unnest($1::uuid[]) as it (id)`,
      [ids, uuid],
    );
  }
  await world.sql(
    `insert into request_events (id, request_id, kind, author_id, content)
     select gen_random_uuid(), id, 'COMMENT', $1, 'Hello.' from requests`,
    [viewer.id],
  );
  await indexAll(world, 'communities', 'users', 'roles');
  // A token's last use is written once a minute: not while statements are counted.
  for (const token of [viewer.token, world.admin]) await world.ask(token, '{ viewer { id } }');
});
afterAll(() => world.stop());

/** How many statements a query says, and how many of the things asked for it answers. */
async function countOf(token: string | undefined, query: string) {
  let found = 0;
  const said = await statementsOf(async () => {
    const { data, errors } = await world.ask(token, query);
    expect(errors).toBeUndefined();
    found = JSON.stringify(data).match(/"slug"/g)?.length ?? 0;
  });
  return { statements: said.length, found };
}

const page = `slug title logo { url } viewerPermissions memberCount
  members(first: 5) { nodes { level name user { username fullName } } }`;

/** Everybody who can ask: each takes other ways. */
const askers = {
  'a member': () => viewer.token,
  'an administrator': () => world.admin,
  anyone: () => undefined,
};

describe('the number of statements', () => {
  it.each<[what: string, query: (n: number) => string, most: number, as: keyof typeof askers]>([
    ['communities', (n) => `communities(first: ${n}) { nodes { ${page} } }`, 5, 'a member'],
    ['communities', (n) => `communities(first: ${n}) { nodes { ${page} } }`, 5, 'an administrator'],
    ['communities', (n) => `communities(first: ${n}) { nodes { ${page} } }`, 1, 'anyone'],
    [
      'communities of oneself',
      (n) => `viewer { communities(first: ${n}) { nodes { ${page} } } }`,
      6,
      'a member',
    ],
    [
      'what is put forward',
      (n) => `featuredCommunities(first: ${n}) { nodes { ${page} isFeatured } }`,
      6,
      'a member',
    ],
    [
      'children with their parents',
      (n) =>
        `communities(first: 1, sort: OLDEST) { nodes { children(first: ${n}) { nodes { ${page} parent { id } } } } }`,
      7,
      'a member',
    ],
    [
      'communities with their children',
      (n) => `communities(first: ${n}) { nodes { slug children(first: 2) { nodes { id } } } }`,
      3,
      'a member',
    ],
    [
      'communities with members who want to be seen',
      (n) =>
        `communities(first: ${n}) { nodes { slug publicMembers(first: 5) { totalCount nodes { name description } } } }`,
      3,
      'anyone',
    ],
    [
      'communities with their counts of members',
      (n) =>
        `communities(first: ${n}) { nodes { slug members { totalCount facets { levels { count } } } } }`,
      5,
      'a member',
    ],
    [
      'communities with what is asked of them',
      (n) =>
        `communities(first: ${n}) { nodes { slug requests(first: 2) { totalCount nodes { title state viewerPermissions user { username } createdBy { id } } } } }`,
      6,
      'a member',
    ],
    [
      'communities with who would like to join, searched and counted',
      (n) =>
        `communities(first: ${n}) { nodes { slug membershipRequests(first: 2, query: "some", sort: NAME) { totalCount nodes { user { username } } facets { levels { count } states { count } } } } }`,
      7,
      'a member',
    ],
    [
      'requests, whom they are of and what was said',
      (n) =>
        `requests(first: ${n}) { nodes { title user { username } createdBy { id } community { slug } timeline(first: 2) { nodes { kind author { id } replyCount viewerPermissions } } } }`,
      9,
      'a member',
    ],
    [
      'all that is read when it is asked for',
      (n) =>
        `communities(first: ${n}) { nodes { slug page curationPolicy oldSlugs isVerified isFeatured type { title } parent { id } group { id } access { visibility } } }`,
      7,
      'an administrator',
    ],
  ])('for %s is the same for 2 and for 100', async (_, query, most, as) => {
    const [few, all] = [
      await countOf(askers[as](), `{ ${query(2)} }`),
      await countOf(askers[as](), `{ ${query(many)} }`),
    ];

    expect(few.found).toBeGreaterThanOrEqual(2);
    expect(all.found).toBeGreaterThanOrEqual(many - 1);
    expect(all.statements).toBe(few.statements);
    expect(all.statements).toBeLessThanOrEqual(most);
  });

  it('is one for whether a community is there: for members, strangers and anyone', async () => {
    const { slug } = await makeCommunity(world, { visibility: 'RESTRICTED' });
    const stranger = await world.makeUser();
    const ask = `{ community(slug: "${slug}") { slug } }`;
    await world.ask(stranger.token, ask);

    expect(await countOf(undefined, ask)).toEqual({ statements: 1, found: 0 });
    expect(await countOf(stranger.token, ask)).toEqual({ statements: 2, found: 0 });
    expect(await countOf(world.admin, ask)).toEqual({ statements: 2, found: 1 });
  });

  it('is none for members whom nobody sees', async () => {
    const ask = '{ communities(first: 2) { nodes { memberCount members { totalCount } } } }';

    expect((await countOf(undefined, ask)).statements).toBe(1);
  });
});
