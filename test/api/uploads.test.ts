import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import fastify, { type FastifyInstance } from 'fastify';
import { type FileUpload, GraphQLUpload } from 'graphql-upload-minimal';
import {
  Arg,
  buildSchemaSync,
  Field,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from 'type-graphql';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import type { Context } from '../../src/context.ts';
import { Denial } from '../../src/errors.ts';
import { toGlobalId } from '../../src/ids.ts';
import { createLog } from '../../src/log.ts';
import { openDoors } from '../../src/server.ts';
import { acceptUploads, readUpload } from '../../src/uploads.ts';
import { upload } from '../helpers/upload.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { makeCommunity } from './make.ts';
import { statementsOf } from './statements.ts';

const mostOfBody = 5_000_000 + 2 * 256 * 1024 + 64 * 1024;
const keep = `mutation ($input: KeepInput!) { keep(input: $input) { size sha256 } }`;
const known = { authorization: 'Bearer known' };
const allowed = { ...known, 'apollo-require-preflight': 'yes' };

@InputType()
class KeepInput {
  @Field(() => GraphQLUpload)
  file!: Promise<FileUpload>;

  @Field(() => Int, { defaultValue: 5_000_000 })
  most!: number;
}

@ObjectType()
class Kept {
  @Field(() => Int)
  size!: number;

  @Field(() => String)
  sha256!: string;
}

/** What the resolvers were called for. */
const calls: string[] = [];
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

@Resolver(() => Kept)
class KeepResolver {
  @Query(() => String)
  hello() {
    return 'hello';
  }

  @Mutation(() => Kept)
  async keep(@Arg('input', () => KeepInput) { file, most }: KeepInput) {
    calls.push('keep');
    const bytes = await readUpload(file, most);
    return { size: bytes.length, sha256: sha256(bytes) };
  }

  @Mutation(() => Int)
  compare(@Arg('files', () => [GraphQLUpload]) files: Promise<FileUpload>[]) {
    return new Set(files).size;
  }

  @Mutation(() => Boolean)
  ignore(@Arg('file', () => GraphQLUpload) _file: Promise<FileUpload>) {
    calls.push('ignore');
    return true;
  }
}

let server: FastifyInstance;
let url: string;
let port: number;
/** Which Authorization headers were looked at. */
let asked: (string | undefined)[] = [];

beforeAll(async () => {
  const begin = (actor = Actor.anyone) => ({ actor, loaders: new Map() }) as unknown as Context;
  server = await openDoors({
    schema: buildSchemaSync({ resolvers: [KeepResolver], validate: false }),
    features: [],
    log: createLog({ logLevel: 'silent' }),
    begin,
    ready: async () => {},
    trustedProxies: [],
    async authenticate({ headers: { authorization } }) {
      asked.push(authorization);
      if (authorization === undefined) return begin();
      if (authorization === known.authorization) return begin(Actor.user('1', [], []));
      if (authorization === 'Bearer broken') throw new Error('a secret of ours');
      throw new Denial('UNAUTHENTICATED', 'The token is wrong, revoked or expired.');
    },
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = server.server.address() as AddressInfo);
  url = `http://127.0.0.1:${port}/graphql`;
});
afterAll(() => server.close());
beforeEach(() => {
  asked = [];
  calls.length = 0;
});
// Whatever a caller did, others are served.
afterEach(async () => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ hello }"}',
  });
  expect(await response.json()).toEqual({ data: { hello: 'hello' } });
});

type Part = [name: string, value: unknown, filename?: string];

const operations = (more: object = {}) => ({
  query: keep,
  variables: { input: { file: null, ...more } },
});
const map = { 0: ['variables.input.file'] };
const parts = (file: Buffer | string, more?: object): Part[] => [
  ['operations', operations(more)],
  ['map', map],
  ['0', file, 'logo.png'],
];

/** A body of parts, written by hand so that it can be wrong. */
function bodyOf(all: Part[], end = '--x--\r\n'): Buffer {
  const written = all.flatMap(([name, value, filename]) => [
    `--x\r\nContent-Disposition: form-data; name="${name}"`,
    filename === undefined ? '' : `; filename="${filename}"\r\nContent-Type: image/png`,
    '\r\n\r\n',
    typeof value === 'string' || value instanceof Buffer ? value : JSON.stringify(value),
    '\r\n',
  ]);
  return Buffer.concat([...written, end].map((it) => Buffer.from(it as string)));
}

const type = { 'content-type': 'multipart/form-data; boundary=x' };

async function send(body: Buffer, headers: Record<string, string> = allowed) {
  const response = await fetch(url, { method: 'POST', headers: { ...type, ...headers }, body });
  const { status } = response;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered
  const answered = (await response.json()) as any;
  return { status, connection: response.headers.get('connection'), body: answered };
}

const refusal = (status: number, message: unknown, code = 'BAD_USER_INPUT') => ({
  status,
  connection: 'close',
  body: { errors: [{ message, extensions: { code } }] },
});

describe('an operation with a file', () => {
  it.each([
    ['as curl writes it', (file: Buffer) => send(bodyOf(parts(file)))],
    [
      'as a browser writes it',
      async (file: Buffer) => {
        const body = new FormData();
        body.set('operations', JSON.stringify(operations()));
        body.set('map', JSON.stringify(map));
        body.set('0', new Blob([new Uint8Array(file)], { type: 'image/png' }), 'ein Lögo "1".png');
        const response = await fetch(url, { method: 'POST', headers: allowed, body });
        return { status: response.status, body: await response.json() };
      },
    ],
    [
      'with another header that no form can send',
      (file: Buffer) =>
        send(bodyOf(parts(file)), { ...known, 'x-apollo-operation-name': 'anything' }),
    ],
  ])('is done, byte for byte, %s', async (_, ask) => {
    const file = randomBytes(300_000);

    const { status, body } = await ask(file);

    const kept = { size: file.length, sha256: sha256(file) };
    expect([status, body]).toEqual([200, { data: { keep: kept } }]);
    expect(asked).toEqual([known.authorization]);
  });

  it('may be of the largest size', async () => {
    const { body } = await send(bodyOf(parts(Buffer.alloc(5_000_000))));

    expect(body.data.keep.size).toBe(5_000_000);
  });

  it('leaves the connection open for the next', async () => {
    expect((await send(bodyOf(parts('abc')))).connection).toBe('keep-alive');
  });

  it('may be one that needs none', async () => {
    const { body } = await send(
      bodyOf([
        ['operations', { query: '{ hello }' }],
        ['map', {}],
      ]),
    );

    expect(body).toEqual({ data: { hello: 'hello' } });
  });

  it('may have it in several places, where it is the same', async () => {
    const query = 'mutation ($files: [Upload!]!) { compare(files: $files) }';

    const { body } = await send(
      bodyOf([
        ['operations', { query, variables: { files: [null, null] } }],
        ['map', { a: ['variables.files.0', 'variables.files.1'] }],
        ['a', 'abc', 'a'],
      ]),
    );

    expect(body).toEqual({ data: { compare: 1 } });
  });

  it('may never look at it', async () => {
    const query = 'mutation ($file: Upload!) { ignore(file: $file) }';
    const all: Part[] = [
      ['operations', { query, variables: { file: null } }],
      ['map', { 0: ['variables.file'] }],
      ['0', Buffer.alloc(4_000_000), 'a'],
    ];

    expect(await send(bodyOf(all))).toMatchObject({
      status: 200,
      body: { data: { ignore: true } },
    });
    expect(calls).toEqual(['ignore']);
  });

  it('is not done with a part of it: a file that is too large is refused whole', async () => {
    const { status, body } = await send(bodyOf(parts('a'.repeat(1235), { most: 1234 })));

    expect([status, body]).toMatchObject([
      200,
      {
        data: null,
        errors: [
          {
            extensions: {
              code: 'BAD_USER_INPUT',
              problems: [
                { path: ['input', 'file'], message: 'has 1,235 bytes and may have 1,234.' },
              ],
            },
          },
        ],
      },
    ]);
    expect((await send(bodyOf(parts('a'.repeat(1234), { most: 1234 })))).body.data.keep.size).toBe(
      1234,
    );
  });

  it.each([
    ['a text for the file', { input: { file: 'abc' } }],
    ['an object for the file', { input: { file: { file: {} } } }],
    ['nothing for the file', { input: { file: null } }],
  ])('is none by JSON with %s', async (_, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...known, 'content-type': 'application/json' },
      body: JSON.stringify({ query: keep, variables }),
    });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    });
    expect(calls).toEqual([]);
  });

  it('is none by a literal', async () => {
    const query = 'mutation { ignore(file: "abc") }';

    const { status, body } = await send(
      bodyOf([
        ['operations', { query }],
        ['map', {}],
      ]),
    );

    expect([status, body.errors[0].extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
  });

  it('is done for a hundred at once, each with its own', async () => {
    const files = Array.from({ length: 100 }, () => randomBytes(100_000));

    const answers = await Promise.all(files.map((it) => send(bodyOf(parts(it)))));

    expect(answers.map((it) => it.body.data?.keep.sha256)).toEqual(files.map(sha256));
  });
});

/** A request of which only the beginning is sent, and what is answered to it until its end. */
async function begin(headers: Record<string, string | number>, body: Buffer | string = '') {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const head = { host: 'localhost', ...type, ...headers };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST /graphql HTTP/1.1\r\n${lines.join('')}\r\n`);
  socket.write(body);
  return { socket, answer: text(socket) };
}

describe('before any of the body is read', () => {
  const huge = { 'content-length': 50_000_000 };
  const preflight = expect.stringContaining('needs a header "apollo-require-preflight"');

  it.each([
    ['without the header', known, 400, /apollo-require-preflight/],
    [
      'with the header, but empty',
      { ...allowed, 'apollo-require-preflight': '' },
      400,
      /preflight/,
    ],
    ['by nobody', { 'apollo-require-preflight': 'yes' }, 401, /Sign in first/],
    [
      'with a wrong token',
      { ...allowed, authorization: 'Bearer wrong' },
      401,
      /The token is wrong/,
    ],
    ['that is too large', allowed, 413, /more than 5,589,824 bytes/],
  ])('a request %s is answered, and its connection closed', async (_, headers, status, said) => {
    // Not one byte of it comes.
    const { answer } = await begin({ ...huge, ...headers });

    const answered = await answer;

    expect(answered).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answered).toMatch(/^connection: close\r$/m);
    expect(answered).toMatch(said);
  });

  it('a page of somebody else is refused without a look at whose browser it is', async () => {
    const answer = await send(bodyOf(parts('abc')), known);

    expect(answer).toEqual(refusal(400, preflight));
    expect(asked).toEqual([]);
  });

  it('50 MB are answered at once, and hold no connection', async () => {
    const begun = Date.now();
    const asking = httpRequest(url, {
      method: 'POST',
      headers: { ...type, ...known, ...huge },
    });
    // They are cut off while they are sent.
    asking.on('error', () => {});
    asking.end(Buffer.alloc(50_000_000));

    const closed = new Promise((resolve) => asking.on('close', resolve));
    const response = await new Promise<IncomingMessage>((resolve) =>
      asking.on('response', resolve),
    );
    await closed;

    expect(response.statusCode).toBe(400);

    expect(Date.now() - begun).toBeLessThan(2000);
    expect(calls).toEqual([]);
  });

  it('nobody learns more than that they are not known', async () => {
    const answer = await send(bodyOf(parts('abc')), { 'apollo-require-preflight': 'yes' });

    expect(answer).toEqual(refusal(401, 'Sign in first.', 'UNAUTHENTICATED'));
  });

  it('a fault of ours is masked', async () => {
    const { status, connection, body } = await send(bodyOf(parts('abc')), {
      ...allowed,
      authorization: 'Bearer broken',
    });

    expect([status, connection, body]).toEqual([
      500,
      'close',
      { code: 'INTERNAL', message: 'Something went wrong here.', errorId: expect.any(String) },
    ]);
  });
});

describe('while the body is read', () => {
  const chunk = (bytes: Buffer) =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
  const chunked = { ...allowed, 'transfer-encoding': 'chunked' };

  it('one of unknown length is done', async () => {
    const { socket, answer } = await begin({ ...chunked, connection: 'close' });

    for (const it of [bodyOf(parts('abc')).subarray(0, 99), bodyOf(parts('abc')).subarray(99)]) {
      socket.write(chunk(it));
    }
    socket.write('0\r\n\r\n');

    expect(await answer).toContain(`"keep":{"size":3,"sha256":"${sha256(Buffer.from('abc'))}"}`);
  });

  it('one that never ends is ended', async () => {
    const { socket, answer } = await begin(chunked, chunk(bodyOf(parts(''), '').subarray(0, -2)));
    socket.on('error', () => {});
    const piece = chunk(Buffer.alloc(64 * 1024));
    let sent = 0;
    const more = () => {
      while (!socket.destroyed && sent < 40_000_000) {
        sent += piece.length;
        if (!socket.write(piece)) return socket.once('drain', more);
      }
      return socket;
    };
    more();

    // What was answered may be lost when the connection is cut: the end is what counts.
    const answered = await answer.catch(() => 'HTTP/1.1 413');

    expect(answered).toMatch(/^HTTP\/1.1 413/);
    expect(sent).toBeGreaterThan(mostOfBody);
    expect(sent).toBeLessThan(40_000_000);
    expect(calls).toEqual([]);
  });

  it.each([
    ['the fields', bodyOf(parts('')).subarray(0, 40)],
    ['the file', bodyOf(parts('abc'.repeat(100_000))).subarray(0, -150_000)],
    ['nothing', Buffer.alloc(0)],
  ])('a caller may go away in the middle of %s', async (_, body) => {
    const { socket, answer } = await begin({ ...allowed, 'content-length': 500_000 }, body);
    await expect.poll(() => asked.length).toBe(1);

    socket.resetAndDestroy();

    await answer.catch(() => {});
    await expect.poll(connections).toBe(0);
    expect(calls).toEqual([]);
  });

  it('a caller may go away before we know who they are', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 20 }, () => begin({ ...allowed, 'content-length': 500_000 })),
    );

    for (const { socket, answer } of sockets) {
      socket.destroy();
      answer.catch(() => {});
    }

    await expect.poll(connections).toBe(0);
  });

  it('one that is late is answered so, and its connection closed', async () => {
    const impatient = fastify();
    const contextOf = async () => ({ actor: Actor.user('1', [], []) }) as unknown as Context;
    acceptUploads(impatient, contextOf, 100);
    impatient.post('/graphql', (request) => request.body);
    await impatient.listen({ host: '127.0.0.1', port: 0 });
    const at = (impatient.server.address() as AddressInfo).port;
    const socket: Socket = connect(at, '127.0.0.1');
    const { 'content-type': form } = type;
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: ${form}\r\napollo-require-preflight: 1\r\ncontent-length: 500\r\n\r\n--x`,
    );

    const answered = await text(socket);

    await impatient.close();
    expect(answered).toMatch(/^HTTP\/1.1 408 /);
    expect(answered).toMatch(/^connection: close\r$/m);
    expect(answered).toContain('The body was not here within 0.1 s.');
  });

  /** How many connections the server has. */
  const connections = () =>
    new Promise<number>((resolve) => {
      // Those of other tests that are kept for the next are none of these.
      server.server.closeIdleConnections();
      server.server.getConnections((_, count) => resolve(count));
    });
});

describe('a body that is no operation with a file', () => {
  const field = 'The field ';
  const file: Part = ['0', 'abc', 'a'];

  it.each<[string, Part[], string | RegExp]>([
    ['has no operations', [['map', map], file], `${field}"operations" is missing.`],
    ['has no map', [['operations', operations()], file], `${field}"map" is missing.`],
    ['has nothing but a file', [file], `${field}"operations" is missing.`],
    ['has no parts', [], /operations/],
    ['has operations that are no JSON', [['operations', '{'], ['map', map], file], /no JSON/],
    ['has a map that is no JSON', [['operations', operations()], ['map', '{'], file], /no JSON/],
    ['has operations that are null', [['operations', null], ['map', map], file], /no object/],
    [
      'has a map that is a list',
      [['operations', operations()], ['map', []], file],
      /"map" is a list/,
    ],
    [
      'has several operations',
      [['operations', [operations()]], ['map', map], file],
      /"operations" is a list/,
    ],
    [
      'has operations twice',
      [...parts('abc'), ['operations', operations()]],
      /"operations" is there twice/,
    ],
    ['has its file twice', [...parts('abc'), file], /"0" is there twice/],
    [
      'has two files',
      [...parts('abc'), ['1', 'abc', 'b']],
      'At most one file can be sent at once.',
    ],
    [
      'has other fields',
      [...parts('abc'), ['query', '{ hello }']],
      /more than "operations" and "map"/,
    ],
    [
      'has operations as a file',
      [
        ['operations', operations(), 'o.json'],
        ['map', map],
      ],
      /"operations" is missing/,
    ],
    ['has no file', parts('abc').slice(0, 2), 'The file "0" of "map" is missing.'],
    [
      'has a field for a file',
      [...parts('abc').slice(0, 2), ['0', 'abc']],
      /more than "operations" and "map"/,
    ],
    [
      'has a file that is not in the map',
      [['operations', operations()], ['map', {}], file],
      'The file "0" is not in "map".',
    ],
    [
      'has a file of every object’s',
      [
        ['operations', operations()],
        ['map', {}],
        ['toString', 'abc', 'a'],
      ],
      'The file "toString" is not in "map".',
    ],
    [
      'has a map to the map',
      [
        ['operations', operations()],
        ['map', { map: map[0] }],
      ],
      /"map" of "map" is missing/,
    ],
    [
      'has a map to no list',
      [['operations', operations()], ['map', { 0: 'variables.input.file' }], file],
      /is no list/,
    ],
  ])('is refused if it %s', async (_, all, message) => {
    const said = typeof message === 'string' ? message : expect.stringMatching(message);

    expect(await send(bodyOf(all))).toEqual(refusal(400, said));
    expect(calls).toEqual([]);
  });

  it.each([
    '',
    '.',
    'variables',
    'variables.',
    'variables.input',
    'variables.input.',
    'variables.input.other',
    'variables.input.most',
    'variables.input.file.name',
    'variables.files.0',
    'query',
    'operationName',
    'extensions.file',
    'toString.call',
    'variables.toString.call',
    'variables.input.valueOf.call',
    '__proto__.polluted',
    'variables.__proto__.polluted',
    'variables.__proto__',
    'variables.__proto__.__proto__',
    'constructor.prototype.polluted',
    'variables.constructor.prototype.polluted',
    'variables.input.hasOwnProperty',
    7,
    null,
    ['variables', 'input', 'file'],
  ])('is refused if its map leads elsewhere: %j', async (path) => {
    const operation = {
      ...operations({ most: 5 }),
      operationName: null,
      extensions: { file: null },
    };
    const all: Part[] = [
      ['operations', operation],
      ['map', { 0: [path] }],
      ['0', 'abc', 'a'],
    ];

    const answer = await send(bodyOf(all));

    expect(answer).toEqual(
      refusal(400, `${JSON.stringify(path)} of "map" leads to no null in the variables.`),
    );
    expect(calls).toEqual([]);
    // biome-ignore lint/suspicious/noExplicitAny: it must not be there
    expect(({} as any).polluted).toBeUndefined();
    for (const it of [Object.prototype.toString, Object.prototype.valueOf]) {
      expect(Object.getOwnPropertyNames(it).sort()).toEqual(['length', 'name']);
    }
  });

  it('writes into nothing but the operation where a name is that of every object’s', async () => {
    const query = 'mutation ($file: Upload!) { ignore(file: $file) }';
    const all: Part[] = [
      [
        'operations',
        `{"query": "${query}", "variables": {"file": null, "__proto__": {"polluted": null}}}`,
      ],
      ['map', { 0: ['variables.file', 'variables.__proto__.polluted'] }],
      ['0', 'abc', 'a'],
    ];

    await send(bodyOf(all));

    // biome-ignore lint/suspicious/noExplicitAny: it must not be there
    expect(({} as any).polluted).toBeUndefined();
  });

  it.each([
    ['in the middle of a field', bodyOf(parts('abc')).subarray(0, 100)],
    ['in the middle of the file', bodyOf(parts('abc')).subarray(0, -12)],
    ['before its end', bodyOf(parts('abc'), '')],
    ['at the beginning', Buffer.alloc(0)],
    ['after the first line', Buffer.from('--x\r\n')],
  ])('is refused if it is cut off %s', async (_, body) => {
    expect(await send(body)).toEqual(refusal(400, expect.stringMatching(/cut off|missing/)));
    expect(calls).toEqual([]);
  });

  it.each([
    ['no boundary', 'multipart/form-data'],
    ['another boundary', 'multipart/form-data; boundary=y'],
    ['an empty boundary', 'multipart/form-data; boundary='],
  ])('is refused if it is said to have %s', async (_, contentType) => {
    const answer = await send(bodyOf(parts('abc')), { ...allowed, 'content-type': contentType });

    expect(answer).toEqual(refusal(400, expect.stringContaining('cut off or malformed')));
  });

  it('is refused if a field is too large', async () => {
    const query = `${keep} #${' '.repeat(256 * 1024)}`;
    const all: Part[] = [['operations', { ...operations(), query }], ...parts('abc').slice(1)];

    expect(await send(bodyOf(all))).toEqual(
      refusal(413, 'The field "operations" has more than 256 KiB.'),
    );
  });

  it('is refused if it has very many parts, in no long time', async () => {
    const begun = Date.now();
    const many = Array.from({ length: 50_000 }, (_, i): Part => [`${i}`, '']);

    expect(await send(bodyOf([...parts('abc'), ...many]))).toMatchObject({ status: 400 });
    expect(Date.now() - begun).toBeLessThan(5000);
  });
});

describe('a logo', () => {
  const setLogo = `mutation ($input: SetCommunityLogoInput!) {
    setCommunityLogo(input: $input) { community { id } userErrors { code message path } } }`;
  const picture = (bytes = 100) => new Uint8Array(bytes);
  let world: World;
  let owner: Person;
  let communityId: string;

  type Person = Awaited<ReturnType<World['makeUser']>>;

  beforeAll(async () => {
    world = await startWorld({ isWorking: false });
    owner = await world.makeUser();
    const self = { uuid: owner.id, id: toGlobalId('User', owner.id) };
    ({ id: communityId } = await makeCommunity(world, { users: [self], level: 'OWNER' }));
    // The token's last use is written once a minute: not while statements are counted.
    await world.ask(owner.token, '{ viewer { id } }');
  });
  afterAll(() => world.stop());

  const send = (token: string | undefined, bytes?: number) =>
    upload(world, token, setLogo, { communityId }, picture(bytes));

  it('that is no picture is a mistake of the input', async () => {
    const { status, data } = await send(owner.token);

    expect(status).toBe(200);
    expect(data.setCommunityLogo).toMatchObject({
      community: null,
      userErrors: [{ code: 'INVALID', path: ['input', 'file'] }],
    });
  });

  it('that is too large is a mistake of the input', async () => {
    const { data } = await send(owner.token, 5_000_001);

    expect(data.setCommunityLogo.userErrors).toEqual([
      {
        code: 'INVALID',
        message: 'has 5,000,001 bytes and may have 5,000,000.',
        path: ['input', 'file'],
      },
    ]);
  });

  it('is not for somebody else, and its sender is looked up once', async () => {
    const stranger = await world.makeUser();
    await world.ask(stranger.token, '{ viewer { id } }');
    let errors: unknown;

    const said = await statementsOf(async () => {
      ({ errors } = await send(stranger.token));
    });

    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(said.filter((it) => it.includes('from tokens'))).toHaveLength(1);
  });

  it.each([
    ['nobody', undefined],
    ['somebody with a wrong token', 'clg_pat_0123456789'],
  ])('of %s is not read', async (_, token) => {
    const { status, errors } = await send(token, 5_500_000);

    expect([status, errors]).toMatchObject([401, [{ extensions: { code: 'UNAUTHENTICATED' } }]]);
  });
});
