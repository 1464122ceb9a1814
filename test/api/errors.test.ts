import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { makeGroup } from './make.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

const json = { 'content-type': 'application/json' };

async function send(init: RequestInit, query = '') {
  const response = await fetch(`${world.url}/graphql${query}`, init);
  const text = await response.text();
  return { status: response.status, text, body: text.startsWith('{') ? JSON.parse(text) : text };
}

/** What the server does with its tables gone for the while, and what it writes to its log as errors. */
async function without<T>(table: string, work: () => Promise<T>) {
  const log = vi.spyOn(world.app.log, 'error');
  await world.sql(`alter table ${table} rename to gone`);
  try {
    const answer = await work();
    return { answer, text: JSON.stringify(answer), logged: log.mock.calls };
  } finally {
    await world.sql(`alter table gone rename to ${table}`);
    log.mockRestore();
  }
}

const masked = {
  message: 'Something went wrong here.',
  extensions: { code: 'INTERNAL', errorId: expect.stringMatching(/^[\da-f-]{36}$/) },
};

describe('a fault of ours', () => {
  it('is masked, under an id that is in the log', async () => {
    const { answer, text, logged } = await without('communities', () =>
      world.ask(world.admin, '{ communities { totalCount } }'),
    );

    expect(answer).toEqual({
      status: 200,
      data: null,
      errors: [{ ...masked, path: ['communities'], locations: expect.anything() }],
    });
    expect(text).not.toMatch(/select|relation|stack|node_modules|\.ts\b|gone/i);
    const errorId = answer.errors?.[0].extensions.errorId;
    expect(logged).toEqual([[{ err: expect.any(Error), errorId }, 'an operation failed']]);
    expect(JSON.stringify(logged, (_, it) => (it instanceof Error ? it.stack : it))).toContain(
      'relation \\"communities\\" does not exist',
    );
  });

  it('leaves the rest of the answer', async () => {
    const { answer, logged } = await without('groups', () =>
      world.ask(world.admin, '{ viewer { username } group(idp: "a", remoteId: "b") { id } }'),
    );

    expect(answer).toMatchObject({
      data: { viewer: { username: 'the-administrator' }, group: null },
      errors: [{ ...masked, path: ['group'] }],
    });
    expect(logged).toHaveLength(1);
  });

  it('is masked before anybody is known', async () => {
    const { answer, text, logged } = await without('tokens', () =>
      world.ask(world.admin, '{ viewer { username } }'),
    );

    expect(answer).toMatchObject({ status: 500, errors: [masked] });
    expect(text).not.toMatch(/select|relation|stack|node_modules|context/i);
    expect(logged).toHaveLength(1);
  });

  it('in a change is masked, and nothing of the change is kept', async () => {
    const { group } = await makeGroup(world);
    await world.sql(`
      create function fail() returns trigger language plpgsql as
        $$ begin raise exception 'a secret of the database'; end $$;
      create trigger fail before insert on audit_events execute function fail();`);
    const log = vi.spyOn(world.app.log, 'error');

    const answer = await world.ask(
      world.admin,
      `mutation ($groupId: ID!) {
        linkCommunityToGroup(input: { groupId: $groupId, community: { create: {} } }) {
          community { slug } userErrors { message } } }`,
      { groupId: group.id },
    );

    const kept = await world.sql('select * from communities where group_id = $1', [group.uuid]);
    const lines = log.mock.calls.length;
    log.mockRestore();
    await world.sql('drop trigger fail on audit_events; drop function fail');
    expect(answer).toMatchObject({ status: 200, errors: [masked] });
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(lines).toBe(1);
    expect(kept).toEqual([]);
  });
});

describe('a mistake of the caller', () => {
  it.each([
    ['of syntax', '{ viewer { '],
    ['of syntax at the start', 'nonsense'],
    ['of a field', '{ nothing }'],
    ['of a field below', '{ viewer { password } }'],
    ['of an argument', '{ user(name: "x") { id } }'],
    ['of a missing argument', '{ user { id } }'],
    ['of a literal', '{ users(first: "x") { totalCount } }'],
    ['of a number that is too large', '{ users(first: 3000000000) { totalCount } }'],
    ['of no fields', '{ viewer }'],
    ['of a fragment', '{ viewer { ...nothing } }'],
    ['of a circle', '{ viewer { ...a } } fragment a on User { ...a }'],
    ['of a variable that is not declared', '{ user(username: $name) { id } }'],
    ['of a subscription', 'subscription { anything }'],
    ['of an enum value', '{ syncRuns(outcomes: [DONE]) { totalCount } }'],
    ['of neither of two inputs', 'mutation { syncRemoteUser(input: { user: {} }) { __typename } }'],
    ['of no input', 'mutation { reconcile { __typename } }'],
  ])('%s is BAD_USER_INPUT, and told', async (_, query) => {
    const log = vi.spyOn(world.app.log, 'error');

    const { status, errors } = await world.ask(world.admin, query);

    const lines = log.mock.calls.length;
    log.mockRestore();
    expect(status).toBe(400);
    for (const it of errors ?? []) {
      expect(it).toMatchObject({ message: expect.stringMatching(/\S/) });
      expect(it.extensions).toEqual({ code: 'BAD_USER_INPUT' });
    }
    expect(errors?.length).toBeGreaterThan(0);
    expect(lines).toBe(0);
  });

  const byVariable = 'query ($first: Int) { users(first: $first) { totalCount } }';
  const byName = 'query ($name: String!) { user(username: $name) { id } }';
  const byRef =
    'mutation ($user: RemoteUserRefInput!) { syncRemoteUser(input: { user: $user }) { __typename } }';

  it.each([
    [byVariable, { first: 'ten' }],
    [byVariable, { first: 1.5 }],
    [byVariable, { first: 2 ** 31 }],
    [byVariable, { first: [1, 2] }],
    [byName, {}],
    [byName, { name: null }],
    [byName, { name: 12 }],
    [byName, { name: { $ne: null } }],
    [byRef, { user: {} }],
    [byRef, { user: { userId: 'usr_x', remote: { idp: 'a', subject: 'b' } } }],
    [byRef, { user: { userId: null } }],
    [byRef, { user: { remote: { idp: 'a' } } }],
    [byRef, { user: { nobody: true } }],
  ])('in a variable is BAD_USER_INPUT: %s %j', async (query, variables) => {
    const { status, errors } = await world.ask(world.admin, query, variables);

    expect(status).toBe(400);
    expect(new Set(errors?.map((it) => it.extensions.code))).toEqual(new Set(['BAD_USER_INPUT']));
  });

  it.each([
    ['no JSON', '{"query": "{ viewer'],
    ['nothing', ''],
    ['null', 'null'],
    ['no query', '{}'],
    ['a query that is no text', '{"query": {}}'],
    ['variables that are a list', '{"query": "{ __typename }", "variables": []}'],
    ['variables that are a text', '{"query": "{ __typename }", "variables": "x"}'],
    ['several operations at once', '[{"query": "{ __typename }"}, {"query": "{ __typename }"}]'],
    ['an operation that is not there', '{"query": "query a { __typename }", "operationName": "b"}'],
    ['no name among several', '{"query": "query a { __typename } query b { __typename }"}'],
  ])('is a body with %s', async (_, body) => {
    const { status, text } = await send({ method: 'POST', headers: json, body });

    expect(status).toBe(400);
    expect(text).toContain('BAD_USER_INPUT');
    expect(text).not.toMatch(/stack|node_modules|INTERNAL/);
  });

  it('of input goes to userErrors, with all that is wrong', async () => {
    const { data, errors } = await world.ask(
      world.admin,
      `mutation { syncRemoteUser(input: { user: { userId: "usr_x" }, waitMs: 10001 }) {
        user { id } run { id } query { viewer { username } }
        userErrors { __typename message code path } } }`,
    );

    expect(errors).toBeUndefined();
    expect(data.syncRemoteUser).toEqual({
      user: null,
      run: null,
      query: { viewer: { username: 'the-administrator' } },
      userErrors: [
        {
          __typename: 'InputError',
          message: 'is more than 10,000',
          code: 'INVALID',
          path: ['input', 'waitMs'],
        },
      ],
    });
  });

  it('of rights is no userError', async () => {
    const { data, errors } = await world.ask(
      (await world.makeUser()).token,
      'mutation { reconcile(input: { idp: "myCommons" }) { userErrors { message } } }',
    );

    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: ['reconcile'], extensions: { code: 'FORBIDDEN' } }]);
  });

  it('of a name gets no hints about things that only others see', async () => {
    const { errors } = await world.ask(undefined, '{ usres { totalCount } }');

    // The schema is public: its words may be suggested, and they are all that is.
    expect(errors?.[0].message).toMatch(/Cannot query field "usres"/);
  });
});

describe('a page of somebody else', () => {
  const query = 'mutation { reconcile(input: { idp: "myCommons" }) { idp } }';
  const form = (type: string, body: string) => ({
    method: 'POST',
    headers: { 'content-type': type, authorization: `Bearer ${world.admin}` },
    body,
  });

  it.each([
    ['a form', 'application/x-www-form-urlencoded', `query=${encodeURIComponent(query)}`],
    ['a form that hides JSON', 'text/plain', JSON.stringify({ query })],
    [
      'a form with parts',
      'multipart/form-data; boundary=x',
      `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query })}\r\n--x--\r\n`,
    ],
    ['a request of no type', '', JSON.stringify({ query })],
    ['GraphQL as it is', 'application/graphql', query],
  ])('cannot change anything by %s', async (_, type, body) => {
    const before = await world.sql('select count(*) from pgboss.job');

    const { status, text } = await send(form(type, body));

    expect([400, 415]).toContain(status);
    expect(text).toMatch(/"code":"(BAD_USER_INPUT|UNSUPPORTED_MEDIA_TYPE)"/);
    expect(await world.sql('select count(*) from pgboss.job')).toEqual(before);
  });

  it('cannot change anything by a link', async () => {
    const url = `?query=${encodeURIComponent(query)}`;
    const headers = { authorization: `Bearer ${world.admin}`, 'apollo-require-preflight': 'yes' };

    expect((await send({}, url)).status).toBe(400);
    expect((await send({ headers }, url)).status).toBe(405);
  });

  it('cannot ask anything by a link', async () => {
    const { status, body } = await send({}, `?query=${encodeURIComponent('{ __typename }')}`);

    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('is not told that it may ask', async () => {
    const { headers } = await fetch(`${world.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });

    expect([...headers.keys()].filter((it) => it.startsWith('access-control'))).toEqual([]);
  });

  it('may be a program that asks by a link, if it says that it is one', async () => {
    const { status, body } = await send(
      { headers: { 'apollo-require-preflight': 'yes' } },
      `?query=${encodeURIComponent('{ __typename }')}`,
    );

    expect([status, body]).toEqual([200, { data: { __typename: 'Query' } }]);
  });
});
