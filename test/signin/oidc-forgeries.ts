import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { changeJson, changeReturn, forge, type OnAnswer } from './oidc-front.ts';
import type { Oidc } from './oidc-kit.ts';
import { isReturn, newVisitor, signInThrough } from './visitor.ts';

/** Something that somebody between us and a provider changes. */
export interface Forgery {
  name: string;
  /** What the log says of it. */
  cause: RegExp;
  /** Sets the trap, before somebody signs in. */
  forge(oidc: Oidc, here: Here): unknown;
}

/** What anybody can do here. */
interface Here {
  /** Where a sign-in begins. */
  begin(): Promise<string | URL>;
  signIn(login: string): Promise<unknown>;
}

const stranger: JWK = {
  ...(await exportJWK((await generateKeyPair('RS256', { extractable: true })).privateKey)),
  alg: 'RS256',
};
const { d: _, ...strangerPublic } = stranger;
const now = () => Math.floor(Date.now() / 1000);

const inReturn =
  (change: (url: URL) => unknown): Forgery['forge'] =>
  (oidc) => {
    oidc.onAnswer = changeReturn(change);
  };

const at =
  (path: string, change: (json: Record<string, unknown>, oidc: Oidc) => unknown) =>
  (oidc: Oidc): void => {
    oidc.onAnswer = changeJson(path, (json) => change(json, oidc));
  };

const inToken = (
  change: (token: string, oidc: Oidc) => string | undefined | Promise<string | undefined>,
) =>
  at('/token', async (it, oidc) => ({ ...it, id_token: await change(String(it.id_token), oidc) }));

/** Signed by the provider itself: only the claims are not what they should be. */
const withClaims = (claims: (oidc: Oidc) => Record<string, unknown>) =>
  inToken((token, oidc) => forge(token, { claims: claims(oidc), key: oidc.key }));

const answering =
  (path: string, change: OnAnswer): Forgery['forge'] =>
  (oidc) => {
    oidc.onAnswer = (answered, asked) =>
      asked.path.startsWith(path) ? change(answered, asked) : undefined;
  };

const answers: [string, RegExp, Forgery['forge']][] = [
  ['another state', /unexpected "state"/, inReturn((it) => it.searchParams.set('state', 'x'))],
  ['no state', /"state" missing/, inReturn((it) => it.searchParams.delete('state'))],
  ['two states', /"state".* only once/, inReturn((it) => it.searchParams.append('state', 'x'))],
  [
    'the issuer of another',
    /unexpected "iss"/,
    inReturn((it) => it.searchParams.set('iss', 'https://evil.example')),
  ],
  [
    'no issuer, though it says that it names itself',
    /"iss" .*missing/,
    inReturn((it) => it.searchParams.delete('iss')),
  ],
  ['an invented code', /invalid_grant/, inReturn((it) => it.searchParams.set('code', 'invented'))],
  ['no code', /./, inReturn((it) => it.searchParams.delete('code'))],
  ['two codes', /"code".* only once/, inReturn((it) => it.searchParams.append('code', 'x'))],
  [
    'an identity token in the address',
    /implicit and hybrid/,
    inReturn((it) => it.searchParams.set('id_token', 'x.y.z')),
  ],
  [
    'the code of another session',
    /invalid_grant/,
    async (oidc, { begin }) => {
      const theirs = await signInThrough(newVisitor(), await begin(), 'mallory', isReturn);
      const code = theirs.url.searchParams.get('code') ?? '';
      oidc.onAnswer = changeReturn((it) => it.searchParams.set('code', code));
    },
  ],
];

const tokens: [string, RegExp, Forgery['forge']][] = [
  ['no identity token', /"id_token"/, inToken(() => undefined)],
  ['what is not a token', /JWT/, inToken(() => 'x.y')],
  ['another issuer', /"iss"/, withClaims(() => ({ iss: 'https://evil.example' }))],
  ['another audience', /"aud"/, withClaims(() => ({ aud: 'somebody' }))],
  [
    'several audiences, and meant for another',
    /"azp"/,
    withClaims(() => ({ aud: ['collegium', 'somebody'], azp: 'somebody' })),
  ],
  ['an end 40 seconds ago', /"exp"/, withClaims(() => ({ exp: now() - 40 }))],
  ['no end', /"exp"/, withClaims(() => ({ exp: undefined }))],
  ['no beginning', /"iat"/, withClaims(() => ({ iat: undefined }))],
  ['a validity from 40 seconds on', /"nbf"/, withClaims(() => ({ nbf: now() + 40 }))],
  ['another nonce', /"nonce"/, withClaims(() => ({ nonce: 'x' }))],
  ['no nonce', /"nonce"/, withClaims(() => ({ nonce: undefined }))],
  ['no subject', /"sub"/, withClaims(() => ({ sub: undefined }))],
  ['an empty subject', /subject/i, withClaims(() => ({ sub: '' }))],
  ['a subject that is a list', /"sub"/, withClaims(() => ({ sub: ['alice'] }))],
  [
    'alg none',
    /"alg"/,
    inToken((it) => forge(it, { claims: { sub: 'admin' }, header: { alg: 'none' } })),
  ],
  [
    'another subject under the old signature',
    /signature/,
    inToken((it) => forge(it, { claims: { sub: 'admin' } })),
  ],
  ['the key of a stranger', /signature/, inToken((it) => forge(it, { key: stranger }))],
  [
    'the key of a stranger, and its name',
    /key/,
    inToken((it) => forge(it, { key: stranger, header: { kid: 'x' } })),
  ],
  [
    'the key of a stranger, and the key itself',
    /signature/,
    inToken((it) => forge(it, { key: stranger, header: { jwk: strangerPublic } })),
  ],
  [
    'our own secret for a key',
    /"alg"|JWS/,
    inToken((it, { clientSecret }) =>
      forge(it, {
        header: { alg: 'HS256' },
        key: { kty: 'oct', k: Buffer.from(clientSecret).toString('base64url') },
      }),
    ),
  ],
  [
    'its public key for a secret',
    /"alg"|JWS/,
    inToken((it, { key }) =>
      forge(it, {
        header: { alg: 'HS256' },
        key: { kty: 'oct', k: String(key.n) },
      }),
    ),
  ],
  [
    'a header that must be understood and is not',
    /"crit"/,
    inToken((it, { key }) => forge(it, { header: { crit: ['x'], x: 1 }, key })),
  ],
  [
    'the token of another session',
    /"nonce"/,
    async (oidc, here) => {
      let theirs: unknown;
      oidc.onAnswer = changeJson('/token', (it) => {
        theirs = it.id_token;
      });
      await here.signIn('mallory');
      oidc.onAnswer = changeJson('/token', (it) => ({ ...it, id_token: theirs }));
    },
  ],
];

const others: [string, RegExp, Forgery['forge']][] = [
  ['somebody else where it tells of people', /"sub"/, at('/me', (it) => ({ ...it, sub: 'admin' }))],
  ['nobody where it tells of people', /"sub"/, at('/me', ({ sub: _, ...rest }) => rest)],
  [
    'a code without the verifier',
    /invalid_grant/,
    (oidc) => {
      oidc.onAsk = (asked) => {
        asked.body = asked.body.replace(/code_verifier=[^&]*&?/, '');
      };
    },
  ],
  [
    'a code with the verifier of another',
    /invalid_grant/,
    (oidc) => {
      oidc.onAsk = (asked) => {
        asked.body = asked.body.replace(/code_verifier=[^&]*/, `code_verifier=${'x'.repeat(43)}`);
      };
    },
  ],
  [
    'the code for another address',
    /invalid_grant/,
    (oidc) => {
      oidc.onAsk = (asked) => {
        asked.body = asked.body.replace(
          /redirect_uri=[^&]*/,
          'redirect_uri=https%3A%2F%2Fevil.example',
        );
      };
    },
  ],
  [
    'tokens somewhere else',
    /status/,
    answering('/token', (it) => {
      Object.assign(it, { status: 307, headers: { location: 'http://127.0.0.1:1/' } });
    }),
  ],
  [
    'a page for tokens',
    /content-type/,
    answering('/token', (it) => {
      Object.assign(it, { headers: { 'content-type': 'text/html' }, body: '<p>Sign in</p>' });
    }),
  ],
];
const ofItself: [string, RegExp, Forgery['forge']][] = [
  ['the keys of a stranger', /key/, at('/jwks', () => ({ keys: [strangerPublic] }))],
  ['no keys', /key/, at('/jwks', () => ({ keys: [] }))],
  [
    'an issuer who is another',
    /issuer/,
    at('/.well-known/', (it) => ({ ...it, issuer: 'https://evil.example' })),
  ],
];

const listed = (place: string, all: [string, RegExp, Forgery['forge']][]): Forgery[] =>
  all.map(([name, cause, forge]) => ({ name: `${place}: ${name}`, cause, forge }));

/** Each of them is to be refused. */
export const forgeries: Forgery[] = [
  ...listed('it sends back', answers),
  ...listed('its token has', tokens),
  ...listed('it answers', others),
];

/** These too; but they are about what is asked for once, and then known for a while. */
export const forgeriesOfItself = listed('it says of itself', ofItself);
