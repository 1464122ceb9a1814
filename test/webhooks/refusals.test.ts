import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World, webhookToken } from '../helpers/world.ts';
import { bearer, kept, nothing, notice, send, signed } from './sender.ts';

const ours = 'first-webhook-token-of-two';
const theirs = 'another-services-token';
const oldSecret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const newSecret = `whsec_${Buffer.alloc(24, 2).toString('base64')}`;
const theirSecret = `whsec_${Buffer.alloc(24, 3).toString('base64')}`;

let world: World;
/** Nothing is at work here, so that whatever is kept stays to be seen. */
beforeAll(async () => {
  world = await startWorld({
    isWorking: false,
    idp: {
      webhook: {
        token_env_variable_label: 'OUR_TOKENS',
        signing_secret_env_variable_label: 'OUR_SECRETS',
      },
    },
    idps: (sample) => ({
      theirCommons: {
        users: { remote_endpoint: `${sample.url}/api/v1/members/{placeholder}/` },
        provision: true,
        webhook: {
          token_env_variable_label: 'THEIR_TOKEN',
          signing_secret_env_variable_label: 'THEIR_SECRET',
        },
      },
    }),
    env: {
      OUR_TOKENS: `${ours} ${webhookToken}`,
      OUR_SECRETS: `${newSecret} ${oldSecret}`,
      THEIR_TOKEN: theirs,
      THEIR_SECRET: theirSecret,
    },
  });
});
afterAll(() => world.stop());

/** Forgets what was accepted, so that the next test starts at nothing. */
const forget = () =>
  world
    .sql("delete from pgboss.job where name like 'sync-idp.%'")
    .then(() => world.sql('truncate webhook_deliveries, sync_states cascade'));

describe('a sender with wrong credentials is told 401, and nothing is kept:', () => {
  it.each<[string, () => object | Promise<object>]>([
    ['none', () => ({})],
    ['an empty header', () => ({ authorization: '' })],
    ['a scheme without a token', () => ({ authorization: 'Bearer' })],
    ['a token without a scheme', () => ({ authorization: webhookToken })],
    ['a wrong token', () => ({ authorization: `Bearer ${webhookToken}x` })],
    [
      'the beginning of the token',
      () => ({ authorization: `Bearer ${webhookToken.slice(0, -1)}` }),
    ],
    ['both of two tokens', () => ({ authorization: `Bearer ${ours} ${webhookToken}` })],
    ['a personal token', () => ({ authorization: `Bearer ${world.admin}` })],
    [
      'the token as a password',
      () => ({ authorization: `Basic ${Buffer.from(`:${webhookToken}`).toString('base64')}` }),
    ],
    ['the token after Basic', () => ({ authorization: `Basic ${webhookToken}` })],
    ['the token in another header', () => ({ 'x-api-key': webhookToken })],
    ['the sha256 that is kept', () => ({ authorization: `Bearer ${'0'.repeat(64)}` })],
  ])('%s', async (_, headers) => {
    const answer = await send(world, { body: notice(['1234']), headers: await headers() });

    expect(answer).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED', status: 401 } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(await kept(world)).toEqual(nothing);
  });

  it('and is not told what else is wrong', async () => {
    const { status, body } = await send(world, { body: '{', headers: {} });

    expect({ status, problems: body.problems }).toEqual({ status: 401, problems: undefined });
  });
});

describe('a token', () => {
  it.each([ours, webhookToken])('of several is accepted: %s', async (token) => {
    const { status } = await send(world, {
      body: notice([token]),
      headers: { authorization: `Bearer ${token}` },
    });

    await forget();
    expect(status).toBe(202);
  });

  it('of another service is told 403, and nothing is kept', async () => {
    const answer = await send(world, {
      body: notice(['1234']),
      headers: { authorization: `Bearer ${theirs}` },
    });

    expect(answer).toMatchObject({ status: 403, body: { code: 'FORBIDDEN', status: 403 } });
    expect(await kept(world)).toEqual(nothing);
  });

  it('of another service speaks for that one', async () => {
    const { status } = await send(world, {
      body: notice(['1234'], 'theirCommons'),
      headers: { authorization: `Bearer ${theirs}` },
    });

    await forget();
    expect(status).toBe(202);
  });

  it('of a webhook opens nothing at GraphQL', async () => {
    const { status, errors } = await world.ask(webhookToken, '{ viewer { username } }');

    expect({ status, errors }).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });
});

describe('a signature', () => {
  const body = notice(['signed']);

  it.each([
    ['the new secret', { secret: newSecret }],
    ['the old secret of two', { secret: oldSecret }],
    ['a clock 295 s behind', { secret: newSecret, age: 295 }],
    ['a clock 295 s ahead', { secret: newSecret, age: -295 }],
  ])('is enough, without a token: %s', async (_, options) => {
    const { status } = await send(world, { body, headers: signed(body, 'msg_1', options) });

    await forget();
    expect(status).toBe(202);
  });

  it('is enough beside others that do not fit', async () => {
    const headers = signed(body, 'msg_1', { secret: newSecret });
    const signature = `v2,xyz v1,${'A'.repeat(43)}= ${headers['webhook-signature']}`;

    const { status } = await send(world, {
      body,
      headers: { ...headers, 'webhook-signature': signature },
    });

    await forget();
    expect(status).toBe(202);
  });

  const good = () => signed(body, 'msg_1', { secret: newSecret });

  it.each<[string, string, () => object]>([
    ['310 s old', body, () => signed(body, 'msg_1', { secret: newSecret, age: 310 })],
    ['310 s too early', body, () => signed(body, 'msg_1', { secret: newSecret, age: -310 })],
    ['of no number of seconds', body, () => ({ ...good(), 'webhook-timestamp': 'now' })],
    [
      'of another second',
      body,
      () => ({
        ...good(),
        'webhook-timestamp': good()['webhook-timestamp'].replace(/.$/, (it) =>
          String((Number(it) + 1) % 10),
        ),
      }),
    ],
    ['of another body', notice(['tampered']), good],
    ['of a body with a blank more', `${body} `, good],
    ['of another id', body, () => ({ ...good(), 'webhook-id': 'msg_2' })],
    ['without an id', body, () => ({ ...good(), 'webhook-id': undefined })],
    ['without a timestamp', body, () => ({ ...good(), 'webhook-timestamp': undefined })],
    ['with a withdrawn secret', body, () => signed(body, 'msg_1')],
    ['wrong beside a right token', body, () => ({ ...signed(body, 'msg_1'), ...bearer })],
    [
      'without its version',
      body,
      () => ({ ...good(), 'webhook-signature': good()['webhook-signature'].slice(3) }),
    ],
    ['that is empty', body, () => ({ ...good(), 'webhook-signature': '' })],
  ])('is told 401, and nothing is kept, if it is %s', async (_, sent, headers) => {
    const given = Object.entries(headers()).filter(([, value]) => value !== undefined);

    const answer = await send(world, { body: sent, headers: Object.fromEntries(given) });

    expect(answer).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    expect(await kept(world)).toEqual(nothing);
  });

  it('of another service is told 403', async () => {
    const headers = signed(body, 'msg_1', { secret: theirSecret });

    const { status } = await send(world, { body, headers });

    expect(status).toBe(403);
    expect(await kept(world)).toEqual(nothing);
  });
});

const users = (list: unknown) =>
  JSON.stringify({ idp: 'knowledgeCommons', updates: { users: list } });
const deep = (depth: number, inner = '') => '['.repeat(depth) + inner + ']'.repeat(depth);

describe('a body that cannot be used is told 400 with all that is wrong, and nothing is kept:', () => {
  it.each<[string, string | Uint8Array, string[]]>([
    ['nothing', '', ['body is not JSON']],
    ['null', 'null', ['body must be an object, not null']],
    ['a list', '[]', ['body must be an object, not a list']],
    ['a text', '"x"', ['body must be an object, not a string']],
    ['a number', '12', ['body must be an object, not a number']],
    ['an empty object', '{}', ['idp is missing', 'updates is missing']],
    [
      'empty updates and no idp',
      '{"updates":[]}',
      ['idp is missing', 'updates must be an object, not a list'],
    ],
    ['no updates', '{"idp":"knowledgeCommons"}', ['updates is missing']],
    [
      'updates that are null',
      '{"idp":"knowledgeCommons","updates":null}',
      ['updates must be an object, not null'],
    ],
    ['updates of nothing', '{"idp":"knowledgeCommons","updates":{}}', ['updates holds no events']],
    ['an empty list', users([]), ['updates holds no events']],
    [
      'users that are no list',
      users({ id: '1', event: 'updated' }),
      ['updates.users must be a list, not an object'],
    ],
    ['users that are null', users(null), ['updates.users must be a list, not null']],
    [
      'an idp that is a number',
      '{"idp":7,"updates":{"users":[{"id":"1","event":"updated"}]}}',
      ['idp must be a string, not a number'],
    ],
    [
      'an unknown idp',
      notice(['1'], 'nobodysCommons'),
      ['idp is not a configured identity service'],
    ],
    [
      'an idp that every object has',
      notice(['1'], 'constructor'),
      ['idp is not a configured identity service'],
    ],
    [
      'an unknown idp, and events that are no good',
      JSON.stringify({
        idp: 'nobodysCommons',
        updates: {
          users: [{ event: 'updated' }, { id: '1' }, { id: 1.5, event: 3 }, 'x'],
          groups: 1,
        },
      }),
      [
        'idp is not a configured identity service',
        'updates.groups must be a list, not a number',
        'updates.users[0].id is missing',
        'updates.users[1].event is missing',
        'updates.users[2].id is not a whole number below 2^53',
        'updates.users[2].event must be a string, not a number',
        'updates.users[3] must be an object, not a string',
      ],
    ],
    [
      'only events of other kinds',
      '{"idp":"knowledgeCommons","updates":{"teams":[{"id":"1","event":"updated"}]}}',
      ['updates.teams[0] is of an unknown kind; known: users, groups'],
    ],
    [
      '1,001 events',
      notice(Array.from({ length: 1001 }, (_, n) => n)),
      ['updates holds 1001 events; at most 1000 are taken at once'],
    ],
    [
      'an id with an escaped NUL',
      users([{ id: 'a\u0000b', event: 'updated' }]),
      ['updates.users[0].id has control characters'],
    ],
    [
      'an id with half a character',
      users([{ id: 'a\ud800', event: 'updated' }]),
      ['updates.users[0].id has control characters'],
    ],
    ['a NUL', Buffer.from('{"idp":"knowledge\0Commons"}'), ['body is not JSON at position 17']],
    [
      'bytes that are not UTF-8',
      Buffer.from([...Buffer.from('{"idp":"'), 0xff, 0xfe, 0x22, 0x7d]),
      ['body is not UTF-8'],
    ],
    ['UTF-16', Buffer.from(notice(['1']), 'utf16le'), ['body is not JSON at position 1']],
    ['half of the JSON', notice(['1']).slice(0, 40), ['body is not JSON at position 40']],
    ['two JSONs', '{}{}', ['body is not JSON at position 2']],
    ['a form', 'idp=knowledgeCommons', ['body is not JSON']],
    [
      'a text without an end',
      `{"idp":"${'x'.repeat(60_000)}`,
      ['body is not JSON at position 60008'],
    ],
    ['lists in lists', deep(32_000), ['body must be an object, not a list']],
    ['lists in lists without an end', '['.repeat(64_000), ['body is not JSON']],
    [
      'an event that is lists in lists',
      `{"idp":"knowledgeCommons","updates":{"users":[${deep(30_000)}]}}`,
      ['updates.users[0] must be an object, not a list'],
    ],
    [
      'an id that is objects in objects',
      `{"idp":"knowledgeCommons","updates":{"users":[{"event":"updated","id":${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}}]}}`,
      ['updates.users[0].id must be a string, not an object'],
    ],
  ])('%s', async (_, body, problems) => {
    const answer = await send(world, { body });

    const told = answer.body.problems?.map((it) => `${it.path} ${it.message}`);
    expect({ status: answer.status, code: answer.body.code, told }).toEqual({
      status: 400,
      code: 'BAD_USER_INPUT',
      told: problems,
    });
    expect(answer.body.message).toBe(`The body cannot be used: ${problems.join('; ')}.`);
    expect(await kept(world)).toEqual(nothing);
  });

  it.each([
    ['with a blank', 'msg 1'],
    ['that is too long', 'x'.repeat(256)],
    ['that is empty', ''],
    ['that is not ASCII', 'caf\u00e9'],
  ])('an id of the message %s', async (_, id) => {
    const answer = await send(world, {
      body: notice(['1234']),
      headers: { ...bearer, 'webhook-id': id },
    });

    expect(answer).toMatchObject({ status: 400, body: { code: 'BAD_USER_INPUT' } });
    expect(await kept(world)).toEqual(nothing);
  });
});

describe('a body that is too long', () => {
  it.each([64 * 1024 + 1, 65 * 1024, 300_000])('is told 413, at %d bytes', async (length) => {
    const answer = await send(world, { body: notice(['1234']).padEnd(length) });

    expect(answer).toMatchObject({ status: 413, body: { code: 'TOO_LARGE' } });
    expect(await kept(world)).toEqual(nothing);
  });

  it('is told 413 also if its length is not told before', async () => {
    const body = new Blob([notice(['1234']).padEnd(65 * 1024)]).stream();

    const response = await fetch(`${world.url}/api/webhooks/user_data_update`, {
      method: 'POST',
      headers: bearer,
      body,
      duplex: 'half',
    } as RequestInit);

    expect(response.status).toBe(413);
    expect(await kept(world)).toEqual(nothing);
  });
});

describe('what PostgreSQL cannot store', () => {
  it('is no error: NUL and halves of characters beside a good event', async () => {
    const body = `{"idp":"knowledgeCommons","note":"\\u0000\\ud800","updates":{
      "users":[{"id":"1234","event":"updated"},{"id":"a\\u0000","event":"updated"},{"id":"5678","event":"\\u0000\\udfff"}],
      "te\\u0000ams":[{"id":"\\u0000","event":"\\ud800"}]}}`;

    const answer = await send(world, { body });

    const found = await kept(world);
    await forget();
    expect(answer.status).toBe(202);
    expect(answer.body.events).toMatchObject([
      { path: 'updates.users[0]', outcome: 'accepted' },
      { path: 'updates.users[1]', outcome: 'invalid', reason: 'id has control characters' },
      { path: 'updates.users[2]', event: '\ufffd\ufffd', outcome: 'unsupported' },
      { path: 'updates.te\ufffdams[0]', kind: 'te\ufffdams', outcome: 'unsupported' },
    ]);
    expect(found).toEqual({ deliveries: 1, states: 1, jobs: 1 });
  });
});
