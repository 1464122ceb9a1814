import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startWorld, type World } from '../helpers/world.ts';
import { type Group, giveRole, levelsIn, newCommunity, Remote, userOf } from '../sync/scene.ts';

let world: World;
let mine: Remote;
beforeAll(async () => {
  world = await startWorld();
  mine = new Remote(world, 'myCommons');
});
afterAll(() => world.stop());

const fields = `community { id slug title access { visibility } version viewerLevel group { remoteId } }
  userErrors { __typename code message path ... on VersionConflictError { currentVersion } }`;
const linkMutation = `mutation ($input: LinkCommunityToGroupInput!) {
  linkCommunityToGroup(input: $input) { ${fields} } }`;
const unlinkMutation = `mutation ($input: UnlinkCommunityFromGroupInput!) {
  unlinkCommunityFromGroup(input: $input) { ${fields} } }`;

const link = async (input: object, token: string | undefined = world.admin) =>
  payload(await world.ask(token, linkMutation, { input }));
const unlink = async (input: object, token: string | undefined = world.admin) =>
  payload(await world.ask(token, unlinkMutation, { input }));

function payload({ data, errors }: Answer) {
  expect(errors).toBeUndefined();
  return data.linkCommunityToGroup ?? data.unlinkCommunityFromGroup;
}

/** A group that the service has told of, as it is known here. */
async function newGroup(told: Group = {}): Promise<{ id: string; remoteId: number }> {
  const remoteId = mine.group(told);
  await mine.tell('groups', 'created', remoteId);
  return { id: (await mine.groupOf(remoteId)).id, remoteId };
}

/** Communities by slug, as an administrator sees them. */
async function communityOf(slug: string) {
  const { data } = await world.ask(
    world.admin,
    'query ($slug: String!) { community(slug: $slug) { id slug version group { remoteId } } }',
    { slug },
  );
  return data.community;
}

/** A user with this level in a new community, and with this role in a new group. */
async function memberOf(level: string, visibility = 'PUBLIC', role = 'moderator') {
  const user = await world.makeUser();
  const group = await newGroup();
  const { subject } = await mine.adopt(user.username, {
    groups: [{ id: group.remoteId, role }],
  });
  await mine.tell('users', 'updated', subject);
  const levels = { 'the-administrator': 'OWNER', ...(level && { [user.username]: level }) };
  const { slug } = await newCommunity(world, levels, visibility);
  return { user, group, slug, community: await communityOf(slug) };
}

/** A group with somebody in each of these categories, and its community. */
async function linked(...categories: string[]) {
  const remoteId = mine.group();
  const people = [];
  for (const role of categories) {
    people.push((await mine.member({ groups: [{ id: remoteId, role }] })).username);
  }
  await mine.tell('groups', 'created', remoteId);
  const community = await mine.link(remoteId);
  return { group: await mine.groupOf(remoteId), remoteId, community, people };
}

const refused = (code: string, ...path: string[]) => ({
  community: null,
  userErrors: [expect.objectContaining({ code, path: ['input', ...path] })],
});

describe.concurrent('linkCommunityToGroup, with a community that is there,', () => {
  it('makes the group’s roles members at the levels of their categories', async () => {
    const { user, group, slug, community } = await memberOf('OWNER');
    for (const role of ['member', 'visitor']) {
      await mine.member({ groups: [{ id: group.remoteId, role }] });
    }

    const answer = await link({ groupId: group.id, community: { id: community.id } }, user.token);

    expect(answer).toMatchObject({
      community: {
        id: community.id,
        version: community.version + 1,
        viewerLevel: 'OWNER',
        group: { remoteId: String(group.remoteId) },
      },
      userErrors: [],
    });
    expect(await levelsIn(world, slug)).toEqual({
      'the-administrator': 'OWNER',
      [user.username]: 'OWNER',
      [mine.role(group.remoteId, 'member')]: 'CURATOR',
      [mine.role(group.remoteId, 'moderator')]: 'MANAGER',
      [mine.role(group.remoteId, 'visitor')]: 'READER',
    });
  });

  it('leaves a role that is a member already at its level', async () => {
    const { remoteId, group } = await linked('moderator');
    await unlink({ communityId: group.community.id });
    const { slug, uuid } = await newCommunity(world);
    await world.sql(
      `insert into members (id, community_id, role_id, level)
        select gen_random_uuid(), $1, r.id, 'READER' from roles r join groups g on g.id = r.group_id
        where g.remote_id = $2`,
      [uuid, String(remoteId)],
    );
    const { id } = await communityOf(slug);

    await link({ groupId: group.id, community: { id } });

    expect(await levelsIn(world, slug)).toEqual({ [mine.role(remoteId, 'moderator')]: 'READER' });
  });

  it('takes in roles that are met later', async () => {
    const { remoteId, community } = await linked();

    await mine.member({ groups: [{ id: remoteId, role: 'moderator' }] });

    expect(await levelsIn(world, community.slug)).toEqual({
      'the-administrator': 'OWNER',
      [mine.role(remoteId, 'moderator')]: 'MANAGER',
    });
  });

  it('gives the people of its roles their level at once', async () => {
    const user = await world.makeUser();
    const group = await newGroup({ visibility: 'private' });
    const { subject } = await mine.adopt(user.username, {
      groups: [{ id: group.remoteId, role: 'moderator' }],
    });
    await mine.tell('users', 'updated', subject);
    const { community } = await link({ groupId: group.id, community: { create: {} } });

    const { data } = await world.ask(
      user.token,
      'query ($slug: String!) { community(slug: $slug) { viewerLevel access { visibility } } }',
      { slug: community.slug },
    );

    expect(data.community).toEqual({
      viewerLevel: 'MANAGER',
      access: { visibility: 'RESTRICTED' },
    });
  });

  it('is written down', async () => {
    const { community } = await linked();
    await unlink({ communityId: community.id });

    const { data } = await world.ask(
      world.admin,
      'query ($id: ID) { auditLog(subjectId: $id) { nodes { act actorKind } } }',
      { id: community.id },
    );

    const [last, ...before] = data.auditLog.nodes;
    expect(last).toEqual({ act: 'community.unlinked', actorKind: 'USER' });
    expect(before.map((it: { act: string }) => it.act).sort()).toEqual([
      'community.created',
      'community.linked',
    ]);
  });

  it.each(['READER', 'CURATOR', 'MANAGER', ''])(
    'refuses a member who is "%s", and whoever is none',
    async (level) => {
      const { user, group, slug, community } = await memberOf(level);

      const { errors } = await world.ask(user.token, linkMutation, {
        input: { groupId: group.id, community: { id: community.id } },
      });

      expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
      expect((await communityOf(slug)).group).toBeNull();
    },
  );

  it.each([
    ['a group that is free', false],
    ['a group that is taken', true],
  ])('tells who is not signed in nothing but to sign in, of %s', async (_, isTaken) => {
    const { community } = await memberOf('OWNER');
    const group = isTaken ? (await linked()).group : await newGroup();

    const { errors } = await world.ask(undefined, linkMutation, {
      input: { groupId: group.id, community: { id: community.id } },
    });

    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  it('refuses an owner who is only a member of the group', async () => {
    const { user, group, community } = await memberOf('OWNER', 'PUBLIC', 'member');

    const input = { groupId: group.id, community: { id: community.id } };
    const { errors } = await world.ask(user.token, linkMutation, { input });

    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect((await communityOf(community.slug)).group).toBeNull();
  });

  it('knows no restricted community for a stranger', async () => {
    const { user, group, community } = await memberOf('', 'RESTRICTED');

    const answer = await link({ groupId: group.id, community: { id: community.id } }, user.token);

    expect(answer).toEqual(refused('NOT_FOUND', 'community', 'id'));
  });

  it.each([
    ['that is free', false],
    ['that has a community', true],
  ])('knows no group %s for somebody who is not in it', async (_, isTaken) => {
    const { user, community } = await memberOf('OWNER');
    const group = isTaken ? (await linked()).group : await newGroup();

    const answer = await link({ groupId: group.id, community: { id: community.id } }, user.token);

    expect(answer).toEqual(refused('NOT_FOUND', 'groupId'));
  });

  it.each(['grp_AZqOlxgAcAGgAAAAAAAAAA', 'com_AZqOlxgAcAGgAAAAAAAAAA', 'nonsense', ''])(
    'knows no group "%s"',
    async (groupId) => {
      const answer = await link({ groupId, community: { create: {} } });

      expect(answer).toEqual(refused('NOT_FOUND', 'groupId'));
    },
  );

  it('knows no group that is gone', async () => {
    const group = await newGroup();
    world.sample.world.groups.delete(String(group.remoteId));
    await mine.tell('groups', 'deleted', group.remoteId);

    const answer = await link({ groupId: group.id, community: { create: {} } });

    expect(answer).toEqual(refused('NOT_FOUND', 'groupId'));
  });

  it('refuses a community that is deleted, and knows none that never was', async () => {
    const group = await newGroup();
    const { slug, uuid } = await newCommunity(world);
    const { id } = await communityOf(slug);
    await world.sql('update communities set deleted_at = now() where id = $1', [uuid]);

    const deleted = await link({ groupId: group.id, community: { id } });
    const never = await link({
      groupId: group.id,
      community: { id: 'com_AZqOlxgAcAGgAAAAAAAAAA' },
    });

    expect(deleted).toEqual(refused('CONFLICT', 'community', 'id'));
    expect(never).toEqual(refused('NOT_FOUND', 'community', 'id'));
  });

  it('refuses a group that has a community, and a community that has a group', async () => {
    const one = await linked();
    const other = await newGroup();
    const { slug } = await newCommunity(world);
    const { id } = await communityOf(slug);

    const taken = await link({ groupId: one.group.id, community: { id } });
    const second = await link({ groupId: other.id, community: { id: one.community.id } });

    expect(taken).toEqual(refused('CONFLICT', 'groupId'));
    expect(second).toEqual(refused('CONFLICT', 'community', 'id'));
    expect((await communityOf(slug)).group).toBeNull();
    expect((await mine.groupOf(one.remoteId)).community.id).toBe(one.community.id);
  });

  it('refuses a version that is not the one it has, and tells that', async () => {
    const group = await newGroup();
    const { slug } = await newCommunity(world);
    const { id, version } = await communityOf(slug);

    const old = await link({
      groupId: group.id,
      community: { id },
      expectedVersion: version - 1,
    });
    const right = await link({ groupId: group.id, community: { id }, expectedVersion: version });

    expect(old).toEqual({
      community: null,
      userErrors: [
        {
          __typename: 'VersionConflictError',
          code: 'VERSION_CONFLICT',
          message: `It is at version ${version} by now.`,
          path: ['input', 'expectedVersion'],
          currentVersion: version,
        },
      ],
    });
    expect(right).toMatchObject({ community: { version: version + 1 }, userErrors: [] });
  });

  it.each([
    ['both', { id: 'com_AZqOlxgAcAGgAAAAAAAAAA', create: {} }],
    ['neither', {}],
    ['null', { id: null }],
  ])('takes a community or what it is to be, not %s', async (_, community) => {
    const { errors } = await world.ask(world.admin, linkMutation, {
      input: { groupId: 'grp_AZqOlxgAcAGgAAAAAAAAAA', community },
    });

    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('gives one group to one of ten that want it at once', async () => {
    const group = await newGroup();
    const communities = await Promise.all(
      Array.from({ length: 10 }, async () => communityOf((await newCommunity(world)).slug)),
    );

    const answers = await Promise.all(
      communities.map(({ id }) => link({ groupId: group.id, community: { id } })),
    );

    const codes = answers.map((it) => it.userErrors[0]?.code ?? 'LINKED').sort();
    expect(codes).toEqual([...Array(9).fill('CONFLICT'), 'LINKED']);
  });
});

describe.concurrent('linkCommunityToGroup, with a community to be made,', () => {
  it('takes title, slug and visibility from the group, and makes whoever asks its owner', async () => {
    const group = await newGroup({ name: 'Moss & Lichen Studies', visibility: 'private' });

    const answer = await link({ groupId: group.id, community: { create: {} } });

    expect(answer).toMatchObject({
      community: {
        id: expect.stringMatching(/^com_/),
        slug: 'moss-lichen-studies',
        title: 'Moss & Lichen Studies',
        access: { visibility: 'RESTRICTED' },
        group: { remoteId: String(group.remoteId) },
      },
      userErrors: [],
    });
    expect(await levelsIn(world, 'moss-lichen-studies')).toEqual({ 'the-administrator': 'OWNER' });
  });

  it('takes what is given instead', async () => {
    const group = await newGroup({ name: 'Ferns', visibility: 'hidden' });

    const { community } = await link({
      groupId: group.id,
      community: { create: { title: ' All Ferns ', slug: 'All-Ferns_2', visibility: 'PUBLIC' } },
    });

    expect(community).toMatchObject({
      title: 'All Ferns',
      slug: 'all-ferns_2',
      access: { visibility: 'PUBLIC' },
    });
  });

  it.each([
    ['public', 'PUBLIC'],
    ['private', 'RESTRICTED'],
    ['hidden', 'RESTRICTED'],
    [undefined, 'PUBLIC'],
  ])('makes that of a group that is %s %s', async (told, expected) => {
    const group = await newGroup({ visibility: told });

    const { community } = await link({ groupId: group.id, community: { create: {} } });

    expect(community.access.visibility).toBe(expected);
  });

  it('numbers the slugs of groups of the same name, and passes over those of deleted communities', async () => {
    const groups = [];
    for (let n = 0; n < 4; n++) groups.push(await newGroup({ name: 'Quantum Gardening' }));
    const [first, second, third, fourth] = groups.map((it) => it.id);

    const slugs = [];
    for (const groupId of [first, second]) {
      slugs.push((await link({ groupId, community: { create: {} } })).community.slug);
    }
    await world.sql(`update communities set deleted_at = now() where slug = 'quantum-gardening-1'`);
    for (const groupId of [third, fourth]) {
      slugs.push((await link({ groupId, community: { create: {} } })).community.slug);
    }

    expect(slugs).toEqual([
      'quantum-gardening',
      'quantum-gardening-1',
      'quantum-gardening-2',
      'quantum-gardening-3',
    ]);
  });

  it('gives ten that are made at once ten slugs', async () => {
    const names = [...Array(8).fill('Tidal Maps'), 'Tidal Maps 1', 'Tidal Maps 2'];
    const groups = await Promise.all(names.map((name) => newGroup({ name })));

    const answers = await Promise.all(
      groups.map(({ id }) => link({ groupId: id, community: { create: {} } })),
    );

    expect(answers.flatMap((it) => it.userErrors)).toEqual([]);
    const slugs = answers.map((it) => it.community.slug);
    expect(new Set(slugs).size).toBe(10);
    for (const it of slugs) expect(it).toMatch(/^tidal-maps(-\d+)*$/);
  });

  it.each([
    ['Émile & Søren’s Œuvre', 'emile-sorens-oeuvre'],
    ['  Many   --  Blanks  ', 'many-blanks'],
    ['日本語研究', /^[a-z][a-z0-9]+$/],
    ['Изучение', 'izuchenie'],
    ['ΟΔΥΣΣΕΥΣ', /^[a-z]+$/],
    ['🦕🌋', /^[a-z0-9_-]*[a-z0-9][a-z0-9_-]*$/],
    ['C++', 'c'],
    ['snake_case', 'snake_case'],
  ])('makes a slug of "%s"', async (name, expected) => {
    const group = await newGroup({ name });

    const { community } = await link({ groupId: group.id, community: { create: {} } });

    if (typeof expected === 'string') expect(community.slug).toBe(expected);
    else expect(community.slug).toMatch(expected);
    expect(community.title).toBe(name.trim());
  });

  it.each(['?!…', '---', '___', ' _-_ ', '\u200d\u200d', '¿¡'])(
    'falls back on the id where the name is "%s", without letter or digit',
    async (name) => {
      const group = await newGroup({ name });

      const { community } = await link({ groupId: group.id, community: { create: {} } });

      expect(community.slug).toBe(`group-${group.remoteId}`);
    },
  );

  it.each([undefined, null, ''])('falls back on the id where the name is %j', async (name) => {
    const group = await newGroup({ name });

    const { community } = await link({ groupId: group.id, community: { create: {} } });

    expect(community).toMatchObject({
      slug: `group-${group.remoteId}`,
      title: `group-${group.remoteId}`,
    });
  });

  it.each([
    ['Admin', 'admin-1'],
    ['Search!', 'search-1'],
    ['0190b9b5-7d2c-7a55-9f3e-0a1b2c3d4e5f', '0190b9b5-7d2c-7a55-9f3e-0a1b2c3d4e5f-1'],
  ])(
    'does not take "%s" for a slug, which is a word of ours or looks like an id',
    async (name, slug) => {
      const group = await newGroup({ name });

      const { community } = await link({ groupId: group.id, community: { create: {} } });

      expect(community.slug).toBe(slug);
    },
  );

  it('keeps slugs to 100 characters, with their numbers', async () => {
    const name = `${'long '.repeat(30)}name`;
    const groups = [];
    for (let n = 0; n < 3; n++) groups.push(await newGroup({ name }));

    const slugs = [];
    for (const { id } of groups) {
      slugs.push((await link({ groupId: id, community: { create: {} } })).community.slug);
    }

    expect(slugs[0]).toMatch(/^(long-){19}long$/);
    expect(slugs[1]).toMatch(/^(long-){18}long-1$/);
    expect(slugs[2]).toMatch(/^(long-){18}long-2$/);
  });

  it('makes the title of a name of 250 characters', async () => {
    const name = '語'.repeat(250);
    const group = await newGroup({ name });

    const { community, userErrors } = await link({ groupId: group.id, community: { create: {} } });

    expect(userErrors).toEqual([]);
    expect(community.title).toBe(name);
    expect(community.slug).toHaveLength(100);
  });

  it('refuses a slug that somebody has, and does not number it', async () => {
    const group = await newGroup();
    const { slug } = await newCommunity(world);

    const answer = await link({ groupId: group.id, community: { create: { slug } } });

    expect(answer).toEqual(refused('SLUG_TAKEN', 'community', 'create', 'slug'));
    expect((await mine.groupOf(group.remoteId)).community).toBeNull();
  });

  it('names all that is wrong at once', async () => {
    const group = await newGroup();

    const { userErrors } = await link({
      groupId: group.id,
      community: { create: { title: ' ', slug: 'not a slug' } },
    });

    expect(userErrors).toMatchObject([
      { code: 'INVALID', message: 'is empty', path: ['input', 'community', 'create', 'title'] },
      { code: 'INVALID', path: ['input', 'community', 'create', 'slug'] },
    ]);
  });

  it.each([
    ['slug', ''],
    ['slug', 'ümlaut'],
    ['slug', 'a/b'],
    ['slug', 'a'.repeat(101)],
    ['slug', '---'],
    ['slug', 'API'],
    ['title', 'a'.repeat(251)],
  ])('refuses the %s "%s"', async (field, value) => {
    const group = await newGroup();

    const { userErrors } = await link({
      groupId: group.id,
      community: { create: { [field]: value } },
    });

    expect(userErrors).toMatchObject([
      { code: 'INVALID', path: ['input', 'community', 'create', field] },
    ]);
  });

  it.each([
    ['a user of the group', []],
    ['a moderator', ['MODERATE']],
    ['whoever may sync', ['SYNC']],
  ])('is not for %s', async (_, rights) => {
    const { user, group } = await memberOf('OWNER');
    await giveRole(world, user.username, { rights });

    const { errors } = await world.ask(user.token, linkMutation, {
      input: { groupId: group.id, community: { create: {} } },
    });

    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect((await mine.groupOf(group.remoteId)).community).toBeNull();
  });
});

describe.concurrent('unlinkCommunityFromGroup', () => {
  it('leaves everybody at their level, and the group with its roles as they are', async () => {
    const { community, remoteId, people } = await linked('member', 'moderator');
    const [member = '', moderator = ''] = people;

    const answer = await unlink({ communityId: community.id });

    expect(answer).toMatchObject({ community: { id: community.id, group: null }, userErrors: [] });
    expect(await levelsIn(world, community.slug)).toEqual({
      'the-administrator': 'OWNER',
      [member]: 'CURATOR',
      [moderator]: 'MANAGER',
    });
    expect(await mine.groupOf(remoteId)).toMatchObject({ deletedAt: null, community: null });
    expect((await userOf(world, member)).roles).toEqual([mine.role(remoteId, 'member')]);
  });

  it('leaves people who join the group afterwards outside', async () => {
    const { community, remoteId } = await linked('member');
    await unlink({ communityId: community.id });

    await mine.member({ groups: [{ id: remoteId, role: 'moderator' }] });

    expect(Object.values(await levelsIn(world, community.slug)).sort()).toEqual([
      'CURATOR',
      'OWNER',
    ]);
  });

  it('leaves the group’s roles in other communities', async () => {
    const { community, remoteId } = await linked('member');
    const other = await newCommunity(world);
    await world.sql(
      `insert into members (id, community_id, role_id, level)
        select gen_random_uuid(), $1, r.id, 'READER' from roles r join groups g on g.id = r.group_id
        where g.remote_id = $2`,
      [other.uuid, String(remoteId)],
    );

    await unlink({ communityId: community.id });

    expect(await levelsIn(world, other.slug)).toEqual({ [mine.role(remoteId)]: 'READER' });
  });

  it('and linking again bring the roles back beside the people', async () => {
    const { community, group, remoteId, people } = await linked('member');
    await unlink({ communityId: community.id });

    const { userErrors } = await link({ groupId: group.id, community: { id: community.id } });

    expect(userErrors).toEqual([]);
    expect(await levelsIn(world, community.slug)).toEqual({
      'the-administrator': 'OWNER',
      [people[0] ?? '']: 'CURATOR',
      [mine.role(remoteId)]: 'CURATOR',
    });
  });

  it('is for an owner of the community', async () => {
    const { user, group, community } = await memberOf('OWNER');
    await link({ groupId: group.id, community: { id: community.id } });

    const answer = await unlink({ communityId: community.id }, user.token);

    expect(answer).toMatchObject({ community: { group: null }, userErrors: [] });
  });

  it.each(['READER', 'CURATOR', 'MANAGER', ''])(
    'refuses a member who is "%s", and whoever is none',
    async (level) => {
      const { user, slug, community } = await memberOf(level);
      await link({ groupId: (await newGroup()).id, community: { id: community.id } });

      const { errors } = await world.ask(user.token, unlinkMutation, {
        input: { communityId: community.id },
      });

      expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
      expect((await communityOf(slug)).group).not.toBeNull();
    },
  );

  it.each(['PUBLIC', 'RESTRICTED'])(
    'tells who is not signed in to sign in, of a %s community',
    async (visibility) => {
      const { slug } = await newCommunity(world, {}, visibility);
      const { id } = await communityOf(slug);

      const { errors } = await world.ask(undefined, unlinkMutation, { input: { communityId: id } });

      expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    },
  );

  it('knows no restricted community for a stranger, and none that never was', async () => {
    const { user, community } = await memberOf('', 'RESTRICTED');

    const answers = [
      await unlink({ communityId: community.id }, user.token),
      await unlink({ communityId: 'com_AZqOlxgAcAGgAAAAAAAAAA' }),
    ];

    for (const it of answers) expect(it).toEqual(refused('NOT_FOUND', 'communityId'));
  });

  it('refuses a community that has no group', async () => {
    const { slug } = await newCommunity(world);
    const { id } = await communityOf(slug);

    const answer = await unlink({ communityId: id });

    expect(answer).toEqual(refused('CONFLICT', 'communityId'));
  });

  it('refuses to leave a community without an owner', async () => {
    const { community, remoteId } = await linked('administrator');
    await world.sql(
      `update members m set level = 'OWNER' from communities c
        where c.id = m.community_id and c.slug = $1 and m.role_id is not null`,
      [community.slug],
    );
    await world.sql(
      `delete from members m using communities c
        where c.id = m.community_id and c.slug = $1 and m.user_id is not null`,
      [community.slug],
    );
    await world.sql(
      `delete from assignments where role_id in
        (select r.id from roles r join groups g on g.id = r.group_id where g.remote_id = $1)`,
      [String(remoteId)],
    );

    const answer = await unlink({ communityId: community.id });

    expect(answer).toEqual(refused('CONFLICT', 'communityId'));
    expect(await levelsIn(world, community.slug)).toEqual({
      [mine.role(remoteId, 'administrator')]: 'OWNER',
    });
  });

  it('refuses a version that is not the one it has, and tells that', async () => {
    const { community } = await linked('member');
    const before = await levelsIn(world, community.slug);

    const old = await unlink({ communityId: community.id, expectedVersion: community.version - 1 });
    const kept = await levelsIn(world, community.slug);
    const right = await unlink({ communityId: community.id, expectedVersion: community.version });

    expect(old.userErrors).toMatchObject([
      {
        __typename: 'VersionConflictError',
        code: 'VERSION_CONFLICT',
        currentVersion: community.version,
      },
    ]);
    expect(kept).toEqual(before);
    expect(right).toMatchObject({ community: { version: community.version + 1 }, userErrors: [] });
  });
});
