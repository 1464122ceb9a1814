import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signingSecret, startWorld, type World, webhookToken } from '../helpers/world.ts';
import { signed } from '../webhooks/sender.ts';
import { freePort, recorded, signedIn, whoIs } from './kit.ts';
import type { Visitor } from './visitor.ts';

const path = '/api/webhooks/users/logout';
const otherToken = 'a-webhook-token-of-another-service';

let world: World;
beforeAll(async () => {
  const env = {
    PORT: String(await freePort()),
    OTHER_TOKEN: otherToken,
    OTHER_SECRET: signingSecret,
  };
  world = await startWorld({
    isWorking: false,
    env,
    idps: ({ url }) => ({
      otherCommons: {
        users: { remote_endpoint: `${url}/api/v1/members/{placeholder}/`, remote_identifier: 'id' },
        webhook: { token_env_variable_label: 'OTHER_TOKEN' },
      },
      signingCommons: {
        users: { remote_endpoint: `${url}/api/v1/members/{placeholder}/`, remote_identifier: 'id' },
        webhook: { signing_secret_env_variable_label: 'OTHER_SECRET' },
      },
    }),
  });
});
afterAll(() => world.stop());

let people = 0;
let username: string;
let id: string;
let visitor: Visitor;
/** Somebody who is signed in, and known to a service. */
async function makeKnown(idp: string, subject: string) {
  await world.sql(
    `insert into identities (id, idp, subject, user_id) values (gen_random_uuid(), $1, $2, $3)`,
    [idp, subject, id],
  );
}
beforeEach(async () => {
  ({ id, username } = await world.makeUser(`person-${++people}`));
  visitor = await signedIn(world, id);
});

interface Sent {
  method?: string;
  to?: string;
  body?: string;
  headers?: Record<string, string>;
}
const bearer = { authorization: `Bearer ${webhookToken}` };
const other = { authorization: `Bearer ${otherToken}` };

async function send(
  query: string,
  { method = 'POST', to = path, body, headers = bearer }: Sent = {},
) {
  const response = await fetch(`${world.url}${to}${query}`, { method, headers, body });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

describe('a service that says that somebody signed out', () => {
  it.each([path, `${path}/`])('at %s ends all of their sessions', async (to) => {
    await makeKnown('knowledgeCommons', `s${people}`);
    const second = await signedIn(world, id);
    const stranger = await signedIn(world, (await world.makeUser()).id);

    const { status, body } = await send(`?username=${username}`, { to });

    expect(status).toBe(200);
    expect(body).toEqual({ message: `User ${username} logged out`, status: 'success' });
    expect(await whoIs(world, visitor)).toBeNull();
    expect(await whoIs(world, second)).toBeNull();
    expect(await whoIs(world, stranger)).not.toBeNull();
  });

  it.each([
    ['the username', () => username],
    ['the username in another case', () => username.toUpperCase()],
    ['what it calls them itself', () => `subject-${people}`],
  ])('may name %s', async (_, name) => {
    await makeKnown('knowledgeCommons', `subject-${people}`);

    expect((await send(`?username=${name()}`)).status).toBe(200);
    expect(await whoIs(world, visitor)).toBeNull();
  });

  it('is answered the same where they have no session', async () => {
    await makeKnown('knowledgeCommons', `s${people}`);
    await send(`?username=${username}`);

    expect(await send(`?username=${username}`)).toMatchObject({
      status: 200,
      body: { status: 'success' },
    });
  });

  it('is written down, with the service as the actor', async () => {
    await makeKnown('knowledgeCommons', `s${people}`);
    const [{ id: sessionId }] = await world.sql('select id from sessions where user_id = $1', [id]);
    await send(`?username=${username}`);

    const [ended] = await recorded(world, 'session.ended');
    expect(ended).toMatchObject({
      actor_kind: 'SERVICE',
      actor_id: 'knowledgeCommons',
      via: 'SENDER',
      via_id: 'knowledgeCommons',
      ip: '127.0.0.1',
      subject_id: sessionId,
      details: { user: id, why: 'signed out by the service' },
    });
    const lines = (await world.remoteLog())
      .trim()
      .split('\n')
      .map((it) => JSON.parse(it));
    expect(lines.slice(-2)).toMatchObject([
      {
        event: 'signal',
        signal: 'logout',
        kind: 'users',
        id: username,
        outcome: 'ACCEPTED',
        sessions: 1,
      },
      { event: 'post', status: 200 },
    ]);
  });

  it('leaves tokens alone', async () => {
    const { token, id: owner, username: name } = await world.makeUser();
    id = owner;
    await makeKnown('knowledgeCommons', `t${people}`);
    await send(`?username=${name}`);

    const { data } = await world.ask(token, '{ viewer { username } }');
    expect(data.viewer.username).toBe(name);
  });
});

describe('whoever it names', () => {
  it.each([
    ['is nobody', '?username=nobody', 'nobody'],
    ['is known to another service', () => `?username=${username}`, () => username],
    ['is known to no service', () => `?username=${username}`, () => username],
  ])('%s, is not found', async (what, query, name) => {
    if (what.includes('another')) await makeKnown('otherCommons', `s${people}`);
    const called = typeof name === 'string' ? name : name();

    const { status, body } = await send(typeof query === 'string' ? query : query());

    expect(status).toBe(404);
    expect(body).toEqual({
      message: `User ${called} not found; no sessions invalidated`,
      status: 'not found',
    });
    expect(await whoIs(world, visitor)).toBe(username);
  });

  it.each(['', '?username=', '?username=%20', '?username=a&username=b', '?name=a'])(
    'has to be named: %s',
    async (query) => {
      const { status, body } = await send(query);

      expect(status).toBe(400);
      expect(body).toMatchObject({ code: 'BAD_USER_INPUT', status: 400 });
    },
  );

  it('is named by a text that harms nobody', async () => {
    const { status, body } = await send(`?username=${encodeURIComponent("a\u0000'; drop\u202e")}`);

    expect(status).toBe(404);
    expect(body.message).toBe("User a'; drop not found; no sessions invalidated");
  });
});

describe('who may say so', () => {
  it.each([
    ['nobody', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['another scheme', { authorization: `Basic ${webhookToken}` }],
    ['an empty token', { authorization: 'Bearer ' }],
  ])('is not %s', async (_, headers) => {
    await makeKnown('knowledgeCommons', `s${people}`);

    const { status, headers: given } = await send(`?username=${username}`, {
      headers: headers as Record<string, string>,
    });

    expect(status).toBe(401);
    expect(given.get('www-authenticate')).toBe('Bearer');
    expect(await whoIs(world, visitor)).toBe(username);
  });

  it('is not an administrator, whose token is none of a sender', async () => {
    await makeKnown('knowledgeCommons', `s${people}`);

    const headers = { authorization: `Bearer ${world.admin}` };
    expect((await send(`?username=${username}`, { headers })).status).toBe(401);
  });

  it('is each service for its own people', async () => {
    await makeKnown('otherCommons', `s${people}`);

    const wrong = await send(`?username=${username}&idp=knowledgeCommons`, { headers: other });
    const right = await send(`?username=${username}&idp=otherCommons`, { headers: other });

    expect([wrong.status, wrong.body.code]).toEqual([403, 'FORBIDDEN']);
    expect(right.status).toBe(200);
  });

  it('is who signs whom it is about, in the body', async () => {
    await makeKnown('signingCommons', `s${people}`);
    const body = JSON.stringify({ username });
    const headers = signed(body, `msg-${people}`);

    const inAddress = await send(`?username=${username}`, { headers: signed('', 'msg') });
    const before = await whoIs(world, visitor);
    const tampered = await send('', { body: body.replace('person', 'nobody'), headers });
    const old = await send('', { body, headers: signed(body, 'msg', { age: 301 }) });
    const right = await send('', { body, headers });

    expect([inAddress.status, tampered.status, old.status]).toEqual([400, 401, 401]);
    expect(before).toBe(username);
    expect(right.status).toBe(200);
    expect(await whoIs(world, visitor)).toBeNull();
  });
});

describe('the door', () => {
  it('says that it is there', async () => {
    const { status, body } = await send('', { method: 'GET', headers: {} });

    expect([status, body]).toEqual([200, { message: 'Webhook receiver is active', status: 200 }]);
  });

  it.each(['PUT', 'PATCH', 'DELETE'])('takes no %s', async (method) => {
    const { status, headers } = await send(`?username=${username}`, { method });

    expect([status, headers.get('allow')]).toEqual([405, 'GET, POST']);
  });

  it('does nothing by GET', async () => {
    await makeKnown('knowledgeCommons', `s${people}`);
    await send(`?username=${username}`, { method: 'GET' });

    expect(await whoIs(world, visitor)).toBe(username);
  });

  it('has room for a name, not for more', async () => {
    expect((await send('', { body: 'x'.repeat(5_000) })).status).toBe(413);
  });
});
