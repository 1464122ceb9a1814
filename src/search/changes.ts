import { type RawBuilder, sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { enqueue } from '../jobs.ts';
import { indexChanges } from './jobs.ts';
import type { Kind } from './kind.ts';
import { forget } from './postgres/tables.ts';

/**
 * Says that things of a kind came, changed or went: every index is written anew where it says
 * something of them, once the transaction is kept. Once for each kind in a transaction, in the order
 * communities, users, groups, roles, so that no two wait for each other.
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
  await note(tx, kind, sql`unnest(${ids}::uuid[])`);
  if (isHidden) await forget(tx, `search_${kind}`, ids);
  for (const { engine } of tx.search.writers) await enqueue(tx, indexChanges, { engine });
}

/** Notes for every index of a kind that things are to be written anew. @param ids UUIDs, as a table of one column. */
export const note = (ctx: Pick<Context, 'em'>, kind: Kind['name'], ids: RawBuilder<unknown>) =>
  rows(
    ctx,
    sql`
      insert into search_changes (index_id, id)
      select i.id, it.id from search_indexes i cross join ${ids} as it (id)
      where i.kind = ${kind} order by 1, 2
      on conflict (index_id, id) do update set revision = nextval('search_revisions')`,
  );
