import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  type JSONWebKeySet,
  type JWK,
  type JWTVerifyGetKey,
} from 'jose';
import type { Config } from '../config.ts';

export const ownAlgorithms = ['RS256', 'EdDSA'] as const;
/** Says that it is to let somebody in: whatever else our keys may sign is not (RFC 9068). */
export const ownType = 'at+jwt';

type Keys = Pick<Config, 'signingKeys'>;

export const algorithmOf = (key: KeyObject): (typeof ownAlgorithms)[number] =>
  key.asymmetricKeyType === 'rsa' ? 'RS256' : 'EdDSA';

const known = new WeakMap<Keys['signingKeys'], Promise<JSONWebKeySet>>();

/** What the world may know of our keys, in their order; each is named by its thumbprint (RFC 7638). */
export function publicKeys({ signingKeys }: Keys): Promise<JSONWebKeySet> {
  const found = known.get(signingKeys) ?? Promise.all(signingKeys.map(publicPart)).then(setOf);
  known.set(signingKeys, found);
  return found;
}

const setOf = (keys: JWK[]): JSONWebKeySet => ({ keys });

async function publicPart(key: KeyObject): Promise<JWK> {
  const jwk = createPublicKey(key).export({ format: 'jwk' }) as JWK;
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: algorithmOf(key), use: 'sig' };
}

/** How the key of a token of our own is found: by the name that it gives. */
export async function ownKeys(config: Keys): Promise<JWTVerifyGetKey> {
  const find = createLocalJWKSet(await publicKeys(config));
  return (header, token) => find({ ...header, kid: String(header.kid) }, token);
}
