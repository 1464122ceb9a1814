import { type EntityManager, IsolationLevel } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { note } from './changes.ts';
import { entriesOf } from './editions.ts';
import type { Index } from './indexes.ts';

/** Things that are compared at once. */
const batchSize = 1000;
/** Before every id. */
const nil = '00000000-0000-0000-0000-000000000000';

/** What is wrong with what an index says of a thing. */
export type Fault = 'MISSING' | 'EXTRA' | 'STALE';

export interface Drift {
  /** How many things were looked at. */
  looked: number;
  faults: Record<Fault, number>;
  /** The first of them: UUIDs. */
  examples: string[];
}

/**
 * Compares what an index says with what is true now. What waits to be written is no drift.
 * @param most how many things are looked at, about: all, if there are no more; else some here and there.
 * @param isMended whether what drifted is written anew.
 */
export async function driftOf(
  ctx: Context,
  index: Index,
  { most = Number.POSITIVE_INFINITY, isMended = false } = {},
): Promise<Drift> {
  const drift: Drift = {
    looked: 0,
    faults: { MISSING: 0, EXTRA: 0, STALE: 0 },
    examples: [],
  };
  for await (const { looked, faults } of stretches(ctx, index, most)) {
    const ids = [...faults.keys()];
    drift.looked += looked;
    for (const fault of faults.values()) drift.faults[fault] += 1;
    drift.examples.push(...ids.slice(0, Math.max(0, 10 - drift.examples.length)));
    if (isMended && ids.length > 0) {
      await note(ctx, index.kind.name, sql`unnest(${ids}::uuid[])`);
    }
  }
  return drift;
}

/** Things that follow one another, up to an id; to the last of all if that is null. */
interface Stretch {
  looked: number;
  faults: Map<string, Fault>;
  last: string | null;
}

async function* stretches(ctx: Context, index: Index, most: number): AsyncGenerator<Stretch> {
  const ends = await endsOf(ctx, index);
  if (ends.count <= most) {
    for (let after: string | null = nil; after !== null && !ctx.stopping.aborted; ) {
      const stretch: Stretch = await sureAfter(ctx, index, after);
      yield stretch;
      after = stretch.last;
    }
    return;
  }
  for (let left = most; left > 0 && !ctx.stopping.aborted; left -= batchSize) {
    yield await sureAfter(ctx, index, between(ends));
  }
}

interface Ends {
  first: string;
  last: string;
  count: number;
}

async function endsOf(ctx: Context, { kind }: Index): Promise<Ends> {
  const source = sql.table(kind.source);
  const [found] = await rows(
    ctx,
    sql<Ends>`
      select coalesce((select id from ${source} order by id limit 1), ${nil}) as first,
        coalesce((select id from ${source} order by id desc limit 1), ${nil}) as last,
        (select count(*)::int from ${source}) as count`,
  );
  return found ?? { first: nil, last: nil, count: 0 };
}

/** Some id between two. */
function between({ first, last }: Ends): string {
  const number = (id: string) => BigInt(`0x${id.replaceAll('-', '')}`);
  const parts = 1_000_000;
  const part = BigInt(Math.floor(Math.random() * parts));
  const hex = number(first) + ((number(last) - number(first)) * part) / BigInt(parts);
  return hex
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Another engine's index may be written between two glances: it looks wrong then, but not twice. */
async function sureAfter(ctx: Context, index: Index, after: string): Promise<Stretch> {
  const first = await lookAfter(ctx, index, after);
  if (first.faults.size === 0) return first;
  const again = await lookAfter(ctx, index, after);
  const sure = [...first.faults].filter(([id, fault]) => again.faults.get(id) === fault);
  return { ...first, faults: new Map(sure) };
}

/** Everything is read as it was at one moment. */
const lookAfter = (ctx: Context, index: Index, after: string): Promise<Stretch> =>
  ctx.em
    .fork()
    .transactional(
      (em: EntityManager) => look({ ...ctx, em: em as SqlEntityManager }, index, after),
      {
        isolationLevel: IsolationLevel.REPEATABLE_READ,
      },
    );

/** As far as the things and what is said of them are both read: neither is ever held as a whole. */
async function look(ctx: Context, index: Index, after: string): Promise<Stretch> {
  const { kind, writer, name } = index;
  const things = await rows(
    ctx,
    sql<{ id: string }>`
      select id from ${sql.table(kind.source)} where id > ${after} order by id limit ${batchSize}`,
  );
  const said = await writer.digests(ctx, kind, name, after, batchSize);
  const ends = [things, said].flatMap((it) => (it.length < batchSize ? [] : (it.at(-1)?.id ?? [])));
  const last = ends.sort()[0] ?? null;
  const isWithin = ({ id }: { id: string }) => last === null || id <= last;
  const ids = things.filter(isWithin).map((it) => it.id);
  const entries = await entriesOf(ctx, kind, ids);
  const digests = new Map(said.filter(isWithin).map((it) => [it.id, it.digest]));
  const faults = new Map<string, Fault>();
  for (const [id, entry] of entries) {
    const digest = digests.get(id);
    if (digest === undefined) faults.set(id, 'MISSING');
    else if (digest !== entry.digest.toString('hex')) faults.set(id, 'STALE');
  }
  for (const id of digests.keys()) if (!entries.has(id)) faults.set(id, 'EXTRA');
  if (faults.size > 0) {
    const waiting = await rows(
      ctx,
      sql<{ id: string }>`
        select id from search_changes
        where index_id = ${index.id} and id = any(${[...faults.keys()]}::uuid[])`,
    );
    for (const { id } of waiting) faults.delete(id);
  }
  return { looked: ids.length, faults, last };
}
