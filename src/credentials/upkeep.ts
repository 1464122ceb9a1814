import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { isUnderWay } from './queries.ts';

/** Removes sessions that have ended, and tokens that have been dead for longer than anything is kept. */
export async function forget(ctx: Context): Promise<void> {
  await rows(ctx, sql`delete from sessions t where not ${isUnderWay(ctx)}`);
  await rows(
    ctx,
    sql`
      delete from tokens
      where least(revoked_at, expires_at) < now() - make_interval(days => ${ctx.config.retentionDays})`,
  );
}
