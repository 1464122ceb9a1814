import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';

/** After RETENTION_DAYS nobody needs to know from where somebody did something; who did what stays. */
export const retain = async (ctx: Context): Promise<void> => {
  await rows(
    ctx,
    sql`
      update audit_events set ip = null
      where ip is not null and at < now() - make_interval(days => ${ctx.config.retentionDays})`,
  );
};
