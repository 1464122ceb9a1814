import { z } from 'zod';
import { demand, scopes } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, transact } from '../context.ts';
import { notFound, valid } from '../errors.ts';
import { findUser } from '../users/queries.ts';
import { makeToken } from './secret.ts';
import { Token } from './token.ts';

const newToken = z.object({
  username: z.string(),
  name: z.string().trim().min(1, 'is empty').max(100, 'is longer than 100 characters'),
  days: z
    .int('is not a whole number')
    .min(1, 'is less than 1')
    .max(366, 'is more than 366: a token lives for a year at most')
    .default(90),
  scopes: z.array(z.enum(scopes)).default([...scopes]),
});
export type NewToken = z.input<typeof newToken>;

/** Makes a personal token for a user. The token is answered once and kept nowhere. */
export function createToken(
  ctx: Context,
  input: NewToken,
): Promise<{ token: string; expiresAt: Date }> {
  demand(ctx.actor, ctx.actor.has('ADMINISTER'));
  const { username, name, days, scopes: wanted } = valid(newToken, input);
  return transact(ctx, async (tx) => {
    const user = await findUser(tx, username);
    if (!user) throw notFound(`user as ${username}`, 'input', 'username');
    const { token, hash } = makeToken();
    const expiresAt = new Date(Date.now() + days * 86_400_000);
    const made = tx.em.create(Token, {
      user: user.uuid,
      name,
      hash,
      hint: token.slice(-4),
      scopes: wanted,
      expiresAt,
    });
    await tx.em.flush();
    record(tx, 'token.created', { kind: 'Token', id: made.id }, { user: user.uuid, name });
    return { token, expiresAt };
  });
}
