import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { forgetLimits } from '../limits.ts';

/** Removes what lets nobody in any more: nothing asks for it, and it tells where people were. */
export async function forgetPast(ctx: Context): Promise<void> {
  const { idleHours } = ctx.config.sessions;
  await rows(
    ctx,
    sql`
      delete from sessions where ends_at < now()
        or last_seen_at < now() - make_interval(secs => ${idleHours * 3600})`,
  );
  await rows(ctx, sql`delete from sign_ins where expires_at < now()`);
  await rows(ctx, sql`delete from links where expires_at < now()`);
  await forgetLimits(ctx);
}
