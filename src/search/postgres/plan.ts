import { isDeepStrictEqual } from 'node:util';
import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Request } from '../engine.ts';
import type { Kind } from '../kind.ts';
import { all, both, either, mapLeaves, type Tree } from '../tree.ts';
import { conditionOf, type Target } from './compile.ts';
import { and, byIndex, byRow, or, render } from './condition.ts';
import { spelledOut } from './spelling.ts';

/** A request as conditions on the table of its kind. */
export interface Plan {
  kind: Kind;
  request: Request;
  table: string;
  /** What is looked for. */
  tree: Tree;
  /** How many ranks there are, but for the last: that of what is found by no tree of a rank. */
  ranks: number;
  /** What is looked for where its rank is this one: the first that finds it. */
  ofRank(rank: number): Tree;
  /** The rank of a row that is found. */
  rank: RawBuilder<number>;
  /** Whether everything is there for the actor. */
  seesAll: boolean;
  /** Which rows answer a tree as far as the actor sees them, by the index of words. */
  indexed(tree: Tree, options?: { isWide: boolean }): RawBuilder<boolean>;
  /** The same for rows that come in the order of the list, each of which is looked at. */
  seen(tree: Tree): RawBuilder<boolean>;
}

export async function planOf(ctx: Context, kind: Kind, request: Request): Promise<Plan> {
  const { sees, within, choices, sort } = request;
  const given = [request.tree, ...(sort === 'BEST_MATCH' ? request.ranks : [])];
  const [tree = all, ...ranks] = await spelledOut(ctx, kind, given);
  const { fields, columns } = kind;
  const chosen = Object.entries(choices).map(([field, values]) =>
    either(...values.map((value): Tree => ({ is: 'value', field, value }))),
  );
  const row: Target = { fields, columns, match: byRow };
  const word: Target = { fields, columns: [], match: byIndex };
  return {
    kind,
    request,
    table: `search_${kind.name}`,
    tree,
    ranks: ranks.length,
    ofRank: (rank) => ({
      is: 'bool',
      must: [tree, ...ranks.slice(rank, rank + 1)],
      should: [],
      mustNot: ranks.slice(0, rank),
    }),
    rank: rankSql(ranks.map((it) => render(conditionOf(it, { ...row, columns: [] }), byRow))),
    seesAll: isDeepStrictEqual(sees, all),
    // Each audience has an index of its own: what is there for some takes no time of others. Limits
    // are words too, so that few rows are left to be looked at.
    indexed: (looked, { isWide } = { isWide: false }) => {
      const limited = conditionOf(both(looked, within, ...(isWide ? [] : chosen)), word);
      const arms = ['EVERYONE', 'SOME'].map((audience) => {
        const isThere = sql<boolean>`audience = ${sql.lit(audience)}`;
        const isSeen = conditionOf(sees, { ...word, columns, audience });
        return and([{ is: 'sql', sql: isThere }, limited, isSeen], byIndex);
      });
      return render(or(arms, byIndex), byIndex);
    },
    seen: (looked) => {
      const parts = [
        conditionOf(looked, { ...row, columns: [] }),
        conditionOf(both(sees, within, ...chosen), row),
      ];
      return render(and(parts, byRow), byRow);
    },
  };
}

/** What costs the index of words as much as the tree: it finds phrases by their words, and looks at each row. */
export const loosened = (tree: Tree): Tree =>
  mapLeaves(tree, (it) =>
    it.is === 'phrase'
      ? both(...it.words.map((word): Tree => ({ is: 'word', fields: it.fields, word })))
      : it,
  );

const rankSql = (ranks: RawBuilder<boolean>[]): RawBuilder<number> =>
  ranks.length === 0
    ? sql`0`
    : sql`case ${sql.join(
        ranks.map((it, i) => sql`when ${it} then ${sql.lit(i)}`),
        sql` `,
      )} else ${sql.lit(ranks.length)} end`;
