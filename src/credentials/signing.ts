import { SignJWT } from 'jose';
import { z } from 'zod';
import { demand, scopes } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, transact } from '../context.ts';
import { notFound, Refusal, valid } from '../errors.ts';
import { newId } from '../ids.ts';
import { findUser } from '../users/queries.ts';
import { algorithmOf, ownType, publicKeys } from './own-keys.ts';

const newJwt = z.object({
  username: z.string(),
  minutes: z
    .int('is not a whole number')
    .min(1, 'is less than 1')
    .max(1440, 'is more than 1440: what cannot be revoked by itself lives for a day at most')
    .default(15),
  scopes: z.array(z.enum(scopes)).default([...scopes]),
});
export type NewJwt = z.input<typeof newJwt>;

/**
 * Signs a JSON web token for anybody, as dserver's `user token` does; on the command line alone. It
 * is kept nowhere: locking its user out is what ends it early.
 */
export async function signToken(ctx: Context, input: NewJwt): Promise<string> {
  demand(ctx.actor, ctx.actor.kind === 'SYSTEM', 'Tokens are signed on the command line.');
  const { username, minutes, scopes: wanted } = valid(newJwt, input);
  const { config } = ctx;
  const [key] = config.signingKeys;
  if (!key) {
    throw new Refusal(
      'CONFLICT',
      'There is no key to sign with: set SIGNING_KEY or SIGNING_KEY_FILE.',
    );
  }
  const [jwk] = (await publicKeys(config)).keys;
  const jti = newId();
  const user = await transact(ctx, async (tx) => {
    const found = await findUser(tx, username);
    if (!found) throw notFound(`user as ${username}`, 'input', 'username');
    const subject = { kind: 'User', id: found.uuid } as const;
    record(tx, 'token.signed', subject, { jti, minutes, scopes: wanted });
    return found;
  });
  return new SignJWT({ scope: wanted.join(' ') })
    .setProtectedHeader({ alg: algorithmOf(key), typ: ownType, kid: jwk?.kid })
    .setIssuer(config.publicUrl)
    .setAudience(config.publicUrl)
    .setSubject(user.id)
    .setJti(jti)
    .setIssuedAt()
    .setExpirationTime(`${minutes}m`)
    .sign(key);
}
