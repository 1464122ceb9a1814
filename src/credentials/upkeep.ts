import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { forgetLimits } from '../limits.ts';

/**
 * Removes sessions that have ended, tokens that have been dead for longer than anything is kept, and
 * the buckets of limits that have long been empty.
 */
export async function forget(ctx: Context): Promise<void> {
  const { sessions, retentionDays } = ctx.config;
  await rows(
    ctx,
    sql`
      delete from sessions where ends_at < now()
        or last_seen_at < now() - make_interval(secs => ${sessions.idleHours * 3600})`,
  );
  await rows(
    ctx,
    sql`
      delete from tokens
      where least(revoked_at, expires_at) < now() - make_interval(days => ${retentionDays})`,
  );
  await forgetLimits(ctx);
}
