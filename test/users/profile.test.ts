import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { change, Remote, userOf } from '../sync/scene.ts';
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

const configFile = join(tmpdir(), `users-${randomUUID()}.json`);
writeFileSync(
  configFile,
  JSON.stringify({
    signIn: {
      orcid: { kind: 'orcid', client_id: 'us', client_secret_env_variable_label: 'ORCID_SECRET' },
    },
  }),
);

let world: World;
let commons: Remote;
beforeAll(async () => {
  const endpoint = (url: string, more = {}) => ({
    remote_endpoint: url,
    token_env_variable_label: 'REMOTE_TOKEN',
    ...more,
  });
  const webhook = { token_env_variable_label: 'WEBHOOK_TOKEN' };
  world = await startWorld({
    env: { COLLEGIUM_CONFIG: configFile, ORCID_SECRET: 'a-secret-for-tests' },
    idps: ({ url }) => ({
      byOrcid: {
        users: endpoint(`${url}/members/{placeholder}`, { remote_identifier: 'orcid' }),
        webhook,
      },
      groupsAlone: { groups: endpoint(`${url}/groups/{placeholder}`), webhook },
    }),
  });
  commons = new Remote(world, 'knowledgeCommons');
});
afterAll(() => world.stop());

const identify = ({ uuid }: Person, idp: string, subject: string = randomUUID()) =>
  world.sql(
    `insert into identities (id, user_id, idp, subject) values (gen_random_uuid(), $1, $2, $3)`,
    [uuid, idp, subject],
  );
const update = (person: Person, input: object) => done(world, person.token, 'updateProfile', input);
const refuse = (person: Person, input: object) =>
  refused(world, person.token, 'updateProfile', input);

const whole = {
  fullName: 'Jane Doe',
  givenName: 'Jane',
  familyName: 'Doe',
  affiliation: 'Example University',
};

describe('updateProfile', () => {
  it('changes what one says of oneself, and says so in the audit log', async () => {
    const person = await makePerson(world);
    const orcid = iD(1001);
    const username = `r-${randomUUID().slice(0, 8)}`;

    const user = await update(person, { ...whole, username, orcid });

    expect(user).toMatchObject({ ...whole, username, orcid, version: 2, lockedFields: [] });
    expect(await eventsOf(world, person)).toEqual([
      {
        act: 'user.updated',
        actor_id: person.uuid,
        via: 'TOKEN',
        details: { changed: expect.arrayContaining(['username', 'orcid', ...Object.keys(whole)]) },
      },
    ]);
  });

  it('keeps what is absent, and clears what is null', async () => {
    const person = await makePerson(world);
    await update(person, { ...whole, orcid: iD(1002) });

    expect(await update(person, { affiliation: null })).toMatchObject({
      ...whole,
      affiliation: null,
      orcid: iD(1002),
    });
    expect(await update(person, { fullName: null, orcid: null })).toMatchObject({
      fullName: null,
      orcid: null,
      givenName: 'Jane',
    });
  });

  it('does nothing where nothing is different', async () => {
    const person = await makePerson(world);
    await update(person, whole);
    const before = await rowOf(world, person);

    await update(person, { ...whole, username: person.username });
    await update(person, {});

    expect(await rowOf(world, person)).toEqual(before);
    expect(await eventsOf(world, person)).toHaveLength(1);
  });

  it.each(Object.keys(whole))('touches no other column for %s', async (field) => {
    const person = await makePerson(world);
    const before = await rowOf(world, person);

    await update(person, { [field]: 'Another' });

    const column = field.replace(/[A-Z]/g, (it) => `_${it.toLowerCase()}`);
    expect(differences(before, await rowOf(world, person))).toEqual(
      [column, 'updated_at', 'version'].sort(),
    );
  });

  it('cleans texts, and counts in characters as people do', async () => {
    const person = await makePerson(world);

    const user = await update(person, {
      fullName: '  Jane\u202e\n Doe\u0301 ',
      affiliation: '𝔘'.repeat(500),
      username: `jane\u0301-${person.username}`,
    });

    expect(user.fullName).toBe('Jane Doé');
    expect(user.affiliation).toBe('𝔘'.repeat(500));
    expect(user.username).toBe(`jané-${person.username}`);
  });

  it('names all that is wrong at once, and changes nothing', async () => {
    const person = await makePerson(world);
    const before = await rowOf(world, person);

    const problems = await refuse(person, {
      username: 'a b',
      fullName: '',
      givenName: 'x'.repeat(251),
      familyName: 'fine',
      affiliation: '𝔘'.repeat(501),
      orcid: '0000-0002-1825-0098',
      nameParts: { given: '\u200b' },
      unlockFields: ['state'],
    });

    expect(problems.sort()).toEqual([
      'INVALID affiliation',
      'INVALID fullName',
      'INVALID givenName',
      'INVALID nameParts.given',
      'INVALID orcid',
      'INVALID unlockFields.0',
      'INVALID username',
    ]);
    expect(await rowOf(world, person)).toEqual(before);
  });

  it.each(['-x', '.x', 'a b', 'a@b', 'a/b', '', ' ', 'x'.repeat(65), '\u0301x', null])(
    'takes no username as %j',
    async (username) => {
      const person = await makePerson(world);

      expect(await refuse(person, { username })).toEqual(['INVALID username']);
    },
  );

  it('takes no username that somebody else has, in any case', async () => {
    const [person, other] = [await makePerson(world), await makePerson(world)];

    expect(await refuse(person, { username: other.username.toUpperCase() })).toEqual([
      'TAKEN username',
    ]);
    const user = await update(person, { username: person.username.toUpperCase() });
    expect(user.username).toBe(person.username.toUpperCase());
  });

  it('limits how often one may try which usernames there are', async () => {
    const [person, other] = [await makePerson(world), await makePerson(world)];
    for (let n = 0; n < 30; n++) await refuse(person, { username: other.username });

    expect(await denied(world, person.token, 'updateProfile', { username: 'free' })).toBe(
      'RATE_LIMITED',
    );
    await update(person, { fullName: 'Jane' });
  });

  it('is for users alone, by what may be used for their account', async () => {
    const person = await makePerson(world);
    await world.sql(`update tokens set scopes = '{COMMUNITIES}' where user_id = $1`, [person.uuid]);

    expect(await denied(world, undefined, 'updateProfile', whole)).toBe('UNAUTHENTICATED');
    expect(await denied(world, person.token, 'updateProfile', whole)).toBe('FORBIDDEN');
    expect(await denied(world, person.token, 'updatePreferences', {})).toBe('FORBIDDEN');
  });

  it.each(['email', 'state', 'visibility', 'userId', 'version', 'lockedFields', 'isVerified'])(
    'has no word for %s',
    async (key) => {
      const person = await makePerson(world);
      const before = await rowOf(world, person);

      const { errors, status } = await send(world, person.token, 'updateProfile', {
        fullName: 'Jane',
        [key]: 'ACTIVE',
      });

      expect([status, errors?.[0].extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
      expect(await rowOf(world, person)).toEqual(before);
    },
  );
});

describe('an ORCID iD', () => {
  it.each([
    ['0000-0002-1825-0097', '0000-0002-1825-0097'],
    ['https://orcid.org/0000-0002-1694-233X', '0000-0002-1694-233X'],
    ['http://www.orcid.org/0000-0002-1694-233x/', '0000-0002-1694-233X'],
    ['orcid.org/0000000218250097', '0000-0002-1825-0097'],
  ])('%s is kept as %s', async (orcid, expected) => {
    const person = await makePerson(world);

    expect((await update(person, { orcid })).orcid).toBe(expected);
  });

  it.each([
    '0000-0002-1825-0098',
    '0000-0002-1825-009',
    '0000-0002-1825-00971',
    'X000-0002-1825-0097',
    'https://example.org/0000-0002-1825-0097',
    '0000-0002-1825-0097?x',
  ])('is none: %s', async (orcid) => {
    expect(await refuse(await makePerson(world), { orcid })).toEqual(['INVALID orcid']);
  });

  it('may be written down by two, for that is no proof', async () => {
    const [one, other] = [await makePerson(world), await makePerson(world)];
    const orcid = iD(1003);

    await update(one, { orcid });
    expect((await update(other, { orcid })).orcid).toBe(orcid);
  });

  it('is nobody else’s once somebody signs in by it', async () => {
    const [owner, other] = [await makePerson(world), await makePerson(world)];
    const orcid = iD(1004);
    await identify(owner, 'orcid', orcid);

    expect(await refuse(other, { orcid })).toEqual(['TAKEN orcid']);
    expect((await update(owner, { orcid })).orcid).toBe(orcid);
  });

  it('is no other than that by which one signs in', async () => {
    const person = await makePerson(world);
    await identify(person, 'orcid', iD(1005));

    expect(await refuse(person, { orcid: iD(1006) })).toEqual(['CONFLICT orcid']);
    await update(person, { orcid: iD(1005) });
    expect((await update(person, { orcid: null })).orcid).toBeNull();
  });

  it('is left to the service that is asked for the person by it', async () => {
    const person = await makePerson(world, { orcid: iD(1007) });
    await identify(person, 'byOrcid');
    await world.sql('update identities set gone_at = now() where user_id = $1', [person.uuid]);

    // Otherwise the next sync would ask for somebody else, and give the person their groups.
    expect(await refuse(person, { orcid: iD(1008) })).toEqual(['CONFLICT orcid']);
    expect(await refuse(person, { orcid: null })).toEqual(['CONFLICT orcid']);
    expect((await update(person, { fullName: 'Jane' })).fullName).toBe('Jane');
  });
});

describe('what an identity service keeps up to date', () => {
  /** Somebody of whom the service says something, and who has looked after nothing yet. */
  async function member() {
    const person = await makePerson(world);
    const remote = { name: 'Remote Name', institutional_affiliation: 'Remote University' };
    const { subject } = await commons.adopt(person.username, remote);
    await commons.tell('users', 'updated', subject);
    return { person, subject };
  }

  it('is left alone by syncs once it was edited here, until it is handed back', async () => {
    const { person, subject } = await member();

    const edited = await update(person, { fullName: 'My Name', affiliation: 'Remote University' });
    await commons.tell('users', 'updated', subject);
    const kept = await userOf(world, person.username);
    const unlocked = await update(person, { unlockFields: ['fullName'] });
    await commons.tell('users', 'updated', subject);
    const after = await userOf(world, person.username);

    expect(edited.lockedFields).toEqual(['fullName']);
    expect(kept).toMatchObject({ fullName: 'My Name', lockedFields: ['fullName'] });
    expect(unlocked).toMatchObject({ fullName: 'My Name', lockedFields: [] });
    expect(after).toMatchObject({ fullName: 'Remote Name', lockedFields: [] });
    expect(await eventsOf(world, person)).toMatchObject([
      { details: { changed: ['fullName'], lockedFields: ['fullName'] } },
      { details: { changed: [], lockedFields: [] } },
    ]);
  });

  it('stays empty if it was cleared here', async () => {
    const { person, subject } = await member();

    await update(person, { affiliation: null });
    await commons.tell('users', 'updated', subject);

    expect(await userOf(world, person.username)).toMatchObject({
      affiliation: null,
      lockedFields: ['affiliation'],
    });
  });

  it('are not the parts of a name, which no sync touches', async () => {
    const { person, subject } = await member();

    await update(person, { nameParts: { given: 'Local' } });
    commons.says(subject, { first_name: 'Remote', last_name: 'Person' });
    await commons.tell('users', 'updated', subject);

    expect(await rowOf(world, person)).toMatchObject({
      name_parts: { given: 'Local' },
      given_name: 'Remote',
      locked_fields: [],
    });
  });

  it('is not edited and handed back at once', async () => {
    const { person } = await member();

    expect(
      await refuse(person, { fullName: 'My Name', unlockFields: ['fullName', 'affiliation'] }),
    ).toEqual(['INVALID unlockFields']);
  });

  it('is among it the username, which is changed there alone', async () => {
    const { person } = await member();
    const [other] = [await makePerson(world)];
    await identify(other, 'orcid', iD(1009));

    const { data } = await send(world, person.token, 'updateProfile', {
      username: 'another-name',
      orcid: iD(1009),
    });

    expect(data.updateProfile.userErrors).toEqual([
      {
        code: 'CONFLICT',
        message: 'It comes from the identity service knowledgeCommons: change it there.',
        path: ['input', 'username'],
      },
      expect.objectContaining({ code: 'TAKEN', path: ['input', 'orcid'] }),
    ]);
    // Whoever sends back what they were shown changes nothing.
    await update(person, { username: person.username, fullName: 'My Name' });
  });

  it('is a username no longer once the service forgot the person', async () => {
    const { person } = await member();
    await world.sql('update identities set gone_at = now() where user_id = $1', [person.uuid]);

    const user = await update(person, { username: `free-${person.username}` });

    expect(user.lockedFields).toEqual(['username']);
  });

  it.each(['groupsAlone', 'orcid', 'a-service-that-is-configured-no-more'])(
    'is nothing where all that knows the person is %s',
    async (idp) => {
      const person = await makePerson(world);
      await identify(person, idp);

      const user = await update(person, { fullName: 'Jane', username: `x-${person.username}` });

      expect(user.lockedFields).toEqual([]);
    },
  );

  it('keeps locks that a sync set or somebody before', async () => {
    const { person } = await member();
    await world.sql(`update users set locked_fields = '{website,fullName}' where id = $1`, [
      person.uuid,
    ]);

    const user = await update(person, { givenName: 'Jane', unlockFields: ['fullName', 'email'] });

    expect(user.lockedFields).toEqual(['website', 'givenName']);
  });

  it('is found as it is now', async () => {
    const person = await makePerson(world);
    const word = `w${randomUUID().replaceAll('-', '')}`;
    await update(person, { nameParts: { family: word } });
    await world.indexed();

    const { data } = await world.ask(
      (await makePerson(world)).token,
      `{ users(query: "${word}") { nodes { id } } }`,
    );

    expect(data.users.nodes).toEqual([{ id: person.id }]);
  });
});

describe('a version that was seen', () => {
  it('is refused once somebody else changed the user', async () => {
    const person = await makePerson(world);
    await update(person, { fullName: 'Jane' });

    for (const [name, input] of [
      ['updateProfile', { fullName: 'June' }],
      ['updatePreferences', { visibility: 'RESTRICTED' }],
    ] as const) {
      const { data } = await send(world, person.token, name, { ...input, expectedVersion: 1 });
      expect(data[name].userErrors).toMatchObject([
        { code: 'VERSION_CONFLICT', path: ['input', 'expectedVersion'], currentVersion: 2 },
      ]);
    }
    expect(await update(person, { fullName: 'June', expectedVersion: 2 })).toMatchObject({
      fullName: 'June',
      version: 3,
    });
  });

  it('lets one of twenty in', async () => {
    const person = await makePerson(world);

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        send(world, person.token, 'updateProfile', { fullName: `Name ${n}`, expectedVersion: 1 }),
      ),
    );

    const codes = answers.map(({ data }) => data.updateProfile.userErrors[0]?.code ?? 'done');
    expect(codes.filter((it) => it === 'done')).toHaveLength(1);
    expect(codes.filter((it) => it === 'VERSION_CONFLICT')).toHaveLength(19);
    expect(await rowOf(world, person)).toMatchObject({
      version: 2,
      full_name: `Name ${codes.indexOf('done')}`,
    });
    expect(await eventsOf(world, person)).toHaveLength(1);
  });

  it('is not needed: all of twenty are kept one after the other', async () => {
    const person = await makePerson(world);

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        send(world, person.token, 'updateProfile', { fullName: `Name ${n}` }),
      ),
    );

    expect(answers.flatMap(({ data }) => data.updateProfile.userErrors)).toEqual([]);
    expect((await rowOf(world, person)).version).toBe(21);
  });

  it('of a sync and of a person do not get into each other’s way', async () => {
    const person = await makePerson(world);
    const { subject } = await commons.adopt(person.username, { name: 'Remote' });

    await Promise.all([
      change(
        world,
        'syncRemoteUser',
        { user: { remote: { idp: commons.idp, subject } }, waitMs: 10_000 },
        'run { outcome }',
      ),
      ...Array.from({ length: 5 }, () => update(person, { affiliation: randomUUID() })),
    ]);
    await commons.settled('users', [subject]);

    expect(await userOf(world, person.username)).toMatchObject({
      fullName: 'Remote',
      lockedFields: ['affiliation'],
    });
  });
});
