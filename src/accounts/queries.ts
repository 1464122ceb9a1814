import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';

/** What became of accounts. */
export async function readFates(ctx: Context, userIds: readonly string[]) {
  const found = await rows(
    ctx,
    sql<{ id: string; mergedIntoId: string | null; erasedAt: Date | null }>`
      select id, merged_into_id as "mergedIntoId", erased_at as "erasedAt"
      from users where id = any(${userIds})`,
  );
  return new Map(found.map((it) => [it.id, it]));
}
