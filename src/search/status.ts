import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import type { EngineName } from './engine.ts';
import { type Index, readIndexes } from './indexes.ts';
import type { Kind } from './kind.ts';

/** How an index is. */
export interface Status {
  engine: EngineName;
  kind: Kind['name'];
  name: string;
  state: Index['state'];
  /** How many things it knows; of a build, how many it wrote. */
  documents: number | null;
  /** What keeps the engine from answering. */
  fault: string | null;
  /** How many changes are to be written, and since when the oldest is. */
  waiting: number;
  waitingSince: Date | null;
}

/** How the indexes are that this process can keep. */
export async function statusOf(ctx: Context): Promise<Status[]> {
  const waiting = await rows(
    ctx,
    sql<{ id: number; count: number; since: Date | null }>`
      select index_id as id, count(*)::int as count, min(noted_at) as since
      from search_changes group by index_id`,
  );
  const all: Status[] = [];
  for (const index of await readIndexes(ctx)) {
    const { id, name, state, kind, writer } = index;
    const changes = waiting.find((it) => it.id === id);
    const answer = await countOf(ctx, index).catch((err: Error) => err.message);
    all.push({
      engine: writer.engine,
      kind: kind.name,
      name,
      state,
      documents: typeof answer === 'number' ? answer : null,
      fault: typeof answer === 'number' ? null : answer,
      waiting: changes?.count ?? 0,
      waitingSince: changes?.since ?? null,
    });
  }
  return all;
}

const countOf = async (ctx: Context, { writer, kind, name, state, done }: Index) =>
  state === 'BUILDING' ? done : writer.count(ctx, kind, name);
