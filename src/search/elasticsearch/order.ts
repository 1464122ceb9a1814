import { z } from 'zod';
import type { Mark, Request, Sort } from '../engine.ts';

/** Where something stands, as Elasticsearch has it: what it is sorted by, the id last. */
export type Place = (string | number)[];

type Served = Exclude<Sort, 'NAME'>;

/** A sort as Elasticsearch does it, and how its places are written as marks. */
interface Order {
  by: string[];
  direction: 'asc' | 'desc';
  /** What a place has to be. */
  shape: z.ZodType<Place>;
  /** The place of a mark; of the id it is said by all. */
  placeOf(key: string, ranks: number): Place;
  keyOf(place: Place, ranks: number): string;
}

const byBirth = (direction: Order['direction']): Order => ({
  by: ['id'],
  direction,
  shape: z.tuple([z.guid()]),
  placeOf: () => [],
  keyOf: () => '',
});

const orders: Record<Served, Order> = {
  // What the best of three ranks finds scores 3; what none of them finds scores 0.
  BEST_MATCH: {
    by: ['_score', 'popularity', 'id'],
    direction: 'desc',
    shape: z.tuple([z.int().nonnegative(), z.int().nonnegative(), z.guid()]),
    placeOf: (key, ranks) => {
      const [rank = 0, popularity = 0] = key.split(' ').map(Number);
      return [ranks - rank, popularity];
    },
    keyOf: ([score, popularity], ranks) => `${ranks - Number(score)} ${popularity}`,
  },
  NEWEST: byBirth('desc'),
  OLDEST: byBirth('asc'),
  // Entries know milliseconds, marks have microseconds.
  UPDATED: {
    by: ['dates.updated', 'id'],
    direction: 'desc',
    shape: z.tuple([z.int().min(-62_135_596_800_000).max(253_402_300_799_999), z.guid()]),
    placeOf: (key) => [Date.parse(key)],
    keyOf: ([ms]) => new Date(Number(ms)).toISOString().replace('Z', '000Z'),
  },
};

/** The order by name is PostgreSQL's: it takes a plugin for Elasticsearch to know the root collation. */
export const isServed = (sort: Sort): sort is Served => sort !== 'NAME';

/** How the hits of a request are walked through. */
export interface Walk {
  sort: Record<string, 'asc' | 'desc'>[];
  /** The place that it begins after. */
  from?: Place;
  shape: z.ZodType<Place>;
  markOf(place: Place): Mark;
  /** Whether a place is still before the one that it ends at. */
  isWithin(place: Place): boolean;
}

export function walkOf({ sort, ranks, isBackward, after, before }: Request): Walk {
  if (!isServed(sort)) throw new Error(`Elasticsearch does not sort by ${sort}.`);
  const { by, direction, shape, placeOf, keyOf } = orders[sort];
  const isRising = (direction === 'asc') !== isBackward;
  const place = (mark: Mark | undefined): Place | undefined =>
    mark && [...placeOf(mark.key, ranks.length), mark.id];
  const [from, to] = isBackward ? [place(before), place(after)] : [place(after), place(before)];
  return {
    sort: by.map((it) => ({ [it]: isRising ? 'asc' : 'desc' })),
    ...(from && { from }),
    shape,
    markOf: (it) => ({ id: String(it.at(-1)), key: keyOf(it, ranks.length) }),
    isWithin: (it) => to === undefined || (isRising ? isLess(it, to) : isLess(to, it)),
  };
}

function isLess(one: Place, other: Place): boolean {
  const at = one.findIndex((it, index) => it !== other[index]);
  const [a, b] = [one[at], other[at]];
  return a !== undefined && b !== undefined && a < b;
}
