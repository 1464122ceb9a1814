import { sql } from 'kysely';
import { rows } from '../../context.ts';
import type { Edition, Writer } from '../writer.ts';
import { allTables, copyAllIndexes, copyTables, drawSamples, swapTables } from './tables.ts';
import { append, learn, replace, wordsIn } from './write.ts';

/** Keeps the search tables of PostgreSQL, in the caller's transaction. */
export function postgresWriter(): Writer {
  /** Words that each build made known: most come again and again. */
  const known = new Map<string, Set<string>>();
  return {
    engine: 'POSTGRESQL',

    nameOf: ({ name }, number) => `${liveNameOf(name)}_${number}`,

    async create(ctx, { name: kind }, name) {
      // After a build was broken off, what it did last may be undone.
      known.delete(name);
      await copyTables(ctx, liveNameOf(kind), name);
    },

    async fill(ctx, kind, name, editions) {
      const entries = entriesOf(editions);
      // What is lost with the server is written again: how far the build is is lost with it.
      await rows(ctx, sql`set local synchronous_commit = off`);
      await append(ctx, kind, name, entries);
      const words = known.get(name) ?? new Set();
      known.set(name, words);
      const fresh = wordsIn(entries, words);
      if (fresh.size > 0) await learn(ctx, name, fresh);
      if (words.size > mostKnown) words.clear();
      for (const it of fresh) words.add(it);
    },

    async finish(ctx, { name: kind }, name) {
      known.delete(name);
      await drawSamples(ctx, name);
      await copyAllIndexes(ctx, liveNameOf(kind), name);
      await rows(
        ctx,
        sql`vacuum (analyze) ${sql.join(allTables(name).map((it) => sql.table(it)))}`,
      );
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

    // Its tables change with migrations, and nobody else removes them.
    flawOf: async () => undefined,

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
}

/** Words of a build that are remembered. */
const mostKnown = 1_000_000;

const liveNameOf = (kind: string): string => `search_${kind}`;

const entriesOf = (editions: readonly Edition[]) => editions.flatMap((it) => it.entry ?? []);
