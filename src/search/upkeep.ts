import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { enqueue } from '../jobs.ts';
import { note } from './changes.ts';
import type { EngineName } from './engine.ts';
import { readIndexes } from './indexes.ts';
import { buildIndexes, indexChanges } from './jobs.ts';
import { begin } from './rebuild.ts';

/**
 * Begins what indexes are missing, and forgets those of an engine that no process was configured with
 * for an hour: changes would pile up for them.
 */
export async function tend(ctx: Context): Promise<void> {
  const { writers } = ctx.search;
  await rows(
    ctx,
    sql`
      update search_indexes set tended_at = now()
      where engine = any(${writers.map((it) => it.engine)}) and tended_at < now() - interval '1 minute'`,
  );
  await rows(
    ctx,
    sql`
      delete from search_indexes
      where engine <> 'POSTGRESQL' and tended_at < now() - interval '1 hour'`,
  );
  const there = await readIndexes(ctx);
  for (const kind of Object.values(ctx.search.kinds)) {
    for (const writer of writers) {
      if (there.some((it) => it.kind === kind && it.writer === writer)) continue;
      await begin(ctx, writer, kind);
    }
  }
}

/** Forgets the indexes that only new ones mend; PostgreSQL answers then, until these are built. */
async function forgetFlawed(ctx: Context, engine: EngineName): Promise<void> {
  const live = await readIndexes(ctx, sql`engine = ${engine} and state = 'LIVE'`);
  for (const { id, name, kind, writer } of live) {
    const flaw = await writer.flawOf(ctx, kind, name, true);
    if (flaw === undefined) continue;
    ctx.log.warn({ index: name, flaw }, 'an index is built anew');
    await rows(ctx, sql`delete from search_indexes where id = ${id}`);
  }
}

/** Looks after the indexes, and hints at what no hint is waiting for any more. */
export async function sweep(ctx: Context): Promise<void> {
  for (const { engine } of ctx.search.writers) {
    await forgetFlawed(ctx, engine).catch((err) =>
      ctx.log.warn({ err, engine }, 'could not look after indexes'),
    );
  }
  await tend(ctx);
  const engines = ctx.search.writers.map((it) => it.engine);
  const due = await rows(
    ctx,
    sql<{ engine: (typeof engines)[number]; state: string }>`
      select distinct i.engine, i.state from search_indexes i
      where i.engine = any(${engines}) and (i.state = 'BUILDING'
        or exists (select from search_changes c where c.index_id = i.id))`,
  );
  for (const { engine, state } of due) {
    if (state === 'LIVE') await enqueue(ctx, indexChanges, { engine });
  }
  if (due.some((it) => it.state === 'BUILDING')) await enqueue(ctx, buildIndexes, {});
}

/** Has what more or fewer belong to than its index says written anew. */
export async function countAnew(ctx: Context): Promise<void> {
  for (const { name, people } of Object.values(ctx.search.kinds)) {
    if (!people) continue;
    const now = sql`coalesce(p.people, 0) + 1`;
    // `popularityOf` the other way round: so many people have the same.
    const fits = sql`${now} >= power(2, t.popularity / 4.0) and ${now} < power(2, (t.popularity + 1) / 4.0)`;
    await note(
      ctx,
      name,
      sql`(
        select t.id from ${sql.table(`search_${name}`)} t left join (${people}) p on p.id = t.id
        where not (${fits}))`,
    );
  }
}
