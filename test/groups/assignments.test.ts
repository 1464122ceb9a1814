import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toGlobalId } from '../../src/ids.ts';
import { makeCommunity, makeUserWith } from '../api/make.ts';
import { statementsOf } from '../api/statements.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { waitingForLocks } from '../sync/scene.ts';
import { eventsOf, hold, type Loose, makeRole, peopleOf, place, send } from './kit.ts';

let world: World;
let moderator: Person;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  moderator = await makeUserWith(world, 'MODERATE');
});
beforeEach(() => world.sql('delete from rate_limits'));
afterAll(() => world.stop());

interface Person {
  id: string;
  username: string;
  token: string;
}

const asAdmin = (mutation: string, input: object) => send(world, world.admin, mutation, input);
const asModerator = (mutation: string, input: object) =>
  send(world, moderator.token, mutation, input);
const refused = (code: string, ...path: string[]) => ({
  userErrors: [expect.objectContaining({ code, path: ['input', ...path] })],
});
const named = (...people: { username: string }[]) => people.map(({ username }) => ({ username }));
const people = (count: number) =>
  Promise.all(Array.from({ length: count }, () => world.makeUser()));

describe('assignRole', () => {
  it('takes users by whatever tells them apart, and answers who is new', async () => {
    const [one, two, three] = (await people(3)) as [Person, Person, Person];
    const role = await makeRole(world, { users: [one] });
    await world.sql(`update users set orcid = '0000-0002-1825-0097' where id = $1`, [three.id]);

    const { assigned, userErrors } = await asModerator('assignRole', {
      roleId: role.id,
      users: [
        { username: one.username.toUpperCase() },
        { id: toGlobalId('User', two.id) },
        { orcid: '0000-0002-1825-0097' },
      ],
    });

    expect(userErrors).toEqual([]);
    expect(assigned).toEqual(expect.arrayContaining(named(two, three)));
    expect(assigned).toHaveLength(2);
    expect(await peopleOf(world, role)).toEqual([one, two, three].map((it) => it.username).sort());
    const events = await eventsOf(world, { id: role.uuid });
    expect(events).toHaveLength(1);
    expect(events[0].details.users.sort()).toEqual([two.id, three.id].sort());
  });

  it('does nothing the second time, and says nothing of it', async () => {
    const [one] = (await people(1)) as [Person];
    const role = await makeRole(world);
    const input = { roleId: role.id, users: named(one) };

    const answers = [await asAdmin('assignRole', input), await asAdmin('assignRole', input)];

    expect(answers.map((it) => it.assigned)).toEqual([named(one), []]);
    expect(await eventsOf(world, { id: role.uuid })).toHaveLength(1);
  });

  it('counts from the very next request on, and so does taking it', async () => {
    const [one] = (await people(1)) as [Person];
    const role = await makeRole(world, { rights: ['MODERATE'] });
    const community = await makeCommunity(world, { visibility: 'RESTRICTED' });
    await place(world, role, community.uuid, 'CURATOR');
    const input = { roleId: role.id, users: named(one) };
    const query = `{ community(slug: "${community.slug}") { viewerLevel } users { totalCount } }`;
    const seen = async () => {
      const { data, errors } = await world.ask(one.token, query);
      return errors ? 'FORBIDDEN' : data.community.viewerLevel;
    };

    const before = await seen();
    await asAdmin('assignRole', input);
    const between = await seen();
    await asAdmin('unassignRole', input);

    expect([before, between, await seen()]).toEqual(['FORBIDDEN', 'CURATOR', 'FORBIDDEN']);
  });

  it('is for all of them or none, and says all that stands in the way', async () => {
    const [fine, closed] = (await people(2)) as [Person, Person];
    const role = await makeRole(world);
    await world.sql(`update users set state = 'DEACTIVATED' where id = $1`, [closed.id]);

    const twice = await asModerator('assignRole', {
      roleId: role.id,
      users: [...named(fine, fine), { username: 'nobody-of-that-name' }],
    });
    const unusable = await asModerator('assignRole', {
      roleId: role.id,
      users: named(fine, closed),
    });

    expect(twice.userErrors).toMatchObject([
      { code: 'INVALID', path: ['input', 'users', '1'] },
      { code: 'NOT_FOUND', path: ['input', 'users', '2'] },
    ]);
    expect(unusable).toMatchObject(refused('CONFLICT', 'users', '1'));
    expect(await peopleOf(world, role)).toEqual([]);
  });

  it.each([0, 101])('refuses %i users', async (count) => {
    const { id: roleId } = await makeRole(world);
    const users = Array.from({ length: count }, (_, n) => ({ username: `nobody-${n}` }));

    for (const mutation of ['assignRole', 'unassignRole']) {
      expect(await asModerator(mutation, { roleId, users })).toMatchObject(
        refused('INVALID', 'users'),
      );
    }
  });

  it('takes a hundred in a handful of statements', async () => {
    const role = await makeRole(world);
    const crowd = await world.sql(
      `insert into users (id, username) select gen_random_uuid(), 'crowd-' || n
        from generate_series(1, 100) n returning id, username`,
    );
    let answer: Loose;
    const said = await statementsOf(async () => {
      answer = await asModerator('assignRole', { roleId: role.id, users: named(...crowd) });
    });

    expect(answer.assigned).toHaveLength(100);
    expect(said.length).toBeLessThan(20);
    expect(await peopleOf(world, role)).toHaveLength(100);
  });

  it('touches what is said here alone', async () => {
    const [one] = (await people(1)) as [Person];
    const role = await makeRole(world);
    await world.sql(
      `insert into assignments (role_id, user_id, source) values ($1, $2, 'myCommons')`,
      [role.uuid, one.id],
    );
    const input = { roleId: role.id, users: named(one) };

    await asAdmin('assignRole', input);
    await asAdmin('unassignRole', input);

    expect(await peopleOf(world, role)).toEqual([one.username]);
  });

  it('lets those who moderate into no place that they could not give', async () => {
    const role = await makeRole(world);
    const [secret, own] = [
      await makeCommunity(world, { visibility: 'RESTRICTED' }),
      await makeCommunity(world),
    ];
    const levels: Record<string, string> = { READER: 'MANAGER', OWNER: 'OWNER' };
    const input = { roleId: role.id, users: named(moderator) };
    const { token } = moderator;
    const settle = (community: { uuid: string }, level: string) =>
      world.sql(
        `insert into members (id, community_id, user_id, level) values (gen_random_uuid(), $1, $2, $3)
          on conflict (community_id, user_id) do update set level = excluded.level`,
        [community.uuid, moderator.id, level],
      );

    const outcomes: string[] = [];
    const attempt = async () => {
      for (const mutation of ['assignRole', 'unassignRole']) {
        outcomes.push((await send(world, token, mutation, input)).error ?? 'done');
      }
    };
    await place(world, role, own.uuid, 'OWNER');
    await settle(own, levels.READER as string);
    await attempt();
    await settle(own, levels.OWNER as string);
    await attempt();
    await world.sql(`update tokens set scopes = '{MODERATE}' where user_id = $1`, [moderator.id]);
    await attempt();
    await world.sql(`update tokens set scopes = '{MODERATE,COMMUNITIES}' where user_id = $1`, [
      moderator.id,
    ]);
    await attempt();
    await place(world, role, secret.uuid, 'READER');
    await attempt();

    const [no, yes] = [Array(2).fill('FORBIDDEN'), Array(2).fill('done')];
    expect(outcomes).toEqual([...no, ...yes, ...no, ...yes, ...no]);
    await world.sql('delete from members where user_id = $1', [moderator.id]);
  });
});

describe('unassignRole', () => {
  it('answers who lost it, and knows accounts that cannot be used', async () => {
    const [one, two, three] = (await people(3)) as [Person, Person, Person];
    const role = await makeRole(world, { users: [one, two] });
    await world.sql(`update users set state = 'SUSPENDED' where id = $1`, [two.id]);

    const { unassigned, userErrors } = await asModerator('unassignRole', {
      roleId: role.id,
      users: named(two, three),
    });

    expect({ unassigned, userErrors }).toEqual({ unassigned: named(two), userErrors: [] });
    expect(await peopleOf(world, role)).toEqual([one.username]);
    expect(await eventsOf(world, { id: role.uuid })).toMatchObject([
      { act: 'role.unassigned', details: { users: [two.id] } },
    ]);
  });

  it('leaves no community without an owner', async () => {
    const [one, two] = (await people(2)) as [Person, Person];
    const role = await makeRole(world, { users: [one, two] });
    const [first, second, deleted] = [
      await makeCommunity(world),
      await makeCommunity(world),
      await makeCommunity(world),
    ];
    for (const it of [first, second, deleted]) await place(world, role, it.uuid, 'OWNER');
    await world.sql('update communities set deleted_at = now() where id = $1', [deleted.uuid]);
    const take = (...some: Person[]) =>
      asAdmin('unassignRole', { roleId: role.id, users: named(...some) });

    const half = await take(one);
    const rest = await take(two);

    expect(half.unassigned).toEqual(named(one));
    expect(rest).toMatchObject(refused('CONFLICT', 'users'));
    expect(rest.userErrors[0].message).toContain(first.slug);
    expect(rest.userErrors[0].message).toContain(second.slug);
    expect(rest.userErrors[0].message).not.toContain(deleted.slug);
    expect(await peopleOf(world, role)).toEqual([two.username]);
  });

  it('may take who owns nothing any more, for their account is closed', async () => {
    const [one] = (await people(1)) as [Person];
    const role = await makeRole(world, { users: [one] });
    const community = await makeCommunity(world);
    await place(world, role, community.uuid, 'OWNER');
    await world.sql(`update users set state = 'DEACTIVATED' where id = $1`, [one.id]);

    expect(await asAdmin('unassignRole', { roleId: role.id, users: named(one) })).toMatchObject({
      unassigned: named(one),
      userErrors: [],
    });
  });
});

describe('the last administrator', () => {
  const inUse = () =>
    world.sql<{ n: number }>(
      `select count(distinct u.id)::int as n from users u join assignments a on a.user_id = u.id
        join roles r on r.id = a.role_id where 'ADMINISTER' = any(r.rights) and u.state = 'ACTIVE'`,
    );
  const only = [{ username: 'the-administrator' }];
  let roleId: string;
  beforeAll(async () => {
    const [role] = await world.sql(`select id from roles where name = 'administrators'`);
    roleId = toGlobalId('Role', role.id);
  });
  /** The one administrator of the world is that again, and nobody else. */
  const reset = async () => {
    await world.sql(
      `delete from assignments where role_id in (select id from roles where 'ADMINISTER' = any(rights))`,
    );
    await world.sql(
      `insert into assignments (role_id, user_id, source)
        select r.id, u.id, 'LOCAL' from roles r, users u
        where r.name = 'administrators' and u.username = 'the-administrator'`,
    );
  };
  beforeEach(reset);
  afterAll(reset);

  it('cannot be taken out of the role, however it is tried', async () => {
    const closed = await world.makeUser();
    await asAdmin('assignRole', { roleId, users: named(closed) });
    await world.sql(`update users set state = 'SUSPENDED' where id = $1`, [closed.id]);

    expect(await asAdmin('unassignRole', { roleId, users: only })).toMatchObject(
      refused('CONFLICT', 'users'),
    );
    expect(await asAdmin('unassignRole', { roleId, users: named(closed) })).toMatchObject({
      userErrors: [],
    });
  });

  it('cannot lose the right with another role', async () => {
    const other = await world.makeUser();
    const role = await makeRole(world, { rights: ['ADMINISTER', 'SYNC'], users: [other] });
    const asOther = (mutation: string, input: object) => send(world, other.token, mutation, input);

    const left = await asOther('unassignRole', { roleId, users: only });
    const tries = [
      await asOther('updateRole', { roleId: role.id, rights: ['SYNC'] }),
      await asOther('deleteRole', { roleId: role.id }),
      await asOther('unassignRole', { roleId: role.id, users: named(other) }),
    ];
    await asOther('assignRole', { roleId, users: only });
    const after = await asOther('deleteRole', { roleId: role.id });

    expect(left.userErrors).toEqual([]);
    expect(tries.map((it) => it.userErrors[0])).toMatchObject([
      { code: 'CONFLICT', path: ['input', 'rights'] },
      { code: 'CONFLICT', path: ['input', 'roleId'] },
      { code: 'CONFLICT', path: ['input', 'users'] },
    ]);
    expect(after.userErrors).toEqual([]);
  });

  it('stays when fifty try at once to take each other the right', async () => {
    const crowd = (await people(24)) as Person[];
    const roles = await Promise.all(
      crowd.map((it) => makeRole(world, { rights: ['ADMINISTER'], users: [it] })),
    );
    const acts: [Person, string, object][] = crowd.flatMap((it, n) => {
      const { id } = roles[(n + 1) % roles.length] as { id: string };
      const next = crowd[(n + 1) % crowd.length] as Person;
      const ways: [string, object][] = [
        ['updateRole', { roleId: id, rights: [] }],
        ['deleteRole', { roleId: id }],
        ['unassignRole', { roleId: id, users: named(next) }],
      ];
      const [mutation, input] = ways[n % 3] as [string, object];
      return [
        [it, mutation, input],
        [it, 'unassignRole', { roleId, users: only }],
      ];
    });

    const answers: Loose[] = await Promise.all(
      acts.map(([who, mutation, input]) => send(world, who.token, mutation, input)),
    );

    const [{ n = 0 } = {}] = await inUse();
    expect(n).toBeGreaterThan(0);
    const odd = answers.filter(
      (it) =>
        it.error !== 'FORBIDDEN' &&
        it.error !== undefined &&
        it.userErrors?.some((e: Loose) => !['CONFLICT', 'NOT_FOUND'].includes(e.code)),
    );
    expect(odd).toEqual([]);
    expect(answers.filter((it) => it.error === 'INTERNAL')).toEqual([]);
  });

  it('stays when the two that there are take each other the right', async () => {
    for (let round = 0; round < 8; round++) {
      const [other] = (await people(1)) as [Person];
      const role = await makeRole(world, { rights: ['ADMINISTER'], users: [other] });

      const [a, b] = await Promise.all([
        send(world, world.admin, 'updateRole', { roleId: role.id, rights: [] }),
        send(world, other.token, 'unassignRole', { roleId, users: only }),
      ]);

      const [{ n = 0 } = {}] = await inUse();
      expect([n, a.error ?? a.userErrors[0]?.code, b.error ?? b.userErrors[0]?.code]).toEqual([
        1,
        ...((b.error ?? b.userErrors[0])
          ? [undefined, expect.anything()]
          : [expect.anything(), undefined]),
      ]);
      await reset();
    }
  });
});

describe('a community’s last owners', () => {
  it('stay when several are taken their roles at once', async () => {
    const community = await makeCommunity(world);
    const crowd = (await people(20)) as Person[];
    const roles = await Promise.all(
      crowd.map(async (it) => {
        const role = await makeRole(world, { users: [it] });
        await place(world, role, community.uuid, 'OWNER');
        return role;
      }),
    );

    const answers = await Promise.all(
      roles.map(({ id: roleId }, n) =>
        asAdmin('unassignRole', { roleId, users: named(crowd[n] as Person) }),
      ),
    );

    const done = answers.filter((it) => it.userErrors.length === 0);
    expect(done).toHaveLength(19);
  });
});

describe('a community whose other owner goes meanwhile', () => {
  it('keeps the one that a role gives', async () => {
    const [one, other] = (await people(2)) as [Person, Person];
    const role = await makeRole(world, { users: [one] });
    const community = await makeCommunity(world, {
      users: [{ uuid: other.id, id: '' }],
      level: 'OWNER',
    });
    await place(world, role, community.uuid, 'OWNER');
    const commit = await hold(
      world,
      `with it as (select id from communities where id = '${community.uuid}' for update)
        delete from members where community_id in (select id from it) and user_id = '${other.id}'`,
    );

    const taking = asAdmin('unassignRole', { roleId: role.id, users: named(one) });
    await waitingForLocks(world, 1);
    await commit();

    expect(await taking).toMatchObject(refused('CONFLICT', 'users'));
  });
});

describe('assignments', () => {
  const fields =
    'assignments { totalCount nodes { source since role { name } user { username } } }';
  const ofRole = async (token: string | undefined, id: string) =>
    (await world.ask(token, `query ($id: ID) { role(id: $id) { ${fields} } }`, { id })).data.role
      ?.assignments;
  const ofUser = async (token: string | undefined, username: string) => {
    const query = `query ($username: String!) { user(username: $username) { ${fields} } }`;
    return (await world.ask(token, query, { username })).data.user?.assignments;
  };

  it('say by whose word and since when, to those who may know and of oneself', async () => {
    const [one, two] = (await people(2)) as [Person, Person];
    const role = await makeRole(world, { users: [one] });
    await asAdmin('assignRole', { roleId: role.id, users: named(two) });
    await world.sql(
      `insert into assignments (role_id, user_id, source) values ($1, $2, 'myCommons')`,
      [role.uuid, one.id],
    );
    const told = (source: string, { username }: Person) => ({
      source,
      since: expect.stringMatching(/^\d{4}-/),
      role: { name: role.name },
      user: { username },
    });
    const ofOne = [told('LOCAL', one), told('myCommons', one)];
    const all = [told('LOCAL', one), told('LOCAL', two), told('myCommons', one)];

    expect(await ofRole(world.admin, role.id)).toEqual({ totalCount: 3, nodes: all });
    expect(await ofRole(one.token, role.id)).toEqual({ totalCount: 2, nodes: ofOne });
    expect(await ofUser(world.admin, one.username)).toEqual({ totalCount: 2, nodes: ofOne });
    expect(await ofUser(one.token, one.username)).toEqual({ totalCount: 2, nodes: ofOne });
    expect(await ofUser(two.token, one.username)).toEqual({ totalCount: 0, nodes: [] });
    expect(await ofRole((await world.makeUser()).token, role.id)).toBeUndefined();
  });

  it('are read in pages', async () => {
    const crowd = (await people(5)) as Person[];
    const role = await makeRole(world, { users: crowd });
    const query = `query ($id: ID, $after: String) { role(id: $id) {
      assignments(first: 2, after: $after) { nodes { user { username } } pageInfo { endCursor hasNextPage } } } }`;

    const found: string[] = [];
    for (let after: string | null = null; ; ) {
      const { data } = await world.ask(world.admin, query, { id: role.id, after });
      const { nodes, pageInfo }: Loose = data.role.assignments;
      found.push(...nodes.map((it: Loose) => it.user.username));
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }

    expect(found.sort()).toEqual(crowd.map((it) => it.username).sort());
  });
});

describe('a group', () => {
  it('lists who is in it by whichever of its roles, each once', async () => {
    const [one, two] = (await people(2)) as [Person, Person];
    const [{ id }] = (await world.sql(
      `insert into groups (id, idp, remote_id, slug) values (gen_random_uuid(), 'myCommons', 'g', 'g')
        returning id`,
    )) as [{ id: string }];
    for (const [category, users] of Object.entries({ member: [one, two], editor: [one] })) {
      await world.sql(
        `with r as (insert into roles (id, group_id, category) values (gen_random_uuid(), $1, $2) returning id)
          insert into assignments (role_id, user_id, source) select r.id, it, 'myCommons'
          from r, unnest($3::uuid[]) as it`,
        [id, category, users.map((it) => it.id)],
      );
    }
    const query = `{ group(idp: "myCommons", remoteId: "g") {
      users { totalCount nodes { username } } roles { nodes { category users { totalCount } } } } }`;

    const { data } = await world.ask(two.token, query);

    expect(data.group.users.totalCount).toBe(2);
    expect(data.group.users.nodes).toEqual(expect.arrayContaining(named(one, two)));
    expect(data.group.roles.nodes).toEqual(
      expect.arrayContaining([
        { category: 'member', users: { totalCount: 2 } },
        { category: 'editor', users: { totalCount: 1 } },
      ]),
    );
  });
});
