import { type RawBuilder, sql } from 'kysely';
import { type Context, rows, transact } from '../context.ts';
import type { EngineName } from './engine.ts';
import type { Kind } from './kind.ts';
import type { Writer } from './writer.ts';

/** An index with what keeps it. */
export interface Index {
  id: number;
  name: string;
  kind: Kind;
  writer: Writer;
  state: 'BUILDING' | 'LIVE';
  /** How far its build is: the last id that was written, and how many of how many. */
  cursor: string | null;
  done: number;
  total: number;
}

type Row = Omit<Index, 'kind' | 'writer'> & { engine: EngineName; kind: Kind['name'] };

/** The indexes that this process can keep: those of its kinds, by its engines. */
export async function readIndexes(
  ctx: Context,
  where: RawBuilder<unknown> = sql`true`,
): Promise<Index[]> {
  const found = await rows(
    ctx,
    sql<Row>`
      select id, engine, kind, name, state, cursor, done, total from search_indexes
      where ${where} order by id`,
  );
  const { kinds, writers } = ctx.search;
  return found.flatMap((row) => {
    const writer = writers.find((it) => it.engine === row.engine);
    const kind = Object.values(kinds).find((it) => it.name === row.kind);
    return writer && kind ? [{ ...row, writer, kind }] : [];
  });
}

/**
 * Does what is kept together or not at all. PostgreSQL's indexes are written in our transactions;
 * none is open while Elasticsearch is asked.
 */
export const together = <T>(
  ctx: Context,
  { engine }: Writer,
  work: (tx: Context) => Promise<T>,
): Promise<T> => {
  const own = { ...ctx, em: ctx.em.fork() };
  return engine === 'POSTGRESQL' ? transact(own, work) : work(own);
};
