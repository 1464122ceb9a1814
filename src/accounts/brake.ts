import type { Context } from '../context.ts';
import { demandRoom } from '../limits.ts';

/** Acts on whole accounts, of each actor. */
const acts = { name: 'acts-on-accounts', most: 60, seconds: 60 };

/** Goes on if the actor did not change too many accounts lately. @throws Denial RATE_LIMITED. */
export async function demandPatience(ctx: Context): Promise<void> {
  // The command line has a person before it, who may have many to do.
  if (ctx.actor.userId) await demandRoom(ctx, acts, ctx.actor.userId);
}
