import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { assign, makeCommunity, makeGroup, makeUsers } from './make.ts';
import { statementsOf } from './statements.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  for (let i = 0; i < 8; i++) {
    const users = await makeUsers(world, 3);
    const { role } = await makeGroup(world);
    await assign(world, role, users);
    await makeCommunity(world, { users });
  }
  // The token's last use is written once a minute: not while statements are counted.
  await world.ask(world.admin, '{ viewer { id } }');
});
afterAll(() => world.stop());

async function countOf(query: string): Promise<number> {
  const said = await statementsOf(async () => {
    const { errors } = await world.ask(world.admin, query);
    expect(errors).toBeUndefined();
  });
  return said.length;
}

describe('the number of statements', () => {
  it.each([
    [
      'users with their roles and the users of these',
      (n: number) =>
        `{ users(first: ${n}) { nodes { roles { nodes { name group { id } users { nodes { id } } } } } } }`,
      5,
    ],
    [
      'communities with their members and who these are',
      (n: number) =>
        `{ communities(first: ${n}) { nodes { group { id } members { nodes { user { username identities { id } } role { id } community { id } } } } } }`,
      6,
    ],
    [
      'groups with their roles, users and communities',
      (n: number) =>
        `{ groups(first: ${n}) { nodes { community { id } roles { nodes { group { id } users { nodes { id } } } } } } }`,
      6,
    ],
    [
      'counts of what hangs on each of a list',
      (n: number) =>
        `{ communities(first: ${n}) { nodes { members { totalCount } } } roles(first: ${n}) { nodes { users { totalCount } } } }`,
      7,
    ],
  ])('for %s is the same for 2 and for 8', async (_, query, most) => {
    const few = await countOf(query(2));
    const many = await countOf(query(8));

    expect(many).toBe(few);
    expect(many).toBeLessThanOrEqual(most);
  });

  it('for nodes of one kind is the same for 1 and for 20', async () => {
    const users = await makeUsers(world, 20);
    const nodes = (n: number) =>
      `{ nodes(ids: ${JSON.stringify(users.slice(0, n).map((it) => it.id))}) { id } }`;

    expect(await countOf(nodes(20))).toBe(await countOf(nodes(1)));
  });

  it('is one for who is asking, with all that they may do', async () => {
    const said = await statementsOf(() => world.ask(world.admin, '{ __typename }'));

    expect(said).toEqual([expect.stringMatching(/^\s*select/)]);
  });

  it('is none for nobody', async () => {
    expect(await statementsOf(() => world.ask(undefined, '{ __typename }'))).toEqual([]);
  });

  it('is none for an operation that is refused before it begins', async () => {
    expect(await statementsOf(() => world.ask(undefined, '{ nothing }'))).toEqual([]);
  });
});

describe('totalCount', () => {
  it.each([
    ['of a list', 'users(first: 1)', ''],
    ['of a list that hangs on another', 'communities(first: 1) { nodes { members', '} }'],
  ])('%s is counted only when it is asked for', async (_, list, end) => {
    const counts = (said: string[]) => said.filter((it) => /count\(\*\)/.test(it)).length;
    const without = await statementsOf(() =>
      world.ask(
        world.admin,
        `{ ${list} { nodes { id } edges { cursor } pageInfo { hasNextPage } } ${end} }`,
      ),
    );
    const with_ = await statementsOf(() =>
      world.ask(world.admin, `{ ${list} { totalCount } ${end} }`),
    );

    expect([counts(without), counts(with_)]).toEqual([0, 1]);
  });

  it('counts what the actor can see, and nothing else', async () => {
    const stranger = await world.makeUser();
    await makeCommunity(world, { visibility: 'RESTRICTED' });
    const count = async (token?: string) =>
      (await world.ask(token, '{ communities { totalCount } }')).data.communities.totalCount;

    const [all, theirs, public_] = [
      await count(world.admin),
      await count(stranger.token),
      await count(),
    ];

    expect([all, theirs, public_]).toEqual([9, 8, 8]);
  });
});
