import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { enqueue } from '../jobs.ts';
import { editionsOf } from './editions.ts';
import type { EngineName } from './engine.ts';
import { type Index, readIndexes, together } from './indexes.ts';
import { indexChanges } from './jobs.ts';
import type { Writer } from './writer.ts';

/** Changes that are written at once. */
const batchSize = 500;
/** Milliseconds after which a job hands on to another: the queue takes a long one for lost. */
const longestMs = 240_000;
/** Milliseconds for which an engine that failed is left alone. */
const pauseMs = 5_000;

/** Writes everything that was changed into the indexes of the hinted engines. */
export async function indexChanged(ctx: Context, hints: { engine: EngineName }[]): Promise<void> {
  const hinted = new Set(hints.map((it) => it.engine));
  await Promise.all(
    ctx.search.writers.filter((it) => hinted.has(it.engine)).map((it) => indexAll(ctx, it)),
  );
}

/** One index that fails does not hold up the others; what was not written waits for the next hint. */
async function indexAll(ctx: Context, { engine }: Writer): Promise<void> {
  const until = Date.now() + longestMs;
  const failed: { name: string; err: unknown }[] = [];
  for (const index of await readIndexes(ctx, sql`engine = ${engine} and state = 'LIVE'`)) {
    await drain(ctx, index, until).catch((err) => failed.push({ name: index.name, err }));
  }
  if (Date.now() >= until) await enqueue(ctx, indexChanges, { engine });
  const [first] = failed;
  if (!first) return;
  const indexes = failed.map((it) => it.name);
  ctx.log.error({ err: first.err, engine, indexes }, 'could not write what was changed');
  await sleep(pauseMs, undefined, { signal: ctx.stopping }).catch(() => {});
}

/** Writes what was changed into an index until nothing is left, or the time (in milliseconds) is over. */
export async function drain(ctx: Context, index: Index, until = Number.POSITIVE_INFINITY) {
  while (!ctx.stopping.aborted && Date.now() < until) {
    if ((await writeSome(ctx, index)) < batchSize) return;
  }
}

interface Change {
  id: string;
  /** A whole number, as text: it may be too large for one of ours. */
  revision: string;
}

/** Writes a batch of changes; if a document cannot be kept, each alone. @returns how many there were. */
async function writeSome(ctx: Context, index: Index): Promise<number> {
  const taken: Change[] = [];
  try {
    await write(ctx, index, (all) => taken.push(...all));
  } catch (err) {
    if (!index.writer.refuses(err)) throw err;
    for (const { id } of taken) await writeAlone(ctx, index, id);
  }
  return taken.length;
}

async function writeAlone(ctx: Context, index: Index, id: string): Promise<void> {
  const only = sql`and id = ${id}`;
  try {
    await write(ctx, index, () => {}, { only });
  } catch (err) {
    if (!index.writer.refuses(err)) throw err;
    ctx.log.error({ err, index: index.name, id }, 'could not keep what is found of it');
    await write(ctx, index, () => {}, { only, isKept: false });
  }
}

/**
 * Takes changes and writes them. Those of PostgreSQL's indexes are locked meanwhile; of another
 * engine's two processes may take the same, and the newer revision stays. What was changed again
 * since it was taken is still to be written then.
 */
async function write(
  ctx: Context,
  { id: indexId, kind, name, writer }: Index,
  onTaken: (changes: Change[]) => void,
  { only = sql``, isKept = true } = {},
): Promise<void> {
  const lock = writer.engine === 'POSTGRESQL' ? sql`for update skip locked` : sql``;
  await together(ctx, writer, async (tx) => {
    const changes = await rows(
      tx,
      sql<Change>`
        select id, revision::text from search_changes where index_id = ${indexId} ${only}
        order by search_changes.revision limit ${batchSize} ${lock}`,
    );
    if (changes.length === 0) return;
    onTaken(changes);
    const editions = isKept
      ? await editionsOf(tx, kind, changes)
      : changes.map((it) => ({ ...it, entry: undefined }));
    await writer.write(tx, kind, name, editions);
    await rows(
      tx,
      sql`
        delete from search_changes c
        using unnest(${changes.map((it) => it.id)}::uuid[],
          ${changes.map((it) => it.revision)}::bigint[]) as it (id, revision)
        where c.index_id = ${indexId} and c.id = it.id and c.revision = it.revision`,
    );
  });
}
