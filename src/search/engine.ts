import type { Context } from '../context.ts';
import type { Kind } from './kind.ts';
import type { Tree } from './tree.ts';

export const sorts = ['BEST_MATCH', 'NEWEST', 'OLDEST', 'UPDATED', 'NAME'] as const;
/**
 * `BEST_MATCH`: by rank, then the most popular first, then the youngest. `NEWEST` and `OLDEST`: by
 * birth, which UUIDs (version 7) are in the order of. `UPDATED`: what was changed last first, then
 * the youngest. `NAME`: by name in the order of the Unicode root collation, then the oldest.
 */
export type Sort = (typeof sorts)[number];

/** What an engine is asked. */
export interface Request {
  /** What is looked for. */
  tree: Tree;
  /** Trees, best first: the rank of what is found is the place of the first that finds it, or their number. */
  ranks: readonly Tree[];
  /** What is there for who is asking: all else does not exist, for hits, counts and order alike. */
  sees: Tree;
  /** What the list is limited to, its counts by value too. */
  within: Tree;
  /** Chosen values by column of the kind: each column's own counts leave its own choice out. */
  choices: Readonly<Record<string, readonly string[]>>;
  sort: Sort;
  /** How many hits at most. */
  size: number;
  /** Hits before the end of the list or `before`, rather than from its beginning or `after` on; the nearest first. */
  isBackward: boolean;
  after?: Mark;
  before?: Mark;
}

/** Where something stands in a list. */
export interface Mark {
  id: string;
  /** What the sort goes by: `rank popularity`, an instant to the microsecond, a name; empty for the order of birth. */
  key: string;
}

export interface ValueCount {
  value: string;
  count: number;
}

/** How many there are. */
export interface Counts {
  total: number;
  /** Whether the total is counted, and not estimated; up to 10,000 always. */
  isExact: boolean;
  /** By counted column of the kind: each value that is there, most first, then by value. */
  byValue: Readonly<Record<string, ValueCount[]>>;
  /** Whether the values are counted; where there are at most 10,000 without any choice, always. */
  areValuesExact: boolean;
}

export interface Found {
  hits: Mark[];
  /** Counted only when asked for. */
  counts(): Promise<Counts>;
}

export type EngineName = 'POSTGRESQL' | 'ELASTICSEARCH';

/** Finds documents of a kind. Both engines find the same, count the same and order the same. */
export interface Engine {
  name: EngineName;
  find(ctx: Context, kind: Kind, request: Request): Promise<Found>;
}
