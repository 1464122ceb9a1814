import { LockMode } from '@mikro-orm/core';
import { z } from 'zod';
import { demand } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, transact } from '../context.ts';
import { notFound, valid } from '../errors.ts';
import { uuidOf } from '../ids.ts';
import { changed } from '../search/changes.ts';
import { mayModerate } from './policy.ts';
import { User } from './user.ts';

const newUser = z.object({
  username: z
    .string()
    .regex(
      /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u,
      'needs 1 to 64 letters, digits, ".", "_" or "-"',
    ),
  email: z.email('is not an e-mail address').optional(),
  fullName: z
    .string()
    .trim()
    .min(1, 'is empty')
    .max(250, 'is longer than 250 characters')
    .optional(),
});
export type NewUser = z.input<typeof newUser>;

/** Makes an account. @throws a unique violation, which the doors turn into TAKEN. */
export function create(ctx: Context, input: NewUser): Promise<User> {
  demand(ctx.actor, ctx.actor.has('ADMINISTER'));
  const data = valid(newUser, input);
  return transact(ctx, async (tx) => {
    const user = tx.em.create(User, data);
    await tx.em.flush();
    await changed(tx, 'users', [user.id]);
    record(tx, 'user.created', { kind: 'User', id: user.id });
    return user;
  });
}

/** Says of a user that they are who they say, or no longer; answers the user's UUID. */
export function verify(
  ctx: Context,
  input: { userId: string; isVerified: boolean },
): Promise<string> {
  const { actor } = ctx;
  const id = uuidOf('User', input.userId) ?? null;
  demand(actor, mayModerate(actor));
  demand(actor, actor.userId !== id, 'You may not verify yourself.');
  return transact(ctx, async (tx) => {
    const user = await tx.em.findOne(User, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!user) throw notFound('user', 'input', 'userId');
    if ((user.verifiedAt != null) === input.isVerified) return user.id;
    user.verifiedAt = input.isVerified ? new Date() : null;
    record(tx, input.isVerified ? 'user.verified' : 'user.unverified', {
      kind: 'User',
      id: user.id,
    });
    return user.id;
  });
}
