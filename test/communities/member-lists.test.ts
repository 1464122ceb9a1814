import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromGlobalId } from '../../src/ids.ts';
import {
  assign as assignTo,
  makeCommunity,
  makeGroup,
  makeUsers,
  makeUserWith,
} from '../api/make.ts';
import { statementsOf } from '../api/statements.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { indexAll } from '../search/index-all.ts';
import { newGroup, Place } from './place.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever they asked for
type Loose = any;

async function ask(place: Place, token: string | undefined, fields: string): Promise<Loose> {
  const { data, errors } = await world.ask(
    token,
    `query ($slug: String!) { community(slug: $slug) { ${fields} } }`,
    { slug: place.slug },
  );
  expect(errors).toBeUndefined();
  return data.community;
}

const namesOf = (list: { nodes: { name: string }[] }) => list.nodes.map((it) => it.name);

/** The names of the members that are listed, for an administrator if for nobody else. */
async function listed(place: Place, args: string, token = world.admin): Promise<string[]> {
  return namesOf((await ask(place, token, `members(${args}) { nodes { name } }`)).members);
}

async function shown(place: Place, token: string | undefined, args = 'first: 100') {
  const fields = `publicMembers(${args}) { totalCount nodes { name } }`;
  const { publicMembers } = await ask(place, token, fields);
  expect(publicMembers.totalCount).toBe(publicMembers.nodes.length);
  return namesOf(publicMembers);
}

/** Makes those found whom tests made. */
const indexed = () => indexAll(world, 'users', 'roles');

const show = (place: Place) =>
  world.sql('update members set is_visible = true where community_id = $1', [place.uuid]);

describe('Community.members', () => {
  it('tells who the members are, and what the viewer is among them', async () => {
    const place = await Place.make(world);
    const person = { full_name: 'Ada Lovelace', affiliation: 'Analytical Society' };
    const ada = await place.person('READER', person);
    const bob = await place.person('OWNER');
    const [role] = await newGroup(world, ['editor'], [], {
      name: 'Astronomers',
      description: 'Look up.',
      avatar: 'https://example.org/a.png',
    });
    await place.take({ role_id: role?.uuid ?? '' }, 'CURATOR');

    const { members, memberCount } = await ask(
      place,
      ada.token,
      `memberCount members { totalCount nodes { id level isVisible isNotified name description avatar
        createdAt isViewer user { id } role { id } community { id } viewerPermissions } }`,
    );

    const common = { isVisible: false, createdAt: expect.any(String), community: { id: place.id } };
    expect(memberCount).toBe(3);
    expect(members).toEqual({
      totalCount: 3,
      nodes: [
        {
          ...common,
          id: ada.member,
          level: 'READER',
          isNotified: null,
          name: 'Ada Lovelace',
          description: 'Analytical Society',
          avatar: null,
          isViewer: true,
          user: { id: ada.id },
          role: null,
          viewerPermissions: ['CHANGE_VISIBILITY', 'LEAVE'],
        },
        {
          ...common,
          id: expect.stringMatching(/^mem_/),
          level: 'CURATOR',
          isNotified: true,
          name: 'Astronomers (editor)',
          description: 'Look up.',
          avatar: 'https://example.org/a.png',
          isViewer: false,
          user: null,
          // She is not in that group, and so does not know of its roles.
          role: null,
          viewerPermissions: [],
        },
        {
          ...common,
          id: bob.member,
          level: 'OWNER',
          isNotified: null,
          name: bob.username,
          description: null,
          avatar: null,
          isViewer: false,
          user: { id: bob.id },
          role: null,
          viewerPermissions: [],
        },
      ],
    });
  });

  it('is empty, and counts nobody, for those who are no members', async () => {
    const place = await Place.make(world);
    await place.person('OWNER');
    const stranger = await place.person();
    const moderator = await makeUserWith(world, 'MODERATE');

    for (const token of [stranger.token, moderator.token, undefined]) {
      const answer = await ask(
        place,
        token,
        `memberCount members { totalCount nodes { id }
          facets { levels { level count } visibility { isVisible count } } }`,
      );
      expect(answer.memberCount).toBeNull();
      expect(answer.members).toMatchObject({ totalCount: 0, nodes: [] });
      const { levels, visibility } = answer.members.facets;
      expect([...levels, ...visibility].map((it) => it.count)).toEqual([0, 0, 0, 0, 0, 0]);
    }
  });

  it('names a user whom the viewer cannot see, but does not show them', async () => {
    const place = await Place.make(world);
    const reader = await place.person('READER');
    await place.person('OWNER', { full_name: 'Hidden One', visibility: 'RESTRICTED' });
    await indexed();

    const { members } = await ask(
      place,
      reader.token,
      'members(query: "hidden") { nodes { name user { id } } }',
    );

    expect(members.nodes).toEqual([{ name: 'Hidden One', user: null }]);
  });

  it('is in the order of names, or of birth', async () => {
    const place = await Place.make(world);
    for (const name of ['émile', 'Zoe', 'adam', 'Eve']) {
      await place.person('READER', { full_name: name });
    }
    await world.sql(
      `update members m set id = it.id from (select m.id as old,
          ('00000000-0000-7000-8000-' || lpad((row_number() over (order by u.created_at))::text, 12, '0'))::uuid as id
          from members m join users u on u.id = m.user_id where community_id = $1) it
        where m.id = it.old`,
      [place.uuid],
    );

    expect(await listed(place, 'first: 10')).toEqual(['adam', 'émile', 'Eve', 'Zoe']);
    expect(await listed(place, 'sort: OLDEST')).toEqual(['émile', 'Zoe', 'adam', 'Eve']);
    expect(await listed(place, 'sort: NEWEST')).toEqual(['Eve', 'adam', 'Zoe', 'émile']);
  });

  it.each(['NAME', 'NEWEST', 'OLDEST'])('is paged forth and back by %s', async (sort) => {
    const place = await Place.make(world);
    // Several of the same name: then birth decides.
    for (const name of ['a', 'b', 'b', 'b', 'c']) await place.person('READER', { full_name: name });
    const page = async (args: string) =>
      (
        await ask(
          place,
          world.admin,
          `members(sort: ${sort}, ${args}) { nodes { id } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } }`,
        )
      ).members;
    const all = (await page('first: 100')).nodes;

    const forth: Loose[] = [];
    for (let args = 'first: 2'; args; ) {
      const { nodes, pageInfo } = await page(args);
      forth.push(...nodes);
      args = pageInfo.hasNextPage ? `first: 2, after: "${pageInfo.endCursor}"` : '';
    }
    const back: Loose[] = [];
    for (let args = 'last: 2'; args; ) {
      const { nodes, pageInfo } = await page(args);
      back.unshift(...nodes);
      args = pageInfo.hasPreviousPage ? `last: 2, before: "${pageInfo.startCursor}"` : '';
    }

    expect(new Set(all.map((it: Loose) => it.id)).size).toBe(5);
    expect(forth).toEqual(all);
    expect(back).toEqual(all);
  });
});

describe('searching members', () => {
  it.each([
    ['a word’s beginning', 'love', ['Ada Lovelace']],
    ['words in any order', 'lov ad', ['Ada Lovelace']],
    ['words of name and institution', 'ada analy', ['Ada Lovelace']],
    ['another case', 'ADA', ['Ada Lovelace']],
    ['no accents', 'rene garcon', ['René Garçon']],
    ['accents that are not there', 'àda', ['Ada Lovelace']],
    ['letters in two parts', 'Rene\u0301', ['René Garçon']],
    ['another script', 'ольг', ['Ольга']],
    ['a script with vowel signs', 'हिन्दी', ['हिन्दी जन']],
    ['a group', 'astro', ['Astronomers (editor)']],
    ['the middle of a word', 'velace', []],
    ['what is nobody’s', 'ada turing', []],
    ['signs alone', '%_.', []],
    ['a pattern of the database', 'a%e', []],
    ['a pattern', 'a*a', ['Ada Lovelace']],
    ['a pattern for a group', 'as*mers', ['Astronomers (editor)']],
    ['a null character', '\0ada', ['Ada Lovelace']],
    ['words one after the other', '"ada lovelace"', ['Ada Lovelace']],
    ['words the other way round', '"lovelace ada"', []],
    ['one of two words', 'ada OR garçon', ['Ada Lovelace', 'René Garçon']],
    ['one word and not another', 'ada NOT astronomers', ['Ada Lovelace']],
    ['a word spelt nearly so', 'lovelacy~', ['Ada Lovelace']],
    ['a word that is only spelt nearly so', 'lovelacy', []],
    ['a name as if it were a username', 'username:ada', []],
    ['an institution', 'affiliations:society', ['Ada Lovelace']],
    ['a name', 'full_name:society', []],
    ['what is no field', 'orcid:ada', []],
    ['parentheses that are not closed', '(ada', ['Ada Lovelace']],
    ['half a character', 'ada\ud800', ['Ada Lovelace']],
    ['part of a hyphenated name', 'curie', ['Marie Skłodowska-Curie']],
    ['nothing', '  ', ['Ada Lovelace', 'Astronomers (editor)']],
  ])('by %s', async (_, query, expected) => {
    const place = await searched();

    const { data, errors } = await world.ask(
      world.admin,
      `query ($slug: String!, $query: String) { community(slug: $slug) {
        members(query: $query) { totalCount nodes { name } } } }`,
      { slug: place.slug, query },
    );
    expect(errors).toBeUndefined();
    const { members } = data.community;

    if (query.trim()) expect(namesOf(members)).toEqual(expected);
    else expect(namesOf(members)).toEqual(expect.arrayContaining(expected));
    expect(members.totalCount).toBe(members.nodes.length);
  });

  let place: Promise<Place> | undefined;
  const searched = () => (place ??= make());
  async function make() {
    const made = await Place.make(world);
    await made.person('OWNER', { full_name: 'Ada Lovelace', affiliation: 'Analytical Society' });
    for (const full_name of ['René Garçon', 'Ольга', 'हिन्दी जन', 'Marie Skłodowska-Curie']) {
      await made.person('READER', { full_name });
    }
    const [role] = await newGroup(world, ['editor'], [], { name: 'Astronomers' });
    await made.take({ role_id: role?.uuid ?? '' }, 'CURATOR');
    await indexed();
    return made;
  }

  it('by username', async () => {
    const place = await Place.make(world);
    const { username } = await place.person('READER', { full_name: 'X' });
    await indexed();

    expect(await listed(place, `query: "${username}"`)).toEqual(['X']);
  });

  it('by addresses that the viewer can see, whole or begun, and by no others', async () => {
    const place = await Place.make(world);
    const email = (name: string, visibility: string) => ({
      full_name: name,
      email: `${name}@example.org`,
      email_visibility: visibility,
    });
    const owner = await place.person('OWNER', email('own', 'RESTRICTED'));
    await place.person('READER', email('open', 'PUBLIC'));
    await place.person('READER', email('closed', 'RESTRICTED'));
    await place.person('READER', { ...email('unseen', 'PUBLIC'), visibility: 'RESTRICTED' });
    await indexed();
    const found = async (name: string, token: string) =>
      (await listed(place, `query: "${name}@exam"`, token)).length +
      (await listed(place, `query: "${name.toUpperCase()}@Example.org"`, token)).length;

    expect(await found('own', owner.token)).toBe(2);
    expect(await found('open', owner.token)).toBe(2);
    expect(await found('closed', owner.token)).toBe(0);
    expect(await found('unseen', owner.token)).toBe(0);
    for (const name of ['own', 'open', 'closed', 'unseen']) {
      expect(await found(name, world.admin)).toBe(2);
    }
    for (const query of [
      'email:closed@',
      'email:closed@example.org',
      'closed@e*',
      'closed@exampel.org~',
      'email:*',
    ]) {
      expect([query, await listed(place, `query: "${query}"`, owner.token)]).toEqual([query, []]);
    }
    expect(await listed(place, 'query: "own@example.org OR open@example.org"')).toEqual([
      'open',
      'own',
    ]);
    expect(await listed(place, 'query: "email:open@"', owner.token)).toEqual(['open']);
    expect(await listed(place, 'query: "example.org"')).toEqual([]);
  });

  it('finds the same where very many people answer to a word: each member is looked at then', async () => {
    const place = await Place.make(world);
    const crowd = await makeUsers(world, 7000);
    await indexed();
    for (const it of crowd.slice(0, 2)) await place.take({ user_id: it.uuid }, 'READER');
    const ada = await place.person('OWNER', { full_name: 'Ada Somebody' });
    await place.person('READER', { full_name: 'Zoe' });
    await show(place);
    await indexed();

    const said = await statementsOf(async () => {
      expect(await listed(place, 'query: "somebody"')).toEqual([
        'Ada Somebody',
        'Somebody',
        'Somebody',
      ]);
    });
    expect(said.join()).toMatch(/from search_users where id = m\.user_id/);
    expect(await listed(place, 'query: "NOT somebody"')).toEqual(['Zoe']);
    expect(await listed(place, 'query: "some* NOT ada"', ada.token)).toEqual([
      'Somebody',
      'Somebody',
    ]);
    expect(await shown(place, undefined, 'query: "somebody OR zoe"')).toHaveLength(4);
  }, 60_000);

  it('says how it read the query, and what it did not understand', async () => {
    const place = await searched();
    const fields = `totalCount totalCountIsExact parsedQuery engine warnings { code message at }`;
    const read = async (list: string) =>
      (await ask(place, world.admin, `list: ${list} { ${fields} }`)).list;

    const told = { totalCount: 1, totalCountIsExact: true, engine: 'POSTGRESQL', warnings: [] };
    expect(await read('members(query: " Ada  lov")')).toEqual({
      ...told,
      parsedQuery: 'Ada AND lov',
    });
    for (const list of ['members(query: "orcid:ada")', 'publicMembers(query: "email:ada")']) {
      expect(await read(list)).toMatchObject({ warnings: [{ code: 'UNKNOWN_FIELD', at: 0 }] });
    }
    expect(await read(`members(query: "${'x'.repeat(1001)}")`)).toMatchObject({
      totalCount: 0,
      warnings: [{ code: 'TOO_LONG' }],
    });
    for (const query of ['', ' ', '\\u0000']) {
      const { parsedQuery, totalCount } = await read(`members(query: "${query}")`);
      expect([parsedQuery, totalCount]).toEqual([null, 6]);
    }
  });

  it('by level and visibility, and counts what each other choice would list', async () => {
    const place = await Place.make(world);
    for (const level of ['READER', 'READER', 'CURATOR', 'OWNER'] as const) {
      await place.person(level, { full_name: `Jo ${level}` });
    }
    await place.person('READER', { full_name: 'Someone Else' });
    await world.sql(
      `update members m set is_visible = true where community_id = $1 and level <> 'READER'`,
      [place.uuid],
    );
    await indexed();
    const facets = async (args: string) => {
      const { members } = await ask(
        place,
        world.admin,
        `members(${args}) { totalCount facets { levels { level count } visibility { isVisible count } } }`,
      );
      const { levels, visibility } = members.facets;
      return [
        members.totalCount,
        levels.map((it: Loose) => it.count),
        visibility.map((it: Loose) => it.count),
      ];
    };

    expect(await facets('first: 1')).toEqual([5, [3, 1, 0, 1], [2, 3]]);
    expect(await facets('query: "jo"')).toEqual([4, [2, 1, 0, 1], [2, 2]]);
    expect(await facets('query: "jo", levels: [READER]')).toEqual([2, [2, 1, 0, 1], [0, 2]]);
    expect(await facets('query: "jo", isVisible: true')).toEqual([2, [0, 1, 0, 1], [2, 2]]);
    expect(await facets('levels: [READER, OWNER], isVisible: true')).toEqual([
      1,
      [0, 1, 0, 1],
      [1, 3],
    ]);
    expect(await facets('levels: []')).toEqual([0, [3, 1, 0, 1], [0, 0]]);
  });
});

describe('viewerPermissions of a member', () => {
  it('are what the viewer’s level gives, and none where the community is deleted', async () => {
    const place = await Place.make(world);
    const manager = await place.person('MANAGER', { full_name: '1 manager' });
    await place.person('OWNER', { full_name: '2 owner' });
    await place.person('READER', { full_name: '3 hidden' });
    const seen = await place.person('READER', { full_name: '4 seen' });
    await world.sql('update members set is_visible = true where user_id = $1', [seen.uuid]);
    const [role] = await newGroup(world, ['editor'], [], { name: '5 group' });
    await place.take({ role_id: role?.uuid ?? '' }, 'MANAGER');
    const all = async (token: string) =>
      (await ask(place, token, 'members { nodes { viewerPermissions } }')).members.nodes.map(
        (it: Loose) => it.viewerPermissions.join(' '),
      );

    expect(await all(manager.token)).toEqual([
      'CHANGE_VISIBILITY LEAVE',
      '',
      'CHANGE_LEVEL REMOVE',
      'CHANGE_LEVEL CHANGE_VISIBILITY REMOVE',
      'CHANGE_LEVEL CHANGE_VISIBILITY CHANGE_NOTIFIED REMOVE',
    ]);
    await world.sql('update communities set deleted_at = now() where id = $1', [place.uuid]);
    expect(await all(world.admin)).toEqual(['', '', '', '', '']);
  });
});

describe('Community.publicMembers', () => {
  it('shows by name those who want to be seen, and nothing but who they are', async () => {
    const place = await Place.make(world);
    await place.person('OWNER', { full_name: 'Zoe', affiliation: 'Here' });
    await place.person('READER', { full_name: 'Adam' });
    const [role] = await newGroup(world, ['moderator'], [], { name: 'Astronomers' });
    const member = await place.take({ role_id: role?.uuid ?? '' }, 'MANAGER');
    await show(place);
    await place.person('OWNER', { full_name: 'Hidden' });

    const { publicMembers } = await ask(
      place,
      undefined,
      'publicMembers { totalCount nodes { id name description avatar } edges { cursor } }',
    );

    expect(publicMembers).toMatchObject({
      totalCount: 3,
      nodes: [
        { name: 'Adam', description: null, avatar: null },
        { name: 'Astronomers', description: null, avatar: null },
        { name: 'Zoe', description: 'Here', avatar: null },
      ],
    });
    // A member's own id would tell when they joined, and cursors are made of ids.
    const ids = publicMembers.nodes.map((it: Loose) => fromGlobalId(it.id)?.uuid);
    expect(ids).not.toContain(fromGlobalId(member)?.uuid);
    const cursors = publicMembers.edges.map((it: Loose) => Buffer.from(it.cursor, 'base64url'));
    for (const it of cursors) expect(String(it)).not.toContain(fromGlobalId(member)?.uuid);
  });

  it.each([
    ['PUBLIC', 'PUBLIC', true],
    ['PUBLIC', 'RESTRICTED', false],
  ])('of a %s community with %s members', async (visibility, members_visibility, isSeen) => {
    const place = await Place.make(world, { visibility, members_visibility });
    const reader = await place.person('READER', { full_name: 'Ada' });
    const stranger = await place.person();
    await show(place);

    for (const token of [undefined, stranger.token]) {
      expect(await shown(place, token)).toEqual(isSeen ? ['Ada'] : []);
    }
    for (const token of [reader.token, world.admin]) {
      expect(await shown(place, token)).toEqual(['Ada']);
    }
  });

  it('of a restricted community are its members’ to see, also by their ids', async () => {
    const place = await Place.make(world, { visibility: 'RESTRICTED' });
    const reader = await place.person('READER', { full_name: 'Ada' });
    await show(place);
    const { publicMembers } = await ask(place, reader.token, 'publicMembers { nodes { id } }');
    const node = async (token: string | undefined) => {
      const id = publicMembers.nodes[0].id;
      const { data } = await world.ask(token, 'query ($id: ID!) { node(id: $id) { id } }', { id });
      return data.node;
    };

    expect(await node(reader.token)).not.toBeNull();
    expect(await node((await place.person()).token)).toBeNull();
    expect(await node(undefined)).toBeNull();
    await world.sql('update members set is_visible = false where community_id = $1', [place.uuid]);
    expect(await node(reader.token)).toBeNull();
  });

  it('leaves out whom nobody else could see: hidden and closed accounts, hidden groups', async () => {
    const place = await Place.make(world);
    await place.person('READER', { full_name: 'Ada' });
    await place.person('READER', { full_name: 'Private', visibility: 'RESTRICTED' });
    await place.person('READER', { full_name: 'Gone', state: 'SUSPENDED' });
    const [role] = await newGroup(world, ['member'], [], { name: 'Secret', visibility: 'HIDDEN' });
    await place.take({ role_id: role?.uuid ?? '' }, 'READER');
    await show(place);

    expect(await shown(place, undefined)).toEqual(['Ada']);
  });

  it('are searched by what is shown of them alone', async () => {
    const place = await Place.make(world);
    const person = { full_name: 'Ada Lovelace', affiliation: 'Analytical Society' };
    const email = { email: 'countess@example.org', email_visibility: 'PUBLIC' };
    const { username } = await place.person('READER', { ...person, ...email });
    const [role] = await newGroup(world, ['moderator'], [], { name: 'Astronomers' });
    await place.take({ role_id: role?.uuid ?? '' }, 'MANAGER');
    const nameless = await place.person('READER');
    await show(place);
    await indexed();
    const by = (query: string) => shown(place, undefined, `query: "${query}"`);

    expect(await by('lov soc')).toEqual(['Ada Lovelace']);
    expect(await by('astro')).toEqual(['Astronomers']);
    expect(await by(nameless.username)).toEqual([nameless.username]);
    expect(await by(`username:${nameless.username}`)).toEqual([nameless.username]);
    for (const query of [
      'countess@example.org',
      'countess',
      username,
      'moderator',
      'astronomers NOT astronomers',
    ]) {
      expect(await by(query)).toEqual([]);
    }
    for (const query of [`username:${username}`, `${username.slice(0, -1)}*`, `"${username}"`]) {
      expect(await by(query.replaceAll('"', '\\"'))).toEqual([]);
    }
  });
});

describe('what the viewer may see', () => {
  const settings = ['PUBLIC', 'RESTRICTED'].flatMap((visibility) =>
    ['PUBLIC', 'RESTRICTED'].flatMap((members_visibility) =>
      ['live', 'deleted'].map((state) => ({ visibility, members_visibility, state })),
    ),
  );

  it.each(settings)('is what is listed: $visibility, $members_visibility, $state', async (it) => {
    const { state, ...access } = it;
    const place = await Place.make(world, access);
    const people = [await place.person('OWNER'), await place.person('READER')];
    await show(place);
    if (state === 'deleted') {
      await world.sql('update communities set deleted_at = now() where id = $1', [place.uuid]);
    }
    const tokens = [...people, await place.person(), await makeUserWith(world, 'MODERATE')].map(
      (person) => person.token,
    );

    for (const token of [...tokens, world.admin, undefined]) {
      const seen = await ask(
        place,
        token,
        'viewerPermissions members { totalCount } publicMembers { totalCount }',
      );
      if (!seen) continue;
      const may = (act: string) => seen.viewerPermissions.includes(act);
      expect(seen.members.totalCount).toBe(may('SEE_MEMBERS') ? 2 : 0);
      expect(seen.publicMembers.totalCount).toBe(may('SEE_PUBLIC_MEMBERS') ? 2 : 0);
    }
  });
});

describe('User.communities', () => {
  const slugs = async (token: string | undefined, username: string, args = '') => {
    const { data, errors } = await world.ask(
      token,
      `query ($username: String!) { user(username: $username) {
        communities(first: 100 ${args}) { totalCount nodes { slug } } } }`,
      { username },
    );
    expect(errors).toBeUndefined();
    const { totalCount, nodes } = data.user.communities;
    expect(totalCount).toBe(nodes.length);
    return nodes.map((it: Loose) => it.slug).sort();
  };
  const all = (...places: Place[]) => places.map((it) => it.slug).sort();

  it('has those where the user is, by themselves and by roles, for them and administrators', async () => {
    const [own, byRole, both, hidden, deleted] = [
      await Place.make(world),
      await Place.make(world),
      await Place.make(world),
      await Place.make(world, { visibility: 'RESTRICTED' }),
      await Place.make(world),
    ] as const;
    const person = await own.person('READER');
    await byRole.role('CURATOR', [person]);
    await both.take({ user_id: person.uuid }, 'READER');
    await both.role('OWNER', [person]);
    await hidden.take({ user_id: person.uuid }, 'MANAGER');
    await deleted.take({ user_id: person.uuid }, 'OWNER');
    await world.sql('update communities set deleted_at = now() where id = $1', [deleted.uuid]);

    for (const token of [person.token, world.admin]) {
      const of = (args?: string) => slugs(token, person.username, args);
      expect(await of()).toEqual(all(own, byRole, both, hidden));
      expect(await of('levels: [READER]')).toEqual(all(own));
      expect(await of('levels: [CURATOR, OWNER]')).toEqual(all(byRole, both));
      expect(await of('levels: []')).toEqual([]);
    }
    const { data } = await world.ask(person.token, '{ viewer { communities { totalCount } } }');
    expect(data.viewer.communities.totalCount).toBe(4);
  });

  it('has for others those that they share, and those where the user wants to be seen', async () => {
    const [shared, seen, unseen, closed, restricted] = [
      await Place.make(world, { visibility: 'RESTRICTED' }),
      await Place.make(world),
      await Place.make(world),
      await Place.make(world, { members_visibility: 'RESTRICTED' }),
      await Place.make(world, { visibility: 'RESTRICTED' }),
    ] as const;
    const person = await shared.person('OWNER');
    for (const it of [seen, unseen, closed, restricted]) {
      await it.take({ user_id: person.uuid }, 'OWNER');
    }
    for (const it of [seen, closed, restricted]) await show(it);
    const [other, stranger] = [await shared.person('READER'), await shared.person()];

    expect(await slugs(other.token, person.username)).toEqual(all(shared, seen));
    expect(await slugs(stranger.token, person.username)).toEqual(all(seen));
    // What the level is where others are shown is not to be found out.
    expect(await slugs(other.token, person.username, 'levels: [OWNER]')).toEqual(all(shared));
    expect(await slugs(stranger.token, person.username, 'levels: [OWNER]')).toEqual([]);
  });

  it('does not tell others of a place that a role gives, though the role is shown', async () => {
    const place = await Place.make(world);
    const person = await place.person();
    await place.role('READER', [person]);
    await show(place);
    const stranger = await place.person();

    expect(await slugs(stranger.token, person.username)).toEqual([]);
  });
});

describe('the number of statements', () => {
  it('of 100 communities with members, who they are and counts does not grow with them', async () => {
    for (let n = 0; n < 100; n++) {
      const users = await makeUsers(world, 3);
      const { uuid } = await makeCommunity(world, { users });
      if (n % 2 === 0) continue;
      const { role } = await makeGroup(world);
      await assignTo(world, role, users);
      await world.sql(
        `insert into members (id, community_id, role_id, level, is_visible)
          values (gen_random_uuid(), $1, $2, 'READER', true)`,
        [uuid, role.uuid],
      );
    }
    // The token's last use is written once a minute: not while statements are counted.
    await world.ask(world.admin, '{ viewer { id } }');
    const said = (first: number) =>
      statementsOf(async () => {
        const { data, errors } = await world.ask(
          world.admin,
          `{ communities(first: ${first}) { nodes { memberCount
            members(first: 5) { totalCount facets { levels { count } }
              nodes { name viewerPermissions user { username communities(first: 3) { nodes { slug } } } role { name } } }
          } } }`,
        );
        expect(errors).toBeUndefined();
        expect(data.communities.nodes).toHaveLength(first);
      });

    const [few, many] = [await said(3), await said(100)];

    expect(many).toHaveLength(few.length);
    expect(many.length).toBeLessThanOrEqual(9);
  });

  it('of those with five members each and who they are is at most 8', async () => {
    const said = await statementsOf(() =>
      world.ask(
        world.admin,
        '{ communities(first: 100) { nodes { memberCount members(first: 5) { nodes { user { id } } } publicMembers { nodes { name } } } } }',
      ),
    );

    expect(said.length).toBeLessThanOrEqual(8);
  });
});
