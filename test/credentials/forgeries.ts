import {
  ec,
  es256,
  forge,
  hs256,
  inSeconds,
  type Pair,
  pemOf,
  ps256,
  rs256,
  rsa,
} from './forge.ts';

export const issuer = 'https://issuer.test';
export const otherIssuer = 'https://other.test';
export const audience = 'https://collegium.test';

/** What the forger knows and has. */
export interface Stage {
  /** The issuer's keys, published as `first` and `second`; RS256 is what it may sign by. */
  first: Pair;
  second: Pair;
  /** A key of the issuer for ES256, published as `curved`: not what it may sign by here. */
  curved: Pair;
  /** The key of another issuer that is believed. */
  other: Pair;
  /** The forger's own. */
  own: Pair;
  /** Where the forger publishes keys. */
  evilUrl: string;
  publicUrl: string;
}

export const makeStage = (evilUrl: string, publicUrl: string): Stage => ({
  first: rsa(),
  second: rsa(),
  curved: ec(),
  other: rsa(),
  own: rsa(),
  evilUrl,
  publicUrl,
});

export const header = { alg: 'RS256', typ: 'JWT', kid: 'first' };
export const claims = () => ({
  iss: issuer,
  aud: audience,
  sub: 'jane',
  iat: inSeconds(0),
  exp: inSeconds(300),
  jti: 'a-token',
});

/** A token as the issuer signs it, with other claims and another header. */
export const signed = ({ first }: Pick<Stage, 'first'>, more: object = {}, head: object = {}) =>
  forge({ ...header, ...head }, without({ ...claims(), ...more }), rs256(first));

const without = (all: object) =>
  Object.fromEntries(Object.entries(all).filter(([, it]) => it !== undefined));

const jwk = ({ publicKey }: Pair) => publicKey.export({ format: 'jwk' });

/** What is forged, why it is refused as the log has it, and how it is made. Not read at all: null. */
export const forgeries: [string, RegExp | null, (stage: Stage) => string][] = [
  // Signed by nobody, or by what everybody knows.
  ['no signature', null, (it) => signed(it).replace(/[^.]+$/, '')],
  ['alg none', null, () => forge({ alg: 'none' }, claims(), () => Buffer.alloc(0))],
  [
    'alg none, with a signature',
    /alg/,
    () => forge({ ...header, alg: 'none' }, claims(), () => Buffer.from('x')),
  ],
  ['alg NONE', /alg/, () => forge({ ...header, alg: 'NONE' }, claims(), () => Buffer.from('x'))],
  ['no alg', /alg/i, (it) => signed(it, {}, { alg: undefined })],
  [
    'the public key as a shared secret',
    /alg/,
    ({ first }) => forge({ ...header, alg: 'HS256' }, claims(), hs256(pemOf(first.publicKey))),
  ],
  [
    'the published key as a shared secret',
    /alg/,
    ({ first }) => forge({ ...header, alg: 'HS256' }, claims(), hs256(String(jwk(first).n))),
  ],
  ['another’s key', /signature/, ({ own }) => forge(header, claims(), rs256(own))],
  // By a key that the token brings along, or says where to find.
  [
    'its own key in the header',
    /signature/,
    ({ own }) => forge({ ...header, jwk: jwk(own) }, claims(), rs256(own)),
  ],
  [
    'its own key in the header, and no name of one',
    /no applicable key|multiple/,
    ({ own }) => forge({ alg: 'RS256', jwk: jwk(own) }, claims(), rs256(own)),
  ],
  [
    'an address of its own keys',
    /no applicable key/,
    ({ own, evilUrl }) =>
      forge({ ...header, kid: 'evil', jku: `${evilUrl}/evil` }, claims(), rs256(own)),
  ],
  [
    'an address of its own certificate',
    /no applicable key/,
    ({ own, evilUrl }) =>
      forge({ ...header, kid: 'evil', x5u: `${evilUrl}/evil` }, claims(), rs256(own)),
  ],
  [
    'its own certificate',
    /signature/,
    ({ own }) =>
      forge(
        {
          ...header,
          x5c: [own.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')],
        },
        claims(),
        rs256(own),
      ),
  ],
  // By the wrong one of the right keys.
  ['the name of another key', /signature/, (it) => signed(it, {}, { kid: 'second' })],
  ['the name of no key', /no applicable key/, (it) => signed(it, {}, { kid: 'third' })],
  ['the name of a file', /no applicable key/, (it) => signed(it, {}, { kid: '../../dev/null' })],
  ['a key’s name that is no text', /no applicable key/, (it) => signed(it, {}, { kid: ['first'] })],
  [
    'an algorithm of the same key that is not the issuer’s',
    /alg/,
    ({ first }) => forge({ ...header, alg: 'PS256' }, claims(), ps256(first)),
  ],
  [
    'an algorithm of another key that is not the issuer’s',
    /alg/,
    ({ curved }) => forge({ ...header, alg: 'ES256', kid: 'curved' }, claims(), es256(curved)),
  ],
  ['the key of another issuer', /signature/, ({ other }) => forge(header, claims(), rs256(other))],
  [
    'the issuer’s key in the name of another',
    /signature/,
    (it) => signed(it, { iss: otherIssuer }),
  ],
  [
    'the issuer’s key in our name',
    /no applicable key/,
    (it) =>
      signed(it, { iss: it.publicUrl, aud: it.publicUrl, scope: 'ADMINISTER' }, { typ: 'at+jwt' }),
  ],
  [
    'the name of nobody whom we believe',
    /nobody whom we believe/,
    (it) => signed(it, { iss: 'https://evil.test' }),
  ],
  [
    'the name of somebody like',
    /nobody whom we believe/,
    (it) => signed(it, { iss: `${issuer}/` }),
  ],
  [
    'two names',
    /nobody whom we believe/,
    (it) => signed(it, { iss: [issuer, 'https://evil.test'] }),
  ],
  ['no name', /nobody whom we believe/, (it) => signed(it, { iss: undefined })],
  // Signed, but not for this.
  ['extensions that we do not know', /critical/, (it) => signed(it, {}, { crit: ['exp'] })],
  [
    'a payload that is not encoded',
    /critical/,
    (it) => signed(it, {}, { crit: ['b64'], b64: false }),
  ],
  [
    'the type of something else',
    /type is logout\+jwt/,
    (it) => signed(it, {}, { typ: 'logout+jwt' }),
  ],
  ['a type that is no text', /type is/, (it) => signed(it, {}, { typ: {} })],
  ['another audience', /"aud"/, (it) => signed(it, { aud: 'https://elsewhere.test' })],
  ['no audience', /"aud"/, (it) => signed(it, { aud: undefined })],
  // Not now.
  [
    'an end that is over',
    /"exp"/,
    (it) => signed(it, { iat: inSeconds(-300), exp: inSeconds(-31) }),
  ],
  ['no end', /"exp"/, (it) => signed(it, { exp: undefined })],
  ['an end that is no number', /"exp"/, (it) => signed(it, { exp: '2099-01-01' })],
  [
    'an end that is far away',
    /longer than a year/,
    (it) => signed(it, { exp: inSeconds(367 * 86_400) }),
  ],
  [
    'an end that is beyond all numbers',
    /longer than a year/,
    ({ first }) =>
      forge(header, JSON.stringify(claims()).replace(/"exp":\d+/, '"exp":1e999'), rs256(first)),
  ],
  ['a beginning that is to come', /"nbf"/, (it) => signed(it, { nbf: inSeconds(35) })],
  ['a signature that is to come', /of the future/, (it) => signed(it, { iat: inSeconds(35) })],
  ['no time of its signature', /"iat"/, (it) => signed(it, { iat: undefined })],
  // Of nobody.
  ['no subject', /"sub"/, (it) => signed(it, { sub: undefined })],
  ['a subject that is a number', /"sub"/, (it) => signed(it, { sub: 1 })],
  ['a subject that is a list', /"sub"/, (it) => signed(it, { sub: ['jane'] })],
  ['a subject that is empty', /"sub"/, (it) => signed(it, { sub: '' })],
  ['a subject that no database keeps', /"sub"/, (it) => signed(it, { sub: 'jane\0' })],
  [
    'a subject that is half a letter',
    /"sub"/,
    ({ first }) =>
      forge(header, JSON.stringify(claims()).replace('"jane"', '"jane\\ud800"'), rs256(first)),
  ],
  // Not what it seems.
  [
    'a claim twice',
    /twice/,
    ({ first }) => forge(header, `{"sub":"joe",${JSON.stringify(claims()).slice(1)}`, rs256(first)),
  ],
  [
    'a claim twice, written differently',
    /twice/,
    ({ first }) =>
      forge(header, `{"s\\u0075b":"joe",${JSON.stringify(claims()).slice(1)}`, rs256(first)),
  ],
  [
    'a header twice',
    /twice/,
    ({ first }) =>
      forge(`{"alg":"none",${JSON.stringify(header).slice(1)}`, claims(), rs256(first)),
  ],
  [
    'other claims under the signature',
    /signature/,
    (it) => {
      const [head, , signature] = signed(it).split('.');
      const payload = Buffer.from(JSON.stringify({ ...claims(), sub: 'joe' })).toString(
        'base64url',
      );
      return `${head}.${payload}.${signature}`;
    },
  ],
  ['a list of claims', /./, ({ first }) => forge(header, '[]', rs256(first))],
  ['claims that cannot be read', /./, ({ first }) => forge(header, '{', rs256(first))],
  ['more than 8 KiB', null, (it) => signed(it, { more: 'x'.repeat(8_000) })],
  ['five parts', null, (it) => `${signed(it)}.x.x`],
];
