import { type RawBuilder, sql } from 'kysely';
import type { Mark, Request, Sort } from '../engine.ts';

/** What rows are ordered by within a rank: a column, then the id, both in one direction. */
interface Run {
  column: 'popularity' | 'updated' | 'name' | null;
  isDescending: boolean;
}

const runs: Record<Sort, Run> = {
  BEST_MATCH: { column: 'popularity', isDescending: true },
  NEWEST: { column: null, isDescending: true },
  OLDEST: { column: null, isDescending: false },
  UPDATED: { column: 'updated', isDescending: true },
  NAME: { column: 'name', isDescending: false },
};

type Ordered = Pick<Request, 'sort' | 'isBackward'>;

/** The direction in which rows are read: from the end where a page is. */
const direction = ({ sort, isBackward }: Ordered) =>
  runs[sort].isDescending !== isBackward ? sql`desc` : sql`asc`;

/** How rows are read within a rank. */
export function inRun(request: Ordered): RawBuilder<unknown> {
  const { column } = runs[request.sort];
  const way = direction(request);
  return column === null ? sql`id ${way}` : sql`${sql.ref(column)} ${way}, id ${way}`;
}

/** Which rows of a rank come after a mark of that rank, in the direction of the list or against it. */
export function beyond(sort: Sort, mark: Mark, isAfter: boolean): RawBuilder<boolean> {
  const { column, isDescending } = runs[sort];
  const sign = isDescending === isAfter ? sql`<` : sql`>`;
  if (column === null) return sql`id ${sign} ${mark.id}::uuid`;
  const value = valueIn(sort, mark);
  return sql`(${sql.ref(column)}, id) ${sign} (${value}, ${mark.id}::uuid)`;
}

/** The rank in a mark. */
export const rankOf = ({ key }: Mark): number => Number(key.split(' ')[0]);

function valueIn(sort: Sort, { key }: Mark): RawBuilder<unknown> {
  if (sort === 'BEST_MATCH') return sql`${Number(key.split(' ')[1])}::smallint`;
  return sort === 'UPDATED' ? sql`${key}::timestamptz` : sql`${key}::text`;
}

/** The key of a row's mark, as text. */
export function keyOf(sort: Sort, rank: RawBuilder<number>): RawBuilder<string> {
  switch (sort) {
    case 'BEST_MATCH':
      return sql`${rank} || ' ' || popularity`;
    case 'UPDATED':
      return sql`to_char(updated at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
    case 'NAME':
      return sql`name::text`;
    default:
      return sql`''`;
  }
}
