import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { hashOf, looksLikeToken } from '../../src/credentials/secret.ts';
import { type Kind, newId, prefixes, toGlobalId } from '../../src/ids.ts';
import { sessionCookie, signInCookie } from '../../src/signin/cookies.ts';
import type { World } from '../helpers/world.ts';
import { askBy, bearer, forgetLimits, signIn, startWorldWith, viewerBy } from './kit.ts';

let world: World;
let victim: { id: string; username: string; token: string };
let session: Record<string, string>;
const secrets = {
  link: randomBytes(32).toString('base64url'),
  way: randomBytes(32).toString('base64url'),
};

beforeAll(async () => {
  // A provider that nobody reaches: whoever got so far would be told that it is away.
  world = await startWorldWith({
    signIn: { campus: { kind: 'oidc', issuer: 'http://127.0.0.1:9', client_id: 'x' } },
  });
  victim = await world.makeUser('victim');
  session = await signIn(world, victim.id);
  await world.sql(
    `insert into links (id, hash, purpose, user_id, expires_at)
     values ($1, $2, 'SIGN_IN', $3, now() + interval '1 day')`,
    [newId(), hashOf(secrets.link), victim.id],
  );
  await world.sql(
    `insert into sign_ins (id, hash, provider, checks, return_to, user_id, expires_at)
     values ($1, $2, 'campus', '{}', '/', $3, now() + interval '1 day')`,
    [newId(), hashOf(secrets.way), victim.id],
  );
});
afterAll(() => world.stop());
beforeEach(() => forgetLimits(world));

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A text as a token of the right form: what keeps it out is that nobody was given it. */
function asToken(text: string): string {
  const secret = text
    .replace(/[^0-9A-Za-z]/g, '')
    .padEnd(30, '0')
    .slice(0, 30);
  let sum = '';
  for (let rest = crc32(secret); sum.length < 6; rest = Math.floor(rest / 62)) {
    sum = letters[rest % 62] + sum;
  }
  return `clg_pat_${secret}${sum}`;
}

/** What somebody could send who has read a value. */
function forms(value: unknown): string[] {
  if (Buffer.isBuffer(value)) {
    const again = createHash('sha256').update(value).digest();
    const texts = [value, again].flatMap((it) =>
      (['hex', 'base64', 'base64url'] as const).map((form) => it.toString(form)),
    );
    return [...texts, `\\x${value.toString('hex')}`, value.toString('hex').toUpperCase()].flatMap(
      (it) => [it, asToken(it)],
    );
  }
  const text = value instanceof Date ? value.toISOString() : String(value);
  const ids = /^[0-9a-f-]{36}$/.test(text)
    ? (Object.keys(prefixes) as Kind[]).map((kind) => toGlobalId(kind, text)).slice(0, 4)
    : [];
  return [text, asToken(text), ...ids];
}

const visitLink = (token: string) =>
  fetch(`${world.url}/sign-in/link?token=${encodeURIComponent(token)}`);
const followLink = (token: string) =>
  fetch(`${world.url}/sign-in/link`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ token }),
  });

/** Comes back from a provider with a text as the cookie of whoever went there. */
const comeBack = (text: string) =>
  fetch(`${world.url}/sign-in/campus/callback?code=x&state=x`, {
    redirect: 'manual',
    headers: { cookie: `${signInCookie}=${encodeURIComponent(text)}` },
  });
const signInsLeft = async () => (await world.sql('select 1 from sign_ins')).length;

/** What a text gets its sender at each door. */
async function tryAll(text: string) {
  const cookie = (name: string) => ({ cookie: `${name}=${encodeURIComponent(text)}` });
  const link = await followLink(text);
  await comeBack(text);
  return {
    bearer: await viewerBy(world.url, bearer(text)),
    session: await viewerBy(world.url, {
      ...cookie(sessionCookie),
      'sec-fetch-site': 'same-origin',
    }),
    link: (await visitLink(text)).ok || link.headers.getSetCookie().length > 0,
  };
}

it('what is not in the database lets in', async () => {
  expect(await viewerBy(world.url, bearer(victim.token))).toBe('victim');
  expect(await viewerBy(world.url, session)).toBe('victim');
  expect(await (await visitLink(secrets.link)).text()).toContain('victim');
  expect(looksLikeToken(asToken('anything'))).toBe(true);
});

it.each(['tokens', 'sessions', 'links', 'sign_ins'])(
  'nothing that is in %s lets anybody in',
  async (table) => {
    const found = await world.sql(`select * from ${table}`);
    const texts = new Set(found.flatMap((row) => Object.values(row).flatMap(forms)));
    const sendable = [...texts].filter((it) => /^[\x21-\x7e]+$/.test(it));
    expect(sendable.length).toBeGreaterThan(20);

    const lucky = [];
    for (let n = 0; n < sendable.length; n += 10) {
      // Each try is to be refused for what it is, not for how many there were.
      await forgetLimits(world);
      const some = sendable.slice(n, n + 10);
      const answers = await Promise.all(some.map(tryAll));
      lucky.push(
        ...answers.flatMap((it, at) =>
          it.bearer === 401 && it.session === null && !it.link ? [] : [[some[at], it]],
        ),
      );
    }

    expect(lucky).toEqual([]);
    expect(await signInsLeft()).toBe(1);
  },
  60_000,
);

it('nor does the database itself tell a secret', async () => {
  const texts = await Promise.all(
    ['tokens', 'sessions', 'links', 'sign_ins', 'audit_events'].map(async (table) =>
      JSON.stringify(await world.sql(`select t::text from ${table} t`)),
    ),
  );
  const cookie = String(session.cookie).split('=')[1] as string;

  for (const secret of [victim.token.slice(8, -4), cookie, secrets.link]) {
    expect(texts.join()).not.toContain(secret);
    expect(texts.join()).not.toContain(Buffer.from(secret).toString('hex'));
  }
  expect((await askBy(world.url, session, '{ viewer { id } }')).status).toBe(200);
});

it('but who was sent to a provider may come back, once', async () => {
  await comeBack(secrets.way);

  expect(await signInsLeft()).toBe(0);
});
