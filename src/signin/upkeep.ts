import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { isUnderWay } from '../credentials/queries.ts';
import { forgetLimits } from '../limits.ts';

/** Removes what lets nobody in any more: nothing asks for it, and it tells where people were. */
export async function forgetPast(ctx: Context): Promise<void> {
  await rows(ctx, sql`delete from sessions t where not ${isUnderWay(ctx)}`);
  await rows(ctx, sql`delete from sign_ins where expires_at < now()`);
  await rows(ctx, sql`delete from links where expires_at < now()`);
  await forgetLimits(ctx);
}
