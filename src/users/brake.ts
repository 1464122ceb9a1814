import type { Context } from '../context.ts';
import { demandPace, type Limit } from '../limits.ts';

/** What one actor does with the accounts of others, and with whole accounts. */
const acts: Limit = { name: 'acts-on-accounts', most: 60, seconds: 60 };

/** Goes on if the actor did not change too many accounts lately. @throws Denial RATE_LIMITED. */
export const demandPatience = (ctx: Context): Promise<void> => demandPace(ctx, acts);
