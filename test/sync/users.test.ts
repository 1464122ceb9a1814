import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import {
  change,
  elsewhere,
  giveRole,
  newNumber,
  type Person,
  Remote,
  userOf,
  waitingForLocks,
} from './scene.ts';

let world: World;
/** Speaks WordPress, and makes accounts. */
let knowledge: Remote;
/** Speaks Profiles, and makes accounts. */
let mine: Remote;
/** Makes no accounts. */
let strict: Remote;
beforeAll(async () => {
  world = await startWorld({
    idps: (sample) => ({
      strictCommons: {
        users: {
          remote_endpoint: `${sample.url}/wp-json/commons/v1/users/{placeholder}`,
          token_env_variable_label: 'REMOTE_TOKEN',
        },
        rate: 10_000,
        webhook: { token_env_variable_label: 'WEBHOOK_TOKEN' },
      },
    }),
  });
  knowledge = new Remote(world, 'knowledgeCommons');
  mine = new Remote(world, 'myCommons');
  strict = new Remote(world, 'strictCommons');
});
afterAll(() => world.stop());

const viewer = '{ viewer { username } }';

/** Somebody who signs in here, and whom services know too. */
async function colleague(fields: Person = {}, ...remotes: Remote[]) {
  const user = await world.makeUser();
  const subjects: string[] = [];
  for (const remote of remotes) {
    subjects.push(
      (await remote.adopt(user.username, { username: user.username, ...fields })).subject,
    );
  }
  return { ...user, subject: subjects[0] as string, subjects };
}

/** All that WordPress tells of somebody besides the username and address, and what we make of it. */
const told = {
  name: 'Ada King',
  first_name: 'Ada',
  last_name: 'King',
  institutional_affiliation: 'Analytical Society',
  orcid: '0000-0002-1694-233X',
};
const kept = {
  fullName: 'Ada King',
  givenName: 'Ada',
  familyName: 'King',
  affiliation: 'Analytical Society',
  orcid: '0000-0002-1694-233X',
};
const each = <T>(keys: object, value: T) =>
  Object.fromEntries(Object.keys(keys).map((it) => [it, value]));

describe.concurrent('somebody who was created', () => {
  it('gets an account with all that the service tells', async () => {
    const { subject, username } = knowledge.person({
      ...told,
      email: 'ada@example.org',
      preferred_language: 'en_GB',
      time_zone: 'Europe/London',
    });

    const [run] = await knowledge.tell('users', 'created', subject);

    expect(run).toMatchObject({ trigger: 'WEBHOOK', outcome: 'CHANGED', notes: [] });
    expect(run.changes[0]).toEqual({ kind: 'USER_PROVISIONED', after: username });
    expect(await userOf(world, username)).toMatchObject({
      ...kept,
      username,
      email: 'ada@example.org',
      locale: 'en-GB',
      timeZone: 'Europe/London',
      state: 'ACTIVE',
      identities: [{ idp: 'knowledgeCommons', subject, goneAt: null }],
    });
  });

  it('is called by the subject where the service tells no username', async () => {
    const { subject } = knowledge.person({ username: null, name: 'Nameless' });

    await knowledge.tell('users', 'created', subject);

    expect(await userOf(world, subject)).toMatchObject({ fullName: 'Nameless' });
  });

  it('gets no account where the idp does not provision', async () => {
    const { subject, username } = strict.person({ name: 'Stranger' });

    const answer = await world.post({
      idp: 'strictCommons',
      updates: { users: [{ id: subject, event: 'created' }] },
    });
    const { run } = await change(
      world,
      'syncRemoteUser',
      { user: { remote: { idp: 'strictCommons', subject } }, waitMs: 10_000 },
      'user { id } run { outcome changes { kind } notes { field message } }',
    );

    expect(answer.body.events).toMatchObject([{ outcome: 'unknown' }]);
    expect(run).toEqual({
      outcome: 'UNCHANGED',
      changes: [],
      notes: [{ field: 'user', message: 'is unknown here, and this idp does not provision' }],
    });
    expect(await userOf(world, username)).toBeNull();
  });

  it('gets another username where somebody here has it, in whatever case', async () => {
    const { username } = await world.makeUser();
    await world.makeUser(`${username}-2`);
    const { subject } = knowledge.person({ username: username.toUpperCase(), name: 'Second' });

    const [run] = await knowledge.tell('users', 'created', subject);

    expect(run.notes).toEqual([
      { field: 'username', message: `${username.toUpperCase()} belongs to another account here` },
    ]);
    expect(await userOf(world, `${username}-3`)).toMatchObject({
      username: `${username.toUpperCase()}-3`,
      fullName: 'Second',
      identities: [{ subject }],
    });
    expect((await userOf(world, username)).identities).toEqual([]);
  });

  it.each(['Ärger', 'ΟΔΥΣΣΕΥΣ', 'İstanbul'])(
    'gets another username where it is %s, whose lower case is read in two ways',
    async (username) => {
      await world.makeUser(username);
      const { subject } = knowledge.person({ username, name: 'Second' });

      const [run] = await knowledge.tell('users', 'created', subject);

      expect(run.outcome).toBe('CHANGED');
      expect(await userOf(world, `${username}-2`)).toMatchObject({ fullName: 'Second' });
    },
  );

  it('is never linked to an account by the address, and goes without it', async () => {
    const { username } = await world.makeUser();
    await world.sql('update users set email = $2 where username = $1', [
      username,
      `${username}@example.org`,
    ]);
    const newcomer = knowledge.person({ email: `${username.toUpperCase()}@example.org` });

    const [run] = await knowledge.tell('users', 'created', newcomer.subject);

    expect(run.notes).toEqual([{ field: 'email', message: 'belongs to another account here' }]);
    expect(await userOf(world, newcomer.username)).toMatchObject({ email: null });
    expect(await userOf(world, username)).toMatchObject({
      email: `${username}@example.org`,
      identities: [],
    });
  });

  it('is told from another of the same name who comes in the same message', async () => {
    const first = knowledge.person({ name: 'First' });
    const second = knowledge.person({ name: 'Second' });
    knowledge.says(first.subject, { username: 'twin', email: 'twin@example.org' });
    knowledge.says(second.subject, { username: 'Twin', email: 'Twin@example.org' });

    const runs = await knowledge.tell('users', 'created', first.subject, second.subject);

    expect(runs.map((it) => it.outcome)).toEqual(['CHANGED', 'CHANGED']);
    const twins = [await userOf(world, 'twin'), await userOf(world, 'twin-2')];
    expect(twins.map((it) => it.identities[0].subject).sort()).toEqual([
      first.subject,
      second.subject,
    ]);
    expect(twins.filter((it) => it.email)).toHaveLength(1);
  });
});

describe.concurrent('a field', () => {
  it.each<[string, string, object, object]>([
    ['that is not told', 'stays', each(told, undefined), kept],
    ['that is null', 'is cleared', each(told, null), each(kept, null)],
    ['that is empty', 'is cleared', each(told, ''), each(kept, null)],
    ['that is blank', 'is cleared', each(told, ' \t'), each(kept, null)],
    [
      'with another value',
      'takes it',
      {
        name: 'Augusta Lovelace',
        first_name: 'Augusta',
        last_name: 'Lovelace',
        institutional_affiliation: 'Ockham Park',
        orcid: 'https://orcid.org/0000-0002-1825-0097',
      },
      {
        fullName: 'Augusta Lovelace',
        givenName: 'Augusta',
        familyName: 'Lovelace',
        affiliation: 'Ockham Park',
        orcid: '0000-0002-1825-0097',
      },
    ],
  ])('%s %s', async (_, __, now, expected) => {
    const { subject, username } = await knowledge.member(told);
    knowledge.says(subject, now);

    const [run] = await knowledge.tell('users', 'updated', subject);

    const changed = Object.entries(expected).filter(([key, it]) => it !== kept[key as 'orcid']);
    expect(run.changes.map((it: { field: string }) => it.field).sort()).toEqual(
      changed.map(([key]) => key).sort(),
    );
    expect(await userOf(world, username)).toMatchObject(expected);
  });

  it('tells in the run what it was and what it is', async () => {
    const { subject } = await knowledge.member({ ...told, orcid: null });
    knowledge.says(subject, { name: 'Augusta Lovelace', institutional_affiliation: null });

    const [run] = await knowledge.tell('users', 'updated', subject);

    expect(run.changes).toEqual([
      {
        kind: 'USER_FIELD_CHANGED',
        field: 'fullName',
        before: 'Ada King',
        after: 'Augusta Lovelace',
      },
      { kind: 'USER_FIELD_CHANGED', field: 'affiliation', before: 'Analytical Society' },
    ]);
  });

  it.each([
    ['null', null, ['answer', 'email']],
    ['empty', '', ['answer', 'email']],
    ['not told', undefined, []],
  ])('that is the username or the address stays when it is %s', async (_, value, fields) => {
    const { subject, username } = await knowledge.member({ name: 'Ada' });
    knowledge.says(subject, { email: `${username}@example.org` });
    await knowledge.tell('users', 'updated', subject);
    knowledge.says(subject, { username: value, email: value });

    const [run] = await knowledge.tell('users', 'updated', subject);

    expect(run.outcome).toBe('UNCHANGED');
    expect(run.notes.map((it: { field: string }) => it.field)).toEqual(fields);
    expect(await userOf(world, username)).toMatchObject({ email: `${username}@example.org` });
  });

  it('that is the username or the address takes a value that is free', async () => {
    const { subject, username } = await knowledge.member({ email: 'old@example.org' });
    knowledge.says(subject, { username: `${username}-new`, email: 'New@example.org' });

    await knowledge.tell('users', 'updated', subject);

    expect(await userOf(world, username)).toBeNull();
    expect(await userOf(world, `${username}-new`)).toMatchObject({
      email: 'New@example.org',
      identities: [{ subject }],
    });
  });

  it.each([
    ['is as it was', 'kept', true],
    ['is another', 'other', false],
  ])('that is the address is confirmed no longer only if it %s', async (_, name, isVerified) => {
    const { subject, username } = await knowledge.member();
    const address = (of: string) => `${of}-${subject}@example.org`;
    knowledge.says(subject, { username, email: address('kept') });
    await knowledge.tell('users', 'updated', subject);
    await world.sql('update users set email_verified_at = now() where username = $1', [username]);
    knowledge.says(subject, { username, name: 'Changed', email: address(name) });

    await knowledge.tell('users', 'updated', subject);

    expect(
      await world.sql(
        'select email, email_verified_at is not null as "isVerified" from users where username = $1',
        [username],
      ),
    ).toEqual([{ email: address(name), isVerified }]);
  });

  it('that is the username changes its case', async () => {
    const { subject, username } = await knowledge.member();
    knowledge.says(subject, { username: username.toUpperCase() });

    await knowledge.tell('users', 'updated', subject);

    expect(await userOf(world, username)).toMatchObject({ username: username.toUpperCase() });
  });

  it('that is the username or the address of another is skipped, and the others are not', async () => {
    const other = await world.makeUser();
    await world.sql('update users set email = $2 where username = $1', [
      other.username,
      `${other.username}@example.org`,
    ]);
    const { subject, username } = await knowledge.member({ name: 'Before' });
    knowledge.says(subject, {
      name: 'After',
      username: other.username.toUpperCase(),
      email: `${other.username.toUpperCase()}@EXAMPLE.org`,
    });

    const [run] = await knowledge.tell('users', 'updated', subject);

    expect(run.outcome).toBe('CHANGED');
    expect(run.notes).toEqual([
      { field: 'username', message: 'belongs to another account here' },
      { field: 'email', message: 'belongs to another account here' },
    ]);
    expect(await userOf(world, username)).toMatchObject({ fullName: 'After', email: null });
  });

  it('that was edited here stays, whatever the service says', async () => {
    const { subject, username } = await knowledge.member({ ...told, email: 'mine@example.org' });
    const fields = ['username', 'email', 'locale', 'timeZone', ...Object.keys(kept)];
    await world.sql('update users set locked_fields = $2 where username = $1', [username, fields]);
    const before = await userOf(world, username);
    knowledge.says(subject, {
      ...each(told, null),
      name: 'Somebody Else',
      username: `${username}-else`,
      email: 'theirs@example.org',
      preferred_language: 'fr',
      time_zone: 'Europe/Paris',
    });

    const [run] = await knowledge.tell('users', 'updated', subject);

    expect(run.outcome).toBe('UNCHANGED');
    expect(run.notes.map((it: { field: string }) => it.field).sort()).toEqual(fields.sort());
    expect(new Set(run.notes.map((it: { message: string }) => it.message))).toEqual(
      new Set(['was edited here and is left alone']),
    );
    expect(await userOf(world, username)).toEqual(before);
  });

  it('that is a preference is filled in while it is empty', async () => {
    const { subject, username } = await knowledge.member({ preferred_language: null });
    knowledge.says(subject, { preferred_language: 'fr', time_zone: 'Europe/Paris' });

    await knowledge.tell('users', 'updated', subject);

    expect(await userOf(world, username)).toMatchObject({
      locale: 'fr',
      timeZone: 'Europe/Paris',
    });
  });

  it.each([
    ['another value', 'de', 'Europe/Berlin'],
    ['null', null, null],
    ['an empty text', '', ''],
  ])('that is a preference never takes %s', async (_, preferred_language, time_zone) => {
    const { subject, username } = await knowledge.member({
      preferred_language: 'fr',
      time_zone: 'Europe/Paris',
    });
    knowledge.says(subject, { preferred_language, time_zone });

    const [run] = await knowledge.tell('users', 'updated', subject);

    expect(run).toMatchObject({ outcome: 'UNCHANGED', changes: [], notes: [] });
    expect(await userOf(world, username)).toMatchObject({
      locale: 'fr',
      timeZone: 'Europe/Paris',
    });
  });

  it('that is as it was changes nothing, not even the version', async () => {
    const { subject, username } = await knowledge.member(told);
    const before = await userOf(world, username);

    const [run] = await knowledge.tell('users', 'updated', subject);

    expect(run).toMatchObject({ outcome: 'UNCHANGED', changes: [], notes: [] });
    expect(await userOf(world, username)).toEqual(before);
  });
});

describe.concurrent('an address', () => {
  const values = '{ kind field before after }';

  it('is in no run, state or preview for those who sync and may not see addresses', async () => {
    const [before, after] = [`old${newNumber()}@example.org`, `new${newNumber()}@example.org`];
    const { subject } = await mine.member({ email: before, name: 'Ada' });
    mine.says(subject, { email: after, name: 'Ada L.' });
    await mine.tell('users', 'updated', subject);
    mine.says(subject, { email: `next${newNumber()}@example.org` });
    const ask = async (rights: string[]) => {
      const user = await world.makeUser();
      await giveRole(world, user.username, { rights });
      return world.ask(
        user.token,
        `query ($id: String!) {
          syncRuns(idp: "myCommons", remoteId: $id) { nodes { id changes ${values} notes { message } } }
          syncStates(idp: "myCommons", remoteId: $id) { nodes { runs { nodes { changes ${values} } } } }
        }`,
        { id: subject },
      );
    };
    const preview = async (rights: string[]) => {
      const user = await world.makeUser();
      await giveRole(world, user.username, { rights });
      const input = { user: { remote: { idp: 'myCommons', subject } } };
      return change(world, 'previewRemoteUser', input, `plan { changes ${values} }`, user.token);
    };

    const [hidden, shown] = [await ask(['SYNC']), await ask(['SYNC', 'MODERATE'])];
    const previews = [await preview(['SYNC']), await preview(['SYNC', 'MODERATE'])];

    const [run] = hidden.data.syncRuns.nodes;
    expect(run.changes).toEqual(
      expect.arrayContaining([
        { kind: 'USER_FIELD_CHANGED', field: 'email', before: null, after: null },
        { kind: 'USER_FIELD_CHANGED', field: 'fullName', before: 'Ada', after: 'Ada L.' },
      ]),
    );
    expect(JSON.stringify([hidden, previews[0]])).not.toContain('@');
    expect(shown.data.syncRuns.nodes[0].changes).toContainEqual({
      kind: 'USER_FIELD_CHANGED',
      field: 'email',
      before,
      after,
    });
    expect(shown.data.syncStates.nodes[0].runs.nodes[0].changes).toContainEqual(
      expect.objectContaining({ before, after }),
    );
    expect(previews[1].plan.changes).toContainEqual(
      expect.objectContaining({ field: 'email', before: after }),
    );
  });

  it('of another is not told in a note, nor is a run found by its id with one', async () => {
    const email = `taken${newNumber()}@example.org`;
    await mine.member({ email });
    const { subject } = await mine.member({ email });
    const { id, notes } = await mine.lastRun('users', subject);
    const syncer = await world.makeUser();
    await giveRole(world, syncer.username, { rights: ['SYNC'] });

    const { data } = await world.ask(
      syncer.token,
      `query ($id: ID!) { node(id: $id) { ... on SyncRun { changes ${values} notes { field message } } } }`,
      { id },
    );

    expect(notes).toContainEqual({ field: 'email', message: 'belongs to another account here' });
    expect(data.node.notes).toEqual(notes);
    expect(JSON.stringify(data)).not.toContain('@');
  });
});

describe.concurrent('somebody who was deleted', () => {
  it('is suspended at once: no token opens the door, no role of the idp is left', async () => {
    const group = mine.group();
    const { subject, username, token } = await colleague(
      { name: 'Leaver', groups: [{ id: group, role: 'member' }] },
      mine,
    );
    await mine.tell('users', 'updated', subject);
    const before = await world.ask(token, viewer);
    mine.forgets(subject);

    const [run] = await mine.tell('users', 'deleted', subject);

    const after = await world.ask(token, viewer);
    expect(before.data.viewer).toEqual({ username });
    expect(after).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(run).toMatchObject({
      outcome: 'CHANGED',
      changes: [
        { kind: 'ROLE_UNASSIGNED', group: String(group), category: 'member' },
        { kind: 'IDENTITY_GONE' },
        { kind: 'USER_SUSPENDED', before: 'ACTIVE', after: 'SUSPENDED' },
      ],
    });
    expect(await userOf(world, username)).toMatchObject({
      state: 'SUSPENDED',
      fullName: 'Leaver',
      roles: [],
      identities: [{ idp: 'myCommons', subject, goneAt: expect.any(String) }],
    });
  });

  it('keeps what this instance gave them', async () => {
    const group = mine.group();
    const { subject, username } = await mine.member({ groups: [{ id: group, role: 'member' }] });
    const local = await giveRole(world, username);
    mine.forgets(subject);

    await mine.tell('users', 'deleted', subject);

    expect(await userOf(world, username)).toMatchObject({ state: 'SUSPENDED', roles: [local] });
  });

  it('stays active, with the roles of another service that knows them', async () => {
    const group = mine.group();
    const groups = [{ id: group, role: 'member' }];
    const { username, token, subjects } = await colleague({ groups }, mine, knowledge);
    const [here = '', there = ''] = subjects;
    await knowledge.tell('users', 'updated', there);
    await mine.tell('users', 'updated', here);
    mine.forgets(here);

    const [run] = await mine.tell('users', 'deleted', here);

    expect(run.changes.map((it: { kind: string }) => it.kind)).toEqual([
      'ROLE_UNASSIGNED',
      'IDENTITY_GONE',
    ]);
    expect((await world.ask(token, viewer)).data.viewer).toEqual({ username });
    expect(await userOf(world, username)).toMatchObject({
      state: 'ACTIVE',
      roles: [knowledge.role(group)],
    });
  });

  it('is suspended when the last service forgets them', async () => {
    const { username, subjects } = await colleague({}, mine, knowledge);
    const [here = '', there = ''] = subjects;
    mine.forgets(here);
    knowledge.forgets(there);

    await mine.tell('users', 'deleted', here);
    const first = await userOf(world, username);
    await knowledge.tell('users', 'deleted', there);
    const second = await userOf(world, username);

    expect([first.state, second.state]).toEqual(['ACTIVE', 'SUSPENDED']);
  });

  it('but is still there was only updated', async () => {
    const { subject, username } = await mine.member({ name: 'Before' });
    mine.says(subject, { name: 'After' });

    const [run] = await mine.tell('users', 'deleted', subject);

    expect(run).toMatchObject({ outcome: 'CHANGED', heldFor: [] });
    expect(await userOf(world, username)).toMatchObject({ state: 'ACTIVE', fullName: 'After' });
  });

  it('and still there is held when the service forgets them later without a word', async () => {
    const { subject, username } = await mine.member();
    await mine.tell('users', 'deleted', subject);
    mine.forgets(subject);

    const [run] = await mine.tell('users', 'updated', subject);

    expect(run).toMatchObject({ outcome: 'HELD', heldFor: ['ABSENT'] });
    expect(await userOf(world, username)).toMatchObject({ state: 'ACTIVE' });
  });

  it('twice is deleted once', async () => {
    const { subject } = await mine.member();
    mine.forgets(subject);
    await mine.tell('users', 'deleted', subject);

    const [run] = await mine.tell('users', 'deleted', subject);

    expect(run).toMatchObject({ outcome: 'UNCHANGED', changes: [] });
  });

  it('and was deactivated here stays deactivated', async () => {
    const { subject, username } = await mine.member();
    await world.sql(`update users set state = 'DEACTIVATED' where username = $1`, [username]);
    mine.forgets(subject);

    await mine.tell('users', 'deleted', subject);

    expect(await userOf(world, username)).toMatchObject({ state: 'DEACTIVATED' });
  });
});

describe.concurrent('somebody who comes back', () => {
  it('is active again, with their roles and tokens, if a sync suspended them', async () => {
    const group = mine.group();
    const fields = { name: 'Prodigal', groups: [{ id: group, role: 'member' }] };
    const { subject, username, token } = await colleague(fields, mine);
    await mine.tell('users', 'updated', subject);
    mine.forgets(subject);
    await mine.tell('users', 'deleted', subject);
    world.sample.world.people.set(subject, { id: subject, username, ...fields });

    const [run] = await mine.tell('users', 'updated', subject);

    expect(run.changes).toEqual([
      { kind: 'IDENTITY_BACK' },
      { kind: 'USER_REACTIVATED', before: 'SUSPENDED', after: 'ACTIVE' },
      { kind: 'ROLE_ASSIGNED', group: String(group), category: 'member' },
    ]);
    expect((await world.ask(token, viewer)).data.viewer).toEqual({ username });
    expect(await userOf(world, username)).toMatchObject({
      state: 'ACTIVE',
      roles: [mine.role(group)],
      identities: [{ goneAt: null }],
    });
  });

  it('stays out if a person deactivated them', async () => {
    const { subject, username, token } = await colleague({ name: 'Before' }, mine);
    await world.sql(`update users set state = 'DEACTIVATED' where username = $1`, [username]);
    mine.says(subject, { name: 'After' });

    const [run] = await mine.tell('users', 'updated', subject);

    expect(run.changes.map((it: { kind: string }) => it.kind)).toEqual(['USER_FIELD_CHANGED']);
    expect((await world.ask(token, viewer)).status).toBe(401);
    expect(await userOf(world, username)).toMatchObject({
      state: 'DEACTIVATED',
      fullName: 'After',
    });
  });
});

/** These look at who is an administrator at all, so each has all the others out of the way. */
describe('the last administrator', () => {
  const administrators = `
    select u.username from users u join assignments a on a.user_id = u.id join roles r on r.id = a.role_id
    where 'ADMINISTER' = any(r.rights) and u.state = 'ACTIVE'`;
  const others = (state: string) =>
    world.sql(`update users set state = $1 where username = 'the-administrator'`, [state]);

  it('is never suspended, though the service forgets them', async () => {
    const { subject, username, token } = await colleague({}, mine);
    await giveRole(world, username, { name: 'administrators' });
    mine.forgets(subject);
    await others('DEACTIVATED');

    await world.post({ idp: 'myCommons', updates: { users: [{ id: subject, event: 'deleted' }] } });
    await mine.settled('users', [subject]);

    const signedIn = await world.ask(token, viewer);
    await others('ACTIVE');
    expect(signedIn.data.viewer).toEqual({ username });
    expect(await mine.lastRun('users', subject)).toMatchObject({
      outcome: 'CHANGED',
      changes: [{ kind: 'IDENTITY_GONE' }],
      notes: [{ field: 'state', message: 'stays active: nobody else could administer' }],
    });
    await mine.tell('users', 'updated', subject);
    expect(await userOf(world, username)).toMatchObject({ state: 'SUSPENDED' });
  });

  it('is left when two services forget one administrator each at the same moment', async () => {
    const here = await colleague({}, mine);
    const there = await colleague({}, knowledge);
    for (const it of [here, there]) await giveRole(world, it.username, { name: 'administrators' });
    mine.forgets(here.subject);
    knowledge.forgets(there.subject);
    await others('DEACTIVATED');
    const release = await elsewhere(
      world,
      'select from users where username = any($1) for update',
      [[here.username, there.username]],
    );

    for (const [idp, id] of [
      ['myCommons', here.subject],
      ['knowledgeCommons', there.subject],
    ]) {
      await world.post({ idp, updates: { users: [{ id, event: 'deleted' }] } });
    }
    await waitingForLocks(world, 2);
    await release();
    await mine.settled('users', [here.subject]);
    await knowledge.settled('users', [there.subject]);

    const left = await world.sql(administrators);
    await others('ACTIVE');
    expect(left).toHaveLength(1);
  });
});
