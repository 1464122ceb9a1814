import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { World } from '../helpers/world.ts';
import {
  ec,
  ed,
  edDsa,
  es256,
  forge,
  inSeconds,
  jwkOf,
  type Pair,
  pemOf,
  ps256,
  rs256,
} from './forge.ts';
import {
  audience,
  claims,
  forgeries,
  issuer,
  makeStage,
  otherIssuer,
  type Stage,
  signed,
} from './forgeries.ts';
import {
  allRows,
  askBy,
  bearer,
  forgetLimits,
  makeIdentity,
  startIssuersWorld,
  startKeyPlace,
  viewerBy,
} from './kit.ts';

let world: World;
let place: Awaited<ReturnType<typeof startKeyPlace>>;
let stage: Stage;
const byFile = { rsa: {} as Pair, curved: ec(), edwards: ed() };

beforeAll(async () => {
  place = await startKeyPlace();
  stage = makeStage(place.url, 'http://127.0.0.1:0');
  byFile.rsa = stage.other;
  place.publish('/keys', [
    jwkOf(stage.first, { kid: 'first' }),
    jwkOf(stage.second, { kid: 'second', use: 'sig' }),
    jwkOf(stage.curved, { kid: 'curved' }),
  ]);
  place.publish('/evil', [jwkOf(stage.own, { kid: 'evil' })]);
  const file = join(await mkdtemp(join(tmpdir(), 'collegium-key-')), 'key.pem');
  await writeFile(file, pemOf(stage.other.publicKey));
  const at = (more: object) => ({ idp: 'knowledgeCommons', audience, ...more });
  world = await startIssuersWorld({
    [issuer]: at({ jwks_url: `${place.url}/keys` }),
    [otherIssuer]: at({ idp: 'dserver', public_key_file: file }),
    'https://curved.test': at({
      public_key: pemOf(byFile.curved.publicKey),
      algorithms: ['ES256'],
    }),
    'https://edwards.test': at({
      public_key: pemOf(byFile.edwards.publicKey),
      algorithms: ['EdDSA'],
    }),
    'https://named.test': at({
      public_key_file: file,
      algorithms: ['RS256', 'PS256'],
      subject_claim: 'preferred_username',
    }),
    'https://narrow.test': at({ public_key_file: file, scopes: ['COMMUNITIES'] }),
  });
  const jane = await world.makeUser('Jane');
  await makeIdentity(world, jane.id, 'jane');
  await makeIdentity(world, jane.id, 'jane-d', 'dserver');
});
afterAll(async () => {
  await world.stop();
  await place.stop();
});
beforeEach(() => forgetLimits(world));

/** What the log says of why tokens were refused meanwhile. */
async function reasonsOf(work: () => Promise<unknown>): Promise<string[]> {
  const debug = vi.spyOn(world.app.log, 'debug');
  try {
    await work();
    return debug.mock.calls.map(([it]: unknown[]) => (it as { reason: string }).reason);
  } finally {
    debug.mockRestore();
  }
}

const refused = {
  status: 401,
  errors: [
    {
      message: expect.stringContaining('The token is wrong, revoked or expired.'),
      extensions: { code: 'UNAUTHENTICATED' },
    },
  ],
};
const make = `mutation { createToken(input: { name: "x", scopes: [] }) { secret } }`;

describe('a forged token', () => {
  it.each(forgeries)('with %s is refused, and changes nothing', async (_, reason, forgeOne) => {
    const forged = forgeOne(stage);
    // What is right about it lets Jane in: it is the forgery that is refused.
    expect(await viewerBy(world.url, bearer(signed(stage)))).toBe('Jane');
    const before = await allRows(world);

    const answers: unknown[] = [];
    const reasons = await reasonsOf(async () => {
      answers.push(await askBy(world.url, bearer(forged), '{ viewer { username } }'));
      answers.push(await askBy(world.url, bearer(forged), make));
    });

    expect(answers).toMatchObject([refused, refused]);
    expect(reasons).toEqual(
      reason ? [expect.stringMatching(reason), expect.stringMatching(reason)] : [],
    );
    expect(await allRows(world)).toBe(before);
  });

  it('has the server ask for keys where it says nobody is to be asked', () => {
    expect(place.countOf('/evil')).toBe(0);
  });
});

describe('a token of an issuer', () => {
  it.each<[string, () => object, object?]>([
    ['as it should be', () => ({})],
    ['for several audiences', () => ({ aud: ['https://elsewhere.test', audience] })],
    ['that ended just now, by our clock', () => ({ exp: inSeconds(-20) })],
    ['that begins right now, by our clock', () => ({ nbf: inSeconds(20), iat: inSeconds(20) })],
    ['that lives for a year', () => ({ exp: inSeconds(366 * 86_400 - 60) })],
    ['that says nothing of its type', () => ({}), { typ: undefined }],
    ['that is for access', () => ({}), { typ: 'at+jwt' }],
    ['that writes its type out', () => ({}), { typ: 'application/AT+JWT' }],
    [
      'that brings a key along, which is not looked at',
      () => ({}),
      { jwk: { kty: 'oct', k: 'x' }, jku: 'https://evil.test' },
    ],
    ['by the other key', () => ({}), { kid: 'second' }],
    ['without an id', () => ({ jti: undefined })],
    ['with an id that is no text', () => ({ jti: 5 })],
  ])('%s says who is asking', async (_, more, head = {}) => {
    const by = 'kid' in head ? { first: stage.second } : stage;

    expect(await viewerBy(world.url, bearer(signed(by, more(), head)))).toBe('Jane');
  });

  it.each([
    ['ES256', 'https://curved.test', () => es256(byFile.curved), {}],
    ['EdDSA', 'https://edwards.test', () => edDsa(byFile.edwards), {}],
    [
      'PS256',
      'https://named.test',
      () => ps256(byFile.rsa),
      { sub: '42', preferred_username: 'jane' },
    ],
    [
      'RS256',
      'https://named.test',
      () => rs256(byFile.rsa),
      { sub: undefined, preferred_username: 'jane' },
    ],
  ])('may be signed by %s, for %s', async (alg, iss, signer, more) => {
    const token = forge({ alg }, { ...claims(), iss, ...more }, signer());

    expect(await viewerBy(world.url, bearer(token))).toBe('Jane');
  });

  it('names its subject by the claim that is configured, and by no other', async () => {
    const token = forge(
      { alg: 'RS256' },
      { ...claims(), iss: 'https://named.test' },
      rs256(byFile.rsa),
    );

    expect(await viewerBy(world.url, bearer(token))).toBe(401);
  });

  it('of dserver’s kind lets in whom that service knows, if it has an end', async () => {
    const { aud, iat, exp } = claims();
    const theirs = {
      iss: otherIssuer,
      aud,
      iat,
      nbf: iat,
      exp,
      sub: 'jane-d',
      jti: 'c0ffee',
      type: 'access',
      fresh: false,
    };
    const token = (payload: object) =>
      forge({ alg: 'RS256', typ: 'JWT' }, payload, rs256(stage.other));

    expect(await viewerBy(world.url, bearer(token(theirs)))).toBe('Jane');
    expect(await viewerBy(world.url, bearer(token({ ...theirs, exp: undefined })))).toBe(401);
  });

  it.each([
    ['whom nobody knows', async () => 'nobody'],
    ['whom another service knows', async () => 'jane-d'],
    ['in other letters', async () => 'JANE'],
    [
      'whom the service no longer knows',
      async (subject: string) => {
        const { id } = await world.makeUser();
        await makeIdentity(world, id, subject);
        await world.sql('update identities set gone_at = now() where subject = $1', [subject]);
        return subject;
      },
    ],
    [
      'whose account is closed',
      async (subject: string) => {
        const { id } = await world.makeUser();
        await makeIdentity(world, id, subject);
        await world.sql(`update users set state = 'DEACTIVATED' where id = $1`, [id]);
        return subject;
      },
    ],
    [
      'who is suspended',
      async (subject: string) => {
        const { id } = await world.makeUser();
        await makeIdentity(world, id, subject);
        await world.sql(`update users set state = 'SUSPENDED' where id = $1`, [id]);
        return subject;
      },
    ],
  ])('of somebody %s is refused in the same words', async (name, prepare) => {
    const sub = await prepare(name.replaceAll(' ', '-'));

    const answer = await askBy(world.url, bearer(signed(stage, { sub })), '{ viewer { id } }');

    expect(answer).toMatchObject(refused);
  });

  it('goes no further than its issuer does', async () => {
    const token = forge(
      { alg: 'RS256' },
      { ...claims(), iss: 'https://narrow.test' },
      rs256(byFile.rsa),
    );

    const answer = await askBy(world.url, bearer(token), make);

    expect(answer.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', scope: 'ACCOUNT' } }]);
  });

  it('is dead once its user is locked out, however far ahead the issuer’s clock is', async () => {
    const { id, username } = await world.makeUser();
    await makeIdentity(world, id, username);
    const [old, ahead] = [0, 25].map((it) =>
      bearer(signed(stage, { sub: username, iat: inSeconds(it) })),
    );
    const before = [
      await viewerBy(world.url, old as never),
      await viewerBy(world.url, ahead as never),
    ];

    await world.sql('update users set locked_out_at = now() where id = $1', [id]);

    expect(before).toEqual([username, username]);
    expect([
      await viewerBy(world.url, old as never),
      await viewerBy(world.url, ahead as never),
    ]).toEqual([401, 401]);
    await world.sql(`update users set locked_out_at = now() - interval '1 minute' where id = $1`, [
      id,
    ]);
    expect(await viewerBy(world.url, old as never)).toBe(username);
  });

  it('is written down with what it did', async () => {
    const { id, username } = await world.makeUser();
    await makeIdentity(world, id, username);

    await askBy(world.url, bearer(signed(stage, { sub: username })), make);

    expect(
      await world.sql(`select act, via, via_id, ip from audit_events where actor_id = $1`, [id]),
    ).toEqual([{ act: 'token.created', via: 'JWT', via_id: 'a-token', ip: '127.0.0.1' }]);
  });
});
