import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { change, giveRole, newCommunity, newNumber, Remote, userOf } from './scene.ts';

/** Each is braked by itself: what one lets through counts for none of the others. */
const braked = ['group', 'smallGroup', 'announced', 'day', 'two', 'whole', 'visible'];
let world: World;
let mine: Remote;
beforeAll(async () => {
  world = await startWorld({
    idps: (sample) => {
      const idp = (removalBrake?: unknown) => ({
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
        levels: { owner: ['administrator'] },
        webhook: { token_env_variable_label: 'WEBHOOK_TOKEN' },
        removalBrake,
      });
      return {
        ...Object.fromEntries(braked.map((it) => [it, idp()])),
        unbraked: idp(false),
        oneByOne: idp({ allOfAUser: false }),
        tight: idp({ share: 0.5, from: 4 }),
        tightToo: idp({ share: 0.5, from: 4 }),
      };
    },
  });
  mine = new Remote(world, 'myCommons');
});
afterAll(() => world.stop());

const runFields = 'runs { id outcome trigger }';
const approve = (runIds: string[], token?: string) =>
  change(world, 'approveSync', { runIds }, runFields, token);
const reject = (runIds: string[], token?: string) =>
  change(world, 'rejectSync', { runIds }, runFields, token);
const rolesOf = async (username: string) => (await userOf(world, username)).roles;

/** Somebody in so many groups, whom the service then has in others, or in none. */
async function left(groups: number[], now: number[] = [], remote = mine) {
  const of = (ids: number[]) => ids.map((id) => ({ id, role: 'member' }));
  const person = await remote.member({ groups: of(groups) });
  remote.says(person.subject, { groups: of(now) });
  const [run] = await remote.tell('users', 'updated', person.subject);
  return { ...person, run };
}

/** Somebody whose run is held because they would be in no group any more. */
async function held() {
  const groups = [mine.group(), mine.group()];
  const person = await left(groups);
  expect(person.run.outcome).toBe('HELD');
  return { ...person, groups, roles: groups.map((it) => mine.role(it)) };
}

/** As many people in each of some groups as are said, written at once; the service has all of them in none. */
async function populate(remote: Remote, sizes: number[]): Promise<string[]> {
  const groups = sizes.map((size) => ({ id: remote.group(), size }));
  const people = groups.flatMap(({ id, size }) =>
    Array.from({ length: size }, () => ({ group: String(id), ...remote.person() })),
  );
  await world.sql(
    `with given as (
      select *, gen_random_uuid() as id
      from jsonb_to_recordset($2) as it ("group" text, subject text, username text)
    ), people as (insert into users (id, username) select id, username from given),
    known as (insert into identities (id, user_id, idp, subject)
      select gen_random_uuid(), id, $1, subject from given),
    gathered as (insert into groups (id, idp, remote_id, slug)
      select distinct on ("group") id, $1, "group", 'g' || "group" from given order by "group"
      returning id, remote_id),
    named as (insert into roles (id, group_id, category)
      select gen_random_uuid(), id, 'member' from gathered returning id, group_id)
    insert into assignments (role_id, user_id, source)
      select named.id, given.id, $1 from given join gathered on remote_id = "group"
      join named on group_id = gathered.id`,
    [remote.idp, JSON.stringify(people)],
  );
  return people.map((it) => it.subject);
}

/** How many of these people's runs ended in which way. */
async function outcomes(
  remote: Remote,
  subjects: string[],
  event: 'updated' | 'deleted' = 'updated',
) {
  const runs = await remote.tell('users', event, ...subjects);
  const ways = runs.map(({ outcome, heldFor }) => [outcome, ...heldFor].join(' '));
  return Object.fromEntries(
    [...new Set(ways)].sort().map((way) => [way, ways.filter((it) => it === way).length]),
  );
}

describe.concurrent('leaving', () => {
  it('all of several groups at once waits for somebody’s word, and nothing of the run is done', async () => {
    const groups = [mine.group(), mine.group()];
    const { subject, username } = await mine.member({
      name: 'Before',
      groups: groups.map((id) => ({ id, role: 'member' })),
    });
    mine.says(subject, { name: 'After', groups: [] });

    const [run] = await mine.tell('users', 'updated', subject);

    expect(run).toMatchObject({ outcome: 'HELD', heldFor: ['ALL_OF_A_USER'] });
    expect(run.changes).toHaveLength(3);
    expect(run.changes).toEqual(
      expect.arrayContaining([
        { kind: 'USER_FIELD_CHANGED', field: 'fullName', before: 'Before', after: 'After' },
        { kind: 'ROLE_UNASSIGNED', group: String(groups[0]), category: 'member' },
        { kind: 'ROLE_UNASSIGNED', group: String(groups[1]), category: 'member' },
      ]),
    );
    expect(await userOf(world, username)).toMatchObject({
      fullName: 'Before',
      roles: groups.map((it) => mine.role(it)),
    });
  });

  it('the only group is let through', async () => {
    const { run, username } = await left([mine.group()]);

    const roles = await rolesOf(username);

    expect(run.outcome).toBe('CHANGED');
    expect(roles).toEqual([]);
  });

  it('all roles of one group is leaving one group', async () => {
    const group = mine.group();
    const { subject, username } = await mine.member({
      groups: [
        { id: group, role: 'member' },
        { id: group, role: 'moderator' },
      ],
    });
    mine.says(subject, { groups: [] });

    const [run] = await mine.tell('users', 'updated', subject);

    expect(run.outcome).toBe('CHANGED');
    expect(await rolesOf(username)).toEqual([]);
  });

  it('one of two is let through', async () => {
    const [stays, leaves] = [mine.group(), mine.group()];

    const { run, username } = await left([stays, leaves], [stays]);

    expect(run.outcome).toBe('CHANGED');
    expect(await rolesOf(username)).toEqual([mine.role(stays)]);
  });

  it('all of them for another one is let through', async () => {
    const joins = mine.group();

    const { run, username } = await left([mine.group(), mine.group()], [joins]);

    expect(run.outcome).toBe('CHANGED');
    expect(await rolesOf(username)).toEqual([mine.role(joins)]);
  });

  it('all of several groups is let through where the configuration allows it', async () => {
    const remote = new Remote(world, 'oneByOne');

    const { run, username } = await left([remote.group(), remote.group()], [], remote);

    expect(run.outcome).toBe('CHANGED');
    expect(await rolesOf(username)).toEqual([]);
  });
});

describe.concurrent('of a hundred people in a group', () => {
  it('twenty leave within a day, and the next one waits', async () => {
    const remote = new Remote(world, 'group');
    const people = await populate(remote, [100, 900]);

    const ended = await outcomes(remote, people.slice(0, 21));

    expect(ended).toEqual({ CHANGED: 20, 'HELD SHARE_OF_GROUP': 1 });
  });

  it('twenty leave in several messages, and the next one waits', async () => {
    const remote = new Remote(world, 'two');
    const people = await populate(remote, [100, 900]);
    await outcomes(remote, people.slice(0, 15));

    const ended = await outcomes(remote, people.slice(15, 21));

    expect(ended).toEqual({ CHANGED: 5, 'HELD SHARE_OF_GROUP': 1 });
  });

  it('more leave when a day has passed', async () => {
    const remote = new Remote(world, 'day');
    const people = await populate(remote, [200, 800]);
    await outcomes(remote, people.slice(0, 40));
    await world.sql(
      `update removal_windows set started_at = now() - interval '25 hours' where idp = 'day'`,
    );

    // A fifth of the 160 that are left.
    const ended = await outcomes(remote, people.slice(40, 73));

    expect(ended).toEqual({ CHANGED: 32, 'HELD SHARE_OF_GROUP': 1 });
  });

  it('twenty are deleted within a day, and the next one waits, though all was announced', async () => {
    const remote = new Remote(world, 'announced');
    const people = await populate(remote, [100, 900]);
    const gone = people.slice(0, 21);
    for (const it of gone) remote.forgets(it);

    const ended = await outcomes(remote, gone, 'deleted');

    expect(ended).toEqual({ CHANGED: 20, 'HELD SHARE_OF_GROUP': 1 });
  });
});

describe.concurrent('the share', () => {
  it('of a group of fewer people does not count', async () => {
    const remote = new Remote(world, 'smallGroup');
    const people = await populate(remote, [99, 900]);

    const ended = await outcomes(remote, people.slice(0, 60));

    expect(ended).toEqual({ CHANGED: 60 });
  });

  it('of all groups together counts, however small each of them is', async () => {
    const remote = new Remote(world, 'whole');
    const people = await populate(remote, Array(10).fill(10));

    const ended = await outcomes(remote, people.slice(0, 21));

    expect(ended).toEqual({ CHANGED: 20, 'HELD SHARE_OF_IDP': 1 });
  });

  it('and the size from which it counts are what the configuration says', async () => {
    const remote = new Remote(world, 'tight');
    const people = await populate(remote, [4, 3]);

    const ended = await outcomes(remote, people.slice(0, 3));

    expect(ended).toEqual({ CHANGED: 2, 'HELD SHARE_OF_GROUP': 1 });
  });

  it('does not count where the brake is off', async () => {
    const remote = new Remote(world, 'unbraked');
    const people = await populate(remote, [100]);

    const ended = await outcomes(remote, people);

    expect(ended).toEqual({ CHANGED: 100 });
  });
});

describe.concurrent('somebody whom the service does not know any more', () => {
  it('is held, unless that was announced', async () => {
    const group = mine.group();
    const { subject, username } = await mine.member({ groups: [{ id: group, role: 'member' }] });
    mine.forgets(subject);

    const [run] = await mine.tell('users', 'updated', subject);

    expect(run).toMatchObject({
      outcome: 'HELD',
      heldFor: ['ABSENT'],
      changes: [
        { kind: 'ROLE_UNASSIGNED', group: String(group), category: 'member' },
        { kind: 'IDENTITY_GONE' },
        { kind: 'USER_SUSPENDED', before: 'ACTIVE', after: 'SUSPENDED' },
      ],
    });
    expect(await userOf(world, username)).toMatchObject({
      state: 'ACTIVE',
      roles: [mine.role(group)],
      identities: [{ goneAt: null }],
    });
  });

  it('is suspended when that is announced afterwards', async () => {
    const { subject, username } = await mine.member();
    mine.forgets(subject);
    await mine.tell('users', 'updated', subject);

    const [run] = await mine.tell('users', 'deleted', subject);

    expect(run.outcome).toBe('CHANGED');
    expect((await mine.runs('users', subject))[1].outcome).toBe('SUPERSEDED');
    expect(await userOf(world, username)).toMatchObject({ state: 'SUSPENDED' });
  });

  it('is suspended when an administrator approves', async () => {
    const groups = [mine.group(), mine.group()];
    const { subject, username } = await mine.member({
      groups: groups.map((id) => ({ id, role: 'member' })),
    });
    mine.forgets(subject);
    const [run] = await mine.tell('users', 'updated', subject);

    await approve([run.id]);
    await mine.settled('users', [subject]);

    expect(run.heldFor).toEqual(['ABSENT', 'ALL_OF_A_USER']);
    expect(await userOf(world, username)).toMatchObject({ state: 'SUSPENDED', roles: [] });
  });

  it('is suspended without a word where the brake is off', async () => {
    const remote = new Remote(world, 'unbraked');
    const { subject, username } = await remote.member();
    remote.forgets(subject);

    const [run] = await remote.tell('users', 'updated', subject);

    expect(run.outcome).toBe('CHANGED');
    expect(await userOf(world, username)).toMatchObject({ state: 'SUSPENDED' });
  });
});

describe.concurrent('a group that the service does not know any more', () => {
  it('is held, unless that was announced, and goes when an administrator approves', async () => {
    const group = mine.group();
    const { username } = await mine.member({ groups: [{ id: group, role: 'member' }] });
    world.sample.world.groups.delete(String(group));

    const [run] = await mine.tell('groups', 'updated', group);
    const before = await rolesOf(username);
    await approve([run.id]);
    await mine.settled('groups', [group]);

    expect(run).toMatchObject({
      outcome: 'HELD',
      heldFor: ['ABSENT'],
      changes: [
        { kind: 'ROLE_DELETED', group: String(group), category: 'member' },
        { kind: 'GROUP_DELETED', group: String(group) },
      ],
    });
    expect(before).toEqual([mine.role(group)]);
    expect(await rolesOf(username)).toEqual([]);
    expect((await mine.groupOf(group)).deletedAt).toEqual(expect.any(String));
  });

  it('goes without a word where the brake is off', async () => {
    const remote = new Remote(world, 'unbraked');
    const group = remote.group();
    await remote.tell('groups', 'created', group);
    world.sample.world.groups.delete(String(group));

    const [run] = await remote.tell('groups', 'updated', group);

    expect(run.outcome).toBe('CHANGED');
  });

  it('never leaves a community without an owner, though the brake is off', async () => {
    const remote = new Remote(world, 'unbraked');
    const group = remote.group();
    await remote.member({ groups: [{ id: group, role: 'member' }] });
    const { uuid } = await newCommunity(world);
    await world.sql(
      `insert into members (id, community_id, role_id, level)
        select gen_random_uuid(), $1, r.id, 'OWNER' from roles r join groups g on g.id = r.group_id
        where g.remote_id = $2`,
      [uuid, String(group)],
    );
    await world.sql(
      `delete from assignments where role_id in
        (select r.id from roles r join groups g on g.id = r.group_id where g.remote_id = $1)`,
      [String(group)],
    );
    world.sample.world.groups.delete(String(group));

    const [run] = await remote.tell('groups', 'deleted', group);

    expect(run).toMatchObject({ outcome: 'HELD', heldFor: ['LAST_OWNER'] });
    expect((await remote.groupOf(group)).deletedAt).toBeNull();
  });
});

describe.concurrent('approveSync', () => {
  it('has the service asked again and does what it says, also what else was held up', async () => {
    const { subject, username, run } = await held();
    mine.says(subject, { name: 'Meanwhile' });

    const { runs, userErrors } = await approve([run.id]);
    await mine.settled('users', [subject]);

    expect(userErrors).toEqual([]);
    expect(runs).toMatchObject([{ trigger: 'APPROVAL' }]);
    expect((await mine.runs('users', subject)).slice(0, 2)).toMatchObject([
      { id: runs[0].id, trigger: 'APPROVAL', outcome: 'CHANGED', heldFor: [] },
      { id: run.id, outcome: 'SUPERSEDED' },
    ]);
    expect(await userOf(world, username)).toMatchObject({ fullName: 'Meanwhile', roles: [] });
  });

  it('takes nothing away when the service has changed its mind', async () => {
    const { subject, username, groups, roles, run } = await held();
    mine.says(subject, { groups: groups.map((id) => ({ id, role: 'member' })) });

    await approve([run.id]);
    await mine.settled('users', [subject]);

    expect(await mine.lastRun('users', subject)).toMatchObject({
      trigger: 'APPROVAL',
      outcome: 'UNCHANGED',
    });
    expect(await rolesOf(username)).toEqual(roles);
  });

  it('lets pass only what was seen: what has come since is held anew', async () => {
    const { subject, username, roles, run } = await held();
    const unseen = mine.group();
    await mine.member({ groups: [{ id: unseen, role: 'member' }] });
    await world.sql(
      `insert into assignments (role_id, user_id, source)
        select r.id, u.id, 'myCommons' from users u, roles r join groups g on g.id = r.group_id
        where u.username = $1 and g.remote_id = $2`,
      [username, String(unseen)],
    );

    await approve([run.id]);
    await mine.settled('users', [subject]);

    expect(await mine.lastRun('users', subject)).toMatchObject({
      trigger: 'APPROVAL',
      outcome: 'HELD',
      heldFor: ['ALL_OF_A_USER'],
    });
    expect(await rolesOf(username)).toEqual([...roles, mine.role(unseen)]);
  });

  it('does not approve of what is held later', async () => {
    const { subject, username, groups, roles, run } = await held();
    await approve([run.id]);
    await mine.settled('users', [subject]);
    mine.says(subject, { groups: groups.map((id) => ({ id, role: 'member' })) });
    await mine.tell('users', 'updated', subject);
    mine.says(subject, { groups: [] });

    const [again] = await mine.tell('users', 'updated', subject);

    expect(again.outcome).toBe('HELD');
    expect(await rolesOf(username)).toEqual(roles);
  });

  it('approves of all or of none, and names what cannot be approved', async () => {
    const { subject, run } = await held();
    const { run: done } = await left([mine.group()]);
    const unknown = 'run_AZqOlxgAcAGgAAAAAAAAAA';

    const { runs, userErrors } = await approve([run.id, done.id, unknown, 'nonsense']);

    expect(runs).toBeNull();
    expect(userErrors).toEqual([
      expect.objectContaining({ code: 'NOT_HELD', path: ['input', 'runIds', '1'] }),
      expect.objectContaining({ code: 'NOT_FOUND', path: ['input', 'runIds', '2'] }),
      expect.objectContaining({ code: 'NOT_FOUND', path: ['input', 'runIds', '3'] }),
    ]);
    expect(await mine.lastRun('users', subject)).toMatchObject({ id: run.id, outcome: 'HELD' });
  });

  it.each([
    ['no run', 0, 'is empty'],
    ['more than 100 runs', 101, 'holds more than 100'],
  ])('refuses %s', async (_, many, message) => {
    const runIds = Array.from({ length: many }, () => 'run_AZqOlxgAcAGgAAAAAAAAAA');

    const answers = [await approve(runIds), await reject(runIds)];

    for (const { userErrors } of answers) {
      expect(userErrors).toEqual([{ code: 'INVALID', message, path: ['input', 'runIds'] }]);
    }
  });

  it('is written down with who did it', async () => {
    const { run } = await held();

    await approve([run.id]);

    const { data } = await world.ask(
      world.admin,
      'query ($id: ID) { auditLog(subjectId: $id) { nodes { act actorKind } } }',
      { id: run.id },
    );
    expect(data.auditLog.nodes).toEqual([{ act: 'sync.approved', actorKind: 'USER' }]);
  });
});

describe.concurrent('rejectSync', () => {
  it('leaves everything as it is, and the next look is held anew', async () => {
    const { subject, username, roles, run } = await held();

    const { runs } = await reject([run.id]);
    const [next] = await mine.tell('users', 'updated', subject);

    expect(runs).toEqual([{ id: run.id, outcome: 'REJECTED', trigger: 'WEBHOOK' }]);
    expect(next).toMatchObject({ outcome: 'HELD', heldFor: ['ALL_OF_A_USER'] });
    expect((await mine.runs('users', subject))[1]).toMatchObject({
      id: run.id,
      outcome: 'REJECTED',
    });
    expect(await rolesOf(username)).toEqual(roles);
  });

  it('cannot be taken back', async () => {
    const { run } = await held();
    await reject([run.id]);

    const answers = [await approve([run.id]), await reject([run.id])];

    for (const { runs, userErrors } of answers) {
      expect(runs).toBeNull();
      expect(userErrors).toEqual([
        {
          code: 'NOT_HELD',
          message: 'The run is REJECTED, not held.',
          path: ['input', 'runIds', '0'],
        },
      ]);
    }
  });

  it('of a deletion that was announced forgets the announcement', async () => {
    const remote = new Remote(world, 'tightToo');
    const [subject = '', ...others] = await populate(remote, [4]);
    for (const it of [subject, ...others]) remote.forgets(it);
    await remote.tell('users', 'deleted', ...others);
    const [run] = await remote.tell('users', 'deleted', subject);
    await reject([run.id]);

    const [next] = await remote.tell('users', 'updated', subject);

    expect(run.heldFor).toEqual(['SHARE_OF_GROUP', 'SHARE_OF_IDP']);
    expect(next.heldFor).toContain('ABSENT');
  });
});

describe.concurrent('a held run', () => {
  it('is superseded by a newer look, and can no longer be approved', async () => {
    const { subject, username, groups, roles, run } = await held();
    mine.says(subject, { groups: groups.map((id) => ({ id, role: 'member' })) });

    const [newer] = await mine.tell('users', 'updated', subject);
    const { userErrors } = await approve([run.id]);

    expect(newer.outcome).toBe('UNCHANGED');
    expect((await mine.runs('users', subject))[1]).toMatchObject({
      id: run.id,
      outcome: 'SUPERSEDED',
    });
    expect(userErrors).toMatchObject([{ code: 'NOT_HELD' }]);
    expect(await rolesOf(username)).toEqual(roles);
  });

  it('is superseded by the next that is held: there is never more than one', async () => {
    const { subject, run } = await held();

    const [newer] = await mine.tell('users', 'updated', subject);

    const runs = await mine.runs('users', subject);
    expect(newer.id).not.toBe(run.id);
    expect(runs.map((it) => it.outcome)).toEqual(['HELD', 'SUPERSEDED', 'CHANGED']);
  });

  it('is found among the runs, states and services', async () => {
    const remote = new Remote(world, 'visible');
    const { subject, run } = await left([remote.group(), remote.group()], [], remote);

    const { data } = await world.ask(
      world.admin,
      `{ syncRuns(idp: "visible", outcomes: [HELD]) { nodes { id remoteId } }
        syncStates(idp: "visible", condition: HELD) { nodes { remoteId condition } }
        remoteServices { idp held } }`,
    );

    expect(data.syncRuns.nodes).toEqual([{ id: run.id, remoteId: subject }]);
    expect(data.syncStates.nodes).toEqual([{ remoteId: subject, condition: 'HELD' }]);
    expect(data.remoteServices).toContainEqual({ idp: 'visible', held: 1 });
  });

  it.each([
    ['nobody who is signed in', undefined, 'UNAUTHENTICATED'],
    ['a user', [], 'FORBIDDEN'],
    ['a moderator', ['MODERATE'], 'FORBIDDEN'],
    ['whoever may sync', ['SYNC'], 'FORBIDDEN'],
  ])('is not for %s to decide on', async (_, rights, code) => {
    const { subject, run } = await held();
    const user = rights && (await world.makeUser(`decides-${newNumber()}`));
    if (user) await giveRole(world, user.username, { rights });

    const answers = await Promise.all(
      ['approveSync', 'rejectSync'].map((name) =>
        world.ask(
          user?.token,
          `mutation ($ids: [ID!]!) { ${name}(input: { runIds: $ids }) { userErrors { code } } }`,
          { ids: [run.id] },
        ),
      ),
    );

    for (const it of answers) expect(it.errors).toMatchObject([{ extensions: { code } }]);
    expect(await mine.lastRun('users', subject)).toMatchObject({ id: run.id, outcome: 'HELD' });
  });
});
