import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startWorld, type World } from '../helpers/world.ts';
import { change, giveRole, newCommunity, newNumber, Remote, said, userOf } from './scene.ts';

let world: World;
let mine: Remote;
let knowledge: Remote;
beforeAll(async () => {
  world = await startWorld();
  mine = new Remote(world, 'myCommons');
  knowledge = new Remote(world, 'knowledgeCommons');
});
afterAll(() => world.stop());

const run = 'run { id trigger outcome changes { kind } notes { field message } }';
const syncUser = (input: object, token?: string) =>
  change(world, 'syncRemoteUser', input, `user { id username fullName } ${run}`, token);
const syncGroup = (input: object, token?: string) =>
  change(world, 'syncRemoteGroup', input, `group { id name } ${run}`, token);

const plan = `plan {
  changes { kind field before after group category userId communityId level }
  notes { field message }
}`;
const previewUser = async (subject: string, idp = 'myCommons') =>
  said(await change(world, 'previewRemoteUser', { user: { remote: { idp, subject } } }, plan));
const previewGroup = async (group: number) =>
  said(
    await change(
      world,
      'previewRemoteGroup',
      { group: { remote: { idp: 'myCommons', subject: String(group) } } },
      plan,
    ),
  );

/** Something that the caller has wrong. */
const refused = (code: string, ...path: string[]) => [
  expect.objectContaining({ code, path: ['input', ...path] }),
];
const unknownUser = 'usr_AZqOlxgAcAGgAAAAAAAAAA';
const unknownGroup = 'grp_AZqOlxgAcAGgAAAAAAAAAA';

describe.concurrent('syncRemoteUser', () => {
  it('waits for the end, and answers the account and what was done', async () => {
    const { subject, username } = mine.person({ name: 'Just Looked At' });

    const answer = await syncUser({
      user: { remote: { idp: 'myCommons', subject } },
      waitMs: 10_000,
    });

    expect(answer).toMatchObject({
      user: { username, fullName: 'Just Looked At' },
      run: {
        trigger: 'REQUEST',
        outcome: 'CHANGED',
        changes: [{ kind: 'USER_PROVISIONED' }, { kind: 'USER_FIELD_CHANGED' }],
      },
      userErrors: [],
    });
  });

  it('takes the account for the one identity that it has', async () => {
    const { subject, username } = await mine.member({ name: 'Before' });
    const { id } = await userOf(world, username);
    mine.says(subject, { name: 'After' });

    const answer = await syncUser({ user: { userId: id }, waitMs: 10_000 });

    expect(answer).toMatchObject({
      user: { id, fullName: 'After' },
      run: { outcome: 'CHANGED' },
      userErrors: [],
    });
  });

  it('wants a service to be named for an account with two identities', async () => {
    const { username } = await world.makeUser();
    await mine.adopt(username);
    await knowledge.adopt(username);
    const { id } = await userOf(world, username);

    const { run, userErrors } = await syncUser({ user: { userId: id } });

    expect(run).toBeNull();
    expect(userErrors).toEqual(refused('INVALID', 'user', 'userId'));
  });

  it('knows no account without an identity, and none that is none', async () => {
    const { username } = await world.makeUser();
    const local = (await userOf(world, username)).id;

    const answers = [];
    for (const userId of [local, unknownUser, unknownGroup, 'nonsense']) {
      answers.push(await syncUser({ user: { userId } }));
    }

    for (const it of answers) {
      expect(it.userErrors).toEqual(refused('NOT_FOUND', 'user', 'userId'));
    }
  });

  it('tells of somebody whom nobody knows', async () => {
    const subject = String(newNumber());

    const answer = await syncUser({
      user: { remote: { idp: 'myCommons', subject } },
      waitMs: 10_000,
    });

    expect(answer).toMatchObject({
      user: null,
      run: {
        outcome: 'UNCHANGED',
        notes: [{ field: 'user', message: 'is unknown there and here' }],
      },
      userErrors: [],
    });
  });

  it('waits no longer than it is asked to', async () => {
    const { subject } = mine.person();
    world.sample.switches.set(mine.path('users', subject), { mode: 'slow', delayMs: 3_000 });

    const { run } = await syncUser({
      user: { remote: { idp: 'myCommons', subject } },
      waitMs: 100,
    });

    expect(['QUEUED', 'RUNNING']).toContain(run.outcome);
  });

  it.each([
    ['-1', -1, 'is less than 0'],
    ['10,001', 10_001, 'is more than 10,000'],
  ])('refuses to wait %s milliseconds', async (_, waitMs, message) => {
    const { subject } = mine.person();

    const { run, userErrors } = await syncUser({
      user: { remote: { idp: 'myCommons', subject } },
      waitMs,
    });

    expect(run).toBeNull();
    expect(userErrors).toEqual([{ code: 'INVALID', message, path: ['input', 'waitMs'] }]);
  });
});

describe.concurrent('syncRemoteGroup', () => {
  it('takes a group by what the service calls it', async () => {
    const group = mine.group({ name: 'Looked At' });

    const answer = await syncGroup({
      group: { remote: { idp: 'myCommons', subject: String(group) } },
      waitMs: 10_000,
    });

    expect(answer).toMatchObject({
      group: { name: 'Looked At' },
      run: { trigger: 'REQUEST', outcome: 'CHANGED' },
      userErrors: [],
    });
  });

  it('takes a group by its id', async () => {
    const group = mine.group({ name: 'Before' });
    await mine.tell('groups', 'created', group);
    const { id } = await mine.groupOf(group);
    world.sample.world.groups.patch(String(group), { name: 'After' });

    const answer = await syncGroup({ group: { groupId: id }, waitMs: 10_000 });

    expect(answer).toMatchObject({ group: { id, name: 'After' }, run: { outcome: 'CHANGED' } });
  });

  it('knows no group by an id that is none', async () => {
    const answers = [];

    for (const groupId of [unknownGroup, unknownUser, '']) {
      answers.push(await syncGroup({ group: { groupId } }));
    }

    for (const it of answers) {
      expect(it.userErrors).toEqual(refused('NOT_FOUND', 'group', 'groupId'));
    }
  });
});

describe.concurrent('whom and what to look at', () => {
  const mutations = [
    ['syncRemoteUser', 'user', 'userId', unknownUser],
    ['previewRemoteUser', 'user', 'userId', unknownUser],
    ['syncRemoteGroup', 'group', 'groupId', unknownGroup],
    ['previewRemoteGroup', 'group', 'groupId', unknownGroup],
  ] as const;
  const mutation = (name: string) => {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
    return `mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { code } } }`;
  };

  it.each(mutations)('is one of two in %s: not both, not neither', async (name, what, key, id) => {
    const remote = { idp: 'myCommons', subject: '1' };

    const answers = await Promise.all(
      [{ [key]: id, remote }, {}, { [key]: null }, { [key]: null, remote }].map((it) =>
        world.ask(world.admin, mutation(name), { input: { [what]: it } }),
      ),
    );

    for (const it of answers) expect(verdict(it)).toBe('BAD_USER_INPUT');
  });

  it.each(mutations)('is of a service that there is, in %s', async (name, what) => {
    const { userErrors } = await change(
      world,
      name,
      { [what]: { remote: { idp: 'noCommons', subject: '1' } } },
      'query { viewer { id } }',
    );

    expect(userErrors).toEqual(refused('NOT_FOUND', what, 'remote', 'idp'));
  });

  it.each(mutations)('has a name, in %s', async (name, what) => {
    const answers = [];
    for (const subject of ['', ' ', 'a\nb', 'a'.repeat(256)]) {
      const input = { [what]: { remote: { idp: 'myCommons', subject } } };
      answers.push(await change(world, name, input, 'query { viewer { id } }'));
    }

    for (const it of answers) {
      expect(it.userErrors).toEqual(refused('INVALID', what, 'remote', 'subject'));
    }
  });
});

describe('while no worker is there', () => {
  it('a look is queued, the next one too, and one look answers both later', async () => {
    const idle = await startWorld({ isWorking: false });
    const remote = new Remote(idle, 'myCommons');
    const { subject } = remote.person();
    const input = { user: { remote: { idp: 'myCommons', subject } } };
    const ask = () => change(idle, 'syncRemoteUser', input, 'run { id outcome } user { id }');

    const [first, second] = [await ask(), await ask()];
    const before = await remote.runs('users', subject);
    await idle.app.work();
    await remote.settled('users', [subject]);
    const after = await remote.runs('users', subject);

    await idle.stop();
    expect([first, second]).toMatchObject([
      { user: null, run: { outcome: 'QUEUED' } },
      { user: null, run: { outcome: 'QUEUED' } },
    ]);
    expect(before.map((it) => it.outcome)).toEqual(['QUEUED', 'QUEUED']);
    expect(after.map(({ id, outcome }) => ({ id, outcome }))).toEqual([
      { id: second.run.id, outcome: 'CHANGED' },
      { id: first.run.id, outcome: 'COALESCED' },
    ]);
    expect(idle.sample.calls.count(remote.path('users', subject))).toBe(1);
  });
});

describe.concurrent('explainMembership', () => {
  const reasons = (token: string | undefined, userId: string, roleId?: string) =>
    world.ask(
      token,
      `query ($userId: ID!, $roleId: ID) { explainMembership(userId: $userId, roleId: $roleId) {
        source level group { idp remoteId name } role { id name } community { slug }
      } }`,
      { userId, roleId },
    );

  /** Somebody who signs in here and moderates a group that has a restricted community. */
  async function moderator() {
    const user = await world.makeUser();
    const group = mine.group({ name: 'Explained', visibility: 'hidden' });
    const { subject } = await mine.adopt(user.username, {
      groups: [{ id: group, role: 'moderator' }],
    });
    await mine.tell('users', 'updated', subject);
    await mine.tell('groups', 'updated', group);
    const community = await mine.link(group, { slug: `explained-${group}` });
    const chain = {
      source: 'myCommons',
      group: { idp: 'myCommons', remoteId: String(group), name: 'Explained' },
      role: { id: expect.any(String), name: mine.role(group, 'moderator', 'explained') },
      community: { slug: community.slug },
      level: 'MANAGER',
    };
    return { ...user, id: (await userOf(world, user.username)).id, group, community, chain };
  }

  it('tells the service, the group, the role, the community and the level', async () => {
    const { id, chain } = await moderator();

    const { data } = await reasons(world.admin, id);

    expect(data.explainMembership).toEqual([chain]);
  });

  it('tells everybody of themselves, also what is restricted', async () => {
    const { id, token, chain } = await moderator();

    const { data } = await reasons(token, id);

    expect(data.explainMembership).toEqual([chain]);
  });

  it('tells who may only sync the role once, in however many communities that they do not see', async () => {
    const { id, group, chain } = await moderator();
    const syncer = await world.makeUser();
    await giveRole(world, syncer.username, { rights: ['SYNC'] });
    const enter = async (visibility: string) => {
      const { slug, uuid } = await newCommunity(world, {}, visibility);
      await world.sql(
        `insert into members (id, community_id, role_id, level)
          select gen_random_uuid(), $1, r.id, 'MANAGER' from roles r join groups g on g.id = r.group_id
          where g.remote_id = $2`,
        [uuid, String(group)],
      );
      return slug;
    };

    await enter('RESTRICTED');
    const hidden = await reasons(syncer.token, id);
    const slug = await enter('PUBLIC');
    const both = await reasons(syncer.token, id);

    expect(hidden.data.explainMembership).toEqual([{ ...chain, community: null, level: null }]);
    expect(both.data.explainMembership).toEqual([{ ...chain, community: { slug } }]);
  });

  it('tells each source and each community of a role, and of a local role that it is local', async () => {
    const { id, username, chain, group } = await moderator();
    const local = await giveRole(world, username);
    const other = await newCommunity(world);
    await world.sql(
      `insert into members (id, community_id, role_id, level)
        select gen_random_uuid(), $1, r.id, 'READER' from roles r join groups g on g.id = r.group_id
        where g.remote_id = $2`,
      [other.uuid, String(group)],
    );
    await world.sql(
      `insert into assignments (role_id, user_id, source)
        select a.role_id, a.user_id, 'LOCAL' from assignments a join users u on u.id = a.user_id
        where u.username = $1 on conflict do nothing`,
      [username],
    );

    const { data } = await reasons(world.admin, id);

    const inOther = { ...chain, community: { slug: other.slug }, level: 'READER' };
    expect(data.explainMembership).toHaveLength(5);
    expect(data.explainMembership).toEqual(
      expect.arrayContaining([
        chain,
        inOther,
        { ...chain, source: 'LOCAL' },
        { ...inOther, source: 'LOCAL' },
        {
          source: 'LOCAL',
          group: null,
          role: { id: expect.any(String), name: local },
          community: null,
          level: null,
        },
      ]),
    );
  });

  it('tells of one role alone', async () => {
    const { id, username, chain } = await moderator();
    await giveRole(world, username);
    const all = await reasons(world.admin, id);
    const { role } = all.data.explainMembership.find(
      (it: { source: string }) => it.source === 'myCommons',
    );

    const { data } = await reasons(world.admin, id, role.id);

    expect(data.explainMembership).toEqual([chain]);
  });

  it('tells whoever may sync the role, but not the community that they may not see', async () => {
    const { id, chain } = await moderator();
    const other = await world.makeUser();
    await giveRole(world, other.username, { rights: ['SYNC'] });

    const { data } = await reasons(other.token, id);

    expect(data.explainMembership).toEqual([{ ...chain, community: null, level: null }]);
  });

  it('tells nothing of nobody', async () => {
    const { id } = await moderator();

    const answers = [
      await reasons(world.admin, unknownUser),
      await reasons(world.admin, 'nonsense'),
      await reasons(world.admin, id, 'nonsense'),
    ];

    for (const { data } of answers) expect(data.explainMembership).toEqual([]);
  });
});

/** These compare all tables before and after, so that nothing else is under way. */
describe('a preview', () => {
  const tables = [
    'users',
    'identities',
    'groups',
    'roles',
    'assignments',
    'communities',
    'members',
    'sync_states',
    'sync_runs',
    'removal_windows',
    'audit_events',
    'webhook_deliveries',
  ];
  const everything = () =>
    world.sql(
      tables
        .map(
          (it) =>
            `select '${it}' as name, md5(string_agg(t::text, ' ' order by t::text)) from ${it} t`,
        )
        .join(' union all '),
    );
  const sorted = (it: { changes: object[]; notes: object[] }) => ({
    changes: it.changes.map((it) => JSON.stringify(it)).sort(),
    notes: it.notes,
  });

  it.each<[string, () => Promise<string>]>([
    [
      'somebody new, in a new group',
      async () => {
        const group = mine.group();
        return mine.person({ name: 'New', email: 'new@x', groups: [{ id: group, role: 'member' }] })
          .subject;
      },
    ],
    [
      'somebody new whose name is taken',
      async () => {
        const { username } = await world.makeUser();
        return mine.person({ username }).subject;
      },
    ],
    [
      'somebody who joins a linked community by a new role, and leaves it by another',
      async () => {
        const group = mine.group();
        const { subject } = await mine.member({ groups: [{ id: group, role: 'member' }] });
        await mine.link(group);
        mine.says(subject, { groups: [{ id: group, role: 'moderator' }] });
        return subject;
      },
    ],
    [
      'somebody who left a linked community',
      async () => {
        const group = mine.group();
        const { subject } = await mine.member({ groups: [{ id: group, role: 'member' }] });
        await mine.link(group);
        mine.says(subject, { groups: [] });
        return subject;
      },
    ],
    [
      'somebody whose linked group is gone without a word',
      async () => {
        const group = mine.group();
        const { subject } = await mine.member({ groups: [{ id: group, role: 'member' }] });
        await mine.link(group);
        world.sample.world.groups.delete(String(group));
        mine.says(subject, { groups: [], name: 'Left Behind' });
        return subject;
      },
    ],
    [
      'somebody who would lose all of several groups',
      async () => {
        const groups = [mine.group(), mine.group()].map((id) => ({ id, role: 'member' }));
        const { subject } = await mine.member({ groups });
        mine.says(subject, { groups: [] });
        return subject;
      },
    ],
    [
      'somebody who is gone',
      async () => {
        const group = mine.group();
        const { subject } = await mine.member({ groups: [{ id: group, role: 'member' }] });
        mine.forgets(subject);
        return subject;
      },
    ],
    ['somebody who is as they were', async () => (await mine.member({ name: 'Same' })).subject],
    ['somebody whom nobody knows', async () => String(newNumber())],
  ])('of %s writes nothing, and is what the run then does', async (_, prepare) => {
    const subject = await prepare();
    await world.settled();
    const before = await everything();

    const preview = await previewUser(subject);

    const after = await everything();
    const [run] = await mine.tell('users', 'updated', subject);
    expect(preview.userErrors).toEqual([]);
    expect(after).toEqual(before);
    expect(sorted(preview.plan)).toEqual(sorted(run));
  });

  it.each<[string, () => Promise<number>]>([
    ['a new group', async () => mine.group({ name: 'New', description: 'Not seen yet.' })],
    [
      'a group with other fields and levels',
      async () => {
        const group = mine.group();
        await mine.member({ groups: [{ id: group, role: 'member' }] });
        await mine.tell('groups', 'updated', group);
        await mine.link(group);
        world.sample.world.groups.patch(String(group), {
          name: 'Renamed',
          moderate_roles: ['member'],
        });
        return group;
      },
    ],
    [
      'a group that is gone',
      async () => {
        const group = mine.group();
        await mine.member({ groups: [{ id: group, role: 'member' }] });
        await mine.link(group);
        world.sample.world.groups.delete(String(group));
        return group;
      },
    ],
  ])('of %s writes nothing, and is what the run then does', async (_, prepare) => {
    const group = await prepare();
    await world.settled();
    const before = await everything();

    const preview = await previewGroup(group);

    const after = await everything();
    const [run] = await mine.tell('groups', 'updated', group);
    expect(preview.userErrors).toEqual([]);
    expect(after).toEqual(before);
    expect(sorted(preview.plan)).toEqual(sorted(run));
  });

  it('tells that the service gave no usable answer', async () => {
    const { subject } = mine.person();
    world.sample.switches.set(mine.path('users', subject), { mode: 'failing', status: 503 });

    const { plan, userErrors } = await previewUser(subject);

    expect(plan).toBeUndefined();
    expect(userErrors).toEqual([
      { code: 'REMOTE_FAILED', message: expect.stringContaining('503') },
    ]);
  });
});

describe('the rights', () => {
  type Who = 'anyone' | 'user' | 'syncer' | 'administrator';
  const tokens = new Map<Who, string | undefined>();
  const here: Record<string, string> = {};
  beforeAll(async () => {
    const user = await world.makeUser();
    const syncer = await world.makeUser();
    await giveRole(world, syncer.username, { rights: ['SYNC'] });
    tokens.set('user', user.token).set('syncer', syncer.token).set('administrator', world.admin);

    const group = mine.group();
    const { subject, username } = await mine.member({ groups: [{ id: group, role: 'member' }] });
    const hidden = await world.makeUser();
    await world.sql(`update users set visibility = 'RESTRICTED' where id = $1`, [hidden.id]);
    const free = mine.group();
    await mine.tell('groups', 'created', free);
    await newCommunity(world).then(async ({ slug }) => {
      const { data } = await world.ask(world.admin, `{ community(slug: "${slug}") { id } }`);
      here.communityId = data.community.id;
    });
    Object.assign(here, {
      subject,
      username,
      userId: (await userOf(world, username)).id,
      hidden: hidden.username,
      group: String(group),
      groupId: (await mine.groupOf(group)).id,
      free: (await mine.groupOf(free)).id,
      role: mine.role(group),
      runId: (await mine.lastRun('users', subject)).id,
    });
  });

  const nobodys = ['UNAUTHENTICATED', 'FORBIDDEN', 'ok', 'ok'];
  const unseen = ['nothing', 'nothing', 'ok', 'ok'];
  const signedIns = ['nothing', 'ok', 'ok', 'ok'];
  const approvers = ['UNAUTHENTICATED', 'FORBIDDEN', 'FORBIDDEN', 'NOT_FOUND'];
  const errors = 'userErrors { code }';
  const user = '{ remote: { idp: "myCommons", subject: "$subject" } }';
  const group = '{ remote: { idp: "myCommons", subject: "$group" } }';
  const unknownRun = 'run_AZqOlxgAcAGgAAAAAAAAAA';

  it.each<[string, string[]]>([
    ['{ it: syncRuns { totalCount } }', nobodys],
    ['{ it: syncStates { totalCount } }', nobodys],
    ['{ it: remoteServices { idp } }', nobodys],
    ['{ it: webhookDeliveries { totalCount } }', nobodys],
    ['{ it: users { totalCount } }', nobodys],
    ['{ it: groups { totalCount } }', nobodys],
    ['{ it: roles { totalCount } }', nobodys],
    ['{ it: explainMembership(userId: "$userId") { source } }', nobodys],
    ['{ it: auditLog { totalCount } }', ['UNAUTHENTICATED', 'FORBIDDEN', 'FORBIDDEN', 'ok']],
    ['{ it: user(username: "$username") { id } }', signedIns],
    ['{ it: user(username: "$hidden") { id } }', unseen],
    ['{ it: group(idp: "myCommons", remoteId: "$group") { id } }', unseen],
    ['{ it: role(name: "$role") { id } }', unseen],
    ['{ it: node(id: "$runId") { id } }', unseen],
    ['{ it: node(id: "$groupId") { id } }', unseen],
    ['{ it: node(id: "$userId") { id } }', signedIns],
    [`mutation { it: syncRemoteUser(input: { user: ${user} }) { ${errors} } }`, nobodys],
    [
      `mutation { it: syncRemoteUser(input: { user: { userId: "$userId" } }) { ${errors} } }`,
      nobodys,
    ],
    [`mutation { it: syncRemoteGroup(input: { group: ${group} }) { ${errors} } }`, nobodys],
    [
      `mutation { it: syncRemoteGroup(input: { group: { groupId: "$groupId" } }) { ${errors} } }`,
      nobodys,
    ],
    [
      `mutation { it: syncRemoteUser(input: { user: { userId: "${unknownUser}" } }) { ${errors} } }`,
      ['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND', 'NOT_FOUND'],
    ],
    [
      `mutation { it: previewRemoteGroup(input: { group: { groupId: "${unknownGroup}" } }) { ${errors} } }`,
      ['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND', 'NOT_FOUND'],
    ],
    [`mutation { it: previewRemoteUser(input: { user: ${user} }) { ${errors} } }`, nobodys],
    [`mutation { it: previewRemoteGroup(input: { group: ${group} }) { ${errors} } }`, nobodys],
    [`mutation { it: redriveSync(input: { idp: "myCommons" }) { ${errors} } }`, nobodys],
    [`mutation { it: reconcile(input: { idp: "knowledgeCommons" }) { ${errors} } }`, nobodys],
    [`mutation { it: approveSync(input: { runIds: ["${unknownRun}"] }) { ${errors} } }`, approvers],
    [`mutation { it: rejectSync(input: { runIds: ["${unknownRun}"] }) { ${errors} } }`, approvers],
    [
      `mutation { it: linkCommunityToGroup(input: { groupId: "$free", community: { create: {} } }) {
        ${errors} } }`,
      ['UNAUTHENTICATED', 'NOT_FOUND', 'FORBIDDEN', 'ok'],
    ],
    [
      `mutation { it: linkCommunityToGroup(input: {
        groupId: "$groupId", community: { id: "$communityId" } }) { ${errors} } }`,
      ['UNAUTHENTICATED', 'NOT_FOUND', 'FORBIDDEN', 'ok'],
    ],
    [
      `mutation { it: unlinkCommunityFromGroup(input: { communityId: "$communityId" }) { ${errors} } }`,
      ['UNAUTHENTICATED', 'FORBIDDEN', 'FORBIDDEN', 'ok'],
    ],
  ])('of %s', async (operation, expected) => {
    const query = operation.replace(/\$(\w+)/g, (_, name) => here[name] ?? '');

    const answers: string[] = [];
    for (const who of ['anyone', 'user', 'syncer', 'administrator'] as const) {
      answers.push(verdict(await world.ask(tokens.get(who), query)));
    }

    expect(answers).toEqual(expected);
  });
});

/** What an operation came to, in a word. */
function verdict({ data, errors }: Answer): string {
  if (errors) return errors[0].extensions.code;
  if (data.it === null) return 'nothing';
  return data.it.userErrors?.[0]?.code ?? 'ok';
}
