import { demand } from '../actor.ts';
import { type Context, transact } from '../context.ts';
import { demandVersion, Refusal, valid } from '../errors.ts';
import { toGlobalId, uuidOf } from '../ids.ts';
import { demandRoom } from '../limits.ts';
import { demandPatience } from './brake.ts';
import { edit } from './edit.ts';
import { mayModerate } from './policy.ts';
import { preferenceChanges, profileChanges, userChanges } from './shapes.ts';
import { lockUsers, targetFor } from './target.ts';
import { type NameParts, namePartKeys, User } from './user.ts';

/** Tries of another username or ORCID iD: each tells whether somebody has it. */
const claims = { name: 'profile-claims', most: 30, seconds: 3600 };

/**
 * Changes what the actor says of themselves: absent stays, null clears.
 * @returns the actor's UUID.
 * @throws Refusal VERSION_CONFLICT; Refusals with all that is wrong; Denial RATE_LIMITED.
 */
export async function updateProfile(ctx: Context, input: object): Promise<string> {
  const id = demandUser(ctx);
  const { expectedVersion, ...given } = valid(profileChanges, input);
  if (given.username || given.orcid) await demandRoom(ctx, claims, id);
  return transact(ctx, async (tx) => {
    const user = await locked(tx, id);
    demandVersion(user, expectedVersion);
    await edit(tx, user, given);
    return id;
  });
}

/**
 * Changes what the actor wants to be seen, and how: absent stays, null clears.
 * @returns the actor's UUID.
 */
export async function updatePreferences(ctx: Context, input: object): Promise<string> {
  const id = demandUser(ctx);
  const { expectedVersion, ...given } = valid(preferenceChanges, input);
  return transact(ctx, async (tx) => {
    const user = await locked(tx, id);
    demandVersion(user, expectedVersion);
    await edit(tx, user, given);
    return id;
  });
}

/**
 * Changes the account of somebody else, for those who moderate: absent stays, null clears.
 * @returns the user's UUID.
 * @throws Denial as `targetFor`; Refusal NOT_FOUND, VERSION_CONFLICT, or CONFLICT if nobody uses
 * the account any more; Refusals with all that is wrong.
 */
export async function updateUser(ctx: Context, input: { userId: string }): Promise<string> {
  const { actor } = ctx;
  const isOwn = actor.userId !== undefined && actor.userId === uuidOf('User', input.userId);
  demand(actor, !isOwn, 'Change your own account by updateProfile and updatePreferences.');
  demand(actor, mayModerate(actor));
  await demandPatience(ctx);
  return transact(ctx, async (tx) => {
    const { id } = await targetFor(tx, input.userId);
    const user = await tx.em.findOneOrFail(User, { id }, { refresh: true });
    const { userId, expectedVersion, reason, ...given } = valid(userChanges, input);
    demandVersion(user, expectedVersion);
    demandInUse(user);
    await edit(tx, user, given, { reason });
    return id;
  });
}

/**
 * Says what the parts of somebody's name are, instead of all that was said of them here before.
 * @param id the UUID of somebody else.
 */
export function setNameParts(ctx: Context, id: string, parts: NameParts): Promise<string> {
  const none = Object.fromEntries(namePartKeys.map((it) => [it, null]));
  const input = { userId: toGlobalId('User', id), nameParts: { ...none, ...parts } };
  return updateUser(ctx, input);
}

function demandUser({ actor }: Context): string {
  demand(actor, actor.userId !== undefined, 'Only users have a profile.');
  return actor.userId as string;
}

async function locked(tx: Context, id: string): Promise<User> {
  await lockUsers(tx, [id]);
  return tx.em.findOneOrFail(User, { id }, { refresh: true });
}

function demandInUse({ erasedAt, mergedInto }: User): void {
  const problem = erasedAt
    ? 'The account was erased.'
    : mergedInto && 'The account went into another one.';
  if (problem) throw new Refusal('CONFLICT', problem, ['input', 'userId']);
}
