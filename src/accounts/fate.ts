import { type Context, load } from '../context.ts';
import type { Shown } from '../node.ts';
import { readUsers, type UserRow } from '../users/queries.ts';
import { maySeeFate } from './policy.ts';
import { readFates } from './queries.ts';

/** The account that one went into, for those who see what became of it. */
export async function readMergedInto(
  ctx: Context,
  userId: string,
): Promise<Shown<UserRow> | undefined> {
  if (!maySeeFate(ctx.actor)) return undefined;
  const { mergedIntoId } = (await load(ctx, readFates, userId)) ?? {};
  return mergedIntoId ? load(ctx, readUsers, mergedIntoId) : undefined;
}
