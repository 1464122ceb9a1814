import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { enqueue } from '../jobs.ts';
import { indexChanges } from './jobs.ts';
import type { Kind } from './kind.ts';

/**
 * Says that things of a kind came, changed or went: every index is written anew where it says
 * something of them, once the transaction is kept.
 * @param isHidden that some of them may be there for fewer people from now on. PostgreSQL's index
 *   forgets them at once then, in this transaction, until they are written anew.
 */
export async function changed(
  tx: Context,
  kind: Kind['name'],
  ids: readonly string[],
  { isHidden = false } = {},
): Promise<void> {
  if (ids.length === 0) return;
  await rows(
    tx,
    sql`
      insert into search_changes (index_id, id)
      select i.id, it.id from search_indexes i cross join unnest(${ids}::uuid[]) as it (id)
      where i.kind = ${kind} order by 1, 2
      on conflict (index_id, id) do update set revision = nextval('search_revisions')`,
  );
  if (isHidden) {
    await rows(tx, sql`delete from ${sql.table(`search_${kind}`)} where id = any(${ids}::uuid[])`);
  }
  await enqueue(tx, indexChanges, {});
}
