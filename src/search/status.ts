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
  /** What only a new index mends, which is begun by itself. */
  flaw: string | null;
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
    const looked = await lookAt(ctx, index).catch((err: Error) => ({ fault: err.message }));
    all.push({
      engine: writer.engine,
      kind: kind.name,
      name,
      state,
      ...{ documents: null, fault: null, flaw: null, ...looked },
      waiting: changes?.count ?? 0,
      waitingSince: changes?.since ?? null,
    });
  }
  return all;
}

/** What is wrong with an index, and whether anybody has to do something; nothing, if nothing is. */
export function complaintOf({ engine, fault, flaw }: Status): string | undefined {
  if (flaw !== null) return `${flaw}; heals by itself while a worker runs`;
  if (fault === null) return undefined;
  return engine === 'POSTGRESQL' ? fault : `${fault}; heals by itself once it is back`;
}

async function lookAt(
  ctx: Context,
  { writer, kind, name, state, done }: Index,
): Promise<Partial<Pick<Status, 'documents' | 'flaw'>>> {
  const flaw = await writer.flawOf(ctx, kind, name, state === 'LIVE');
  // One that is begun need not be there.
  if (state === 'BUILDING') return { documents: done };
  return flaw === undefined ? { documents: await writer.count(ctx, kind, name) } : { flaw };
}
