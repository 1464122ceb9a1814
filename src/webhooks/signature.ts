import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The headers `webhook-id`, `webhook-timestamp` and `webhook-signature` of Standard Webhooks 1.0. */
export interface SignedHeaders {
  id: string;
  timestamp: string;
  signature: string;
}

const toleranceInSeconds = 300;

/**
 * Tells whether the raw body was signed by any of the secrets, and lately. Only an authentic
 * webhook is called stale, so `stale` means a slow delivery or a wrong clock, not a stranger.
 */
export function verifySignature(
  body: Buffer,
  headers: SignedHeaders,
  secrets: readonly string[],
  now: number,
): 'ok' | 'stale' | 'wrong' | 'malformed' {
  const given = headers.signature.split(' ').filter(Boolean);
  const isWellFormed =
    /^[ -~]{1,255}$/.test(headers.id) &&
    /^\d{1,12}$/.test(headers.timestamp) &&
    given.length > 0 &&
    given.every((each) => /^\w+,[\w+/=-]+$/.test(each));
  if (!isWellFormed) return 'malformed';

  const signatures = given
    .filter((each) => each.startsWith('v1,'))
    .map((each) => Buffer.from(each.slice(3), 'base64'));
  // Every secret is tried on every signature: the time taken does not tell which one matched.
  const matches = secrets
    .map((secret) => hmac(body, headers, secret))
    .flatMap((expected) => signatures.filter((each) => sameBytes(each, expected)));
  if (matches.length === 0) return 'wrong';
  const age = Math.floor(now / 1000) - Number(headers.timestamp);
  return Math.abs(age) <= toleranceInSeconds ? 'ok' : 'stale';
}

/** The value of `webhook-signature` for a body that is sent. */
export function sign(
  body: Buffer | string,
  headers: Pick<SignedHeaders, 'id' | 'timestamp'>,
  secret: string,
): string {
  return `v1,${hmac(body, headers, secret).toString('base64')}`;
}

/** Compares a bearer token with the SHA-256 that is kept of it. */
export function sameSecret(given: string, expectedSha256: Buffer): boolean {
  return sameBytes(createHash('sha256').update(given).digest(), expectedSha256);
}

/**
 * The key of `whsec_` and base64, or the bytes of any other secret. Throws on one that cannot
 * protect anything, so that asking at start finds it.
 */
export function keyOf(secret: string): Buffer {
  if (!secret.startsWith('whsec_')) {
    if (secret === '') throw new RangeError('A webhook secret is empty');
    return Buffer.from(secret);
  }
  const base64 = secret.slice('whsec_'.length);
  const key = Buffer.from(base64, 'base64');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || key.length < 24 || key.length > 64) {
    throw new RangeError('A webhook secret is whsec_ and 24 to 64 bytes in base64');
  }
  return key;
}

function hmac(
  body: Buffer | string,
  { id, timestamp }: Pick<SignedHeaders, 'id' | 'timestamp'>,
  secret: string,
): Buffer {
  return createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest();
}

function sameBytes(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
