import { once } from 'node:events';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { closeRemotes, type Endpoint, read } from '../../src/remote/http.ts';
import { errorOf, remoteSays, startSelfSignedStub, startStub, token } from './stub.ts';

const anything = z.unknown();
const canary = 'canary-body-91bc';

/** The error of reading jane, after a look at what it gives away. */
async function failureOf(endpoint: Endpoint, id = 'jane') {
  const error = await errorOf(read(endpoint, id, anything));
  const said = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
  expect(said).not.toMatch(/canary|@example/);
  return error;
}

it('asks for JSON with the token, and hands what it got', async () => {
  const { endpoint, requests } = await remoteSays({ a: 1 });

  expect(await read(endpoint, 'jane', z.object({ a: z.number() }))).toEqual({ a: 1 });

  expect(requests[0]).toMatchObject({
    method: 'GET',
    headers: { accept: 'application/json', authorization: `Bearer ${token}` },
  });
});

it('asks by POST and without a token where that is wanted', async () => {
  const { endpoint, requests } = await remoteSays({ a: 1 });

  await read({ ...endpoint, method: 'POST', token: undefined }, 'jane', anything);

  expect(requests[0]?.method).toBe('POST');
  expect(requests[0]?.headers).not.toHaveProperty('authorization');
});

it.each([404, 410])('takes %i as that there is no such thing', async (status) => {
  const { endpoint } = await remoteSays('<p>Gone', status);

  expect(await read(endpoint, 'jane', anything)).toBeUndefined();
});

it.each([
  [401, 'AUTH', false],
  [301, 'PERMANENT', false],
  [304, 'PERMANENT', false],
  [400, 'PERMANENT', false],
  [403, 'PERMANENT', false],
  [418, 'PERMANENT', false],
  [408, 'RETRYABLE', true],
  [425, 'RETRYABLE', true],
  [429, 'RETRYABLE', false],
  [500, 'RETRYABLE', true],
  [503, 'RETRYABLE', true],
] as const)('takes %i as %s, and asks once', async (status, fault, isServiceFault) => {
  const { endpoint, requests } = await remoteSays(status === 304 ? '' : canary, status);

  const error = await failureOf(endpoint);

  expect(error).toMatchObject({ fault, isServiceFault });
  expect(error.retryAfterMs).toBe(status === 429 ? 5000 : undefined);
  expect(error.message).toMatch(`/users/jane answered ${status}`);
  expect(requests).toHaveLength(1);
});

it('follows no redirect', async () => {
  const other = await remoteSays({});
  const { endpoint } = await remoteSays('', 302, { location: other.endpoint.url });

  expect((await failureOf(endpoint)).message).toMatch(/302, and no redirect is followed/);
  expect(other.requests).toEqual([]);
});

it.each([
  [429, '7', 7000],
  [503, '0', 0],
  [429, '86400', 3_600_000],
  [503, '9'.repeat(400), 3_600_000],
  [429, 'Sun, 06 Nov 1994 08:49:37 GMT', 0],
  [503, 'Fri, 31 Dec 2999 23:59:59 GMT', 3_600_000],
  [429, 'soon', 5000],
  [429, '-5', 5000],
  [503, '-5', undefined],
  [503, '1.5', undefined],
  [500, '7', undefined],
] as const)('hears %i with Retry-After: %s', async (status, retryAfter, expected) => {
  const { endpoint } = await remoteSays('', status, { 'retry-after': retryAfter });

  expect((await failureOf(endpoint)).retryAfterMs).toBe(expected);
});

it('reckons a date in Retry-After from now', async () => {
  const inAMinute = new Date(Date.now() + 60_000).toUTCString();
  const { endpoint } = await remoteSays('', 503, { 'retry-after': inAMinute });

  const { retryAfterMs = 0 } = await failureOf(endpoint);

  expect(retryAfterMs).toBeGreaterThan(55_000);
  expect(retryAfterMs).toBeLessThanOrEqual(60_000);
});

it.each([
  ['HTML', `<!doctype html><p>${canary}`],
  ['half of its JSON', `{"email":"${canary}@example.org","gro`],
  ['nothing', ''],
  ['bytes that are no text', Buffer.from([0x22, 0xff, 0x22])],
])('may ask again after %s with 200', async (_, body) => {
  const { endpoint } = await startStub((_, response) => response.end(body));

  expect(await failureOf(endpoint)).toMatchObject({
    fault: 'RETRYABLE',
    isServiceFault: true,
    message: expect.stringMatching(/\/users\/jane answered what is not JSON$/),
  });
});

it('does not ask again after JSON of another shape', async () => {
  const { endpoint } = await remoteSays({ a: canary });

  const error = await errorOf(read(endpoint, 'jane', z.object({ a: z.number() })));

  expect(error.fault).toBe('PERMANENT');
  expect(error.message).toMatch(/answered unusably: a Invalid input: expected number/);
  expect(error.message).not.toMatch(canary);
});

it.each([
  ['before the answer', () => {}],
  ['amid the answer', (write: (text: string) => void) => setInterval(write, 20, ' ').unref()],
])('waits no longer than it may when the service is slow %s', async (_, act) => {
  const { endpoint } = await startStub((_, response) => act((text) => response.write(text)));

  const start = performance.now();
  const error = await failureOf({ ...endpoint, timeoutMs: 200 });

  expect(error).toMatchObject({ fault: 'RETRYABLE', isServiceFault: true });
  expect(error.message).toMatch(/gave no full answer within 200 ms/);
  expect(performance.now() - start).toBeLessThan(1000);
});

it('stops reading an endless answer', async () => {
  let sent = 0;
  const { endpoint } = await startStub((_, response) => {
    const pour = () => {
      while (!response.destroyed && response.write(canary.repeat(1000))) sent += 16_000;
    };
    response.on('drain', pour).write('{"a":"');
    pour();
  });

  const error = await failureOf(endpoint);

  expect(error).toMatchObject({ fault: 'PERMANENT', isServiceFault: false });
  expect(error.message).toMatch(/more than 1 MiB/);
  expect(sent).toBeLessThan(20_000_000);
});

it('reads an answer of just 1 MiB', async () => {
  const { endpoint } = await remoteSays(JSON.stringify('a'.repeat(1024 * 1024 - 2)));

  expect(await read(endpoint, 'jane', z.string())).toHaveLength(1024 * 1024 - 2);
});

it('unpacks nothing', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000, ' '));
  const { endpoint, requests } = await startStub((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
  });

  expect(await failureOf(endpoint)).toMatchObject({ fault: 'PERMANENT' });
  expect(requests[0]?.headers['accept-encoding']).toBe('identity');
});

it.each(['', 'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"a', 'SSH-2.0-OpenSSH\r\n'])(
  'may ask again after a connection that ends with %j',
  async (text) => {
    const server = createServer((socket) => {
      socket.on('error', () => {}).once('data', () => socket.end(text));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { port: number };
    const endpoint: Endpoint = {
      url: `http://127.0.0.1:${port}/`,
      method: 'GET',
      token,
      timeoutMs: 2000,
    };

    expect(await failureOf(endpoint)).toMatchObject({
      fault: 'RETRYABLE',
      isServiceFault: true,
    });

    // A port where nobody listens any more.
    await new Promise((done) => server.close(done));
    expect(await failureOf(endpoint)).toMatchObject({
      fault: 'RETRYABLE',
      message: expect.stringContaining('did not answer (ECONNREFUSED)'),
    });
  },
);

it('may ask again after a host that is not found', async () => {
  const error = await failureOf({
    url: 'http://id.invalid/',
    method: 'GET',
    token,
    timeoutMs: 2000,
  });

  expect(error).toMatchObject({ fault: 'RETRYABLE', isServiceFault: true });
});

it.each([undefined, '0'])('trusts no certificate of unknown origin (%s)', async (switchedOff) => {
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', switchedOff);
  const { endpoint, requests } = await startSelfSignedStub((_, response) => response.end('{}'));

  const error = await failureOf(endpoint);

  expect(error.message).toMatch(/SELF_SIGNED_CERT/);
  expect(requests).toEqual([]);
});

it('names no e-mail address by which it asked', async () => {
  const { endpoint } = await remoteSays('', 500);

  expect((await failureOf(endpoint, 'jane@example.org')).message).toMatch(
    /\/users\/… answered 500$/,
  );
});

it('repeats no token that cannot be sent', async () => {
  const { endpoint } = await remoteSays({});

  expect(await failureOf({ ...endpoint, token: `${token}\n` })).toMatchObject({ fault: 'AUTH' });
});

it.each([200, 404])('does not take a stranger’s view for the truth (%i)', async (status) => {
  const { endpoint } = await remoteSays({ username: 'jane', meta: { authorized: false } }, status);

  expect(await failureOf(endpoint)).toMatchObject({ fault: 'AUTH', isServiceFault: false });
});

it('does not take it for an absence that the database is away', async () => {
  const { endpoint } = await remoteSays({ meta: { authorized: true, error: { code: 1001 } } }, 404);

  expect(await failureOf(endpoint)).toMatchObject({ fault: 'RETRYABLE' });
});

it('keeps its connections through good and bad answers', async () => {
  await closeRemotes();
  const statuses = Array(10).fill([200, 404, 503, 401, 302, 410]).flat() as number[];
  const stub = await startStub((_, response) => {
    response.writeHead(statuses[stub.requests.length - 1] ?? 200).end('{}');
  });

  for (const _ of statuses) await read(stub.endpoint, 'jane', anything).catch(() => {});

  expect(stub.requests).toHaveLength(60);
  // The next request may come just before the last one has left its connection.
  expect(stub.connections).toBeLessThanOrEqual(2);
});
