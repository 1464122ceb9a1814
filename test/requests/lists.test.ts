import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statementsOf } from '../api/statements.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { Kit, type Person, type Place } from './kit.ts';

let world: World;
let kit: Kit;
let owner: Person;
let manager: Person;
let curator: Person;
let invited: Person;
let asking: Person;
let keeper: Person;
let parent: Place;
let child: Place;
let guest: Place;
/** Every request by what it is. */
const ids: Record<string, string> = {};
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  kit = new Kit(world);
  [owner, manager, curator, invited, asking, keeper] = (await Promise.all(
    Array.from({ length: 6 }, () => kit.person()),
  )) as [Person, Person, Person, Person, Person, Person];
  parent = await kit.community(
    [
      [owner, 'OWNER'],
      [manager, 'MANAGER'],
      [curator, 'CURATOR'],
    ],
    { member_policy: 'OPEN', allows_children: true },
  );
  child = await kit.community([[keeper, 'OWNER']]);
  guest = await kit.community([[keeper, 'OWNER']]);
  ids.invitation = (await kit.invite(owner, parent, invited)).id;
  ids.declined = (await kit.invite(manager, parent, asking)).id;
  await kit.does(asking.token, 'declineRequest', { requestId: ids.declined });
  ids.wish = (await kit.askToJoin(asking, parent)).id;
  const up = { parentId: parent.id, child: { id: child.id } };
  ids.inclusion = (await kit.does(keeper.token, 'requestSubcommunity', up)).request.id;
  const down = { parentId: parent.id, childId: guest.id };
  ids.call = (await kit.does(owner.token, 'inviteSubcommunity', down)).request.id;
});
afterAll(() => world.stop());

const named = (nodes: { id: string }[]) =>
  nodes.map(({ id }) => Object.keys(ids).find((it) => ids[it] === id) ?? id);
const everything = ['call', 'inclusion', 'wish', 'declined', 'invitation'];

/** The requests of the list of all, by name. */
async function list(token: string | undefined, args = '') {
  const { data, errors } = await world.ask(
    token,
    `{ requests${args && `(${args})`} { totalCount nodes { id } } }`,
  );
  if (errors) return errors[0].extensions.code;
  expect(data.requests.totalCount).toBe(data.requests.nodes.length);
  return named(data.requests.nodes);
}

/** The requests of a community, by name. */
async function of(token: string | undefined, place: Place, field: string) {
  const { data } = await world.ask(
    token,
    `query ($id: ID!) { node(id: $id) { ... on Community { list: ${field} { totalCount nodes { id } } } } }`,
    { id: place.id },
  );
  expect(data.node.list.totalCount).toBe(data.node.list.nodes.length);
  return named(data.node.list.nodes);
}

describe('the list of requests', () => {
  it('has those that the viewer may see, newest first', async () => {
    expect(await list(owner.token)).toEqual(everything);
    expect(await list(manager.token)).toEqual(everything);
    expect(await list(world.admin)).toEqual(everything);
    expect(await list(curator.token)).toEqual([]);
    expect(await list(invited.token)).toEqual(['invitation']);
    expect(await list(asking.token)).toEqual(['wish', 'declined']);
    expect(await list(keeper.token)).toEqual(['call', 'inclusion']);
    expect(await list((await kit.person()).token)).toEqual([]);
  });

  it('is for those who are signed in', async () => {
    expect(await list(undefined)).toBe('UNAUTHENTICATED');
  });

  it.each([
    ['kinds: [INVITATION]', ['declined', 'invitation']],
    ['kinds: [SUBCOMMUNITY, SUBCOMMUNITY_INVITATION]', ['call', 'inclusion']],
    ['kinds: []', []],
    ['states: [DECLINED]', ['declined']],
    ['states: [DECLINED, SUBMITTED], kinds: [INVITATION]', ['declined', 'invitation']],
    ['isOpen: true', ['call', 'inclusion', 'wish', 'invitation']],
    ['isOpen: false', ['declined']],
    ['isOpen: null, kinds: null, states: null, mine: null', everything],
    ['mine: CREATED', ['call', 'declined', 'invitation']],
    ['mine: RECEIVED', ['inclusion', 'wish']],
    ['mine: RECEIVED, isOpen: false', []],
  ])('with (%s) has only %j', async (args, expected) => {
    expect(await list(owner.token, args)).toEqual(expected);
  });

  it('knows the side of users and of children', async () => {
    expect(await list(asking.token, 'mine: CREATED')).toEqual(['wish']);
    expect(await list(asking.token, 'mine: RECEIVED')).toEqual(['declined']);
    expect(await list(keeper.token, 'mine: CREATED')).toEqual(['inclusion']);
    expect(await list(keeper.token, 'mine: RECEIVED')).toEqual(['call']);
  });

  it('comes in pages', async () => {
    const page = async (args: string) =>
      (
        await world.ask(
          owner.token,
          `{ requests(${args}) { nodes { id } pageInfo { endCursor hasNextPage } } }`,
        )
      ).data.requests;

    const first = await page('first: 2');
    const second = await page(`first: 3, after: "${first.pageInfo.endCursor}"`);

    expect(named(first.nodes)).toEqual(everything.slice(0, 2));
    expect(first.pageInfo.hasNextPage).toBe(true);
    expect(named(second.nodes)).toEqual(everything.slice(2));
    expect(second.pageInfo.hasNextPage).toBe(false);
  });
});

describe('the requests of a community', () => {
  it.each([
    ['requests', everything],
    ['requests(kinds: [MEMBERSHIP])', ['wish']],
    ['requests(states: [DECLINED])', ['declined']],
    ['invitations', ['declined', 'invitation']],
    ['invitations(isOpen: true)', ['invitation']],
    ['invitations(states: [DECLINED])', ['declined']],
    ['membershipRequests', ['wish']],
    ['membershipRequests(isOpen: false)', []],
  ])('as %s are %j for those who answer for it', async (field, expected) => {
    for (const token of [owner.token, manager.token, world.admin]) {
      expect(await of(token, parent, field)).toEqual(expected);
    }
  });

  it.each(['requests', 'invitations', 'membershipRequests'])(
    'as %s are nobody else’s to see, their own neither',
    async (field) => {
      for (const token of [curator.token, invited.token, asking.token, keeper.token, undefined]) {
        expect(await of(token, parent, field)).toEqual([]);
      }
    },
  );

  it('are on both sides of it', async () => {
    expect(await of(keeper.token, child, 'requests')).toEqual(['inclusion']);
    expect(await of(keeper.token, guest, 'requests')).toEqual(['call']);
  });

  it('can be asked for in several ways at once', async () => {
    const { data } = await world.ask(
      owner.token,
      `query ($id: ID!) { node(id: $id) { ... on Community {
        open: invitations(isOpen: true) { totalCount }
        all: invitations { totalCount } closed: invitations(isOpen: false) { totalCount } } } }`,
      { id: parent.id },
    );

    expect(data.node).toEqual({
      open: { totalCount: 1 },
      all: { totalCount: 2 },
      closed: { totalCount: 1 },
    });
  });
});

it('needs as many statements for one as for many', async () => {
  const countOf = async (first: number) => {
    const said = await statementsOf(async () => {
      const { errors } = await world.ask(
        world.admin,
        `{ requests(first: ${first}) { nodes { title isOpen viewerPermissions level
          user { username } createdBy { username } community { title } child { title }
          timeline { totalCount nodes { author { username } replyCount viewerPermissions
            replies { totalCount nodes { author { id } replyTo { id } request { id } } } } } } } }`,
      );
      expect(errors).toBeUndefined();
    });
    return said.length;
  };
  for (const id of Object.values(ids)) {
    const { comment } = await kit.does(world.admin, 'commentOnRequest', {
      requestId: id,
      content: 'Hello',
    });
    await kit.does(world.admin, 'commentOnRequest', {
      requestId: id,
      content: 'Hello again',
      replyToId: comment.id,
    });
  }

  const few = await countOf(2);

  expect(await countOf(5)).toBe(few);
  expect(few).toBeLessThanOrEqual(15);
});

describe('in another order', () => {
  it('are the oldest first, or where something happened last, page by page', async () => {
    const own = await kit.person();
    const community = await kit.community([[own, 'OWNER']]);
    const people = [await kit.person(), await kit.person(), await kit.person()];
    const asked: string[] = [];
    for (const it of people) asked.push((await kit.invite(own, community, it)).id);
    const [first, second, third] = asked;
    await kit.does(own.token, 'commentOnRequest', { requestId: second, content: 'Well?' });
    await kit.does(own.token, 'commentOnRequest', { requestId: first, content: 'Well?' });
    const list = 'nodes { id } pageInfo { hasNextPage endCursor }';
    const walk = async (field: string, sort: string) => {
      const found: string[] = [];
      for (let after: string | null = null; ; ) {
        const { data, errors } = await world.ask(
          own.token,
          `query ($id: ID!, $after: String) {
            requests(first: 2, after: $after ${sort}) { ${list} }
            node(id: $id) { ... on Community {
              list: ${field}(first: 2, after: $after ${sort}) { ${list} } } } }`,
          { id: community.id, after },
        );
        expect(errors).toBeUndefined();
        expect(data.requests).toEqual(data.node.list);
        const { nodes, pageInfo } = data.node.list;
        found.push(...nodes.map((it: { id: string }) => it.id));
        if (!pageInfo.hasNextPage) return found;
        after = pageInfo.endCursor;
      }
    };

    for (const field of ['requests', 'invitations']) {
      expect(await walk(field, '')).toEqual([third, second, first]);
      expect(await walk(field, 'sort: NEWEST')).toEqual([third, second, first]);
      expect(await walk(field, 'sort: OLDEST')).toEqual([first, second, third]);
      expect(await walk(field, 'sort: ACTIVITY')).toEqual([first, second, third]);
    }
    await kit.does(own.token, 'cancelRequest', { requestId: third });
    expect(await walk('requests', 'sort: ACTIVITY')).toEqual([third, first, second]);
  });
});
