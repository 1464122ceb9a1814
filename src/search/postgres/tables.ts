import { sql } from 'kysely';
import { type Context, rows, transact } from '../../context.ts';

/** The table of the words that are in a search table. */
export const wordsOf = (table: string): string => `${table}_words`;

/** One in so many rows are in a sample. */
export const shares = [16, 64] as const;
export type Share = (typeof shares)[number];

/** The table of a sample of a search table's rows, from which it is told how much there is of what. */
export const sampleOf = (table: string, share: Share): string => `${table}_one_in_${share}`;

/** Whether the row of an id is in a sample: ids (version 7) end in random bits. */
export const isInSample = (id: string, share: Share): boolean =>
  Number.parseInt(id.slice(-2), 16) < 256 / share;

/** The tables that have rows of a search table. */
const rowTables = (table: string): string[] => [table, ...shares.map((it) => sampleOf(table, it))];

/** All that belongs to a search table. */
export const allTables = (table: string): string[] => [...rowTables(table), wordsOf(table)];

/** Fills the samples of a table anew. */
export async function drawSamples(ctx: Pick<Context, 'em'>, table: string): Promise<void> {
  for (const share of shares) {
    const sample = sql.table(sampleOf(table, share));
    await rows(ctx, sql`truncate ${sample}`);
    await rows(
      ctx,
      sql`
        insert into ${sample} select * from ${sql.table(table)}
        where get_byte(uuid_send(id), 15) < ${sql.lit(256 / share)}`,
    );
  }
}

/** Removes rows wherever they are. */
export async function forget(
  ctx: Pick<Context, 'em'>,
  table: string,
  ids: readonly string[],
): Promise<void> {
  for (const it of rowTables(table)) {
    await rows(ctx, sql`delete from ${sql.table(it)} where id = any(${ids}::uuid[])`);
  }
}

/** Makes empty tables like those that are read. Words are told apart from the beginning; all else goes faster without indexes. */
export async function copyTables(ctx: Context, live: string, table: string): Promise<void> {
  for (const [from, to] of pairs(live, table)) {
    await rows(
      ctx,
      sql`
        create table if not exists ${sql.table(to)}
          (like ${sql.table(from)} including all excluding indexes excluding identity)`,
    );
  }
  await copyIndexes(ctx, wordsOf(live), wordsOf(table));
}

const pairs = (live: string, table: string): [from: string, to: string][] => {
  const copies = allTables(table);
  return allTables(live).map((it, i) => [it, copies[i] ?? it]);
};

interface IndexRow {
  name: string;
  /** As PostgreSQL would say it to make the index. */
  definition: string;
  isPrimary: boolean;
}

const indexesOf = (ctx: Context, table: string) =>
  rows(
    ctx,
    sql<IndexRow>`
      select c.relname as name, pg_get_indexdef(i.indexrelid) as definition, i.indisprimary as "isPrimary"
      from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = ${table}::regclass order by i.indisprimary desc, c.relname`,
  );

/** Makes all indexes that the tables that are read have and these lack; those of samples while those of all rows are made. */
export async function copyAllIndexes(ctx: Context, live: string, table: string): Promise<void> {
  await Promise.all(
    pairs(live, table).map(([from, to]) => copyIndexes({ ...ctx, em: ctx.em.fork() }, from, to)),
  );
}

/** The names of indexes begin with their tables'. */
async function copyIndexes(ctx: Context, live: string, table: string): Promise<void> {
  const there = new Set((await indexesOf(ctx, table)).map((it) => it.name));
  for (const { name, definition, isPrimary } of await indexesOf(ctx, live)) {
    const copy = name.replace(live, table);
    if (there.has(copy)) continue;
    const [, unique = '', rest = ''] =
      /^CREATE (UNIQUE )?INDEX \S+ ON \S+ (.+)$/s.exec(definition) ?? [];
    await transact(ctx, async (tx) => {
      await rows(tx, sql`set local maintenance_work_mem = '256MB'`);
      await rows(
        tx,
        isPrimary
          ? sql`alter table ${sql.table(table)} add constraint ${sql.ref(copy)} primary key ${sql.raw(rest.replace(/^USING btree /, ''))}`
          : sql`create ${sql.raw(unique)}index ${sql.ref(copy)} on ${sql.table(table)} ${sql.raw(rest)}`,
      );
    });
  }
}

/**
 * Puts a table in the place of the one that is read, in the caller's transaction, which nobody notes
 * changes beside. Of what is still to be written it says what the one before it said: that may have
 * forgotten what became hidden.
 */
export async function swapTables(ctx: Context, live: string, table: string): Promise<void> {
  const waiting = sql`
    select c.id from search_changes c join search_indexes i on i.id = c.index_id
    where i.engine = 'POSTGRESQL' and i.name = ${table}`;
  const copies = rowTables(table);
  for (const [i, from] of rowTables(live).entries()) {
    const to = sql.table(copies[i] ?? table);
    await rows(ctx, sql`delete from ${to} where id in (${waiting})`);
    await rows(
      ctx,
      sql`insert into ${to} select * from ${sql.table(from)} where id in (${waiting})`,
    );
  }
  for (const [to, from] of pairs(live, table)) {
    await rows(ctx, sql`drop table ${sql.table(to)}`);
    await rows(ctx, sql`alter table ${sql.table(from)} rename to ${sql.ref(to)}`);
    for (const { name } of await indexesOf(ctx, to)) {
      await rows(
        ctx,
        sql`alter index ${sql.ref(name)} rename to ${sql.ref(name.replace(from, to))}`,
      );
    }
  }
}
