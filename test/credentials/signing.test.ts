import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { readConfig } from '../../src/config.ts';
import { signToken } from '../../src/credentials/signing.ts';
import { toGlobalId } from '../../src/ids.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { ec, ed, edDsa, forge, inSeconds, type Pair, pemOf, rsa } from './forge.ts';
import { askBy, bearer, forgetLimits, startBeside, startIssuersWorld, viewerBy } from './kit.ts';

let world: World;
const [current, last] = [ed(), rsa()];

beforeAll(async () => {
  const SIGNING_KEY = pemOf(current.privateKey) + pemOf(last.privateKey);
  world = await startWorld({ isWorking: false, env: { SIGNING_KEY } });
});
afterAll(() => world.stop());
beforeEach(() => forgetLimits(world));

const system = () => world.app.begin(Actor.system);
const make = 'mutation { createToken(input: { name: "x", scopes: [] }) { secret } }';

/** What is done with a server on the same database that has other keys. */
async function withKeys<T>(signingKeys: KeyObject[], work: (url: string) => Promise<T>) {
  const { app, url } = await startBeside(world, { signingKeys });
  try {
    return await work(url);
  } finally {
    await app.stop();
  }
}

describe('a token of our own', () => {
  it('lets its user in, for a quarter of an hour if nobody says', async () => {
    const { id, username } = await world.makeUser();

    const token = await signToken(system(), { username: username.toUpperCase() });

    expect(await viewerBy(world.url, bearer(token))).toBe(username);
    const { iat = 0, exp = 0, ...rest } = decodeJwt(token);
    expect(exp - iat).toBe(900);
    expect(rest).toEqual({
      iss: 'http://127.0.0.1:0',
      aud: 'http://127.0.0.1:0',
      sub: toGlobalId('User', id),
      jti: expect.any(String),
      scope: 'COMMUNITIES ACCOUNT SYNC MODERATE ADMINISTER',
    });
    expect(
      await world.sql(
        `select act, actor_kind, details from audit_events where subject_id = $1 and act = 'token.signed'`,
        [id],
      ),
    ).toMatchObject([{ actor_kind: 'SYSTEM', details: { jti: rest.jti, minutes: 15 } }]);
  });

  it('goes as far as its scopes', async () => {
    const { username } = await world.makeUser();
    const sign = (scopes: 'ACCOUNT'[]) => signToken(system(), { username, scopes });

    const [none, account] = [await sign([]), await sign(['ACCOUNT'])];

    expect((await askBy(world.url, bearer(none), make)).errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN', scope: 'ACCOUNT' } },
    ]);
    expect((await askBy(world.url, bearer(account), make)).data.createToken.secret).toMatch(
      /^clg_pat_/,
    );
    expect(await viewerBy(world.url, bearer(none))).toBe(username);
  });

  it('makes no personal token that outlives it', async () => {
    const { username } = await world.makeUser();
    const token = await signToken(system(), { username });
    const end = new Date((decodeJwt(token).exp ?? 0) * 1000).toISOString();
    const make = (more: string) =>
      askBy(
        world.url,
        bearer(token),
        `mutation { createToken(input: { name: "x", scopes: []${more} }) {
          token { expiresAt } userErrors { path }
        } }`,
      );

    const [unsaid, later] = [await make(''), await make(', days: 1')];

    expect(unsaid.data.createToken.token.expiresAt).toBe(end);
    expect(later.data.createToken).toEqual({
      token: null,
      userErrors: [{ path: ['input', 'days'] }],
    });
  });

  it.each([
    ['is locked out', 'update users set locked_out_at = now() where id = $1'],
    ['is suspended', `update users set state = 'SUSPENDED' where id = $1`],
    ['has closed their account', `update users set state = 'DEACTIVATED' where id = $1`],
    ['is no more', 'delete from users where id = $1'],
  ])('is dead in the very next request once its user %s', async (_, statement) => {
    const { id, username } = await world.makeUser();
    const token = await signToken(system(), { username });
    const before = await viewerBy(world.url, bearer(token));

    await world.sql(statement, [id]);

    expect([before, await viewerBy(world.url, bearer(token))]).toEqual([username, 401]);
  });

  it('is believed while its key is there, whichever signs now', async () => {
    const { username } = await world.makeUser();
    const keys = [current.privateKey, last.privateKey];
    const ctx = system();
    const before = { ...ctx, config: { ...ctx.config, signingKeys: [last.privateKey] } };
    const old = await signToken(before, { username });
    const enter = (url: string) => viewerBy(url, bearer(old));

    const whileBoth = await enter(world.url);
    const alone = await withKeys(keys.slice(0, 1), enter);
    const none = await withKeys([], enter);

    expect([whileBoth, alone, none]).toEqual([username, 401, 401]);
  });

  const header = { alg: 'EdDSA', typ: 'at+jwt' };
  const kid = () => calculateJwkThumbprint(current.publicKey.export({ format: 'jwk' }) as object);
  const claims = (sub: string) => ({
    iss: 'http://127.0.0.1:0',
    aud: 'http://127.0.0.1:0',
    sub,
    iat: inSeconds(0),
    exp: inSeconds(60),
    jti: 'x',
    scope: 'ACCOUNT',
  });
  it.each<[string, object, (id: string) => object, number | 'in']>([
    ['as it is', {}, () => ({}), 'in'],
    ['without its type', { typ: 'JWT' }, () => ({}), 401],
    ['without the name of its key', { kid: undefined }, () => ({}), 401],
    ['for somebody else', {}, () => ({ aud: 'https://elsewhere.test' }), 401],
    ['without scopes', {}, () => ({ scope: undefined }), 401],
    ['without an id', {}, () => ({ jti: undefined }), 401],
    ['of a username', {}, () => ({ sub: 'the-administrator' }), 401],
    ['of a UUID', {}, (id) => ({ sub: id }), 401],
    ['of something else', {}, (id) => ({ sub: toGlobalId('Role', id) }), 401],
  ])('%s, signed by our key, lets in or not', async (_, head, more, expected) => {
    const { id, username } = await world.makeUser();

    const token = forge(
      { ...header, kid: await kid(), ...head },
      { ...claims(toGlobalId('User', id)), ...more(id) },
      edDsa(current),
    );

    expect(await viewerBy(world.url, bearer(token))).toBe(expected === 'in' ? username : expected);
  });

  it.each([
    [{ minutes: 0 }, 'minutes'],
    [{ minutes: 1441 }, 'minutes'],
    [{ minutes: 1.5 }, 'minutes'],
    [{ scopes: ['EVERYTHING'] }, 'scopes'],
  ])('is not signed with %j', async (more, field) => {
    const sign = signToken(system(), { username: 'the-administrator', ...(more as object) });

    await expect(sign).rejects.toMatchObject({ all: [{ path: expect.arrayContaining([field]) }] });
  });

  it('is signed for nobody who is not there', async () => {
    await expect(signToken(system(), { username: 'nobody' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      path: ['input', 'username'],
    });
  });

  it('is signed by no key if there is none, which says where to put one', async () => {
    const ctx = system();
    const without = { ...ctx, config: { ...ctx.config, signingKeys: [] } };

    await expect(signToken(without, { username: 'the-administrator' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('SIGNING_KEY'),
    });
  });

  it('is signed by nobody but on the command line', async () => {
    const [{ id }] = await world.sql(`select id from users where username = 'the-administrator'`);
    const ctx = world.app.begin(Actor.user(id, ['ADMINISTER'], []));

    await expect(signToken(ctx, { username: 'the-administrator' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });
});

describe('the published keys', () => {
  const read = async (url: string) => {
    const response = await fetch(`${url}/.well-known/jwks.json`);
    const { keys } = (await response.json()) as { keys: object[] };
    return { response, keys };
  };

  it('are all of ours, in their order, with nothing of them that is secret', async () => {
    const { response, keys } = await read(world.url);

    const [one, two] = [current, last].map((it) => it.publicKey.export({ format: 'jwk' }));
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    expect(keys).toEqual([
      { ...one, alg: 'EdDSA', use: 'sig', kid: await calculateJwkThumbprint(one as object) },
      { ...two, alg: 'RS256', use: 'sig', kid: await calculateJwkThumbprint(two as object) },
    ]);
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    expect(Object.keys(keys[1] ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  });

  it('are what others check our tokens by', async () => {
    const { username } = await world.makeUser();
    const token = await signToken(system(), { username });
    const keys = createRemoteJWKSet(new URL(`${world.url}/.well-known/jwks.json`));

    const { payload } = await jwtVerify(token, keys, { audience: 'http://127.0.0.1:0' });

    expect(payload.scope).toContain('COMMUNITIES');
  });

  it('are none where there are none', async () => {
    const { response, keys } = await withKeys([], read);

    expect([response.status, keys]).toEqual([200, []]);
  });
});

describe('keys in the configuration', () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }) as Pair;
  const at = (public_key: string, algorithms?: string[]) => ({
    'https://issuer.test': { idp: 'x', audience: 'y', public_key, algorithms },
  });

  it.each<[string, KeyObject, string[] | undefined, string]>([
    ['a curve for RSA', ec().publicKey, undefined, 'is none for RS256'],
    ['RSA for a curve', last.publicKey, ['RS256', 'ES256'], 'is none for ES256'],
    ['another curve', ec().publicKey, ['ES256', 'ES384'], 'is none for ES384'],
    ['a key that is too short', weak.publicKey, undefined, 'is none for RS256'],
    ['a shared secret’s algorithm', last.publicKey, ['HS256'], 'algorithms'],
  ])('that are %s are refused', async (_, key, algorithms, problem) => {
    await expect(startIssuersWorld(at(pemOf(key), algorithms))).rejects.toThrow(problem);
  });

  it.each([
    ['a short one', () => pemOf(weak.privateKey)],
    ['a curve', () => pemOf(ec().privateKey)],
    ['a public one', () => pemOf(createPublicKey(current.privateKey))],
    ['no key', () => 'secret'],
  ])('to sign with: %s is refused', (_, key) => {
    expect(() => readConfig({ NODE_ENV: 'test', SIGNING_KEY: key() })).toThrow('SIGNING_KEY');
  });
});
