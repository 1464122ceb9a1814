import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { forgetLimits } from '../limits.ts';

/** Removes sign-ins and links whose time is over, and the buckets of limits that are long empty. */
export async function forget(ctx: Context): Promise<void> {
  await rows(ctx, sql`delete from sign_ins where expires_at < now()`);
  await rows(ctx, sql`delete from links where expires_at < now()`);
  await forgetLimits(ctx);
}
