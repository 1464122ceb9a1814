import { type RawBuilder, sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import type { Plan } from './plan.ts';

/** One in so many rows are in a sample: ids end in random bits. Each sample has an index of its own. */
export type Share = 16 | 64;

/** Whether a row is in a sample, as the indexes of samples have it. */
export const isSampled = (share: Share): RawBuilder<boolean> =>
  sql`get_byte(uuid_send(id), 15) < ${sql.lit(256 / share)}`;

/**
 * About how many rows answer a condition, which is for the index of words; at most about `most`,
 * for the counting ends there.
 */
export async function estimate(
  ctx: Pick<Context, 'em'>,
  { table }: Plan,
  condition: RawBuilder<boolean>,
  most: number,
): Promise<number> {
  const [counted] = await rows(
    ctx,
    sql<{ count: number }>`
      select count(*)::int as count from (
        select from ${table} where ${isSampled(64)} and ${condition}
        limit ${Math.ceil(most / 64) + 1}) it`,
  );
  return (counted?.count ?? 0) * 64;
}
