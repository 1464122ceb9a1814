import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { enqueue } from '../jobs.ts';
import { note } from './changes.ts';
import { buildIndexes, indexChanges } from './jobs.ts';

/** Hints at what no hint is waiting for any more. */
export async function sweep(ctx: Context): Promise<void> {
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
