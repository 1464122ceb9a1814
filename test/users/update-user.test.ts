import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Actor, type Right } from '../../src/actor.ts';
import { newId, toGlobalId } from '../../src/ids.ts';
import { mayChange } from '../../src/users/policy.ts';
import { updateUser } from '../../src/users/profile.ts';
import { makeUserWith } from '../api/make.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { elsewhere, Remote, userOf, waitingForLocks } from '../sync/scene.ts';
import {
  denied,
  differences,
  done,
  eventsOf,
  iD,
  makePerson,
  type Person,
  refused,
  rowOf,
  send,
} from './kit.ts';

const kinds = ['USER', 'SYNC', 'MODERATE', 'ADMINISTER'] as const;
type Kind = (typeof kinds)[number];

let world: World;
let tokens: Record<Kind, string>;
beforeAll(async () => {
  world = await startWorld({
    idps: ({ url }) => ({
      byEmail: {
        users: {
          remote_endpoint: `${url}/members/{placeholder}`,
          remote_identifier: 'email',
          token_env_variable_label: 'REMOTE_TOKEN',
        },
        webhook: { token_env_variable_label: 'WEBHOOK_TOKEN' },
      },
    }),
  });
  tokens = {
    USER: (await world.makeUser()).token,
    SYNC: (await makeUserWith(world, 'SYNC')).token,
    MODERATE: (await makeUserWith(world, 'MODERATE')).token,
    ADMINISTER: world.admin,
  };
});
afterAll(() => world.stop());
beforeEach(() => world.sql('delete from rate_limits'));

const update = (person: { id: string }, input: object, token = tokens.MODERATE) =>
  done(world, token, 'updateUser', { userId: person.id, ...input });
const refuse = (person: { id: string }, input: object, token = tokens.MODERATE) =>
  refused(world, token, 'updateUser', { userId: person.id, ...input });

/** Somebody with a right, or a mere user. */
async function personWith(kind: Kind): Promise<Person> {
  if (kind === 'USER') return makePerson(world);
  const { id, ...made } = await makeUserWith(world, kind);
  return { ...made, uuid: id, id: toGlobalId('User', id) };
}

const rightsOf = (kind: Kind): Right[] => (kind === 'USER' ? [] : [kind]);

describe('the account of somebody else', () => {
  const table: Record<Kind | 'NOBODY', Record<Kind | 'SELF', string>> = {
    //            is a USER  who SYNCs   MODERATEs   ADMINISTERs  it is one's own
    NOBODY: { USER: '401', SYNC: '401', MODERATE: '401', ADMINISTER: '401', SELF: '401' },
    USER: { USER: '-', SYNC: '-', MODERATE: '-', ADMINISTER: '-', SELF: '-' },
    SYNC: { USER: '-', SYNC: '-', MODERATE: '-', ADMINISTER: '-', SELF: '-' },
    MODERATE: { USER: 'y', SYNC: 'y', MODERATE: 'y', ADMINISTER: '-', SELF: '-' },
    ADMINISTER: { USER: 'y', SYNC: 'y', MODERATE: 'y', ADMINISTER: 'y', SELF: '-' },
  };
  const words: Record<string, string> = { UNAUTHENTICATED: '401', FORBIDDEN: '-' };
  const cells = Object.entries(table).flatMap(([actor, line]) =>
    Object.entries(line).map(([target, word]) => ({ actor, target, word })),
  );

  it.each(cells)('$actor changes $target: $word', async ({ actor, target, word }) => {
    const own = actor === 'NOBODY' ? undefined : await personWith(actor as Kind);
    const person =
      target === 'SELF' ? (own ?? (await makePerson(world))) : await personWith(target as Kind);
    const before = await rowOf(world, person);

    const { data, errors } = await send(world, own?.token, 'updateUser', {
      userId: person.id,
      fullName: 'Changed',
    });

    const found = errors ? words[errors[0].extensions.code] : data.updateUser.user && 'y';
    const after = await rowOf(world, person);
    expect(found).toBe(word);
    expect(differences(before, after)).toEqual(
      word === 'y' ? ['full_name', 'updated_at', 'version'] : [],
    );
  });

  it.each(cells.filter(({ actor }) => actor !== 'NOBODY'))(
    'is what the policy says: $actor, $target',
    ({ actor, target, word }) => {
      const [self, other] = [newId(), newId()];
      const rights = rightsOf((target === 'SELF' ? actor : target) as Kind);
      const it = { id: target === 'SELF' ? self : other, rights: new Set(rights) };

      expect(mayChange(Actor.user(self, rightsOf(actor as Kind), []), it)).toBe(word === 'y');
    },
  );

  it('is not an administrator’s for the token of one that may be used to moderate alone', async () => {
    const [actor, target] = [await personWith('ADMINISTER'), await personWith('ADMINISTER')];
    await world.sql(`update tokens set scopes = '{MODERATE}' where user_id = $1`, [actor.uuid]);
    const input = { fullName: 'Changed' };

    expect(await denied(world, actor.token, 'updateUser', { userId: target.id, ...input })).toBe(
      'FORBIDDEN',
    );
    await update(await personWith('USER'), input, actor.token);
    await world.sql(`update tokens set scopes = '{ACCOUNT}' where user_id = $1`, [actor.uuid]);
    expect(await denied(world, actor.token, 'updateUser', { userId: target.id, ...input })).toBe(
      'FORBIDDEN',
    );
  });

  it('is an administrator’s from the moment on in which they become one', async () => {
    const person = await makePerson(world);
    const release = await elsewhere(world, 'select 1 from users where id = $1 for no key update', [
      person.uuid,
    ]);
    const changing = send(world, tokens.MODERATE, 'updateUser', {
      userId: person.id,
      fullName: 'Changed',
    });
    await waitingForLocks(world, 1);
    await world.sql(
      `insert into assignments (role_id, user_id, source)
        select id, $1, 'LOCAL' from roles where name = 'administrators'`,
      [person.uuid],
    );
    await release();

    expect((await changing).errors?.[0].extensions.code).toBe('FORBIDDEN');
  });

  it.each([
    ['a user who is not there', () => toGlobalId('User', newId())],
    ['something else', () => toGlobalId('Community', newId())],
    ['nonsense', () => 'x'],
  ])('is none of %s', async (_, id) => {
    expect(await refuse({ id: id() }, { fullName: 'x' })).toEqual(['NOT_FOUND userId']);
    expect(await denied(world, tokens.USER, 'updateUser', { userId: id(), fullName: 'x' })).toBe(
      'FORBIDDEN',
    );
  });
});

describe('updateUser', () => {
  const input = () => ({
    username: `r-${randomUUID().slice(0, 8)}`,
    email: `${randomUUID()}@example.org`,
    fullName: 'Jane Doe',
    givenName: 'Jane',
    familyName: 'Doe',
    affiliation: 'Example University',
    orcid: iD(2001),
    locale: 'de-CH',
    timeZone: 'Europe/Zurich',
    visibility: 'RESTRICTED',
    emailVisibility: 'PUBLIC',
  });

  it('changes all that is said of somebody, and keeps the reason', async () => {
    const person = await makePerson(world);
    const given = input();

    const user = await update(person, {
      ...given,
      nameParts: { suffix: 'Jr.' },
      reason: ' Asked for it. ',
    });

    expect(user).toMatchObject({ ...given, version: 2, nameFull: 'Jane Doe, Jr.' });
    expect(await eventsOf(world, person)).toMatchObject([
      {
        act: 'user.updated',
        details: {
          changed: expect.arrayContaining([...Object.keys(given), 'nameParts']),
          reason: 'Asked for it.',
        },
      },
    ]);
    expect(JSON.stringify(await eventsOf(world, person))).not.toContain(given.email);
  });

  it('touches no column but those that are named', async () => {
    const person = await makePerson(world, { email_verified_at: new Date() });
    const before = await rowOf(world, person);

    await update(person, { ...input(), nameParts: { suffix: 'Jr.' } });

    expect(differences(before, await rowOf(world, person))).toEqual(
      [
        ...['affiliation', 'email', 'email_verified_at', 'email_visibility', 'family_name'],
        ...['full_name', 'given_name', 'locale', 'name_parts', 'orcid', 'time_zone'],
        ...['updated_at', 'username', 'version', 'visibility'],
      ].sort(),
    );
  });

  it.each(['state', 'rights', 'version', 'lockedFields', 'isVerified', 'isEmailVerified', 'id'])(
    'has no word for %s',
    async (key) => {
      const person = await makePerson(world);
      const before = await rowOf(world, person);

      const { errors } = await send(world, tokens.ADMINISTER, 'updateUser', {
        userId: person.id,
        [key]: 'x',
      });

      expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT');
      expect(await rowOf(world, person)).toEqual(before);
    },
  );

  it('refuses unknown keys from programs of ours, too', async () => {
    const person = await makePerson(world);
    const given = { userId: person.id, state: 'DEACTIVATED', nameParts: { given: 'A', x: 'B' } };

    await expect(updateUser(world.app.begin(Actor.system), given)).rejects.toMatchObject({
      all: [{ path: ['input', 'nameParts'] }, { path: ['input'] }],
    });
    expect(await rowOf(world, person)).toMatchObject({ state: 'ACTIVE', version: 1 });
  });

  it('takes a new address for one that nobody has verified', async () => {
    const person = await makePerson(world, {
      email: `${randomUUID()}@example.org`,
      email_verified_at: new Date(),
    });

    expect(await update(person, { fullName: 'Jane' })).toMatchObject({ isEmailVerified: true });
    expect(await update(person, { email: `${randomUUID()}@example.org` })).toMatchObject({
      isEmailVerified: false,
    });
    expect(await update(person, { email: null })).toMatchObject({ email: null });
  });

  it('names all that is wrong at once', async () => {
    const person = await makePerson(world);

    expect(
      (
        await refuse(person, {
          username: '-',
          email: 'jane',
          fullName: ' ',
          orcid: 'x',
          locale: 'German',
          timeZone: 'x',
          visibility: null,
          reason: 'x'.repeat(1001),
        })
      ).sort(),
    ).toEqual([
      'INVALID email',
      'INVALID fullName',
      'INVALID locale',
      'INVALID orcid',
      'INVALID reason',
      'INVALID timeZone',
      'INVALID username',
      'INVALID visibility',
    ]);
  });

  it('names all that others have at once', async () => {
    const [person, other] = [await makePerson(world), await makePerson(world)];
    await update(other, { email: `${other.username}@example.org` });

    expect(
      await refuse(person, {
        username: other.username.toUpperCase(),
        email: `${other.username}@EXAMPLE.ORG`,
      }),
    ).toEqual(['TAKEN username', 'TAKEN email']);
  });

  it('is refused at another version, and lets one of twenty in', async () => {
    const person = await makePerson(world);

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        send(world, tokens.MODERATE, 'updateUser', {
          userId: person.id,
          fullName: `Name ${n}`,
          expectedVersion: 1,
        }),
      ),
    );

    const codes = answers.map(({ data }) => data.updateUser.userErrors[0]?.code ?? 'done');
    expect(codes.filter((it) => it === 'done')).toHaveLength(1);
    expect(codes.filter((it) => it === 'VERSION_CONFLICT')).toHaveLength(19);
    expect((await rowOf(world, person)).version).toBe(2);
  });

  it.each([
    ['was erased', 'erased_at = now()'],
    ['went into another one', 'merged_into_id = (select id from users order by id limit 1)'],
  ])('is nothing for an account that %s', async (_, columns) => {
    const person = await makePerson(world);
    await world.sql(`update users set state = 'DEACTIVATED', ${columns} where id = $1`, [
      person.uuid,
    ]);

    expect(await refuse(person, { fullName: 'x' }, tokens.ADMINISTER)).toEqual(['CONFLICT userId']);
  });

  it.each(['SUSPENDED', 'DEACTIVATED'])('is possible while somebody is %s', async (state) => {
    const person = await makePerson(world, { state });

    expect(await update(person, { fullName: 'Jane' })).toMatchObject({ fullName: 'Jane' });
    expect((await rowOf(world, person)).state).toBe(state);
  });

  it('settles a username that a service says, and locks it', async () => {
    const commons = new Remote(world, 'knowledgeCommons');
    const { username, subject } = await commons.member({ name: 'Remote' });
    const { id } = await userOf(world, username);

    const user = await update({ id }, { username: `${username}-2` });
    await commons.tell('users', 'updated', subject);

    expect(user.lockedFields).toEqual(['username']);
    expect(await userOf(world, username)).toBeNull();
    expect(await userOf(world, `${username}-2`)).toMatchObject({ id });
  });

  it('leaves to administrators by what a service is asked for somebody', async () => {
    const person = await makePerson(world, { email: `${randomUUID()}@example.org` });
    await world.sql(
      `insert into identities (id, user_id, idp, subject) values (gen_random_uuid(), $1, 'byEmail', $2)`,
      [person.uuid, randomUUID()],
    );
    const email = `${randomUUID()}@example.org`;

    expect(await refuse(person, { email })).toEqual(['CONFLICT email']);
    expect(await update(person, { email }, tokens.ADMINISTER)).toMatchObject({
      email,
      lockedFields: ['email'],
    });
  });
});

describe('createUser', () => {
  it('makes an account that no service knows', async () => {
    const username = `n-${randomUUID().slice(0, 8)}`;
    const input = {
      username,
      email: `${username}@example.org`,
      fullName: 'Jane Doe',
      givenName: 'Jane',
      orcid: iD(3001),
      visibility: 'RESTRICTED',
      locale: 'de',
    };

    const nameParts = { suffix: 'Jr.', nickname: null };
    const user = await done(world, tokens.MODERATE, 'createUser', { ...input, nameParts });

    expect(user).toMatchObject({
      ...input,
      nameFull: 'Jane, Jr.',
      emailVisibility: 'RESTRICTED',
      isEmailVerified: false,
      version: 1,
    });
    const [row] = await world.sql('select * from users where username = $1', [username]);
    expect(row).toMatchObject({ state: 'ACTIVE', name_parts: { suffix: 'Jr.' } });
    expect(
      await world.sql('select act, via from audit_events where subject_id = $1', [row.id]),
    ).toEqual([{ act: 'user.created', via: 'TOKEN' }]);
  });

  it.each([
    ['USER', 'FORBIDDEN'],
    ['SYNC', 'FORBIDDEN'],
    ['NOBODY', 'UNAUTHENTICATED'],
  ] as const)('is not for %s', async (kind, code) => {
    const token = kind === 'NOBODY' ? undefined : tokens[kind];
    const username = `n-${randomUUID().slice(0, 8)}`;

    expect(await denied(world, token, 'createUser', { username })).toBe(code);
    expect(await world.sql('select 1 from users where username = $1', [username])).toEqual([]);
  });

  it('names all that is wrong, and all that others have', async () => {
    const other = await makePerson(world, { email: `${randomUUID()}@example.org` });
    const { email } = await rowOf(world, other);

    expect(
      await refused(world, tokens.ADMINISTER, 'createUser', { username: 'a b', email: 'x' }),
    ).toEqual(['INVALID username', 'INVALID email']);
    expect(
      await refused(world, tokens.ADMINISTER, 'createUser', {
        username: other.username.toUpperCase(),
        email: email.toUpperCase(),
      }),
    ).toEqual(['TAKEN username', 'TAKEN email']);
  });

  it('makes one of twenty with one name at once', async () => {
    const username = `n-${randomUUID().slice(0, 8)}`;

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => send(world, tokens.ADMINISTER, 'createUser', { username })),
    );

    const codes = answers.map(({ data }) => data.createUser.userErrors[0]?.code ?? 'done');
    expect(codes.filter((it) => it === 'done')).toHaveLength(1);
    expect(codes.filter((it) => it === 'TAKEN')).toHaveLength(19);
  });
});

it.each([
  ['updateUser', () => ({ fullName: randomUUID() })],
  ['verifyUser', () => ({ isVerified: true })],
])('%s has an end for who goes on and on', async (name, change) => {
  const person = await makePerson(world);
  const again = () => send(world, tokens.MODERATE, name, { userId: person.id, ...change() });
  const codes: (string | undefined)[] = [];
  // One a second leaks away meanwhile.
  while (codes.length < 200 && codes.at(-1) !== 'RATE_LIMITED')
    codes.push((await again()).errors?.[0].extensions.code);

  expect(codes.length).toBeGreaterThan(60);
  expect(codes.at(-1)).toBe('RATE_LIMITED');
});
