import { isDeepStrictEqual } from 'node:util';
import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Request } from '../engine.ts';
import type { Kind } from '../kind.ts';
import { all, both, either, type Tree } from '../tree.ts';
import { conditionOf, type Target } from './compile.ts';
import { and, byIndex, byRow, type Condition, never, or, render } from './condition.ts';
import { ownOf } from './own.ts';
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
  /** The same where its rank is one of these, which are one after the other. */
  ofRanks(ranks: readonly number[]): Tree;
  /** The rank of a row that is found. */
  rank: RawBuilder<number>;
  /** Whether everything is there for the actor. */
  seesAll: boolean;
  /** Which rows answer a tree as far as the actor sees them, by the index of words: one of the conditions is true of each. */
  indexed(tree: Tree, options?: { isWide: boolean }): RawBuilder<boolean>[];
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
  const table = `search_${kind.name}`;
  const lookedAt = (it: Tree) => conditionOf(it, { ...row, columns: [] });
  const ofSome = conditionOf(both(sees, within), { ...row, audience: 'SOME' });
  const own = await ownOf(ctx, table, sees, render(and([lookedAt(tree), ofSome], byRow), byRow));
  const isOwn: Condition = own?.length ? { is: 'sql', sql: sql`id = any(${own}::uuid[])` } : never;
  const ofEveryone = conditionOf(sees, { ...row, audience: 'EVERYONE' });
  const ofRanks = (wanted: readonly number[]): Tree => {
    const [first, last] = [Math.min(...wanted), Math.max(...wanted)];
    const some = last < ranks.length ? [either(...ranks.slice(first, last + 1))] : [];
    return { is: 'bool', must: [tree, ...some], should: [], mustNot: ranks.slice(0, first) };
  };
  return {
    kind,
    request,
    table,
    tree,
    ranks: ranks.length,
    ofRank: (rank) => ofRanks([rank]),
    ofRanks,
    rank: rankSql(ranks.map((it) => render(conditionOf(it, { ...row, columns: [] }), byRow))),
    seesAll: isDeepStrictEqual(sees, all),
    // Each audience has an index of its own: what is there for some takes no time of others. Limits
    // are words too, so that few rows are left to be looked at.
    indexed: (looked, { isWide } = { isWide: false }) => {
      const choice = isWide ? [] : chosen;
      const ofAudience = (audience: Audience) => {
        const isLimited = conditionOf(both(looked, within, ...choice), { ...word, audience });
        const isSeen = conditionOf(sees, { ...word, columns, audience });
        return and([isOf(audience), isLimited, isSeen], byIndex);
      };
      const ofOwn = () =>
        and([isOf('SOME'), isOwn, lookedAt(looked), conditionOf(both(...choice), row)], byRow);
      return [ofAudience('EVERYONE'), own ? ofOwn() : ofAudience('SOME')]
        .filter((it) => it.is !== 'never')
        .map((it) => render(it, byIndex));
    },
    seen: (looked) => {
      const isSeen = own
        ? or([and([isOf('EVERYONE'), ofEveryone], byRow), isOwn], byRow)
        : conditionOf(sees, row);
      const isLimited = conditionOf(both(within, ...chosen), row);
      return render(and([lookedAt(looked), isSeen, isLimited], byRow), byRow);
    },
  };
}

type Audience = 'EVERYONE' | 'SOME';

const isOf = (audience: Audience): Condition => ({
  is: 'sql',
  sql: sql`audience = ${sql.lit(audience)}`,
});

/** What costs the index of words as much as the tree: it finds phrases by their words, knows no dates, and looks at each row. */
export function loosened(tree: Tree): Tree {
  switch (tree.is) {
    case 'bool':
      return { ...tree, must: tree.must.map(loosened), should: tree.should.map(loosened) };
    case 'phrase':
      return both(...tree.words.map((word): Tree => ({ is: 'word', fields: tree.fields, word })));
    case 'dates':
      return all;
    default:
      return tree;
  }
}

const rankSql = (ranks: RawBuilder<boolean>[]): RawBuilder<number> =>
  ranks.length === 0
    ? sql`0`
    : sql`case ${sql.join(
        ranks.map((it, i) => sql`when ${it} then ${sql.lit(i)}`),
        sql` `,
      )} else ${sql.lit(ranks.length)} end`;
