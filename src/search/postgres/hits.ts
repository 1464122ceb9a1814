import { type RawBuilder, sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import type { Mark } from '../engine.ts';
import { rowsOf } from './arms.ts';
import { beyond, inRun, keyOf, rankOf } from './order.ts';
import { loosened, type Plan } from './plan.ts';
import { estimate } from './sample.ts';
import { sampleOf } from './tables.ts';

/** Of so few, all are ranked and sorted. Of more, hits are read rank by rank, best first, until there are enough. */
const few = 2000;
/** Above this nobody needs to know how many there are. */
const veryMany = 200_000;

/** The hits of a request, in the order of the list or, if it is read backward, against it. */
export async function hitsOf(ctx: Context, plan: Plan, size: number): Promise<Mark[]> {
  const about = size <= few ? size : await estimate(ctx, plan, plan.indexed(plan.tree), few);
  if (about <= few) return rows(ctx, allRanked(plan, ranksOf(plan), plan.request.size));
  const hits: Mark[] = [];
  const left = () => plan.request.size - hits.length;
  // Ranks that little is of, one after the other, are read at once.
  let little: number[] = [];
  const readLittle = async () => {
    if (little.length > 0) hits.push(...(await rows(ctx, allRanked(plan, little, left()))));
    little = [];
  };
  for (const rank of ranksOf(plan)) {
    const found = await estimate(ctx, plan, plan.indexed(loosened(plan.ofRank(rank))), veryMany);
    if (found < few) {
      little.push(rank);
      continue;
    }
    await readLittle();
    if (left() === 0) break;
    const isNear = await areNear(ctx, plan, rank, { found, left: left() });
    hits.push(...(await rows(ctx, (isNear ? walked : sorted)(plan, rank, left()))));
    if (left() === 0) break;
  }
  await readLittle();
  return hits;
}

/**
 * Whether fewer rows are looked at where they come in the order of the list, until there are so many
 * hits, than the index of words finds. The sample is walked through to see where its third hit is:
 * the first may be luck, and what is found may all be at the end of the list.
 */
async function areNear(
  ctx: Context,
  plan: Plan,
  rank: number,
  { found, left }: { found: number; left: number },
): Promise<boolean> {
  const tree = plan.ofRank(rank);
  // A row of the sample stands for 64, in which there are about 64 hits for each of the sample's.
  const most = Math.ceil(found / left);
  const [third] = await rows(
    ctx,
    sql`
      select from (
        select ${plan.seen(tree)} as is_hit from ${sql.table(sampleOf(plan.table, 64))}
        where ${between(plan, rank)} order by ${inRun(plan.request)} limit ${most}) passed
      where is_hit offset 2 limit 1`,
  );
  return third !== undefined;
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
      ${rowsOf(keyed(plan), table, plan.indexed(plan.ofRank(rank)), between(plan, rank))})
    select id, ${keyOf(request.sort, sql.lit(rank))} as key from found
    order by ${inRun(request)} limit ${left}`;
}

/** Looked at in the order of the list, until there are enough. */
function walked(plan: Plan, rank: number, left: number) {
  const { table, request } = plan;
  return sql<Mark>`
    select id, ${keyOf(request.sort, sql.lit(rank))} as key from ${sql.table(table)}
    where ${plan.seen(plan.ofRank(rank))} and ${between(plan, rank)}
    order by ${inRun(request)} limit ${left}`;
}

/** All that is found of ranks, ranked and sorted. */
function allRanked(plan: Plan, ranks: number[], left: number) {
  const { table, request } = plan;
  const places = ranks.map((rank) => sql`(rank = ${sql.lit(rank)} and ${between(plan, rank)})`);
  const order = request.isBackward ? sql`desc` : sql`asc`;
  return sql<Mark>`
    with found as materialized (
      ${rowsOf(sql`${keyed(plan)}, ${plan.rank} as rank`, table, plan.indexed(plan.ofRanks(ranks)))})
    select id, ${keyOf(request.sort, sql`rank`)} as key from found
    where ${sql.join([sql`false`, ...places], sql` or `)}
    order by rank ${order}, ${inRun(request)} limit ${left}`;
}

/** What rows are ordered by. */
const keyed = ({ request: { sort } }: Plan) =>
  sort === 'UPDATED' ? sql`id, updated` : sort === 'NAME' ? sql`id, name` : sql`id, popularity`;
