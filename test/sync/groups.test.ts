import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { type Group, levelsIn, newCommunity, newNumber, Remote, userOf } from './scene.ts';

let world: World;
/** Speaks WordPress; the groups themselves say who moderates and who uploads. */
let knowledge: Remote;
/** Speaks Profiles; the same. */
let mine: Remote;
/** Its categories have levels by configuration. */
let levelled: Remote;
/** A group that is deleted takes its community along. */
let deleting: Remote;
beforeAll(async () => {
  world = await startWorld({
    idps: (sample) => {
      const idp = (more: object) => ({
        users: {
          remote_endpoint: `${sample.url}/api/v1/members/{placeholder}/`,
          token_env_variable_label: 'REMOTE_TOKEN',
        },
        groups: {
          remote_endpoint: `${sample.url}/api/v1/groups/{placeholder}/`,
          token_env_variable_label: 'REMOTE_TOKEN',
        },
        provision: true,
        rate: 10_000,
        webhook: { token_env_variable_label: 'WEBHOOK_TOKEN' },
        ...more,
      });
      const levels = {
        owner: ['administrator', 'admin'],
        manager: ['steward'],
        curator: ['editor', 'moderator'],
        reader: ['member'],
      };
      return {
        levelCommons: idp({ levels }),
        deleteCommons: idp({ levels, onGroupDeleted: 'delete' }),
      };
    },
  });
  knowledge = new Remote(world, 'knowledgeCommons');
  mine = new Remote(world, 'myCommons');
  levelled = new Remote(world, 'levelCommons');
  deleting = new Remote(world, 'deleteCommons');
});
afterAll(() => world.stop());

const says = (group: number, fields: Group) =>
  world.sample.world.groups.patch(String(group), fields);
const forgets = (group: number) => world.sample.world.groups.delete(String(group));

/** Somebody in a group by each of some categories. */
const join = (remote: Remote, group: number, ...categories: string[]) =>
  remote.member({ groups: categories.map((role) => ({ id: group, role })) });

/** A group with somebody in each of some categories, and its community. */
async function linked(remote: Remote, categories: string[], fields: Group = {}) {
  const group = remote.group(fields);
  const people: Record<string, { subject: string; username: string }> = {};
  for (const it of categories) people[it] = await join(remote, group, it);
  const community = await remote.link(group);
  return { group, people, community, slug: community.slug as string };
}

/** A level that somebody set by hand. */
const setLevel = (remote: Remote, group: number, category: string, level: string) =>
  world.sql(
    `update members m set level = $4 from roles r join groups g on g.id = r.group_id
      where r.id = m.role_id and g.idp = $1 and g.remote_id = $2 and r.category = $3`,
    [remote.idp, String(group), category, level],
  );

/** Makes a role a member of a community that is not its group's. */
const place = (remote: Remote, group: number, category: string, community: string, level: string) =>
  world.sql(
    `insert into members (id, community_id, role_id, level)
      select gen_random_uuid(), $4, r.id, $5 from roles r join groups g on g.id = r.group_id
      where g.idp = $1 and g.remote_id = $2 and r.category = $3`,
    [remote.idp, String(group), category, community, level],
  );

const full = {
  name: 'Panda Studies',
  url: 'https://commons.example/groups/pandas/',
  avatar: 'https://commons.example/pandas.png',
  description: 'Bamboo.',
  visibility: 'private',
};

describe.concurrent('a group that the service tells of', () => {
  it('is kept with its fields, before anybody is known to be in it', async () => {
    const group = knowledge.group({ ...full, id: newNumber() });

    const [run] = await knowledge.tell('groups', 'created', group);

    expect(run.changes[0]).toEqual({
      kind: 'GROUP_CREATED',
      group: String(group),
      after: 'Panda Studies',
    });
    expect(await knowledge.groupOf(group)).toMatchObject({
      ...full,
      slug: 'panda-studies',
      visibility: 'PRIVATE',
      deletedAt: null,
      roles: { nodes: [] },
      community: null,
    });
  });

  it('takes over what is new', async () => {
    const group = mine.group(full);
    await mine.tell('groups', 'created', group);
    const now = {
      name: 'Bear Studies',
      url: 'https://commons.example/groups/bears/',
      avatar: 'https://commons.example/bears.png',
      description: 'Bamboo,\nand honey.',
    };
    says(group, { ...now, visibility: 'hidden' });

    const [run] = await mine.tell('groups', 'updated', group);

    expect(run.changes).toContainEqual({
      kind: 'GROUP_FIELD_CHANGED',
      field: 'name',
      before: 'Panda Studies',
      after: 'Bear Studies',
    });
    expect(await mine.groupOf(group)).toMatchObject({
      ...now,
      slug: 'bear-studies',
      visibility: 'HIDDEN',
    });
  });

  it.each([
    ['keeps what is not told', undefined, full],
    ['loses what is null', null, { url: null, avatar: null, description: null }],
    ['loses what is empty', '', { url: null, avatar: null, description: null }],
  ])('%s', async (_, value, expected) => {
    const group = mine.group(full);
    await mine.tell('groups', 'created', group);
    says(group, { url: value, avatar: value, description: value });

    await mine.tell('groups', 'updated', group);

    const { name, url, avatar, description } = await mine.groupOf(group);
    const { visibility: _v, ...before } = full;
    expect({ name, url, avatar, description }).toEqual({
      ...before,
      ...expected,
      visibility: undefined,
    });
  });

  it.each([
    ['null', null],
    ['empty', ''],
    ['not told', undefined],
  ])('keeps its name when that is %s', async (_, name) => {
    const group = mine.group({ name: 'Named' });
    await mine.tell('groups', 'created', group);
    says(group, { name });

    const [run] = await mine.tell('groups', 'updated', group);

    expect(run.outcome).toBe('UNCHANGED');
    expect(await mine.groupOf(group)).toMatchObject({ name: 'Named', slug: 'named' });
  });

  it('that is as it was changes nothing, not even the version', async () => {
    const group = mine.group(full);
    await mine.tell('groups', 'created', group);
    const before = await mine.groupOf(group);

    const [run] = await mine.tell('groups', 'updated', group);

    expect(run).toMatchObject({ outcome: 'UNCHANGED', changes: [], notes: [] });
    expect(await mine.groupOf(group)).toEqual(before);
  });

  it('leaves the title, slug and visibility of its community as they are here', async () => {
    const { group, community } = await linked(mine, ['member'], { name: 'Title At First' });
    says(group, { name: 'Title Later', visibility: 'hidden' });

    await mine.tell('groups', 'updated', group);

    expect((await mine.groupOf(group)).community).toEqual(community);
  });
});

describe.concurrent('the levels of a linked community', () => {
  const all = ['administrator', 'editor', 'member', 'moderator', 'steward', 'unheard-of'];

  it('are those of the configuration, where it has some', async () => {
    const { group, slug } = await linked(levelled, all, { upload_roles: all, moderate_roles: all });

    const levels = await levelsIn(world, slug);

    expect(levels).toEqual({
      'the-administrator': 'OWNER',
      [levelled.role(group, 'administrator')]: 'OWNER',
      [levelled.role(group, 'steward')]: 'MANAGER',
      [levelled.role(group, 'editor')]: 'CURATOR',
      [levelled.role(group, 'moderator')]: 'CURATOR',
      [levelled.role(group, 'member')]: 'READER',
      [levelled.role(group, 'unheard-of')]: 'READER',
    });
  });

  it('come from who may moderate and who may upload there, else', async () => {
    const { group, slug } = await linked(mine, all, {
      upload_roles: ['editor', 'member', 'moderator', 'admin'],
      moderate_roles: ['moderator', 'admin'],
    });
    await mine.tell('groups', 'updated', group);

    const levels = await levelsIn(world, slug);

    expect(levels).toEqual({
      'the-administrator': 'OWNER',
      [mine.role(group, 'administrator')]: 'MANAGER',
      [mine.role(group, 'moderator')]: 'MANAGER',
      [mine.role(group, 'editor')]: 'CURATOR',
      [mine.role(group, 'member')]: 'CURATOR',
      [mine.role(group, 'steward')]: 'READER',
      [mine.role(group, 'unheard-of')]: 'READER',
    });
  });

  it('follow the group where nobody changed them here', async () => {
    const { group, slug } = await linked(mine, ['member', 'moderator', 'administrator']);
    await mine.tell('groups', 'updated', group);
    await setLevel(mine, group, 'moderator', 'OWNER');
    says(group, { moderate_roles: ['member', 'administrator'], upload_roles: ['moderator'] });

    const [run] = await mine.tell('groups', 'updated', group);

    expect(run.changes).toContainEqual(
      expect.objectContaining({
        kind: 'MEMBER_LEVEL_CHANGED',
        category: 'member',
        before: 'CURATOR',
        after: 'MANAGER',
      }),
    );
    expect(run.notes).toEqual([{ field: 'moderator', message: 'stays OWNER, as it was set here' }]);
    expect(await levelsIn(world, slug)).toEqual({
      'the-administrator': 'OWNER',
      [mine.role(group, 'member')]: 'MANAGER',
      [mine.role(group, 'moderator')]: 'OWNER',
      [mine.role(group, 'administrator')]: 'MANAGER',
    });
  });

  it('go with a category that changes, and stay in communities that are not the group’s', async () => {
    const { group } = await linked(mine, ['member']);
    await mine.tell('groups', 'updated', group);
    const other = await newCommunity(world, { 'the-administrator': 'OWNER' });
    await place(mine, group, 'member', other.uuid, 'READER');
    says(group, { moderate_roles: ['member'] });

    await mine.tell('groups', 'updated', group);

    expect(await levelsIn(world, other.slug)).toMatchObject({ [mine.role(group)]: 'READER' });
  });

  it('never leave the community without an owner', async () => {
    const { group, slug } = await linked(levelled, ['steward', 'member']);
    await setLevel(levelled, group, 'steward', 'OWNER');
    // As if the configuration had called stewards owners until now.
    await world.sql(
      `update members set mapped_level = level where role_id is not null
        and community_id = (select id from communities where slug = $1)`,
      [slug],
    );
    await world.sql(
      `delete from members where user_id is not null
        and community_id = (select id from communities where slug = $1)`,
      [slug],
    );

    const [run] = await levelled.tell('groups', 'updated', group);

    expect(run.notes).toEqual([
      { field: 'steward', message: 'stays OWNER: the community has no other owner' },
    ]);
    expect(await levelsIn(world, slug)).toMatchObject({
      [levelled.role(group, 'steward')]: 'OWNER',
    });
  });

  it('change the owner in one step when another category becomes it', async () => {
    const { group, slug } = await linked(levelled, ['steward', 'administrator']);
    // As if the configuration had it the other way round until now.
    for (const [category, level] of [
      ['steward', 'OWNER'],
      ['administrator', 'MANAGER'],
    ] as const) {
      await setLevel(levelled, group, category, level);
    }
    await world.sql(
      `update members set mapped_level = level where role_id is not null
        and community_id = (select id from communities where slug = $1)`,
      [slug],
    );
    await world.sql(
      `delete from members where user_id is not null
        and community_id = (select id from communities where slug = $1)`,
      [slug],
    );

    const [run] = await levelled.tell('groups', 'updated', group);
    const [again] = await levelled.tell('groups', 'updated', group);

    expect(run).toMatchObject({ outcome: 'CHANGED', notes: [] });
    expect(again.outcome).toBe('UNCHANGED');
    expect(await levelsIn(world, slug)).toEqual({
      [levelled.role(group, 'steward')]: 'MANAGER',
      [levelled.role(group, 'administrator')]: 'OWNER',
    });
  });

  it('are given to roles that are met later', async () => {
    const { group, slug } = await linked(levelled, ['member']);
    const [run] = await levelled.tell(
      'users',
      'created',
      levelled.person({ groups: [{ id: group, role: 'moderator' }] }).subject,
    );

    const levels = await levelsIn(world, slug);

    expect(run.changes).toContainEqual(
      expect.objectContaining({
        kind: 'MEMBER_ADDED',
        category: 'moderator',
        level: 'CURATOR',
        communityId: expect.stringMatching(/^com_/),
      }),
    );
    expect(levels).toMatchObject({ [levelled.role(group, 'moderator')]: 'CURATOR' });
  });
});

describe.concurrent('a group that is deleted', () => {
  it('is divorced: its people stay as members of their own, its roles go, its link is cleared', async () => {
    const { group, people, slug } = await linked(levelled, [
      'member',
      'moderator',
      'administrator',
    ]);
    forgets(group);

    const [run] = await levelled.tell('groups', 'deleted', group);

    expect(run).toMatchObject({ outcome: 'CHANGED', heldFor: [] });
    expect(new Set(run.changes.map((it: { kind: string }) => it.kind))).toEqual(
      new Set([
        'MEMBER_ADDED',
        'MEMBER_REMOVED',
        'ROLE_DELETED',
        'COMMUNITY_UNLINKED',
        'GROUP_DELETED',
      ]),
    );
    expect(await levelsIn(world, slug)).toEqual({
      'the-administrator': 'OWNER',
      [people.member?.username ?? '']: 'READER',
      [people.moderator?.username ?? '']: 'CURATOR',
      [people.administrator?.username ?? '']: 'OWNER',
    });
    expect((await userOf(world, people.member?.username ?? '')).roles).toEqual([]);
    expect(await levelled.groupOf(group)).toMatchObject({
      deletedAt: expect.any(String),
      roles: { nodes: [] },
      community: null,
    });
  });

  it('gives whoever was in two roles the higher level', async () => {
    const { group, slug } = await linked(levelled, ['member', 'moderator']);
    const twice = await join(levelled, group, 'moderator', 'member');
    const thrice = await join(levelled, group, 'member', 'administrator', 'moderator');
    forgets(group);

    await levelled.tell('groups', 'deleted', group);

    expect(await levelsIn(world, slug)).toMatchObject({
      [twice.username]: 'CURATOR',
      [thrice.username]: 'OWNER',
    });
  });

  it('leaves a higher level of somebody’s own, and raises a lower one', async () => {
    const { group, people, slug } = await linked(levelled, ['moderator']);
    const higher = people.moderator?.username ?? '';
    const lower = (await join(levelled, group, 'moderator')).username;
    for (const [username, level] of [
      [higher, 'MANAGER'],
      [lower, 'READER'],
    ]) {
      await world.sql(
        `insert into members (id, community_id, user_id, level)
          select gen_random_uuid(), c.id, u.id, $3 from communities c, users u
          where c.slug = $1 and u.username = $2`,
        [slug, username, level],
      );
    }
    forgets(group);

    const [run] = await levelled.tell('groups', 'deleted', group);

    expect(run.changes).toContainEqual(
      expect.objectContaining({
        kind: 'MEMBER_LEVEL_CHANGED',
        before: 'READER',
        after: 'CURATOR',
        userId: (await userOf(world, lower)).id,
      }),
    );
    expect(await levelsIn(world, slug)).toEqual({
      'the-administrator': 'OWNER',
      [higher]: 'MANAGER',
      [lower]: 'CURATOR',
    });
  });

  it('goes by the level that the role has, also if it was set here', async () => {
    const { group, people, slug } = await linked(levelled, ['member']);
    await setLevel(levelled, group, 'member', 'MANAGER');
    forgets(group);

    await levelled.tell('groups', 'deleted', group);

    expect(await levelsIn(world, slug)).toMatchObject({
      [people.member?.username ?? '']: 'MANAGER',
    });
  });

  it('is divorced from every community that one of its roles is in', async () => {
    const { group, people, slug } = await linked(levelled, ['member']);
    const other = await newCommunity(world, { 'the-administrator': 'OWNER' });
    await place(levelled, group, 'member', other.uuid, 'CURATOR');
    forgets(group);

    await levelled.tell('groups', 'deleted', group);

    const username = people.member?.username ?? '';
    expect(await levelsIn(world, slug)).toMatchObject({ [username]: 'READER' });
    expect(await levelsIn(world, other.slug)).toEqual({
      'the-administrator': 'OWNER',
      [username]: 'CURATOR',
    });
  });

  it('keeps the place of somebody who is in a role by the word of this instance', async () => {
    const { group, slug } = await linked(levelled, ['moderator']);
    const { username } = await world.makeUser();
    await world.sql(
      `insert into assignments (role_id, user_id, source)
        select r.id, u.id, 'LOCAL' from users u, roles r join groups g on g.id = r.group_id
        where u.username = $1 and g.remote_id = $2 and g.idp = 'levelCommons'`,
      [username, String(group)],
    );
    forgets(group);

    await levelled.tell('groups', 'deleted', group);

    expect(await levelsIn(world, slug)).toMatchObject({ [username]: 'CURATOR' });
  });

  it('leaves the other groups of the same community alone', async () => {
    const { group, slug } = await linked(levelled, ['member']);
    const guest = mine.group();
    await join(mine, guest, 'member');
    const [community] = await world.sql('select id from communities where slug = $1', [slug]);
    await place(mine, guest, 'member', community.id, 'CURATOR');
    forgets(group);

    await levelled.tell('groups', 'deleted', group);

    expect(await levelsIn(world, slug)).toMatchObject({ [mine.role(guest)]: 'CURATOR' });
  });

  it('keeps the places of people who leave it in the same moment', async () => {
    const { group, people, slug } = await linked(levelled, ['member', 'moderator']);
    const subjects = Object.values(people).map((it) => it.subject);
    forgets(group);
    for (const it of subjects) levelled.says(it, { groups: [] });

    await levelled.tell('users', 'updated', ...subjects);
    await levelled.tell('groups', 'deleted', group);

    expect(await levelsIn(world, slug)).toEqual({
      'the-administrator': 'OWNER',
      [people.member?.username ?? '']: 'READER',
      [people.moderator?.username ?? '']: 'CURATOR',
    });
  });

  it('takes the community along where the configuration says so', async () => {
    const { group, slug } = await linked(deleting, ['member']);
    forgets(group);

    const [run] = await deleting.tell('groups', 'deleted', group);

    const { data } = await world.ask(
      world.admin,
      'query ($slug: String!) { community(slug: $slug) { deletionState tombstone { note } } }',
      { slug },
    );
    expect(run.changes.map((it: { kind: string }) => it.kind)).toContain('COMMUNITY_DELETED');
    expect(data.community).toEqual({ deletionState: 'DELETED', tombstone: { note: '' } });
  });

  it('leaves a community as it is that was deleted before, though nobody owns it', async () => {
    const { group, slug, community } = await linked(deleting, ['administrator']);
    const [{ uuid }] = await world.sql(
      `update communities set deleted_at = '2026-01-01', removal_note = 'Moved.' where slug = $1
        returning id as uuid`,
      [slug],
    );
    await world.sql('delete from members where community_id = $1 and user_id is not null', [uuid]);
    await world.sql(`update members set level = 'OWNER' where community_id = $1`, [uuid]);
    await world.sql(
      `update users set state = 'DEACTIVATED' where id in (select a.user_id from assignments a
        join members m on m.role_id = a.role_id where m.community_id = $1)`,
      [uuid],
    );
    forgets(group);

    const [run] = await deleting.tell('groups', 'deleted', group);

    const kinds = run.changes.map((it: { kind: string }) => it.kind);
    expect(run.outcome).toBe('CHANGED');
    expect(kinds).toContain('COMMUNITY_UNLINKED');
    expect(kinds).not.toContain('COMMUNITY_DELETED');
    const { data } = await world.ask(
      world.admin,
      `query ($slug: String!, $id: ID) {
        tombstone(slug: $slug) { note removedAt }
        auditLog(subjectId: $id) { nodes { act } } }`,
      { slug, id: community.id },
    );
    expect(data.tombstone).toEqual({ note: 'Moved.', removedAt: '2026-01-01T00:00:00.000Z' });
    expect(data.auditLog.nodes).not.toContainEqual({ act: 'community.deleted' });
  });

  it('takes no community along that is not its own', async () => {
    const group = deleting.group();
    const { username } = await join(deleting, group, 'member');
    const other = await newCommunity(world, { 'the-administrator': 'OWNER' });
    await place(deleting, group, 'member', other.uuid, 'READER');
    forgets(group);

    await deleting.tell('groups', 'deleted', group);

    expect(await levelsIn(world, other.slug)).toEqual({
      'the-administrator': 'OWNER',
      [username]: 'READER',
    });
  });

  it('is held while a community would have no owner, and goes when somebody is made one', async () => {
    const { group, slug } = await linked(levelled, ['administrator', 'member']);
    await world.sql(
      `delete from members where user_id is not null
        and community_id = (select id from communities where slug = $1)`,
      [slug],
    );
    await world.sql(
      `delete from assignments a using roles r join groups g on g.id = r.group_id
        where r.id = a.role_id and g.remote_id = $1 and r.category = 'administrator'`,
      [String(group)],
    );
    forgets(group);

    const [run] = await levelled.tell('groups', 'deleted', group);
    const before = await levelsIn(world, slug);
    await world.sql(
      `insert into members (id, community_id, user_id, level)
        select gen_random_uuid(), c.id, u.id, 'OWNER' from communities c, users u
        where c.slug = $1 and u.username = 'the-administrator'`,
      [slug],
    );
    const [again] = await levelled.tell('groups', 'updated', group);

    expect(run).toMatchObject({ outcome: 'HELD', heldFor: ['LAST_OWNER'] });
    expect(before).toMatchObject({ [levelled.role(group, 'administrator')]: 'OWNER' });
    expect(again).toMatchObject({ outcome: 'CHANGED', heldFor: [] });
  });

  it('is held no more than a community that goes along could need an owner', async () => {
    const { group, slug } = await linked(deleting, ['administrator']);
    await world.sql(
      `delete from members where user_id is not null
        and community_id = (select id from communities where slug = $1)`,
      [slug],
    );
    await world.sql(
      `delete from assignments a using roles r join groups g on g.id = r.group_id
        where r.id = a.role_id and g.remote_id = $1`,
      [String(group)],
    );
    forgets(group);

    const [run] = await deleting.tell('groups', 'deleted', group);

    expect(run).toMatchObject({ outcome: 'CHANGED', heldFor: [] });
  });

  it('but is still there was only updated', async () => {
    const { group, slug } = await linked(mine, ['member'], { name: 'Still Here' });
    says(group, { name: 'Still There' });

    const [run] = await mine.tell('groups', 'deleted', group);

    expect(run).toMatchObject({ outcome: 'CHANGED', heldFor: [] });
    expect(await mine.groupOf(group)).toMatchObject({ name: 'Still There', deletedAt: null });
    expect(Object.keys(await levelsIn(world, slug))).toContain(
      mine.role(group, 'member', 'still-there'),
    );
  });

  it('twice is deleted once', async () => {
    const { group, slug } = await linked(levelled, ['member']);
    forgets(group);
    await levelled.tell('groups', 'deleted', group);
    const before = await levelsIn(world, slug);

    const [run] = await levelled.tell('groups', 'deleted', group);

    expect(run).toMatchObject({ outcome: 'UNCHANGED', changes: [] });
    expect(await levelsIn(world, slug)).toEqual(before);
  });

  it('and comes back is there again, without its community', async () => {
    const { group, people, slug } = await linked(levelled, ['member'], { name: 'Phoenix' });
    forgets(group);
    await levelled.tell('groups', 'deleted', group);
    levelled.group({ id: group, name: 'Phoenix' });

    await levelled.tell('groups', 'created', group);
    await levelled.tell('users', 'updated', people.member?.subject ?? '');

    expect(await levelled.groupOf(group)).toMatchObject({ deletedAt: null, community: null });
    expect((await userOf(world, people.member?.username ?? '')).roles).toEqual([
      levelled.role(group, 'member', 'phoenix'),
    ]);
    expect(await levelsIn(world, slug)).toEqual({
      'the-administrator': 'OWNER',
      [people.member?.username ?? '']: 'READER',
    });
  });

  it.each([
    ['stays', () => levelled, []],
    ['goes along', () => deleting, ['community.deleted']],
  ])('leaves a trace in the log of the community that %s', async (_, remote, more) => {
    const { group, community } = await linked(remote(), ['member']);
    forgets(group);

    await remote().tell('groups', 'deleted', group);

    const { data } = await world.ask(
      world.admin,
      'query ($id: ID) { auditLog(subjectId: $id) { nodes { act } } }',
      { id: community.id },
    );
    const acts = ['community.created', 'community.linked', 'community.unlinked', ...more];
    expect(data.auditLog.nodes.map((it: { act: string }) => it.act).sort()).toEqual(acts.sort());
  });
});

describe.concurrent('a group that nobody told of', () => {
  it('is unknown when it is deleted', async () => {
    const id = String(newNumber());

    const { body } = await world.post({
      idp: 'myCommons',
      updates: { groups: [{ id, event: 'deleted' }] },
    });

    expect(body.events).toMatchObject([{ outcome: 'unknown', reason: 'is not known here' }]);
  });

  it.each([
    ['WordPress, which answers 200 with empty fields', () => knowledge],
    ['Profiles, which answers 404', () => mine],
  ])('and is not there is nothing to %s', async (_, remote) => {
    const id = newNumber();

    const [run] = await remote().tell('groups', 'updated', id);

    expect(run).toMatchObject({
      outcome: 'UNCHANGED',
      notes: [{ field: 'group', message: 'is unknown there and here' }],
    });
    expect(await remote().groupOf(id)).toBeNull();
  });
});
