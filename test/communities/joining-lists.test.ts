import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Level } from '../../src/level.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { Kit, type Person, type Place } from '../requests/kit.ts';
import { indexAll } from '../search/index-all.ts';

let world: World;
let kit: Kit;
let owner: Person;
let manager: Person;
let curator: Person;
let community: Place;
/** Who is to become a member, by the name in the lists. */
const people: Record<string, Person> = {};
/** A person's open invitation or wish, by the same name. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  kit = new Kit(world);
  [owner, manager, curator] = (await Promise.all(
    Array.from({ length: 3 }, () => kit.person()),
  )) as [Person, Person, Person];
  community = await kit.community(
    [
      [owner, 'OWNER'],
      [manager, 'MANAGER'],
      [curator, 'CURATOR'],
    ],
    { member_policy: 'OPEN' },
  );
  const make = async (name: string, full_name: string | null, more = {}) => {
    const username = `the-${name}`;
    people[name] = await kit.person({
      username,
      full_name,
      email: `${name}@hidden.example`,
      ...more,
    });
  };
  await make('zoe', 'Zoë Ångström', { affiliation: 'Université de Liège' });
  await make('ada', 'Ada King', { email_visibility: 'PUBLIC' });
  await make('bela', 'béla Lugosi');
  await make('hidden', 'Mallory Hidden');
  await make('nameless', null);
  await make('asking', 'Ada Asking');
  const invited: [string, Level][] = [
    ['zoe', 'READER'],
    ['ada', 'CURATOR'],
    ['bela', 'READER'],
    ['hidden', 'MANAGER'],
    ['nameless', 'READER'],
  ];
  for (const [name, level] of invited) {
    ids[name] = (await kit.invite(owner, community, people[name] as Person, level)).id;
  }
  await world.sql(`update users set visibility = 'RESTRICTED' where id = $1`, [
    people.hidden?.uuid,
  ]);
  ids.asking = (await kit.askToJoin(people.asking as Person, community)).id;
  await kit.does(people.ada?.token, 'declineRequest', { requestId: ids.ada });
  // Nobody has written it down: it is expired all the same.
  await kit.expire(ids.bela as string);
  await indexAll(world, 'users');
});
afterAll(() => world.stop());

const named = (nodes: { id: string }[]) =>
  nodes.map(({ id }) => Object.keys(ids).find((it) => ids[it] === id) ?? id);

/** A list as somebody sees it. */
async function read(token: string | undefined, args: string, field = 'invitations') {
  const { data, errors } = await world.ask(
    token,
    `query ($id: ID!) { node(id: $id) { ... on Community { list: ${field}${args && `(${args})`} {
      totalCount nodes { id } facets { levels { level count } states { state count } } } } } }`,
    { id: community.id },
  );
  if (errors) return { problem: errors[0].message as string };
  const { nodes, totalCount, facets } = data.node.list;
  expect(totalCount).toBe(nodes.length);
  return {
    names: named(nodes),
    levels: Object.fromEntries(
      facets.levels.map((it: { level: string; count: number }) => [it.level, it.count]),
    ),
    states: Object.fromEntries(
      facets.states.map((it: { state: string; count: number }) => [it.state, it.count]),
    ),
  };
}
const list = async (token: string | undefined, args: string, field?: string) =>
  (await read(token, args, field)).names;
const query = (text: string) => `query: ${JSON.stringify(text)}, sort: OLDEST`;

describe('a search among the invited', () => {
  it.each([
    ['zoe', ['zoe']],
    ['ANGSTROM zo', ['zoe']],
    ['liege', ['zoe']],
    ['Béla', ['bela']],
    ['BELA lug', ['bela']],
    ['ada', ['ada']],
    ['ada lugosi', []],
    ['gstr', []],
    ['mallory', ['hidden']],
    ['"ada king"', ['ada']],
    ['"king ada"', []],
    ['king OR mallory', ['ada', 'hidden']],
    ['affiliation:liege', ['zoe']],
    ['NOT king', ['zoe', 'bela', 'hidden', 'nameless']],
    ['angstrm~', ['zoe']],
    ['%', []],
    [' ', ['zoe', 'ada', 'bela', 'hidden', 'nameless']],
  ])('for “%s” finds %j', async (text, expected) => {
    expect(await list(owner.token, query(text))).toEqual(expected);
    expect(await list(manager.token, query(text))).toEqual(expected);
  });

  it('finds usernames', async () => {
    expect(await list(owner.token, query('The-NAMELESS'))).toEqual(['nameless']);
  });

  it('finds addresses that the viewer can see', async () => {
    expect(await list(owner.token, query('ADA@hidden.ex'))).toEqual(['ada']);
    expect(await list(owner.token, query('zoe@hidden.example'))).toEqual([]);
    expect(await list(world.admin, query('zoe@hidden.example'))).toEqual(['zoe']);
    expect(await list(world.admin, query('hidden@hidden.example'))).toEqual(['hidden']);
    expect(await list(world.admin, query('example'))).toEqual([]);
  });

  it('finds who asks to join among those who ask', async () => {
    expect(await list(owner.token, query('ada'), 'membershipRequests')).toEqual(['asking']);
    expect(await list(owner.token, query('zoe'), 'membershipRequests')).toEqual([]);
  });

  it('is told what was not understood', async () => {
    const { data } = await world.ask(
      owner.token,
      `query ($id: ID!) { node(id: $id) { ... on Community {
        invitations(query: "orcid:ada") { parsedQuery warnings { code } engine totalCountIsExact }
        membershipRequests { parsedQuery warnings { code } } } } }`,
      { id: community.id },
    );

    expect(data.node).toEqual({
      invitations: {
        parsedQuery: 'orcid AND ada',
        warnings: [{ code: 'UNKNOWN_FIELD' }],
        engine: 'POSTGRESQL',
        totalCountIsExact: true,
      },
      membershipRequests: { parsedQuery: null, warnings: [] },
    });
  });

  it('finds nothing for those who do not answer for the community', async () => {
    for (const token of [curator.token, people.ada?.token, undefined]) {
      for (const field of ['invitations', 'membershipRequests']) {
        expect(await read(token, query('ada'), field)).toEqual({
          names: [],
          levels: { READER: 0, CURATOR: 0, MANAGER: 0, OWNER: 0 },
          states: { SUBMITTED: 0, ACCEPTED: 0, DECLINED: 0, CANCELLED: 0, EXPIRED: 0 },
        });
      }
    }
  });
});

describe('a choice of levels', () => {
  it.each([
    ['levels: [READER]', ['nameless', 'bela', 'zoe']],
    ['levels: [CURATOR, MANAGER]', ['hidden', 'ada']],
    ['levels: [READER], isOpen: true', ['nameless', 'zoe']],
    ['levels: [OWNER]', []],
    ['levels: []', []],
    ['levels: null', ['nameless', 'hidden', 'bela', 'ada', 'zoe']],
  ])('(%s) lists only %j', async (args, expected) => {
    expect(await list(owner.token, args)).toEqual(expected);
  });
});

describe('the facets', () => {
  const states = (SUBMITTED: number, DECLINED: number, EXPIRED: number) => ({
    SUBMITTED,
    ACCEPTED: 0,
    DECLINED,
    CANCELLED: 0,
    EXPIRED,
  });
  const levels = (READER: number, CURATOR: number, MANAGER: number) => ({
    READER,
    CURATOR,
    MANAGER,
    OWNER: 0,
  });

  it.each([
    ['', levels(3, 1, 1), states(3, 1, 1)],
    ['levels: [READER]', levels(3, 1, 1), states(2, 0, 1)],
    ['states: [SUBMITTED]', levels(2, 0, 1), states(3, 1, 1)],
    ['states: [EXPIRED, DECLINED]', levels(1, 1, 0), states(3, 1, 1)],
    ['states: [DECLINED], levels: [READER]', levels(0, 1, 0), states(2, 0, 1)],
    ['isOpen: true', levels(2, 0, 1), states(3, 0, 0)],
    ['isOpen: false', levels(1, 1, 0), states(0, 1, 1)],
    ['query: "a"', levels(1, 1, 0), states(1, 1, 0)],
    ['query: "lugosi", levels: [CURATOR]', levels(1, 0, 0), states(0, 0, 0)],
    ['levels: [], states: []', levels(0, 0, 0), states(0, 0, 0)],
    ['first: 1, sort: NAME, states: null', levels(3, 1, 1), states(3, 1, 1)],
  ])('with (%s) count what each other choice would list', async (args, byLevel, byState) => {
    const { data } = await world.ask(
      owner.token,
      `query ($id: ID!) { node(id: $id) { ... on Community { list: invitations${args && `(${args})`} {
        facets { levels { level count } states { state count } } } } } }`,
      { id: community.id },
    );
    const { facets } = data.node.list;

    expect(facets.levels).toEqual(
      Object.entries(byLevel).map(([level, count]) => ({ level, count })),
    );
    expect(facets.states).toEqual(
      Object.entries(byState).map(([state, count]) => ({ state, count })),
    );
  });

  it('are of each list, however many are asked for at once', async () => {
    const { data } = await world.ask(
      owner.token,
      `query ($id: ID!) { node(id: $id) { ... on Community {
        all: invitations { ...of } some: invitations(query: "zoe") { ...of }
        open: invitations(isOpen: true) { ...of } asking: membershipRequests { ...of } } } }
      fragment of on JoiningConnection { facets { levels { count } } }`,
      { id: community.id },
    );
    const readers = (of: string) => data.node[of].facets.levels[0].count;

    expect(['all', 'some', 'open', 'asking'].map(readers)).toEqual([3, 1, 2, 1]);
  });
});

describe('by name', () => {
  it('comes in the order of the alphabet, page by page', async () => {
    const page = async (args: string) => {
      const { data } = await world.ask(
        owner.token,
        `query ($id: ID!) { node(id: $id) { ... on Community { invitations(sort: NAME, ${args}) {
          nodes { id } pageInfo { startCursor endCursor hasNextPage } } } } }`,
        { id: community.id },
      );
      return data.node.invitations;
    };
    const first = await page('first: 2');
    const second = await page(`first: 2, after: "${first.pageInfo.endCursor}"`);
    const third = await page(`first: 2, after: "${second.pageInfo.endCursor}"`);
    const back = await page(`last: 2, before: "${third.pageInfo.startCursor}"`);

    expect([first, second, third].map((it) => named(it.nodes))).toEqual([
      ['ada', 'bela'],
      ['hidden', 'nameless'],
      ['zoe'],
    ]);
    expect(third.pageInfo.hasNextPage).toBe(false);
    expect(named(back.nodes)).toEqual(['hidden', 'nameless']);
  });
});
