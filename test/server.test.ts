import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { databaseAt } from './helpers/template.ts';
import { startWorld, type World, webhookToken } from './helpers/world.ts';

const json = { 'content-type': 'application/json' };
const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const graphql = (query: string) => ({
  method: 'POST',
  headers: json,
  body: JSON.stringify({ query }),
});

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

async function onServer(statement: string, values?: unknown[]) {
  const client = new pg.Client({ connectionString: inject('databaseUrl') });
  await client.connect();
  return client.query(statement, values).finally(() => client.end());
}

describe('an answer', () => {
  it.each([
    ['/livez', {}, 200],
    ['/readyz', {}, 200],
    ['/nowhere', {}, 404],
    ['/graphql', graphql('{ __typename }'), 200],
    ['/graphql', graphql('{ nothing }'), 400],
    ['/graphql', { method: 'POST', headers: json, body: '{' }, 400],
    ['/api/webhooks/user_data_update', { method: 'POST' }, 401],
  ])('of %s has an id of its request, and is what it says: %j %i', async (path, init, status) => {
    const one = await fetch(`${world.url}${path}`, init);
    const other = await fetch(`${world.url}${path}`, init);

    expect(one.status).toBe(status);
    expect(one.headers.get('x-request-id')).toMatch(uuid);
    expect(other.headers.get('x-request-id')).not.toBe(one.headers.get('x-request-id'));
    expect(one.headers.get('x-content-type-options')).toBe('nosniff');
    expect(one.headers.get('x-powered-by')).toBeNull();
  });

  it('has no id that a caller made up', async () => {
    const headers = { 'x-request-id': 'forged', 'request-id': 'forged' };

    const response = await fetch(`${world.url}/livez`, { headers });

    expect(response.headers.get('x-request-id')).toMatch(uuid);
  });
});

describe('the doors', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/nowhere'],
    ['POST', '/livez'],
    ['PUT', '/graphql'],
    ['DELETE', '/graphql'],
    ['GET', '/api/webhooks'],
    ['GET', '/../../etc/passwd'],
    ['GET', '/.env'],
  ])('say that there is nothing: %s %s', async (method, path) => {
    const response = await fetch(`${world.url}${path}`, { method });

    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      code: 'NOT_FOUND',
      message: 'There is nothing here.',
    });
  });

  it.each(['/livez/', '/readyz/'])('are the same with a slash at the end: %s', async (path) => {
    expect((await fetch(`${world.url}${path}`)).status).toBe(200);
  });

  it('take GraphQL with a slash at the end', async () => {
    const response = await fetch(`${world.url}/graphql/`, graphql('{ __typename }'));

    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  it('refuse an address that cannot be read', async () => {
    const response = await fetch(`${world.url}/%zz`);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it.each([
    ['with its length', JSON.stringify({ query: `# ${'x'.repeat(1024 * 1024)}\n{ __typename }` })],
    [
      'without its length',
      new Blob([
        JSON.stringify({ query: `# ${'x'.repeat(1024 * 1024)}\n{ __typename }` }),
      ]).stream(),
    ],
  ])('refuse a body over 1 MiB, sent %s', async (_, body) => {
    const response = await fetch(`${world.url}/graphql`, {
      ...{ method: 'POST', headers: json, body, duplex: 'half' },
    } as RequestInit);

    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'TOO_LARGE' });
  });

  it('take a body just below', async () => {
    const query = `# ${'x'.repeat(255 * 1024)}\n{ __typename }`;

    expect((await fetch(`${world.url}/graphql`, graphql(query))).status).toBe(200);
  });

  it('answer what is no HTTP without a word about themselves', async () => {
    const socket = connect(Number(new URL(world.url).port), '127.0.0.1');
    socket.end('HELO nobody\r\n\r\n');

    const answer = await text(socket);

    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    expect(answer).not.toMatch(/fastify|node_modules|\.ts|stack/i);
  });

  it('mask a fault behind a REST door, under an id that is in the log once', async () => {
    await world.sql('alter table webhook_deliveries rename to gone');

    const { status, body } = await world.post({
      idp: 'myCommons',
      updates: { users: [{ id: '1', event: 'updated' }] },
    });

    await world.sql('alter table gone rename to webhook_deliveries');
    expect(status).toBe(500);
    expect(body).toEqual({
      code: 'INTERNAL',
      message: 'Something went wrong here.',
      errorId: expect.stringMatching(uuid),
    });
  });
});

describe('/readyz', () => {
  /** Sends everybody out of the world's database, and lets nobody in until it is over. */
  async function withoutDatabase<T>(of: World, work: () => Promise<T>): Promise<T> {
    const name = new URL(of.databaseUrl).pathname.slice(1);
    await onServer(`alter database ${name} allow_connections false`);
    await onServer('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
      name,
    ]);
    try {
      return await work();
    } finally {
      await onServer(`alter database ${name} allow_connections true`);
    }
  }
  const statusOf = async (path: string) => (await fetch(`${world.url}${path}`)).status;

  it('says that the server can be asked', async () => {
    const response = await fetch(`${world.url}/readyz`);

    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });

  it('is 503 while the database is gone, /livez is not, and all is well when it is back', async () => {
    const gone = await withoutDatabase(world, async () => {
      await expect.poll(() => statusOf('/readyz'), { timeout: 10_000 }).toBe(503);
      const response = await fetch(`${world.url}/readyz`);
      return {
        live: await statusOf('/livez'),
        ready: await response.json(),
        asked: await world.ask(world.admin, '{ viewer { username } }'),
      };
    });

    expect(gone.live).toBe(200);
    expect(gone.ready).toEqual({ status: 'unavailable' });
    expect(gone.asked.errors).toMatchObject([{ extensions: { code: 'INTERNAL' } }]);
    await expect.poll(() => statusOf('/readyz'), { timeout: 10_000 }).toBe(200);
    const { data } = await world.ask(world.admin, '{ viewer { username } }');
    expect(data.viewer.username).toBe('the-administrator');
  });

  it('takes up jobs again when the database is back', async () => {
    await withoutDatabase(world, async () => {
      await expect.poll(() => statusOf('/readyz'), { timeout: 10_000 }).toBe(503);
    });
    await expect.poll(() => statusOf('/readyz'), { timeout: 10_000 }).toBe(200);

    const { status } = await world.post({
      idp: 'knowledgeCommons',
      updates: { users: [{ id: '1234', event: 'created' }] },
    });
    await world.settled();

    expect(status).toBe(202);
    const { data } = await world.ask(world.admin, '{ syncRuns { nodes { outcome } } }');
    expect(data.syncRuns.nodes).toEqual([{ outcome: 'CHANGED' }]);
  });
});

describe('stopping', () => {
  it('answers what is under way, and nothing new', async () => {
    const ending = await startWorld({ isWorking: false });
    const locker = new pg.Client({ connectionString: ending.databaseUrl });
    await locker.connect();
    await locker.query('begin; lock table communities in access exclusive mode');
    const asked = ending.ask(ending.admin, '{ communities { totalCount } }');
    const isWaiting = () =>
      locker.query(`select from pg_locks where not granted and relation = 'communities'::regclass`);
    await expect.poll(async () => (await isWaiting()).rowCount, { timeout: 10_000 }).toBe(1);

    const stopped = ending.stop();
    const knock = () => fetch(`${ending.url}/livez`).catch((reason) => reason.cause.code);
    await expect.poll(knock, { timeout: 10_000 }).toBe('ECONNREFUSED');
    await locker.query('commit');
    const answer = await asked;
    await locker.end();
    await stopped;

    expect(answer).toMatchObject({ status: 200, data: { communities: { totalCount: 0 } } });
  });

  it('does not wait for callers who keep their connections', async () => {
    const ending = await startWorld({ isWorking: false });
    const agent = new Agent({ keepAlive: true });
    const [response] = await once(request(`${ending.url}/livez`, { agent }).end(), 'response');
    await text(response);
    const closed = Promise.all(
      Object.values(agent.freeSockets).flatMap((all) => all?.map((it) => once(it, 'close')) ?? []),
    );

    await ending.stop();

    expect(await closed).toHaveLength(1);
  });
});

describe('the process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'collegium-server-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A server of its own on an empty database, with the lines of its log as they come. */
  async function serve(env: NodeJS.ProcessEnv = {}) {
    const database = `empty_${randomUUID().replaceAll('-', '')}`;
    await onServer(`create database ${database}`);
    const child = spawn(
      process.execPath,
      [resolve(import.meta.dirname, '../src/collegium.js'), 'serve'],
      {
        env: {
          PATH: process.env.PATH,
          NODE_ENV: 'production',
          DATABASE_URL: databaseAt(inject('databaseUrl'), database),
          PUBLIC_URL: 'https://commons.example.org',
          SMTP_URL: 'none',
          PORT: '0',
          REMOTE_DATA_LOG: join(folder, 'remote.log'),
          REMOTE_USER_DATA_WEBHOOK_TOKEN: webhookToken,
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const lines: string[] = [];
    createInterface(child.stdout).on('line', (line) => lines.push(line));
    const errors = text(child.stderr);
    const exited = once(child, 'exit').then(([code]) => code as number | null);
    const find = (pattern: RegExp) => lines.find((line) => pattern.test(line));
    return { child, lines, errors, exited, find };
  }

  it('writes one line of JSON for each answer, and ends with 0 when it is told to', async () => {
    const { child, lines, errors, exited, find } = await serve();
    await expect.poll(() => find(/listening/i), { timeout: 20_000 }).toBeDefined();
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(find(/listening/i) ?? '')?.[0];
    const secret = { authorization: 'Bearer clg_pat_0123456789' };

    const response = await fetch(`${url}/graphql?token=secret`, {
      ...graphql('{ __typename }'),
      headers: { ...json, ...secret },
    });
    await expect.poll(() => find(/"answered"/), { timeout: 10_000 }).toBeDefined();
    child.kill('SIGTERM');
    const code = await exited;

    const parsed = lines.map((line) => JSON.parse(line));
    expect(parsed.filter((it) => it.msg === 'answered')).toEqual([
      expect.objectContaining({
        level: 'info',
        requestId: response.headers.get('x-request-id'),
        method: 'POST',
        route: '/graphql',
        status: 401,
      }),
    ]);
    expect(lines.join()).not.toMatch(/clg_pat_|secret/);
    expect(parsed.map((it) => it.msg)).toEqual(
      expect.arrayContaining([expect.stringContaining('[migrator]'), 'stopping', 'stopped']),
    );
    expect([code, await errors]).toEqual([0, '']);
  });

  it('refuses to start with all that is wrong, and without a stack', async () => {
    const { exited, errors, lines } = await serve({
      DATABASE_URL: '',
      PUBLIC_URL: '',
      SMTP_URL: '',
      PORT: 'http',
    });

    expect(await exited).toBe(1);
    const said = [await errors, ...lines].join('\n');
    expect(said).toMatch(/- PORT: .+\n.*- DATABASE_URL: .+\n.*- PUBLIC_URL: .+\n.*- SMTP_URL: /);
    expect(said).not.toMatch(/^ {4}at /m);
  });
});
