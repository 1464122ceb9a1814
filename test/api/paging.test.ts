import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/ids.ts';
import { type Answer, startWorld, type World } from '../helpers/world.ts';
import { assign, byUuid, type Made, makeCommunity, makeGroup, makeUsers } from './make.ts';

const arguments_ = '$first: Int, $after: String, $last: Int, $before: String';
const given = 'first: $first, after: $after, last: $last, before: $before';
const fields = `nodes { id } edges { cursor node { id } } totalCount
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;
const usersOf = `query ($name: String!, ${arguments_}) { role(name: $name) { users(${given}) { ${fields} } } }`;

interface Wanted {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

let world: World;
let users: Made[];
let role: string;

/** The ids of some of the users, by their place in the list. */
const ids = (from: number, to: number) => users.slice(from, to).map((it) => it.id);

beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  ({ users, role } = await makeList(10));
});
afterAll(() => world.stop());

/** A list of its own: the users in a new role. */
async function makeList(count: number) {
  const people = await makeUsers(world, count);
  const group = await makeGroup(world);
  await assign(world, group.role, people);
  return { users: people, role: group.name };
}

const ask = (wanted: Wanted, name = role): Promise<Answer> =>
  world.ask(world.admin, usersOf, { name, ...wanted });

async function pageOf(wanted: Wanted, name = role) {
  const { data, errors } = await ask(wanted, name);
  expect(errors).toBeUndefined();
  const page = data.role.users;
  return { ...page, ids: page.nodes.map((it: Made) => it.id) };
}

const cursorOf = async (place: number, name = role): Promise<string> =>
  (await pageOf({ first: 100 }, name)).edges[place].cursor;

describe('a page', () => {
  it('has 20 items if nobody says how many', async () => {
    const long = await makeList(25);

    const page = await pageOf({}, long.role);

    expect(page.ids).toEqual(long.users.slice(0, 20).map((it) => it.id));
    expect(page.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(page.totalCount).toBe(25);
  });

  it('shows the same items as nodes and as edges, with the cursors of its ends', async () => {
    const { nodes, edges, pageInfo } = await pageOf({ first: 3 });

    expect(edges.map((it: { node: Made }) => it.node)).toEqual(nodes);
    expect(pageInfo).toMatchObject({ startCursor: edges[0].cursor, endCursor: edges[2].cursor });
  });

  it.each([
    [{ first: 1 }, 0, 1, true, false],
    [{ first: 9 }, 0, 9, true, false],
    [{ first: 10 }, 0, 10, false, false],
    [{ first: 11 }, 0, 10, false, false],
    [{ first: 100 }, 0, 10, false, false],
    [{ last: 1 }, 9, 10, false, true],
    [{ last: 10 }, 0, 10, false, false],
    [{ last: 100 }, 0, 10, false, false],
    [{ first: null, last: 2 }, 8, 10, false, true],
    [{ first: 2, last: null, after: null, before: null }, 0, 2, true, false],
  ])('%j is the items from %i to %i', async (wanted, from, to, hasNextPage, hasPreviousPage) => {
    const page = await pageOf(wanted);

    expect(page.ids).toEqual(ids(from, to));
    expect(page.pageInfo).toMatchObject({ hasNextPage, hasPreviousPage });
    expect(page.totalCount).toBe(10);
  });

  it.each([1, 2, 3, 7])('is followed by others forwards, by %i, to the end', async (size) => {
    const seen: string[] = [];
    let page = await pageOf({ first: size });

    seen.push(...page.ids);
    while (page.pageInfo.hasNextPage) {
      page = await pageOf({ first: size, after: page.pageInfo.endCursor });
      expect(page.pageInfo.hasPreviousPage).toBe(true);
      seen.push(...page.ids);
    }

    expect(seen).toEqual(ids(0, 10));
  });

  it.each([1, 2, 3, 7])('is led by others backwards, by %i, to the beginning', async (size) => {
    const seen: string[] = [];
    let page = await pageOf({ last: size });

    seen.unshift(...page.ids);
    while (page.pageInfo.hasPreviousPage) {
      page = await pageOf({ last: size, before: page.pageInfo.startCursor });
      expect(page.pageInfo.hasNextPage).toBe(true);
      seen.unshift(...page.ids);
    }

    expect(seen).toEqual(ids(0, 10));
  });

  it('lies between two cursors', async () => {
    const [after, before] = [await cursorOf(2), await cursorOf(7)];

    expect((await pageOf({ first: 100, after, before })).ids).toEqual(ids(3, 7));
    expect((await pageOf({ first: 2, after, before })).ids).toEqual(ids(3, 5));
    expect((await pageOf({ last: 2, after, before })).ids).toEqual(ids(5, 7));
    expect((await pageOf({ last: 2, after })).ids).toEqual(ids(8, 10));
    expect((await pageOf({ first: 2, before })).ids).toEqual(ids(0, 2));
  });

  it('is empty where nothing is', async () => {
    const [first, last] = [await cursorOf(0), await cursorOf(9)];
    const nothing = { nodes: [], edges: [], totalCount: 10 };
    const noCursors = { startCursor: null, endCursor: null };

    expect(await pageOf({ after: last })).toMatchObject({
      ...nothing,
      pageInfo: { hasNextPage: false, hasPreviousPage: true, ...noCursors },
    });
    expect(await pageOf({ last: 5, before: first })).toMatchObject({
      ...nothing,
      pageInfo: { hasNextPage: true, hasPreviousPage: false, ...noCursors },
    });
    expect((await pageOf({ after: last, before: first })).ids).toEqual([]);
    expect(await pageOf({}, (await makeList(0)).role)).toMatchObject({
      nodes: [],
      totalCount: 0,
      pageInfo: { hasNextPage: false, hasPreviousPage: false, ...noCursors },
    });
  });

  it('goes on after an item that is gone meanwhile', async () => {
    const list = await makeList(4);
    const cursor = await cursorOf(1, list.role);

    await world.sql('delete from users where id = $1', [list.users[1]?.uuid]);

    const after = await pageOf({ after: cursor }, list.role);
    const before = await pageOf({ last: 5, before: cursor }, list.role);
    expect(after.ids).toEqual([list.users[2]?.id, list.users[3]?.id]);
    expect(before.ids).toEqual([list.users[0]?.id]);
  });

  it('neither repeats nor skips an item when others come meanwhile', async () => {
    const list = await makeList(4);
    const { pageInfo } = await pageOf({ first: 2 }, list.role);
    const [newest] = await makeUsers(world, 1);

    await world.sql(
      `insert into assignments (role_id, user_id, source)
       select a.role_id, $1, 'LOCAL' from assignments a where a.user_id = $2`,
      [newest?.uuid, list.users[0]?.uuid],
    );

    const next = await pageOf({ first: 2, after: pageInfo.endCursor }, list.role);
    expect(next.ids).toEqual([list.users[2]?.id, list.users[3]?.id]);
    expect(next.pageInfo.hasNextPage).toBe(true);
  });

  it('of a list of somebody else may begin at a cursor: it is a place in time', async () => {
    const list = await makeList(2);
    const cursor = await cursorOf(0, list.role);

    expect((await pageOf({ after: cursor })).ids).toEqual([]);
    expect((await pageOf({ last: 3, before: cursor })).ids).toEqual(ids(7, 10));
  });
});

describe('a page that is asked for wrongly', () => {
  it.each([
    [{ first: 0 }, ['first'], 'must be 1 to 100, not 0.'],
    [{ first: -1 }, ['first'], 'must be 1 to 100, not -1.'],
    [{ first: 101 }, ['first'], 'must be 1 to 100, not 101.'],
    [{ last: 0 }, ['last'], 'must be 1 to 100, not 0.'],
    [{ last: -2_147_483_648 }, ['last'], 'must be 1 to 100, not -2147483648.'],
    [{ last: 101 }, ['last'], 'must be 1 to 100, not 101.'],
    [{ first: 1, last: 1 }, ['last'], 'cannot go with "first".'],
    [{ after: '' }, ['after'], 'is not a cursor of such a list.'],
    [{ after: 'x' }, ['after'], 'is not a cursor of such a list.'],
    [{ before: randomUUID() }, ['before'], 'is not a cursor of such a list.'],
    [{ after: cursor('2', newId()) }, ['after'], 'is not a cursor of such a list.'],
    [{ after: cursor('1', "' or 1=1") }, ['after'], 'is not a cursor of such a list.'],
    [{ before: cursor('1', `${newId()} `) }, ['before'], 'is not a cursor of such a list.'],
    [{ before: 'x'.repeat(10_000) }, ['before'], 'is not a cursor of such a list.'],
  ])('is refused: %j', async (wanted, path, message) => {
    const { data, errors } = await ask(wanted);

    expect(data).toEqual({ role: null });
    expect(errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', problems: [{ path, message }] } },
    ]);
  });

  it('is told all that is wrong with it', async () => {
    const { errors } = await ask({ first: 0, last: 101 });

    expect(errors?.[0].extensions.problems.map((it: { path: string[] }) => it.path)).toEqual([
      ['first'],
      ['last'],
      ['last'],
    ]);
  });

  it('is told of both cursors', async () => {
    const { errors } = await ask({ after: 'x', before: 'y' });

    expect(errors?.[0].extensions.problems.map((it: { path: string[] }) => it.path)).toEqual([
      ['after'],
      ['before'],
    ]);
  });
});

function cursor(version: string, id: string): string {
  return Buffer.from(`${version} ${id}`).toString('base64url');
}

describe('a list that is newest first', () => {
  it('is paged in both directions', async () => {
    const communities: Made[] = [];
    for (let i = 0; i < 5; i++) communities.push(await makeCommunity(world));
    const made = communities
      .sort(byUuid)
      .reverse()
      .map((it) => it.id);
    const page = async (wanted: Wanted) =>
      (
        await world.ask(
          undefined,
          `query (${arguments_}) { communities(${given}) { nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } }`,
          wanted,
        )
      ).data.communities;
    const idsOf = (it: { nodes: Made[] }) => it.nodes.map(({ id }) => id);

    const newest = await page({ first: 2 });
    const next = await page({ first: 2, after: newest.pageInfo.endCursor });
    const back = await page({ last: 1, before: next.pageInfo.startCursor });
    const oldest = await page({ last: 2 });

    expect(idsOf(newest)).toEqual(made.slice(0, 2));
    expect(idsOf(next)).toEqual(made.slice(2, 4));
    expect(idsOf(back)).toEqual(made.slice(1, 2));
    expect(back.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    expect(idsOf(oldest)).toEqual(made.slice(3, 5));
  });
});

describe('a list that hangs on many things', () => {
  it('is a page of its own for each of them', async () => {
    const lists = [await makeList(3), await makeList(0), await makeList(1)];
    const query = `{ ${lists
      .map(
        (it, i) =>
          `r${i}: role(name: "${it.role}") { users(first: 2) { nodes { id } totalCount pageInfo { hasNextPage } } }`,
      )
      .join(' ')} }`;

    const { data } = await world.ask(world.admin, query);

    expect([data.r0.users, data.r1.users, data.r2.users]).toEqual(
      lists.map((it) => ({
        nodes: it.users.slice(0, 2).map(({ id }) => ({ id })),
        totalCount: it.users.length,
        pageInfo: { hasNextPage: it.users.length > 2 },
      })),
    );
  });

  it('may be asked for twice in one operation, in different pages', async () => {
    const { data } = await world.ask(
      world.admin,
      `query ($name: String!) { role(name: $name) {
        start: users(first: 2) { nodes { id } } end: users(last: 2) { nodes { id } } } }`,
      { name: role },
    );

    expect(data.role.start.nodes.map((it: Made) => it.id)).toEqual(ids(0, 2));
    expect(data.role.end.nodes.map((it: Made) => it.id)).toEqual(ids(8, 10));
  });
});
