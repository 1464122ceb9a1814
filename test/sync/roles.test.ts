import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { createToken } from '../../src/credentials/tokens.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { giveRole, type Membership, newNumber, Remote, userOf } from './scene.ts';

let world: World;
/** Speaks WordPress. */
let knowledge: Remote;
/** Speaks Profiles. */
let mine: Remote;
beforeAll(async () => {
  world = await startWorld();
  knowledge = new Remote(world, 'knowledgeCommons');
  mine = new Remote(world, 'myCommons');
});
afterAll(() => world.stop());

const rolesOf = async (username: string) => (await userOf(world, username)).roles;
const kinds = (run: { changes: { kind: string }[] }) => run.changes.map((it) => it.kind);

async function roleOf(name: string) {
  const { data } = await world.ask(
    world.admin,
    `query ($name: String!) { role(name: $name) {
      id name category rights group { idp remoteId name } users(first: 100) { nodes { username } }
    } }`,
    { name },
  );
  return data.role;
}

const tokenOf = async (username: string) =>
  (await createToken(world.app.begin(Actor.system), { username, name: 'test' })).token;

const usersIn = async (name: string) =>
  (await roleOf(name)).users.nodes.map((it: { username: string }) => it.username);

describe.concurrent('the example of the seed', () => {
  it('a "member" of "developers" (12345) on "myCommons" is in its role', async () => {
    const name = 'myCommons---developers|12345|member';

    await mine.tell('users', 'created', '5678');

    expect(await rolesOf('aokafor')).toEqual([name]);
    expect(await roleOf(name)).toMatchObject({
      name,
      category: 'member',
      rights: [],
      group: { idp: 'myCommons', remoteId: '12345', name: 'Developers' },
      users: { nodes: [{ username: 'aokafor' }] },
    });
  });

  it('roles without the prefix of the idp are never touched', async () => {
    const group = mine.group();
    const { subject, username } = await mine.member({ groups: [{ id: group, role: 'member' }] });
    const local = [
      await giveRole(world, username),
      await giveRole(world, username, { name: `myCommonsX---x|${group}|member` }),
      await giveRole(world, username, { name: `myCommons---imitated|${group}|member` }),
    ];
    mine.says(subject, { groups: [] });

    const [run] = await mine.tell('users', 'updated', subject);

    expect(kinds(run)).toEqual(['ROLE_UNASSIGNED']);
    expect(await rolesOf(username)).toEqual(local.sort());
  });
});

describe.concurrent('groups that are', () => {
  it('told for the first time are made, with their roles, in the same step', async () => {
    const group = mine.group({ name: 'First Met' });
    const { subject, username } = mine.person({ groups: [{ id: group, role: 'editor' }] });

    const [run] = await mine.tell('users', 'created', subject);

    expect(run.changes.slice(1)).toEqual([
      { kind: 'GROUP_CREATED', group: String(group), after: 'First Met' },
      { kind: 'ROLE_CREATED', group: String(group), category: 'editor' },
      { kind: 'ROLE_ASSIGNED', group: String(group), category: 'editor' },
    ]);
    expect(await rolesOf(username)).toEqual([mine.role(group, 'editor', 'first-met')]);
  });

  it.each([
    ['not told', undefined],
    ['null', null],
  ])('%s leave the roles alone', async (_, groups) => {
    const group = knowledge.group();
    const { subject, username } = await knowledge.member({
      groups: [{ id: group, role: 'member' }],
    });
    knowledge.says(subject, { groups, name: 'Known' });

    const [run] = await knowledge.tell('users', 'updated', subject);

    expect(kinds(run)).toEqual(['USER_FIELD_CHANGED']);
    expect(await rolesOf(username)).toEqual([knowledge.role(group)]);
  });

  it('none any more take the one role away', async () => {
    const group = knowledge.group();
    const { subject, username } = await knowledge.member({
      groups: [{ id: group, role: 'member' }],
    });
    knowledge.says(subject, { groups: [] });

    const [run] = await knowledge.tell('users', 'updated', subject);

    expect(run).toMatchObject({
      outcome: 'CHANGED',
      changes: [{ kind: 'ROLE_UNASSIGNED', group: String(group), category: 'member' }],
    });
    expect(await rolesOf(username)).toEqual([]);
  });

  it('empty because a part of the service is away leave the roles alone', async () => {
    const group = mine.group();
    const { subject, username } = await mine.member({ groups: [{ id: group, role: 'member' }] });
    world.sample.switches.set(mine.path('users', subject), { mode: 'degraded' });

    const [run] = await mine.tell('users', 'updated', subject);

    expect(run).toMatchObject({
      outcome: 'UNCHANGED',
      notes: [{ field: 'answer', message: 'skipped: groups: a part of the service is away' }],
    });
    expect(await rolesOf(username)).toEqual([mine.role(group)]);
  });

  it('empty for somebody of several groups, with no word of a fault, wait for one', async () => {
    const groups = [knowledge.group(), knowledge.group()];
    const { subject, username } = await knowledge.member({
      groups: groups.map((id) => ({ id, role: 'member' })),
    });
    world.sample.switches.set(knowledge.path('users', subject), { mode: 'degraded' });

    const [run] = await knowledge.tell('users', 'updated', subject);

    expect(run).toMatchObject({ outcome: 'HELD', heldFor: ['ALL_OF_A_USER'] });
    expect(await rolesOf(username)).toEqual(groups.map((it) => knowledge.role(it)).sort());
  });

  it('told twice over count once', async () => {
    const group = mine.group();
    const membership = { id: group, role: 'member' };
    const { subject, username } = mine.person({ groups: [membership, membership, membership] });

    const [run] = await mine.tell('users', 'created', subject);

    expect(kinds(run).filter((it) => it === 'ROLE_ASSIGNED')).toHaveLength(1);
    expect(await rolesOf(username)).toEqual([mine.role(group)]);
  });

  it('not yet joined give no role', async () => {
    const [joined, invited] = [mine.group(), mine.group()];
    const { username } = await mine.member({
      groups: [
        { id: joined, role: 'member', status: 'confirmed' },
        { id: invited, role: 'member', status: 'invited' },
      ],
    });

    const roles = await rolesOf(username);

    expect(roles).toEqual([mine.role(joined)]);
  });

  it('joined, left and changed in the category are followed, one by one', async () => {
    const [stays, leaves, joins] = [mine.group(), mine.group(), mine.group()];
    const { subject, username } = await mine.member({
      groups: [
        { id: stays, role: 'member' },
        { id: leaves, role: 'member' },
      ],
    });
    mine.says(subject, {
      groups: [
        { id: stays, role: 'moderator' },
        { id: joins, role: 'member' },
      ],
    });

    await mine.tell('users', 'updated', subject);

    expect(await rolesOf(username)).toEqual([mine.role(stays, 'moderator'), mine.role(joins)]);
  });
});

describe.concurrent('a list of groups of which a part cannot be read', () => {
  const unreadable = [
    ['an entry without an id', { role: 'member' }],
    ['an entry without a role', { id: 7 }],
    ['an entry with a state that is no text', { id: 7, role: 'member', status: 1 }],
    ['an entry that is none', 'nonsense'],
  ] as unknown as [string, Membership][];

  it.each(unreadable)('(%s) gives what it tells and takes nothing', async (_, entry) => {
    const [old, stays, joined] = [mine.group(), mine.group(), mine.group()];
    const of = (...ids: number[]) => ids.map((id) => ({ id, role: 'member' }));
    const { subject, username } = await mine.member({ groups: of(old, stays) });
    mine.says(subject, { groups: [...of(stays, joined), entry] });

    const [run] = await mine.tell('users', 'updated', subject);

    expect(run.outcome).toBe('CHANGED');
    expect(kinds(run)).not.toContain('ROLE_UNASSIGNED');
    expect(run.notes).toContainEqual({
      field: `${old}|member`,
      message: 'stays, for not all groups could be read',
    });
    expect(await rolesOf(username)).toEqual([old, stays, joined].map((it) => mine.role(it)));
  });

  it('takes nothing if that is all there is, and waits for nobody’s word', async () => {
    const groups = [mine.group(), mine.group()];
    const { subject, username } = await mine.member({
      groups: groups.map((id) => ({ id, role: 'member' })),
    });
    mine.says(subject, { groups: unreadable.map(([, entry]) => entry) });

    const [run] = await mine.tell('users', 'updated', subject);

    expect(run).toMatchObject({ outcome: 'UNCHANGED', changes: [] });
    expect(await rolesOf(username)).toEqual(groups.map((it) => mine.role(it)));
  });

  it('takes what is missing as soon as all of it can be read', async () => {
    const [left, stays] = [mine.group(), mine.group()];
    const of = (...ids: number[]) => ids.map((id) => ({ id, role: 'member' }));
    const { subject, username } = await mine.member({ groups: of(left, stays) });
    mine.says(subject, { groups: [...of(stays), { id: 0, role: 'member' }] });
    await mine.tell('users', 'updated', subject);
    const before = await rolesOf(username);
    mine.says(subject, { groups: of(stays) });

    const [run] = await mine.tell('users', 'updated', subject);

    expect(before).toEqual([left, stays].map((it) => mine.role(it)));
    expect(kinds(run)).toEqual(['ROLE_UNASSIGNED']);
    expect(await rolesOf(username)).toEqual([mine.role(stays)]);
  });
});

describe.concurrent('the categories', () => {
  it('admin and administrator are one, from whichever wire they come', async () => {
    const group = newNumber();
    knowledge.group({ id: group });
    const groups = [{ id: group, role: 'admin' }];
    const wordPress = await knowledge.member({ groups });
    const profiles = await mine.member({ groups });

    const roles = [await rolesOf(wordPress.username), await rolesOf(profiles.username)];

    expect(roles).toEqual([
      [knowledge.role(group, 'administrator')],
      [mine.role(group, 'administrator')],
    ]);
  });

  it('a change of word between the two changes nothing', async () => {
    const group = knowledge.group();
    const { subject } = await knowledge.member({ groups: [{ id: group, role: 'admin' }] });
    knowledge.says(subject, { groups: [{ id: group, role: 'administrator' }] });

    const [run] = await knowledge.tell('users', 'updated', subject);

    expect(run.outcome).toBe('UNCHANGED');
  });
});

describe.concurrent('what this instance gave', () => {
  it('stays when the service takes the same role away', async () => {
    const group = mine.group();
    const { subject, username } = await mine.member({ groups: [{ id: group, role: 'member' }] });
    await world.sql(
      `insert into assignments (role_id, user_id, source)
        select a.role_id, a.user_id, 'LOCAL' from assignments a join users u on u.id = a.user_id
        where u.username = $1`,
      [username],
    );
    mine.says(subject, { groups: [] });

    const [run] = await mine.tell('users', 'updated', subject);
    const sources = await world.sql(
      `select source from assignments a join users u on u.id = a.user_id where u.username = $1`,
      [username],
    );

    expect(kinds(run)).toEqual(['ROLE_UNASSIGNED']);
    expect(sources).toEqual([{ source: 'LOCAL' }]);
    expect(await rolesOf(username)).toEqual([mine.role(group)]);
  });

  it('of a remote role is not taken for the word of the service', async () => {
    const group = mine.group();
    await mine.member({ groups: [{ id: group, role: 'member' }] });
    const { subject, username } = await mine.member();
    await world.sql(
      `insert into assignments (role_id, user_id, source)
        select r.id, u.id, 'LOCAL' from users u, roles r join groups g on g.id = r.group_id
        where u.username = $1 and g.remote_id = $2`,
      [username, String(group)],
    );

    const [run] = await mine.tell('users', 'updated', subject);

    expect(run).toMatchObject({ outcome: 'UNCHANGED', changes: [] });
    expect(await rolesOf(username)).toEqual([mine.role(group)]);
  });

  it.each(['admin', 'administrators', 'LOCAL'])(
    'is not to be had by a remote group named "%s"',
    async (name) => {
      const group = mine.group({ name, slug: name });
      const user = await world.makeUser();
      const { subject } = await mine.adopt(user.username, {
        groups: [{ id: group, role: 'administrator' }],
      });

      await mine.tell('users', 'updated', subject);

      const role = mine.role(group, 'administrator', name.toLowerCase());
      const asked = await world.ask(user.token, '{ syncRuns { totalCount } }');
      expect(await rolesOf(user.username)).toEqual([role]);
      expect(await roleOf(role)).toMatchObject({ rights: [] });
      expect(asked.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
      expect(await usersIn('administrators')).toEqual(['the-administrator']);
    },
  );
});

describe.concurrent('a group', () => {
  it('that is renamed keeps its people, and its roles show the new name', async () => {
    const group = mine.group({ name: 'Old Name' });
    const { username } = await mine.member({ groups: [{ id: group, role: 'member' }] });
    const [before, after] = [
      mine.role(group, 'member', 'old-name'),
      mine.role(group, 'member', 'new-name'),
    ];
    const { id } = await roleOf(before);
    world.sample.world.groups.patch(String(group), { name: 'New Name' });

    await mine.tell('groups', 'updated', group);

    expect(await roleOf(before)).toBeNull();
    expect(await roleOf(after)).toMatchObject({ id, users: { nodes: [{ username }] } });
    expect(await rolesOf(username)).toEqual([after]);
  });

  it('that is renamed is the same group to those who join by the new name', async () => {
    const group = mine.group({ name: 'Before' });
    const first = await mine.member({ groups: [{ id: group, role: 'member' }] });
    world.sample.world.groups.patch(String(group), { name: 'Afterwards' });

    const second = await mine.member({ groups: [{ id: group, role: 'member' }] });
    await mine.tell('groups', 'updated', group);

    expect(await usersIn(mine.role(group, 'member', 'afterwards'))).toEqual([
      first.username,
      second.username,
    ]);
  });

  it('of another service with the same id is another group', async () => {
    const group = mine.group();
    const groups = [{ id: group, role: 'member' }];
    const here = await mine.member({ groups });
    const there = await knowledge.member({ groups });
    mine.says(here.subject, { groups: [] });

    await mine.tell('users', 'updated', here.subject);

    expect(await usersIn(mine.role(group))).toEqual([]);
    expect(await usersIn(knowledge.role(group))).toEqual([there.username]);
    expect((await mine.groupOf(group)).id).not.toBe((await knowledge.groupOf(group)).id);
  });

  it('that is deleted there takes nothing from its namesake of another service', async () => {
    const group = mine.group();
    const groups = [{ id: group, role: 'member' }];
    const here = await mine.member({ groups });
    const there = await knowledge.member({ groups });
    world.sample.world.groups.delete(String(group));

    await mine.tell('groups', 'deleted', group);

    expect(await rolesOf(here.username)).toEqual([]);
    expect(await rolesOf(there.username)).toEqual([knowledge.role(group)]);
    expect((await mine.groupOf(group)).deletedAt).toEqual(expect.any(String));
    expect((await knowledge.groupOf(group)).deletedAt).toBeNull();
  });

  it('123 has nothing to do with 1234', async () => {
    const [short, long] = [mine.group({ id: 123 }), mine.group({ id: 1234 })];
    const one = await mine.member({ groups: [{ id: short, role: 'member' }] });
    const both = await mine.member({
      groups: [
        { id: short, role: 'member' },
        { id: long, role: 'member' },
      ],
    });
    world.sample.world.groups.delete('123');

    await mine.tell('groups', 'deleted', short);

    expect(await rolesOf(one.username)).toEqual([]);
    expect(await rolesOf(both.username)).toEqual([mine.role(long)]);
    expect(await usersIn(mine.role(long))).toEqual([both.username]);
  });
});

describe.concurrent('a role’s name', () => {
  const find = async (token: string | undefined, name: string) => {
    const { data, errors } = await world.ask(
      token,
      'query ($name: String!) { role(name: $name) { name category } }',
      { name },
    );
    expect(errors).toBeUndefined();
    return data.role;
  };

  it('finds it for those in its group and those who list roles, and for nobody else', async () => {
    const group = mine.group();
    const { username } = await mine.member({ groups: [{ id: group, role: 'member' }] });
    const [member, stranger, syncer, moderator] = [
      await tokenOf(username),
      await world.makeUser(),
      await world.makeUser(),
      await world.makeUser(),
    ];
    await giveRole(world, syncer.username, { rights: ['SYNC'] });
    await giveRole(world, moderator.username, { rights: ['MODERATE'] });
    const name = mine.role(group);
    const role = { name, category: 'member' };

    for (const it of [member, syncer.token, moderator.token, world.admin]) {
      expect(await find(it, name)).toEqual(role);
    }
    expect([await find(stranger.token, name), await find(undefined, name)]).toEqual([null, null]);
  });

  it('that is local finds it for those who have it', async () => {
    const [one, other] = [await world.makeUser(), await world.makeUser()];
    const name = await giveRole(world, one.username);

    expect(await find(one.token, name)).toEqual({ name, category: null });
    expect([await find(other.token, name), await find(undefined, name)]).toEqual([null, null]);
    expect(await find(one.token, 'administrators')).toBeNull();
  });

  it('finds the one that can be seen among those of the same name', async () => {
    const group = mine.group();
    const { username } = await mine.member({ groups: [{ id: group, role: 'member' }] });
    const other = await world.makeUser();
    const name = mine.role(group);
    await giveRole(world, other.username, { name });

    expect(await find(await tokenOf(username), name)).toEqual({ name, category: 'member' });
    expect(await find(other.token, name)).toEqual({ name, category: null });
  });
});
