import { type RawBuilder, sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import type { Mark } from '../engine.ts';
import { beyond, inRun, keyOf, rankOf } from './order.ts';
import type { Plan } from './plan.ts';
import { estimate } from './sample.ts';

/**
 * Of so few, all are ranked and sorted. Of more, the hits are read rank by rank, best first, until
 * there are enough.
 */
export const few = 2000;
/** So many of a rank are found by the index of words and sorted. Where there are more, they are met soon enough in the order of the list. */
export const many = 15_000;

/** The hits of a request, in the order of the list or, if it is read backward, against it. */
export async function hitsOf(ctx: Context, plan: Plan, size: number): Promise<Mark[]> {
  const about = size <= few ? size : await estimate(ctx, plan, plan.found('byIndex'), many);
  if (about <= few) return rows(ctx, allRanked(plan));
  const hits: Mark[] = [];
  for (const rank of ranksOf(plan)) {
    const left = plan.request.size - hits.length;
    if (left === 0) break;
    const condition = plan.ranked('byIndex', rank);
    const isMany = about > many && (await estimate(ctx, plan, condition, many)) > many;
    hits.push(...(await rows(ctx, isMany ? walk(plan, rank, left) : sorted(plan, rank, left))));
  }
  return hits;
}

/** The ranks that hits may have, those that are read first first. */
function ranksOf({ ranks, request: { isBackward, after, before, sort } }: Plan): number[] {
  const isRanked = sort === 'BEST_MATCH';
  const first = isRanked && after ? rankOf(after) : 0;
  const last = isRanked && before ? rankOf(before) : ranks;
  const all = Array.from({ length: ranks + 1 }, (_, rank) => rank);
  const possible = all.filter((rank) => rank >= first && rank <= last);
  return isBackward ? possible.reverse() : possible;
}

/** Which rows of a rank are on the page's side of its marks. */
function between({ request: { after, before, sort } }: Plan, rank: number): RawBuilder<boolean> {
  const isThere = (mark: Mark) => sort !== 'BEST_MATCH' || rankOf(mark) === rank;
  const past = after && isThere(after) ? beyond(sort, after, true) : sql`true`;
  const short = before && isThere(before) ? beyond(sort, before, false) : sql`true`;
  return sql`${past} and ${short}`;
}

/** Found by the index of words, and sorted. */
function sorted(plan: Plan, rank: number, left: number) {
  const { table, request } = plan;
  return sql<Mark>`
    with found as materialized (
      select ${keyed(plan)} from ${table}
      where ${plan.ranked('byIndex', rank)} and ${between(plan, rank)})
    select id, ${keyOf(request.sort, sql.lit(rank))} as key from found
    order by ${inRun(request)} limit ${left}`;
}

/** Looked at in the order of the list, until there are enough. */
function walk(plan: Plan, rank: number, left: number) {
  const { table, request } = plan;
  return sql<Mark>`
    select id, ${keyOf(request.sort, sql.lit(rank))} as key from ${table}
    where ${plan.ranked('byRow', rank)} and ${between(plan, rank)}
    order by ${inRun(request)} limit ${left}`;
}

/** All that is found, ranked and sorted. */
function allRanked(plan: Plan) {
  const { table, request } = plan;
  const ranks = ranksOf(plan);
  const places = ranks.map((rank) => sql`(rank = ${sql.lit(rank)} and ${between(plan, rank)})`);
  const order = request.isBackward ? sql`desc` : sql`asc`;
  return sql<Mark>`
    with found as materialized (
      select ${keyed(plan)}, ${plan.rank} as rank from ${table} where ${plan.found('byIndex')})
    select id, ${keyOf(request.sort, sql`rank`)} as key from found
    where ${sql.join([sql`false`, ...places], sql` or `)}
    order by rank ${order}, ${inRun(request)} limit ${request.size}`;
}

/** What rows are ordered by. */
const keyed = ({ request: { sort } }: Plan) =>
  sort === 'UPDATED' ? sql`id, updated` : sort === 'NAME' ? sql`id, name` : sql`id, popularity`;
