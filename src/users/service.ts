import { LockMode } from '@mikro-orm/core';
import { demand } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, transact } from '../context.ts';
import { notFound, Refusals, valid } from '../errors.ts';
import { uuidOf } from '../ids.ts';
import { changed } from '../search/changes.ts';
import { demandPatience } from './brake.ts';
import { takenClaims } from './kept.ts';
import { mayModerate } from './policy.ts';
import { type NewUser, newUser } from './shapes.ts';
import { type NameParts, User } from './user.ts';

/** Makes an account without an identity. @throws Refusals; TAKEN is among them. */
export async function create(ctx: Context, input: NewUser): Promise<User> {
  demand(ctx.actor, mayModerate(ctx.actor));
  await demandPatience(ctx);
  const { nameParts, ...data } = valid(newUser, input);
  return transact(ctx, async (tx) => {
    const taken = await takenClaims(tx, data);
    if (taken.length > 0) throw new Refusals(taken);
    const user = tx.em.create(User, { ...data, nameParts: known(nameParts) });
    await tx.em.flush();
    await changed(tx, 'users', [user.id]);
    record(tx, 'user.created', { kind: 'User', id: user.id });
    return user;
  });
}

const known = (parts: NewUser['nameParts']): NameParts =>
  Object.fromEntries(Object.entries(parts ?? {}).filter(([, it]) => it != null));

/** Says of a user that they are who they say, or no longer; answers the user's UUID. */
export async function verify(
  ctx: Context,
  input: { userId: string; isVerified: boolean },
): Promise<string> {
  const { actor } = ctx;
  const id = uuidOf('User', input.userId) ?? null;
  demand(actor, mayModerate(actor));
  demand(actor, actor.userId !== id, 'You may not verify yourself.');
  await demandPatience(ctx);
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
