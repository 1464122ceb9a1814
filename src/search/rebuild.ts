import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { type Context, rows, transact } from '../context.ts';
import { enqueue } from '../jobs.ts';
import { editionsOf } from './editions.ts';
import { type Index, readIndexes, together } from './indexes.ts';
import { drain } from './indexing.ts';
import { indexChanges } from './jobs.ts';
import type { Kind } from './kind.ts';
import type { Edition, Writer } from './writer.ts';

/** Things that are read and written at once. */
const batchSize = 1000;
/** Before every id. */
const nil = '00000000-0000-0000-0000-000000000000';

/** How far a build is. */
export interface Progress {
  step: 'READING' | 'INDEXING' | 'CATCHING_UP';
  done: number;
  total: number;
}

/** Begins a new index of a kind beside the one that is read; changes are noted for both from now on. */
export const begin = (ctx: Context, writer: Writer, kind: Kind): Promise<Index> =>
  undisturbed(ctx, async (tx) => {
    const building = () =>
      readIndexes(
        tx,
        sql`engine = ${writer.engine} and kind = ${kind.name} and state = 'BUILDING'`,
      );
    const [begun] = await building();
    if (begun) return begun;
    const [next] = await rows(
      tx,
      sql<{ id: number }>`
        select nextval(pg_get_serial_sequence('search_indexes', 'id'))::int as id`,
    );
    const id = next?.id ?? 0;
    await rows(
      tx,
      sql`
        insert into search_indexes (id, engine, kind, name, state, total) overriding system value
        select ${id}, ${writer.engine}, ${kind.name}, ${writer.nameOf(kind, id)}, 'BUILDING', count(*)
        from ${sql.table(kind.source)}`,
    );
    const [index] = await building();
    if (!index) throw new Error('an index that is begun is there');
    return index;
  });

/** Builds the indexes that are begun and that no other process is at; those that fail, at the next hint. */
export async function buildAll(ctx: Context): Promise<void> {
  for (const index of await readIndexes(ctx, sql`state = 'BUILDING'`)) {
    await build(ctx, index).catch((err) =>
      ctx.log.error({ err, index: index.name }, 'could not build an index'),
    );
  }
}

/**
 * Builds an index from where its build was broken off, and makes it the one that is read.
 * @returns whether it did; `BUSY` if another process is at it.
 */
export function build(
  ctx: Context,
  { id }: Pick<Index, 'id'>,
  onProgress: (progress: Progress) => void = () => {},
): Promise<'DONE' | 'BUSY' | 'STOPPED'> {
  // The lock is the process's as long as it is connected.
  return transact({ ...ctx, em: ctx.em.fork() }, async (tx) => {
    const [lock] = await rows(
      tx,
      sql<{ isOurs: boolean }>`
        select pg_try_advisory_xact_lock(hashtextextended('search index', ${id})) as "isOurs"`,
    );
    if (!lock?.isOurs) return 'BUSY';
    const own = { ...ctx, em: ctx.em.fork() };
    const [begun] = await readIndexes(own, sql`id = ${id} and state = 'BUILDING'`);
    if (!begun) return 'DONE';
    const index = await create(own, begun);
    const { kind, name, writer } = index;
    const { done, total } = await fill(own, index, onProgress);
    if (ctx.stopping.aborted) return 'STOPPED';
    onProgress({ step: 'INDEXING', done, total });
    await writer.finish(own, kind, name);
    onProgress({ step: 'CATCHING_UP', done, total });
    await drain(own, index);
    if (ctx.stopping.aborted) return 'STOPPED';
    await goLive(own, index);
    return 'DONE';
  });
}

/** Makes what is to be filled. If somebody removed what was, its build begins anew. */
async function create(ctx: Context, index: Index): Promise<Index> {
  const { id, kind, name, writer } = index;
  const isFlawed = (await writer.flawOf(ctx, kind, name, false)) !== undefined;
  if (isFlawed) {
    await writer.drop(ctx, kind, name);
    await rows(ctx, sql`update search_indexes set cursor = null, done = 0 where id = ${id}`);
  }
  await writer.create(ctx, kind, name);
  return isFlawed ? { ...index, cursor: null, done: 0 } : index;
}

/** Writes the documents of all things, in the order of their ids. The next are read while some are written. */
async function fill(
  ctx: Context,
  { id, kind, name, writer, cursor, done, total }: Index,
  onProgress: (progress: Progress) => void,
): Promise<Pick<Progress, 'done' | 'total'>> {
  let before = cursor;
  let next = readAfter(ctx, kind, before);
  while (!ctx.stopping.aborted) {
    const editions = await next;
    const last = editions.at(-1)?.id;
    if (last === undefined) break;
    next = readAfter(ctx, kind, last);
    // It fails when it is awaited, if ever.
    next.catch(() => {});
    done += editions.length;
    await together(ctx, writer, async (tx) => {
      await writer.fill(tx, kind, name, editions);
      await advance(tx, id, { before, last, done });
    });
    before = last;
    onProgress({ step: 'READING', done, total });
  }
  return { done, total };
}

async function readAfter(ctx: Context, kind: Kind, id: string | null): Promise<Edition[]> {
  const own = { ...ctx, em: ctx.em.fork() };
  const found = await rows(
    own,
    sql<{ id: string; revision: string }>`
      select id, '0' as revision from ${sql.table(kind.source)}
      where id > ${id ?? nil} order by id limit ${batchSize}`,
  );
  return editionsOf(own, kind, found);
}

/** Writes down how far the build is. A process that lost its lock finds that another went on. */
async function advance(
  tx: Context,
  id: number,
  { before, last, done }: { before: string | null; last: string; done: number },
): Promise<void> {
  const [advanced] = await rows(
    tx,
    sql`
      update search_indexes set cursor = ${last}, done = ${done}
      where id = ${id} and cursor is not distinct from ${before}::uuid returning id`,
  );
  if (!advanced) throw new Error('another process went on with the build');
}

/** Makes an index the one that is read; the one before it is gone then. */
async function goLive(ctx: Context, { id, kind, name, writer }: Index): Promise<void> {
  const isOurs = writer.engine === 'POSTGRESQL';
  const swapped = isOurs ? name : await writer.swap(ctx, kind, name);
  await undisturbed(ctx, async (tx) => {
    const now = isOurs ? await writer.swap(tx, kind, name) : swapped;
    await rows(
      tx,
      sql`
        delete from search_indexes
        where engine = ${writer.engine} and kind = ${kind.name} and state = 'LIVE'`,
    );
    await rows(
      tx,
      sql`update search_indexes set state = 'LIVE', name = ${now}, live_at = now() where id = ${id}`,
    );
    await enqueue(tx, indexChanges, { engine: writer.engine });
  });
}

/**
 * Does work while nobody notes changes: each transaction that did is over, and those to come wait
 * for this one, which must be short.
 */
async function undisturbed<T>(ctx: Context, work: (tx: Context) => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await transact({ ...ctx, em: ctx.em.fork() }, async (tx) => {
        await rows(tx, sql`set local lock_timeout = '2s'`);
        await rows(tx, sql`lock table search_changes in exclusive mode`);
        return work(tx);
      });
    } catch (err) {
      const { code = '' } = err as { code?: string };
      // Somebody writes or reads for long: all wait behind us, so we let them go first.
      if (!['55P03', '40P01'].includes(code) || ctx.stopping.aborted) throw err;
      await sleep(Math.random() * 2_000);
    }
  }
}
