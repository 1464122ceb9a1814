import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { indexAll } from '../search/index-all.ts';
import { type Made, makeCommunity, makeGroup, makeUsers } from './make.ts';
import { statementsOf } from './statements.ts';

let world: World;
let viewer: Awaited<ReturnType<World['makeUser']>>;

beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  viewer = await world.makeUser();
  const users = await makeUsers(world, 30);
  const me: Made = { uuid: viewer.id, id: '' };
  for (let i = 0; i < 30; i++) {
    await makeCommunity(world, {
      users: i % 2 ? [me, ...users] : [],
      visibility: i % 3 ? 'PUBLIC' : 'RESTRICTED',
    });
    await makeGroup(world);
  }
  await world.sql(`update communities set title = 'Something ' || slug, type = 'topic'`);
  await indexAll(world, 'communities', 'users', 'groups', 'roles');
  // A token's last use is written once a minute, and the size of a table is looked at once a minute.
  for (const token of [viewer.token, world.admin]) {
    await world.ask(
      token,
      '{ communities(query: "x") { totalCount } users(query: "x") { totalCount } }',
    );
  }
  await world.ask(
    world.admin,
    '{ groups(query: "x") { totalCount } roles(query: "x") { totalCount } }',
  );
});
afterAll(() => world.stop());

const told = 'totalCount totalCountIsExact parsedQuery engine warnings { code }';
const facets = 'facets { types { count type { title } } visibilities { count } isExact }';

const askers = {
  anyone: () => undefined,
  'a member': () => viewer.token,
  'an administrator': () => world.admin,
};

describe('the number of statements of a search', () => {
  it.each<[what: string, ask: string, most: number, as: keyof typeof askers]>([
    ['hits', 'communities(query: "some", first: N) { nodes { slug } }', 2, 'anyone'],
    [
      'hits, their total and what each choice would list',
      `communities(query: "some", first: N) { nodes { slug } ${told} ${facets} }`,
      3,
      'anyone',
    ],
    [
      'the same, chosen and for somebody with communities',
      `communities(query: "some", first: N, filter: { types: ["topic"] }) { nodes { slug } ${told} ${facets} }`,
      5,
      'a member',
    ],
    [
      'the same, for what is put forward and what is spelt nearly so',
      `communities(query: "somthing~ OR thin*g", first: N, filter: { isFeatured: false }) { nodes { slug } ${told} ${facets} }`,
      5,
      'anyone',
    ],
    [
      'all communities, their total and what each choice would list',
      `communities(first: N) { nodes { slug } ${told} ${facets} }`,
      3,
      'anyone',
    ],
    [
      'people, whose address it is among them',
      `users(query: "somebody OR some@example.org", first: N) { nodes { slug: username } ${told} }`,
      7,
      'a member',
    ],
    [
      'groups',
      `groups(query: "develop", first: N) { nodes { slug } ${told} facets { idps { count } isExact } }`,
      4,
      'an administrator',
    ],
    [
      'roles',
      `roles(query: "develop", first: N) { nodes { slug: name } ${told} }`,
      4,
      'an administrator',
    ],
    [
      'members of several communities',
      `communities(first: N) { nodes { slug members(query: "somebody OR some@example.org") { nodes { name } ${told} facets { levels { count } } } } }`,
      6,
      'a member',
    ],
  ])('for %s is the same for 2 and for 20', async (_, ask, most, as) => {
    const countOf = async (count: number) => {
      let found = 0;
      const said = await statementsOf(async () => {
        const { data, errors } = await world.ask(
          askers[as](),
          `{ ${ask.replace('first: N', `first: ${count}`)} }`,
        );
        expect(errors).toBeUndefined();
        found = JSON.stringify(data).match(/"slug"/g)?.length ?? 0;
      });
      return { found, statements: said.length };
    };

    expect(await countOf(2)).toEqual({ found: 2, statements: most });
    expect(await countOf(20)).toEqual({ found: 20, statements: most });
  });
});
