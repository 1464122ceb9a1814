import { createRemoteJWKSet, decodeJwt, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Scope } from '../actor.ts';
import type { Config } from '../config.ts';
import type { Issuer } from '../issuers.ts';

/** Characters of the longest token that is looked at. */
const longest = 8 * 1024;
/** Seconds that clocks may differ. */
const clockTolerance = 30;

/** Whom a token is of, and how far it goes. */
export interface Claims {
  /** An account of ours, or how a service knows somebody. */
  of: { userId: string } | { idp: string; subject: string };
  issuedAt: Date;
  id?: string;
  scopes?: ReadonlySet<Scope>;
}

export const looksLikeJwt = (text: string): boolean =>
  text.length <= longest && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);

const remotes = new Map<string, JWTVerifyGetKey>();

/** What a token says, if one whom we believe has signed it; undefined for every other text. */
export async function readJwt(config: Config, token: string): Promise<Claims | undefined> {
  try {
    const { iss } = decodeJwt(token);
    const issuer = config.issuers.find((it) => it.name === iss);
    return issuer && (await readForeign(issuer, token));
  } catch {
    return undefined;
  }
}

async function readForeign(issuer: Issuer, token: string): Promise<Claims | undefined> {
  const { payload } = await jwtVerify(token, await keyOf(issuer), {
    issuer: issuer.name,
    audience: issuer.audience,
    algorithms: issuer.algorithms,
    clockTolerance,
    requiredClaims: ['exp', 'iat', issuer.subjectClaim],
  });
  const subject = payload[issuer.subjectClaim];
  if (typeof subject !== 'string' || subject === '') return undefined;
  return {
    of: { idp: issuer.idp, subject },
    issuedAt: new Date((payload.iat ?? 0) * 1000),
    id: payload.jti,
    scopes: issuer.scopes && new Set(issuer.scopes),
  };
}

async function keyOf({ key }: Issuer): Promise<JWTVerifyGetKey> {
  if ('publicKey' in key) return async () => key.publicKey as never;
  const known = remotes.get(key.jwksUrl) ?? createRemoteJWKSet(new URL(key.jwksUrl));
  remotes.set(key.jwksUrl, known);
  return known;
}
