import {
  decodeJwt,
  decodeProtectedHeader,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { type Scope, scopes } from '../actor.ts';
import type { Context } from '../context.ts';
import { uuidOf } from '../ids.ts';
import type { Issuer } from '../issuers.ts';
import { keysOf } from './issuer-keys.ts';
import { ownAlgorithms, ownKeys, ownType } from './own-keys.ts';
import { repeatsName } from './repeated-names.ts';

/** Characters of the longest token that is looked at. */
const longest = 8 * 1024;
/** Seconds that clocks may differ. */
const clockTolerance = 30;
/** Seconds that a token lives at most, whoever signed it: as long as a personal one. */
const longestLife = 366 * 86_400;
const types = new Set(['jwt', 'at+jwt']);

/** Whom a token is of, and how far it goes. */
export interface Claims {
  /** An account of ours, or how a service knows somebody. */
  of: { userId: string } | { idp: string; subject: string };
  /** When it was signed, at the earliest. */
  issuedAt: Date;
  expiresAt: Date;
  id?: string;
  scopes?: ReadonlySet<Scope>;
}

/** Why a token that is signed as it should be is not believed all the same. */
class ClaimError extends Error {}

export const looksLikeJwt = (text: string): boolean =>
  text.length <= longest && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);

/**
 * What a token says, if one whom we believe has signed it for us; undefined for every other text,
 * and the log says why. The keys are those of the configuration: what a token says of its key
 * (`jku`, `x5u`, `jwk`, `x5c`) is not looked at.
 */
export async function readJwt(ctx: Context, token: string): Promise<Claims | undefined> {
  try {
    const { iss } = plain(token);
    if (iss === ctx.config.publicUrl) return await readOwn(ctx, token);
    const issuer = ctx.config.issuers.find((it) => it.name === iss);
    if (!issuer) throw new ClaimError('nobody whom we believe has signed it');
    return await readForeign(ctx, issuer, token);
  } catch (error) {
    ctx.log.debug({ reason: (error as Error).message }, 'a JSON web token was refused');
    return undefined;
  }
}

/**
 * What a token says, whoever has signed it.
 * @throws Error if it says anything in more ways than one, or asks for what we do not know.
 */
function plain(token: string): JWTPayload {
  const parts = token.split('.').slice(0, 2);
  const texts = parts.map((it) => Buffer.from(it, 'base64url').toString());
  const { typ = 'jwt', crit, b64 } = decodeProtectedHeader(token);
  const type = String(typ).toLowerCase();
  if (!types.has(type.replace(/^application\//, ''))) throw new ClaimError(`its type is ${type}`);
  // No extension is known here (RFC 7515, section 4.1.11).
  if (crit !== undefined || b64 !== undefined) throw new ClaimError('it has a critical extension');
  const payload = decodeJwt(token);
  if (texts.some(repeatsName)) throw new ClaimError('it says something twice');
  return payload;
}

async function readForeign(ctx: Context, issuer: Issuer, token: string): Promise<Claims> {
  const { subjectClaim } = issuer;
  const payload = await verified(token, keysOf(ctx, issuer), {
    issuer: issuer.name,
    audience: issuer.audience,
    algorithms: issuer.algorithms,
    requiredClaims: ['exp', 'iat', subjectClaim],
  });
  const subject = payload[subjectClaim];
  if (!isName(subject)) throw new ClaimError(`its "${subjectClaim}" is no name`);
  return {
    of: { idp: issuer.idp, subject },
    // Their clock may be ahead, and who is locked out is not to be let in by it.
    issuedAt: new Date(((payload.iat ?? 0) - clockTolerance) * 1000),
    expiresAt: new Date((payload.exp ?? 0) * 1000),
    id: isName(payload.jti) ? payload.jti : undefined,
    scopes: issuer.scopes && new Set(issuer.scopes),
  };
}

async function readOwn({ config }: Context, token: string): Promise<Claims> {
  const payload = await verified(token, await ownKeys(config), {
    issuer: config.publicUrl,
    audience: config.publicUrl,
    algorithms: [...ownAlgorithms],
    typ: ownType,
    requiredClaims: ['exp', 'iat', 'sub', 'jti', 'scope'],
  });
  const userId = uuidOf('User', String(payload.sub));
  if (userId === undefined) throw new ClaimError('its "sub" is no user');
  const words = String(payload.scope).split(' ');
  return {
    of: { userId },
    issuedAt: new Date((payload.iat ?? 0) * 1000),
    expiresAt: new Date((payload.exp ?? 0) * 1000),
    id: String(payload.jti),
    scopes: new Set(scopes.filter((it) => words.includes(it))),
  };
}

async function verified(
  token: string,
  keys: Parameters<typeof jwtVerify>[1],
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, keys, { ...options, clockTolerance });
  const { iat = 0, exp = 0 } = payload;
  if (iat > Date.now() / 1000 + clockTolerance) throw new ClaimError('it is of the future');
  if (!(exp - iat <= longestLife)) throw new ClaimError('it lives longer than a year');
  return payload;
}

/** A text that is looked up as it is: whatever a database would change in it is refused. */
const isName = (it: unknown): it is string =>
  typeof it === 'string' && /^\P{Cc}{1,255}$/u.test(it) && it.isWellFormed();
