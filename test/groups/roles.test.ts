import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidOf } from '../../src/ids.ts';
import { makeCommunity, makeGroup, makeUserWith } from '../api/make.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { waitingForLocks } from '../sync/scene.ts';
import { eventsOf, hold, makeRole, newName, peopleOf, place, send } from './kit.ts';

let world: World;
let moderator: { id: string; username: string; token: string };
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  moderator = await makeUserWith(world, 'MODERATE');
});
afterAll(() => world.stop());

/** The brake on changes is tried by itself. */
const unbraked = () => world.sql('delete from rate_limits');

const as = (token: string | undefined) => (mutation: string, input: object) =>
  send(world, token, mutation, input);
const asAdmin = (mutation: string, input: object) => as(world.admin)(mutation, input);
const asModerator = (mutation: string, input: object) => as(moderator.token)(mutation, input);
const refused = (code: string, ...path: string[]) => ({
  userErrors: [expect.objectContaining({ code, path: ['input', ...path] })],
});
const administrators = async () => {
  const [role] = await world.sql(`select id from roles where name = 'administrators'`);
  const { data } = await world.ask(world.admin, '{ role(name: "administrators") { id } }');
  return { uuid: role.id, id: data.role.id, name: 'administrators' };
};

describe('createRole', () => {
  it('makes a role with nobody in it, and says so in the log', async () => {
    const name = newName();

    const { role, userErrors } = await asAdmin('createRole', {
      name,
      title: ' Editors  of the house ',
      description: 'Who edits.',
      rights: ['SYNC', 'MODERATE', 'SYNC'],
    });

    expect(userErrors).toEqual([]);
    expect(role).toEqual({
      id: expect.stringMatching(/^rol_/),
      name,
      title: 'Editors of the house',
      description: 'Who edits.',
      rights: ['MODERATE', 'SYNC'],
      isProtected: false,
      version: 1,
      viewerPermissions: ['UPDATE', 'SET_RIGHTS', 'ASSIGN', 'DELETE'],
    });
    const uuid = uuidOf('Role', role.id) ?? '';
    expect(await peopleOf(world, { ...role, uuid })).toEqual([]);
    expect(await eventsOf(world, { id: uuid })).toEqual([
      expect.objectContaining({
        act: 'role.created',
        via: 'TOKEN',
        ip: '127.0.0.1',
        details: { name, rights: ['MODERATE', 'SYNC'] },
      }),
    ]);
  });

  it('makes one without rights for those who moderate, and gives none for them', async () => {
    const plain = await asModerator('createRole', { name: newName() });
    const given = await asModerator('createRole', { name: newName(), rights: ['SYNC'] });

    expect(plain.role).toMatchObject({
      rights: [],
      viewerPermissions: ['UPDATE', 'ASSIGN', 'DELETE'],
    });
    expect(given).toEqual({
      error: 'FORBIDDEN',
      message: 'Only administrators give rights in the whole server.',
    });
  });

  it.each([
    ['a blank', ''],
    ['a digit first', '1st'],
    ['a space', 'two words'],
    ['81 characters', 'a'.repeat(81)],
    ['an umlaut', 'Prüfer'],
    ['a remote role’s dashes', 'knowledgeCommons---x'],
    ['a remote role’s bars', 'a|b'],
    ['admin', 'admin'],
    ['ADMINISTRATION', 'ADMINISTRATION'],
    ['superuser-access', 'superuser-access'],
    ['administration-moderation', 'Administration-Moderation'],
    ['administrators', 'Administrators'],
  ])('refuses a name with %s', async (_, name) => {
    expect(await asAdmin('createRole', { name })).toMatchObject(refused('INVALID', 'name'));
  });

  it('takes a name of 80 characters', async () => {
    const name = `a${'_-9'.repeat(26)}b`;

    expect((await asAdmin('createRole', { name })).role.name).toBe(name);
  });

  it('says all that is wrong at once', async () => {
    const { userErrors } = await asAdmin('createRole', {
      name: 'a|b',
      title: 'x'.repeat(81),
      description: 'x'.repeat(256),
    });

    expect(userErrors.map((it: { path: string[] }) => it.path[1])).toEqual([
      'name',
      'title',
      'description',
    ]);
  });

  it('refuses a name that another role has in whatever case', async () => {
    const name = newName();
    await asAdmin('createRole', { name });

    expect(await asAdmin('createRole', { name: name.toUpperCase() })).toMatchObject(
      refused('TAKEN', 'name'),
    );
  });
});

describe('updateRole', () => {
  it('changes what is said, and clears it with null', async () => {
    const role = await makeRole(world);
    const { id: roleId } = role;
    const name = newName();

    const all = await asModerator('updateRole', {
      roleId,
      name,
      title: 'T',
      description: 'D',
      expectedVersion: 1,
    });
    const none = await asModerator('updateRole', { roleId, title: null, description: null });
    const same = await asModerator('updateRole', { roleId, name, title: null });

    expect(all.role).toMatchObject({ name, title: 'T', description: 'D', version: 2 });
    expect(none.role).toMatchObject({ name, title: null, description: null, version: 3 });
    expect(same.role).toMatchObject({ version: 3 });
    expect((await eventsOf(world, { id: role.uuid })).map((it) => it.details)).toEqual([
      { changed: ['name', 'title', 'description'] },
      { changed: ['title', 'description'] },
    ]);
  });

  it('refuses what somebody changed meanwhile', async () => {
    const { id: roleId } = await makeRole(world);
    await asAdmin('updateRole', { roleId, title: 'One' });

    expect(await asAdmin('updateRole', { roleId, title: 'Two', expectedVersion: 1 })).toMatchObject(
      refused('VERSION_CONFLICT', 'expectedVersion'),
    );
  });

  it('gives and takes rights, which count from the next request on', async () => {
    const person = await world.makeUser();
    const role = await makeRole(world, { users: [person] });
    const mayList = async () =>
      (await world.ask(person.token, '{ roles { totalCount } }')).errors === undefined;

    const seen = [await mayList()];
    await asAdmin('updateRole', { roleId: role.id, rights: ['MODERATE'] });
    seen.push(await mayList());
    await asAdmin('updateRole', { roleId: role.id, rights: [] });
    seen.push(await mayList());

    expect(seen).toEqual([false, true, false]);
    expect((await eventsOf(world, { id: role.uuid })).map((it) => it.details.rights)).toEqual([
      { before: [], after: ['MODERATE'] },
      { before: ['MODERATE'], after: [] },
    ]);
  });

  it('lets those who moderate neither give rights nor touch a role that has some', async () => {
    const [plain, able] = [await makeRole(world), await makeRole(world, { rights: ['SYNC'] })];

    const answers = [
      await asModerator('updateRole', { roleId: plain.id, rights: ['SYNC'] }),
      await asModerator('updateRole', { roleId: able.id, title: 'Mine' }),
      await asModerator('updateRole', { roleId: able.id, rights: [] }),
      await asModerator('deleteRole', { roleId: able.id }),
      await asModerator('assignRole', { roleId: able.id, users: [{ id: 'x' }] }),
      await asModerator('unassignRole', { roleId: able.id, users: [{ id: 'x' }] }),
    ];

    expect(answers.map((it) => it.error)).toEqual(Array(6).fill('FORBIDDEN'));
  });

  it('leaves the administrators their name and their right, and takes a title for them', async () => {
    const { id: roleId } = await administrators();
    const name = { roleId, name: newName() };

    expect(await asAdmin('updateRole', name)).toMatchObject(refused('CONFLICT', 'name'));
    for (const rights of [[], ['MODERATE']]) {
      expect(await asAdmin('updateRole', { roleId, rights })).toMatchObject(
        refused('CONFLICT', 'rights'),
      );
    }
    const { role, userErrors } = await asAdmin('updateRole', {
      roleId,
      name: 'administrators',
      title: 'Those who keep house',
    });
    expect(userErrors).toEqual([]);
    expect(role).toMatchObject({ name: 'administrators', title: 'Those who keep house' });
  });
});

describe('deleteRole', () => {
  it('deletes a role with its people’s places in it', async () => {
    const [one, two] = [await world.makeUser(), await world.makeUser()];
    const plain = await makeRole(world, { users: [one, two] });
    const able = await makeRole(world, { rights: ['SYNC'], users: [one] });

    const deleted = [
      await asModerator('deleteRole', { roleId: plain.id, expectedVersion: 1 }),
      await asAdmin('deleteRole', { roleId: able.id }),
    ];
    const again = await asAdmin('deleteRole', { roleId: able.id });

    expect(deleted.map((it) => it.deletedRoleId)).toEqual([plain.id, able.id]);
    expect(again).toMatchObject(refused('NOT_FOUND', 'roleId'));
    expect((await eventsOf(world, { id: plain.uuid })).at(-1)).toMatchObject({
      act: 'role.deleted',
      actor_id: moderator.id,
      details: { name: plain.name, people: 2 },
    });
    expect((await eventsOf(world, { id: able.uuid })).at(-1).details).toEqual({
      name: able.name,
      rights: ['SYNC'],
      users: [one.id],
    });
  });

  it('names all communities that it is a member of, as far as the actor may know them', async () => {
    const role = await makeRole(world);
    const open = await makeCommunity(world);
    const closed = await makeCommunity(world, { visibility: 'RESTRICTED' });
    const gone = await makeCommunity(world);
    await world.sql('update communities set deleted_at = now() where id = $1', [gone.uuid]);
    for (const it of [open, closed, gone]) await place(world, role, it.uuid, 'READER');

    const [forAdmin] = (await asAdmin('deleteRole', { roleId: role.id })).userErrors;
    const [forModerator] = (await asModerator('deleteRole', { roleId: role.id })).userErrors;

    expect(forAdmin).toMatchObject({ code: 'CONFLICT', path: ['input', 'roleId'] });
    expect(forAdmin.message).toContain(`“${open.slug}”`);
    expect(forAdmin.message).toContain(`“${closed.slug}”`);
    expect(forAdmin.message).not.toContain(gone.slug);
    expect(forModerator.message).toBe(
      `It is a member of “${open.slug}” and 1 other community: it has to be taken out of there first.`,
    );
  });

  it('leaves communities that were deleted without being asked', async () => {
    const role = await makeRole(world);
    const gone = await makeCommunity(world);
    await world.sql('update communities set deleted_at = now() where id = $1', [gone.uuid]);
    await place(world, role, gone.uuid, 'OWNER');

    expect(await asModerator('deleteRole', { roleId: role.id })).toMatchObject({
      deletedRoleId: role.id,
      userErrors: [],
    });
  });

  it('leaves the administrators', async () => {
    const { id: roleId } = await administrators();

    expect(await asAdmin('deleteRole', { roleId })).toMatchObject(refused('CONFLICT', 'roleId'));
  });

  it('waits for who makes the role a member meanwhile, and sees it then', async () => {
    const role = await makeRole(world);
    const community = await makeCommunity(world);
    const other = await hold(
      world,
      `insert into members (id, community_id, role_id, level)
        values (gen_random_uuid(), '${community.uuid}', '${role.uuid}', 'READER')`,
    );

    const deleting = asAdmin('deleteRole', { roleId: role.id });
    await waitingForLocks(world, 1);
    await other();

    expect(await deleting).toMatchObject(refused('CONFLICT', 'roleId'));
  });
});

describe('a role that a remote group keeps', () => {
  it('can be changed by nobody here, and says where to do it', async () => {
    const { role } = await makeGroup(world, 'knowledgeCommons');
    const { username } = await world.makeUser();
    const users = [{ username }];
    const { id: roleId } = role;

    const answers = [
      await asAdmin('updateRole', { roleId, title: 'Mine' }),
      await asAdmin('deleteRole', { roleId }),
      await asModerator('assignRole', { roleId, users }),
      await asModerator('unassignRole', { roleId, users }),
    ];

    for (const { userErrors } of answers) {
      expect(userErrors).toEqual([
        {
          code: 'CONFLICT',
          message: 'It is kept by knowledgeCommons: change the group there.',
          path: ['input', 'roleId'],
        },
      ]);
    }
  });

  it('shows that nothing can be done with it', async () => {
    const { name } = await makeGroup(world);
    const query =
      'query ($name: String) { role(name: $name) { viewerPermissions isProtected title } }';

    const { data } = await world.ask(world.admin, query, { name });

    expect(data.role).toEqual({ viewerPermissions: [], isProtected: false, title: null });
  });
});

describe('whoever may not', () => {
  const mutations = (roleId: string, username: string) =>
    [
      ['createRole', { name: newName() }],
      ['updateRole', { roleId, title: 'Mine' }],
      ['deleteRole', { roleId }],
      ['assignRole', { roleId, users: [{ username }] }],
      ['unassignRole', { roleId, users: [{ username }] }],
    ] as const;

  it('is told to sign in, that they may not, or that there is no such role', async () => {
    await unbraked();
    const [member, stranger] = [await world.makeUser(), await world.makeUser()];
    const syncer = await makeUserWith(world, 'SYNC');
    const role = await makeRole(world, { users: [member] });

    const told: Record<string, string[]> = {};
    const tokens = { nobody: undefined, member: member.token, stranger: stranger.token };
    for (const [who, token] of Object.entries({ ...tokens, syncer: syncer.token })) {
      told[who] = [];
      for (const [mutation, input] of mutations(role.id, stranger.username)) {
        const answer = await as(token)(mutation, input);
        told[who]?.push(answer.error ?? answer.userErrors[0].code);
      }
    }

    const [no, none] = ['FORBIDDEN', 'NOT_FOUND'];
    expect(told).toEqual({
      nobody: Array(5).fill('UNAUTHENTICATED'),
      member: Array(5).fill(no),
      stranger: [no, none, none, none, none],
      syncer: Array(5).fill(no),
    });
    expect(await peopleOf(world, role)).toEqual([member.username]);
  });
});

describe('the brake', () => {
  it('lets each user change roles sixty times in a minute', async () => {
    await unbraked();
    const other = await makeUserWith(world, 'MODERATE');
    const act = () => as(other.token)('updateRole', { roleId: 'rol_x', title: 'x' });

    const answers = await Promise.all(Array.from({ length: 90 }, act));
    const braked = answers.filter((it) => it.error === 'RATE_LIMITED');

    // One leaks away each second, and how many these take is not ours to say.
    expect(braked.length).toBeGreaterThan(0);
    expect(braked.length).toBeLessThanOrEqual(30);
    expect(braked[0].retryAfter).toBeGreaterThan(0);
    expect(await asModerator('createRole', { name: newName() })).toMatchObject({ userErrors: [] });
  });
});

describe('role', () => {
  const query = 'query ($id: ID, $name: String) { role(id: $id, name: $name) { name } }';

  it('is found by its id or its name', async () => {
    const { id, name } = await makeRole(world);

    for (const variables of [{ id }, { name }, { id, name: null }]) {
      const { data } = await world.ask(world.admin, query, variables);
      expect(data.role).toEqual({ name });
    }
    for (const variables of [{ id: 'rol_x' }, { name: 'nobody' }]) {
      const { data } = await world.ask(world.admin, query, variables);
      expect(data.role).toBeNull();
    }
  });

  it('is none by a name that no role can have', async () => {
    const { data, errors } = await world.ask(
      world.admin,
      'query ($name: String!) { role(name: $name) { id } user(username: $name) { id } }',
      { name: 'a\0b' },
    );

    expect([data, errors]).toEqual([{ role: null, user: null }, undefined]);
  });

  it.each([{}, { id: 'rol_x', name: 'x' }])('takes one of the two: %j', async (variables) => {
    const { errors } = await world.ask(world.admin, query, variables);

    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});
