import { isDeepStrictEqual } from 'node:util';
import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Request } from '../engine.ts';
import type { Kind } from '../kind.ts';
import { all, either, type Leaf, type Tree } from '../tree.ts';
import { conditionOf } from './compile.ts';
import { and, byIndex, byRow, type Condition, type Match, not, render } from './condition.ts';
import { spelledOut } from './spelling.ts';

/** How rows are found: by the index of words, or one after the other. */
export type Way = 'byIndex' | 'byRow';

const matches: Record<Way, Match> = { byIndex, byRow };

/** A request as conditions on the table of its kind. */
export interface Plan {
  kind: Kind;
  request: Request;
  table: RawBuilder<unknown>;
  /** How many ranks there are. */
  ranks: number;
  /** Whether everything is there for the actor. */
  seesAll: boolean;
  /** What is looked for as far as the actor sees it. */
  found(way: Way): RawBuilder<boolean>;
  /** The same, whatever was chosen. */
  widely(way: Way): RawBuilder<boolean>;
  /** The same, where its rank is this one: the first that finds it. */
  ranked(way: Way, rank: number): RawBuilder<boolean>;
  /** The rank of a row that is found. */
  rank: RawBuilder<number>;
}

export async function planOf(ctx: Context, kind: Kind, request: Request): Promise<Plan> {
  const { sees, within, choices, sort } = request;
  const given = [request.tree, ...(sort === 'BEST_MATCH' ? request.ranks : [])];
  const [tree = all, ...ranks] = await spelledOut(ctx, kind, given);
  const { fields } = kind;
  const condition = (it: Tree, way: Way, columns: readonly string[] = []) =>
    conditionOf(it, { fields, columns, match: matches[way] });
  const limits = (way: Way) => [
    condition(sees, way, kind.columns),
    condition(within, way, way === 'byIndex' ? [] : kind.columns),
  ];
  /** Chosen values are words for the index: it has few rows left to be looked at then. */
  const chosen = (way: Way) =>
    Object.entries(choices).map(([field, values]) =>
      condition(
        either(...values.map((value): Leaf => ({ is: 'value', field, value }))),
        way,
        way === 'byIndex' ? [] : kind.columns,
      ),
    );
  const renderAll = (all: Condition[], way: Way) => render(and(all, matches[way]), matches[way]);
  return {
    kind,
    request,
    table: sql.table(`search_${kind.name}`),
    ranks: ranks.length,
    seesAll: isDeepStrictEqual(sees, all),
    found: (way) => renderAll([condition(tree, way), ...limits(way), ...chosen(way)], way),
    widely: (way) => renderAll([condition(tree, way), ...limits(way)], way),
    ranked: (way, rank) => {
      const own = ranks.slice(rank, rank + 1).map((it) => condition(it, way));
      const better = ranks.slice(0, rank).map((it) => not(condition(it, way)));
      return renderAll(
        [condition(tree, way), ...own, ...better, ...limits(way), ...chosen(way)],
        way,
      );
    },
    rank: rankSql(ranks.map((it) => render(condition(it, 'byRow'), byRow))),
  };
}

const rankSql = (ranks: RawBuilder<boolean>[]): RawBuilder<number> =>
  ranks.length === 0
    ? sql`0`
    : sql`case ${sql.join(
        ranks.map((it, i) => sql`when ${it} then ${sql.lit(i)}`),
        sql` `,
      )} else ${sql.lit(ranks.length)} end`;
