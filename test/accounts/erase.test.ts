import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { newId } from '../../src/ids.ts';
import { openingsOf, write } from '../../src/notifications/letter.ts';
import { messages, type NotificationKind } from '../../src/notifications/messages.ts';
import { createSignInLink } from '../../src/signin/links/sign-in-links.ts';
import { bearer, signIn, viewerBy } from '../credentials/kit.ts';
import { startWorld, type World } from '../helpers/world.ts';
import {
  act,
  auditOf,
  done,
  join,
  known,
  type Loose,
  makePerson,
  makePlace,
  mergeAs,
  personOf,
  refusals,
  stateOf,
} from './kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

/** Every row of every table there is, whoever made it, that says a word. */
async function rowsWith(word: string): Promise<string[]> {
  const tables = await world.sql(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
  );
  expect(tables.length).toBeGreaterThan(35);
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await world.sql(`select t::text as row from ${name} t where t::text ilike $1`, [
      `%${word}%`,
    ]);
    found.push(...rows.map((it) => `${name} ${it.row}`));
  }
  return found;
}

const ask = (token: string, query: string, variables: object) =>
  world.ask(token, query, variables).then(({ data, errors }) => {
    expect(errors).toBeUndefined();
    return data as Loose;
  });

/** A person of whom every table says something. */
async function makeCanary() {
  const subject = 'canary-subject';
  const person = {
    ...{ id: subject, username: 'canaryuser', email: 'canary@example.org', name: 'Jay Canaryname' },
    ...{ first_name: 'Jay', last_name: 'Canaryname', institutional_affiliation: 'Canary House' },
  };
  world.sample.world.people.set(subject, { ...person, groups: [] } as Loose);
  const tell = (event: string) =>
    world.post({ idp: 'myCommons', updates: { users: [{ id: subject, event }] } });
  await tell('created');
  await world.settled();
  world.sample.world.people.patch(subject, { name: 'Jo Canaryname' } as Loose);
  await tell('updated');
  await world.settled();
  const [row] = await world.sql(`select id, username from users where username = 'canaryuser'`);
  const { createToken } = await import('../../src/credentials/tokens.ts');
  const { token } = await createToken(world.app.begin(Actor.system), {
    username: 'canaryuser',
    name: 'Canary’s laptop',
  });
  return personOf({ ...row, token });
}

async function live(canary: Awaited<ReturnType<typeof makeCanary>>) {
  const owner = await makePerson(world);
  await world.sql(`update users set email = 'owner@example.org' where id = $1`, [owner.uuid]);
  const place = await makePlace(world, [owner]);
  await world.sql(`update communities set member_policy = 'OPEN' where id = $1`, [place.uuid]);
  const { requestMembership } = await ask(
    canary.token,
    `mutation ($id: ID!) { requestMembership(input: { communityId: $id, message: "<p>I am the canary</p>" }) {
      request { id } userErrors { message } } }`,
    { id: place.id },
  );
  const request = requestMembership.request.id;
  await ask(
    owner.token,
    `mutation ($id: ID!) { commentOnRequest(input: { requestId: $id, content: "Who are you?" }) {
      comment { id } userErrors { message } } }`,
    { id: request },
  );
  await ask(
    world.admin,
    `mutation ($id: ID!) { verifyUser(input: { userId: $id, isVerified: true }) { user { id } } }`,
    { id: canary.id },
  );
  await signIn(world, canary.uuid);
  await world.sql(`update sessions set user_agent = 'CanaryBrowser'`);
  await createSignInLink(world.app.begin(Actor.system), canary.username);
  const former = await makePerson(world);
  await world.sql(
    `update users set username = 'canaryformer', email = 'former-canary@example.org',
       name_parts = '{"nickname": "Canary"}' where id = $1`,
    [former.uuid],
  );
  await known(world, former, 'orcid', 'orcid-canary');
  await mergeAs(world, world.admin, former, canary);
  // What is written down of others names them as well.
  await world.sql(
    `insert into audit_events (id, act, actor_kind, subject_type, subject_id, details) values
       (gen_random_uuid(), 'role.assigned', 'SYSTEM', 'Role', gen_random_uuid(), '{"username": "canaryuser"}'),
       (gen_random_uuid(), 'x.y', 'SYSTEM', 'Role', gen_random_uuid(), '{"reason": "jo canaryname asked"}')`,
  );
  await world.sql(
    `insert into rate_limits (key, level, went_in) values ('sign-in:canaryuser', 1, true)`,
  );
  await mailsSettled();
  await world.indexed();
  return { owner, former, request, place };
}

async function mailsSettled() {
  for (const until = Date.now() + 15_000; Date.now() < until; ) {
    const [open] = await world.sql(`select from mails where state = 'QUEUED' limit 1`);
    if (!open) return;
  }
  throw new Error('mails are still queued');
}

describe('eraseUser', () => {
  it('leaves no word of the person in any table, and what others did stands', async () => {
    const canary = await makeCanary();
    const { owner, former, request } = await live(canary);
    const told = new Set((await rowsWith('canary')).map((it) => it.split(' ')[0]));
    for (const it of [
      'users',
      'identities',
      'sync_runs',
      'webhook_deliveries',
      'audit_events',
      'mails',
      'request_events',
      'tokens',
      'sessions',
      'rate_limits',
      'search_users',
      'search_users_words',
      'sync_states',
    ]) {
      expect(told).toContain(`public.${it}`);
    }

    const { user } = await done(world, world.admin, 'eraseUser', {
      userId: canary.id,
      confirmUsername: canary.username,
      removesComments: true,
    });

    expect(await rowsWith('canary')).toEqual([]);
    await world.indexed();
    expect(await rowsWith('canary')).toEqual([]);
    expect(user).toMatchObject({ state: 'DEACTIVATED', erasedAt: expect.any(String) });
    expect(user.username).toMatch(/^erased-[0-9a-f]{12}$/);
    expect(await stateOf(world, former)).toBe('DEACTIVATED');
    const seen = await ask(
      owner.token,
      `query ($id: ID!) { node(id: $id) { ... on Request { state user { username erasedAt }
        timeline(first: 10) { nodes { kind content author { username } } } } } }`,
      { id: request },
    );
    expect(seen.node).toMatchObject({ state: 'CANCELLED', user: { username: user.username } });
    expect(seen.node.timeline.nodes).toMatchObject([
      { kind: 'COMMENT_DELETED', content: null },
      { kind: 'COMMENT', content: 'Who are you?', author: { username: owner.username } },
      { kind: 'CANCELLED' },
    ]);
    // Who did what is told still.
    const acts = (await auditOf(world, canary)).map((it) => it.act);
    expect(acts).toEqual(expect.arrayContaining(['user.verified', 'user.merged', 'user.erased']));
  });

  it('takes nothing with it of what others did, whatever somebody was called', async () => {
    const [jane, john] = [await makePerson(world), await makePerson(world)];
    await world.sql(
      `update users set username = 'You', full_name = ': "', name_parts = $2 where id = $1`,
      [jane.uuid, { given: 'OWNER', middle: john.uuid, family: 'sent', nickname: 'fullName' }],
    );
    await world.sql(
      `insert into audit_events (id, act, actor_kind, subject_type, subject_id, details) values
         (gen_random_uuid(), 'x.others', 'SYSTEM', 'Role', gen_random_uuid(), $1)`,
      [
        {
          users: [john.uuid],
          level: 'OWNER',
          changed: ['fullName'],
          reason: 'They asked: "please"',
        },
      ],
    );
    await world.sql(
      `insert into mails (id, user_id, kind, subject, body, due_at) values
         (gen_random_uuid(), $1, 'COMMENTED', 'x', $2, now() + interval '1 day')`,
      [john.uuid, 'Hello,\n\nYoung “: "” wrote. You get this e-mail'],
    );
    const others = () =>
      world.sql(
        `select details from audit_events where act = 'x.others' or subject_id = $1
         union all select to_jsonb(m) from mails m where m.user_id = $1`,
        [john.uuid],
      );
    const before = await others();

    await done(world, world.admin, 'eraseUser', { userId: jane.id, confirmUsername: 'You' });

    expect(await others()).toEqual(before);
    await world.sql(`delete from mails where state = 'QUEUED'`);
  });

  it('takes e-mails that name them, unless others are called so, too', async () => {
    const people = [await makePerson(world), await makePerson(world), await makePerson(world)];
    const names = ['Ann Only', 'Ann Both', 'Ann Both'];
    for (const [n, it] of people.entries()) {
      await world.sql('update users set full_name = $2 where id = $1', [it.uuid, names[n]]);
    }
    const reader = await makePerson(world);
    const tell = (text: string) =>
      world.sql(
        `insert into mails (id, user_id, kind, subject, body, state) values
           (gen_random_uuid(), $1, 'COMMENTED', 'x', $2, 'SENT')`,
        [reader.uuid, `Hello,\n\n${text}`],
      );
    await tell('Ann Only wrote.');
    await tell('The invitation of Ann Only to “C” was not answered.');
    await tell('Ann Both wrote.');

    for (const it of people.slice(0, 2)) {
      await done(world, world.admin, 'eraseUser', {
        userId: it.id,
        confirmUsername: it.username,
      });
    }

    const left = await world.sql('select body from mails where user_id = $1', [reader.uuid]);
    expect(left).toEqual([{ body: 'Hello,\n\nAnn Both wrote.' }]);
  });

  it.each(Object.keys(messages) as NotificationKind[])('finds names in an e-mail of %s', (kind) => {
    const community = { title: 'C', slug: 'c' };
    const about = { community, parent: community, child: community, requestId: newId() };
    const names = { by: 'Jo Doe', user: 'Jo Doe' };

    const { body } = write(kind, { ...about, level: 'READER', message: 'x' } as Loose, names, '');

    expect(openingsOf('Jo Doe').some((it) => body.startsWith(it))).toBe(true);
  });

  it('keeps what they wrote where it is not asked for, under no name', async () => {
    const jane = await makePerson(world);
    const place = await makePlace(world, [await makePerson(world)]);
    await world.sql(`update communities set member_policy = 'OPEN' where id = $1`, [place.uuid]);
    await ask(
      jane.token,
      `mutation ($id: ID!) { requestMembership(input: { communityId: $id, message: "<p>Please</p>" }) { request { id } } }`,
      { id: place.id },
    );

    await done(world, world.admin, 'eraseUser', {
      userId: jane.id,
      confirmUsername: jane.username,
    });

    const [said] = await world.sql(
      `select e.content, u.username from request_events e join users u on u.id = e.author_id where u.id = $1`,
      [jane.uuid],
    );
    expect(said).toEqual({ content: '<p>Please</p>', username: expect.stringMatching(/^erased-/) });
  });

  it('is there for the person in a browser, and not by a token', async () => {
    const jane = await makePerson(world);
    const input = { userId: jane.id, confirmUsername: jane.username };
    const session = await signIn(world, jane.uuid);

    expect(refusals(await act(world, jane.token, 'eraseUser', input))).toEqual(['FORBIDDEN']);
    await done(world, session, 'eraseUser', input);

    expect(await viewerBy(world.url, session)).toBeNull();
    expect(await viewerBy(world.url, bearer(jane.token))).toBe(401);
    const [event] = await world.sql(
      `select ip, details from audit_events where act = 'user.erased' and subject_id = $1`,
      [jane.uuid],
    );
    expect(event).toEqual({ ip: null, details: {} });
  });

  it('wants the username, and does nothing twice', async () => {
    const jane = await makePerson(world);
    const input = { userId: jane.id, confirmUsername: jane.username };

    expect(
      refusals(
        await act(world, world.admin, 'eraseUser', { ...input, confirmUsername: 'somebody' }),
      ),
    ).toEqual(['INVALID confirmUsername']);
    expect(await stateOf(world, jane)).toBe('ACTIVE');
    await done(world, world.admin, 'eraseUser', input);
    expect(refusals(await act(world, world.admin, 'eraseUser', input))).toEqual([
      'CONFLICT userId',
    ]);
  });

  it('leaves every community an owner', async () => {
    const [jane, john] = [await makePerson(world), await makePerson(world)];
    const place = await makePlace(world, [jane]);
    await join(world, place.uuid, john, 'READER');
    const input = { userId: jane.id, confirmUsername: jane.username };

    const refused = await act(world, world.admin, 'eraseUser', input);
    expect(refusals(refused)).toEqual(['CONFLICT userId']);
    expect(refused.userErrors[0]?.message).toContain(place.slug);
    await done(world, world.admin, 'eraseUser', { ...input, successorId: john.id });

    expect(
      await world.sql('select user_id, level from members where community_id = $1', [place.uuid]),
    ).toEqual([{ user_id: john.uuid, level: 'OWNER' }]);
  });

  it('has a service that speaks of them again speak of somebody new', async () => {
    world.sample.world.people.set('again', { id: 'again', username: 'again', groups: [] } as Loose);
    const tell = () =>
      world.post({ idp: 'myCommons', updates: { users: [{ id: 'again', event: 'updated' }] } });
    await tell();
    await world.settled();
    const [row] = await world.sql(`select id, username from users where username = 'again'`);
    const again = personOf({ ...row, token: '' });
    await done(world, world.admin, 'eraseUser', { userId: again.id, confirmUsername: 'again' });

    await tell();
    await world.settled();

    const [made] = await world.sql(`select id from users where username = 'again'`);
    expect(made.id).not.toBe(again.uuid);
  });
});
