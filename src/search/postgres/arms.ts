import { type RawBuilder, sql } from 'kysely';

/**
 * The rows of a table that answer one of conditions, no two of which are true of one row. Each finds
 * its rows by an index of its own; joined by `or`, they would be looked at in each row again.
 */
export const rowsOf = (
  columns: RawBuilder<unknown>,
  table: string,
  conditions: readonly RawBuilder<boolean>[],
  more: RawBuilder<boolean> = sql`true`,
): RawBuilder<unknown> =>
  sql.join(
    (conditions.length > 0 ? conditions : [sql`false`]).map(
      (it) => sql`select ${columns} from ${sql.table(table)} where (${it}) and ${more}`,
    ),
    sql` union all `,
  );
