import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { createToken } from '../../src/credentials/tokens.ts';
import * as groups from '../../src/groups/service.ts';
import { newId, toGlobalId } from '../../src/ids.ts';
import { assign, type Made, makeGroup, makeUsers, makeUserWith } from '../api/make.ts';
import { startWorld, type World } from '../helpers/world.ts';

/** Who may ask: the user, others with and without rights, and nobody. */
const askers = ['SELF', 'STRANGER', 'SYNC', 'MODERATE', 'ADMINISTER', 'NOBODY'] as const;
type Asker = (typeof askers)[number];

const verifyMutation = `mutation ($userId: ID!, $isVerified: Boolean!) {
  verifyUser(input: { userId: $userId, isVerified: $isVerified }) {
    user { id isVerified } userErrors { code path } } }`;

let world: World;
let tokens: Record<Exclude<Asker, 'SELF' | 'NOBODY'>, string>;

beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  tokens = {
    STRANGER: (await world.makeUser()).token,
    SYNC: (await makeUserWith(world, 'SYNC')).token,
    MODERATE: (await makeUserWith(world, 'MODERATE')).token,
    ADMINISTER: world.admin,
  };
});
afterAll(() => world.stop());

interface Person extends Made {
  username: string;
  token: string;
}

/** A user with columns as given, all of whose fields say something. */
async function makePerson(columns: Record<string, string> = {}): Promise<Person> {
  const { id, username, token } = await world.makeUser();
  await world.sql(
    `update users set email = username || '@example.org', full_name = 'Jane Doe', locale = 'en',
       time_zone = 'UTC', locked_fields = '{full_name}' where id = $1`,
    [id],
  );
  await world.sql(
    `insert into identities (id, idp, subject, user_id) values ($1, 'myCommons', $2, $3)`,
    [newId(), username, id],
  );
  for (const [column, value] of Object.entries(columns)) {
    await world.sql(`update users set ${column} = $1 where id = $2`, [value, id]);
  }
  return { uuid: id, id: toGlobalId('User', id), username, token };
}

const tokenOf = (asker: Asker, self: Person): string | undefined =>
  asker === 'SELF' ? self.token : asker === 'NOBODY' ? undefined : tokens[asker];

/** What each of the askers is answered. */
async function answers<T>(self: Person, query: string, read: (data: never) => T) {
  const all: Partial<Record<Asker, T>> = {};
  for (const asker of askers) {
    const { data, errors } = await world.ask(tokenOf(asker, self), query, { id: self.id });
    expect([asker, errors]).toEqual([asker, undefined]);
    all[asker] = read(data as never);
  }
  return all;
}

/** Who is answered something. */
const seers = (all: Partial<Record<Asker, unknown>>) => askers.filter((it) => all[it] != null);
const listers: Asker[] = ['SYNC', 'MODERATE', 'ADMINISTER'];

describe('a user', () => {
  it.each([
    ['is there for all who are signed in', {}, ['SELF', 'STRANGER', ...listers]],
    ['who hides is there for those who list', { visibility: 'RESTRICTED' }, ['SELF', ...listers]],
    ['who is suspended is there for those who list', { state: 'SUSPENDED' }, listers],
    ['who is deactivated is there for those who list', { state: 'DEACTIVATED' }, listers],
  ])('%s', async (_, columns, expected) => {
    const person = await makePerson(columns as Record<string, string>);
    const isOut = 'state' in columns;
    const query = `query ($id: ID!) { user(username: "${person.username.toUpperCase()}") { id }
      node(id: $id) { id } nodes(ids: [$id]) { id } }`;
    // Whoever cannot sign in any more asks for nothing.
    const self = isOut ? { ...person, token: tokens.STRANGER } : person;

    const byName = await answers(self, query, (it: { user: unknown }) => it.user);
    const byId = await answers(self, query, (it: { node: unknown }) => it.node);
    const byIds = await answers(self, query, (it: { nodes: unknown[] }) => it.nodes[0]);

    expect(seers(byName)).toEqual(expected);
    expect(seers(byId)).toEqual(expected);
    expect(seers(byIds)).toEqual(expected);
  });

  it('may be in no list of all for those who may not list', async () => {
    const { errors } = await world.ask(tokens.STRANGER, '{ users { nodes { id } } }');

    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  it('who hides is neither shown nor counted in a role that others share', async () => {
    const [viewer, open, hidden] = [
      await makePerson(),
      await makePerson(),
      await makePerson({ visibility: 'RESTRICTED' }),
    ];
    const { role, name } = await makeGroup(world);
    await assign(world, role, [viewer, open, hidden]);
    const query = `{ role(name: "${name}") { users { nodes { id } totalCount } } }`;

    const theirs = (await world.ask(viewer.token, query)).data.role.users;
    const own = (await world.ask(hidden.token, query)).data.role.users;

    expect(theirs.nodes.map((it: Made) => it.id).sort()).toEqual([viewer.id, open.id].sort());
    expect([theirs.totalCount, own.totalCount]).toEqual([2, 3]);
  });
});

describe('an e-mail address', () => {
  const query = 'query ($id: ID!) { node(id: $id) { ... on User { email } } }';
  const email = (it: { node: { email: string } | null }) => it.node?.email;

  it.each([
    ['RESTRICTED', 'PUBLIC', ['SELF', 'MODERATE', 'ADMINISTER']],
    ['PUBLIC', 'PUBLIC', ['SELF', 'STRANGER', ...listers]],
    ['PUBLIC', 'RESTRICTED', ['SELF', ...listers]],
  ])('that is %s, of a user who is %s', async (emailVisibility, visibility, expected) => {
    const person = await makePerson({ visibility, email_visibility: emailVisibility });

    expect(seers(await answers(person, query, email))).toEqual(expected);
  });
});

describe('what is nobody else’s business', () => {
  it('is shown to oneself and to those who list', async () => {
    const person = await makePerson();
    const details = `state locale timeZone createdAt updatedAt lockedFields
      identities { subject }`;
    const query = `query ($id: ID!) { node(id: $id) { ... on User { username fullName version ${details} } } }`;
    const whole = {
      username: person.username,
      fullName: 'Jane Doe',
      version: 1,
      state: 'ACTIVE',
      locale: 'en',
      timeZone: 'UTC',
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      lockedFields: ['full_name'],
      identities: [{ subject: person.username }],
    };

    const seen = await answers(person, query, (it: { node: object }) => it.node);

    expect(seen).toEqual({
      SELF: whole,
      STRANGER: {
        username: person.username,
        fullName: 'Jane Doe',
        version: 1,
        state: null,
        locale: null,
        timeZone: null,
        createdAt: null,
        updatedAt: null,
        lockedFields: [],
        identities: [],
      },
      SYNC: whole,
      MODERATE: whole,
      ADMINISTER: whole,
      NOBODY: null,
    });
  });

  it('is an identity by its id, too', async () => {
    const person = await makePerson();
    const [{ id }] = await world.sql('select id from identities where user_id = $1', [person.uuid]);
    const query = `{ node(id: "${toGlobalId('Identity', id)}") { id } }`;

    const seen = await answers(person, query, (it: { node: unknown }) => it.node);

    expect(seers(seen)).toEqual(['SELF', ...listers]);
  });
});

describe('verifyUser', () => {
  const verify = (token: string | undefined, userId: string, isVerified = true) =>
    world.ask(token, verifyMutation, { userId, isVerified });
  const eventsOf = async (person: Made) =>
    (
      await world.sql('select act from audit_events where subject_id = $1 order by id', [
        person.uuid,
      ])
    ).map((it) => it.act);

  it('says of a user that they are who they say, and no longer', async () => {
    const person = await makePerson();

    const yes = await verify(tokens.MODERATE, person.id);
    const [{ verified_at: at }] = await world.sql('select verified_at from users where id = $1', [
      person.uuid,
    ]);
    const no = await verify(tokens.ADMINISTER, person.id, false);

    expect(yes.data.verifyUser).toEqual({
      user: { id: person.id, isVerified: true },
      userErrors: [],
    });
    expect(Math.abs(at.getTime() - Date.now())).toBeLessThan(60_000);
    expect(no.data.verifyUser.user).toEqual({ id: person.id, isVerified: false });
    expect(await eventsOf(person)).toEqual(['user.created', 'user.verified', 'user.unverified']);
  });

  it('changes nothing where it is so already', async () => {
    const person = await makePerson();
    const kept = () =>
      world.sql('select verified_at, version from users where id = $1', [person.uuid]);

    await verify(tokens.MODERATE, person.id, false);
    expect(await kept()).toEqual([{ verified_at: null, version: 1 }]);
    await verify(tokens.MODERATE, person.id);
    const once = await kept();
    const { data } = await verify(tokens.MODERATE, person.id);

    expect(data.verifyUser.user.isVerified).toBe(true);
    expect(await kept()).toEqual(once);
    expect(await eventsOf(person)).toEqual(['user.created', 'user.verified']);
  });

  it('is seen by those who moderate alone', async () => {
    const person = await makePerson();
    await verify(tokens.MODERATE, person.id);
    const query = 'query ($id: ID!) { node(id: $id) { ... on User { isVerified } } }';

    const seen = await answers(
      person,
      query,
      (it: { node: { isVerified: boolean } | null }) => it.node?.isVerified,
    );

    expect(seen).toEqual({
      SELF: null,
      STRANGER: null,
      SYNC: null,
      MODERATE: true,
      ADMINISTER: true,
      NOBODY: undefined,
    });
  });

  it.each([
    ['STRANGER', 'FORBIDDEN'],
    ['SYNC', 'FORBIDDEN'],
    ['SELF', 'FORBIDDEN'],
    ['NOBODY', 'UNAUTHENTICATED'],
  ] as const)('is not for %s', async (asker, code) => {
    const person = await makePerson();

    const { data, errors } = await verify(tokenOf(asker, person), person.id);

    expect(errors).toMatchObject([{ extensions: { code } }]);
    expect(data).toBeNull();
    expect(await world.sql('select verified_at from users where id = $1', [person.uuid])).toEqual([
      { verified_at: null },
    ]);
  });

  it('is nothing that moderators do for themselves', async () => {
    const moderator = await makeUserWith(world, 'MODERATE');

    const { errors } = await verify(moderator.token, toGlobalId('User', moderator.id));

    expect(errors).toMatchObject([
      { message: 'You may not verify yourself.', extensions: { code: 'FORBIDDEN' } },
    ]);
  });

  it.each([
    ['a user who is not there', () => toGlobalId('User', newId())],
    ['something else', () => toGlobalId('Community', newId())],
    ['nonsense', () => 'x'],
  ])('finds nobody by the id of %s', async (_, id) => {
    const { data } = await verify(tokens.MODERATE, id());

    expect(data.verifyUser).toEqual({
      user: null,
      userErrors: [{ code: 'NOT_FOUND', path: ['input', 'userId'] }],
    });
  });
});

describe('roles', () => {
  it('are seen by those who have them or another of the same group', async () => {
    const [member, moderator, outsider] = [
      await makePerson(),
      await makePerson(),
      await makePerson(),
    ];
    const { group, role, name } = await makeGroup(world);
    const other = newId();
    await world.sql(`insert into roles (id, group_id, category) values ($1, $2, 'moderator')`, [
      other,
      group.uuid,
    ]);
    await assign(world, role, [member]);
    await assign(world, { uuid: other, id: '' }, [moderator]);
    // A group of the outsider's own, and a local role that somebody else has.
    await assign(world, (await makeGroup(world)).role, [outsider]);
    const local = newId();
    await world.sql(`insert into roles (id, name) values ($1, $2)`, [local, `local-${local}`]);
    await assign(world, { uuid: local, id: '' }, await makeUsers(world, 1));
    const query = `query ($id: ID!) {
      group: node(id: "${group.id}") { ... on Group { roles { nodes { category } totalCount } } }
      member: node(id: "${role.id}") { id }
      moderator: node(id: "${toGlobalId('Role', other)}") { id }
      byName: role(name: "${name}") { id }
      local: node(id: "${toGlobalId('Role', local)}") { id }
      user: node(id: $id) { ... on User { roles { nodes { category } } } }
    }`;
    const ask = async (token: string | undefined) => {
      const { data } = await world.ask(token, query, { id: moderator.id });
      // Both may be born in one millisecond.
      data.group?.roles.nodes.sort((one: { category: string }) =>
        one.category === 'member' ? -1 : 1,
      );
      return data;
    };
    const inside = {
      group: {
        roles: { nodes: [{ category: 'member' }, { category: 'moderator' }], totalCount: 2 },
      },
      member: { id: role.id },
      moderator: { id: toGlobalId('Role', other) },
      byName: { id: role.id },
      local: null,
      user: { roles: { nodes: [{ category: 'moderator' }] } },
    };
    const outside = {
      group: null,
      member: null,
      moderator: null,
      byName: null,
      local: null,
      user: { roles: { nodes: [] } },
    };

    expect(await ask(member.token)).toEqual(inside);
    expect(await ask(moderator.token)).toEqual(inside);
    expect(await ask(outsider.token)).toEqual(outside);
    expect(await ask(undefined)).toEqual({ ...outside, user: null });
  });
});

describe('a username', () => {
  const system = () => world.app.begin(Actor.system);

  it('finds whose token is to be made, in any case', async () => {
    const { id } = await world.makeUser('Jané.Doe');

    const { token } = await createToken(system(), { username: 'jANÉ.dOE', name: 'mine' });

    const { data } = await world.ask(token, '{ viewer { id username } }');
    expect(data.viewer).toEqual({ id: toGlobalId('User', id), username: 'Jané.Doe' });
  });

  it('finds who is to be an administrator, in any case', async () => {
    const { token } = await world.makeUser('The.Next.One');

    await groups.makeAdministrator(system(), 'the.next.ONE');

    const { errors } = await world.ask(token, '{ auditLog { totalCount } }');
    expect(errors).toBeUndefined();
  });

  it.each([
    ['a token', (username: string) => createToken(system(), { username, name: 'mine' })],
    ['rights', (username: string) => groups.makeAdministrator(system(), username)],
  ])('that nobody has gets no %s', async (_, give) => {
    await expect(give('the_administrato_')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      path: ['input', 'username'],
    });
  });
});
