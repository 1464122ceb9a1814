import { type RawBuilder, sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { rowsOf } from './arms.ts';
import type { Plan } from './plan.ts';
import { sampleOf } from './tables.ts';

/** About how many rows answer one of conditions, which are for the index of words; counting ends at about `most`. */
export async function estimate(
  ctx: Pick<Context, 'em'>,
  { table }: Pick<Plan, 'table'>,
  conditions: readonly RawBuilder<boolean>[],
  most: number,
): Promise<number> {
  const [counted] = await rows(
    ctx,
    sql<{ count: number }>`
      select count(*)::int as count from (
        ${rowsOf(sql`1`, sampleOf(table, 64), conditions)}
        limit ${Math.ceil(most / 64) + 1}) it`,
  );
  return (counted?.count ?? 0) * 64;
}
