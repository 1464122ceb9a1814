import { sql } from 'kysely';
import { rows } from '../../context.ts';
import type { Edition, Writer } from '../writer.ts';
import { allTables, copyAllIndexes, copyTables, drawSamples, swapTables } from './tables.ts';
import { append, learn, replace, wordsIn } from './write.ts';

/** Keeps the search tables of PostgreSQL, in the caller's transaction. */
export const postgresWriter: Writer = {
  engine: 'POSTGRESQL',

  nameOf: ({ name }, number) => `${liveNameOf(name)}_${number}`,

  create: (ctx, { name: kind }, name) => copyTables(ctx, liveNameOf(kind), name),

  async fill(ctx, kind, name, editions) {
    const entries = entriesOf(editions);
    await append(ctx, kind, name, entries);
    await learn(ctx, name, wordsIn(entries));
  },

  async finish(ctx, { name: kind }, name) {
    await drawSamples(ctx, name);
    await copyAllIndexes(ctx, liveNameOf(kind), name);
    await rows(ctx, sql`vacuum (analyze) ${sql.join(allTables(name).map((it) => sql.table(it)))}`);
  },

  async write(ctx, kind, name, editions) {
    const gone = editions.filter((it) => !it.entry).map((it) => it.id);
    await replace(ctx, kind, name, entriesOf(editions), gone);
  },

  // Data that a type does not take, and what is larger than PostgreSQL's limits.
  refuses: (error) => /^(22|54)/.test((error as { code?: string } | null)?.code ?? ''),

  async swap(ctx, { name: kind }, name) {
    const live = liveNameOf(kind);
    await swapTables(ctx, live, name);
    return live;
  },

  async drop(ctx, _kind, name) {
    const tables = allTables(name).map((it) => sql.table(it));
    await rows(ctx, sql`drop table if exists ${sql.join(tables)}`);
  },

  async count(ctx, _kind, name) {
    const [found] = await rows(
      ctx,
      sql<{ count: number }>`select count(*)::int as count from ${sql.table(name)}`,
    );
    return found?.count ?? 0;
  },

  digests: (ctx, _kind, name, after, most) =>
    rows(
      ctx,
      sql<{ id: string; digest: string }>`
        select id, encode(digest, 'hex') as digest from ${sql.table(name)}
        where ${after}::uuid is null or id > ${after} order by id limit ${most}`,
    ),
};

const liveNameOf = (kind: string): string => `search_${kind}`;

const entriesOf = (editions: readonly Edition[]) => editions.flatMap((it) => it.entry ?? []);
