/**
 * What is looked for: a query as the engines understand it. Its words are folded (`words.ts`), its
 * fields are fields of the kind that is searched, and its dates are instants.
 */
export type Tree = Bool | Leaf;

/**
 * Lucene's occurrence lists: all of `must`, none of `mustNot`; and where there is no `must`, one of
 * `should` if there are any. What has nothing at all in it matches everything.
 */
export interface Bool {
  is: 'bool';
  must: Tree[];
  should: Tree[];
  mustNot: Tree[];
}

export type Leaf =
  /** A whole word in one of the text fields. */
  | { is: 'word'; fields: string[]; word: string }
  /** The beginning of a word in one of the text fields. */
  | { is: 'beginning'; fields: string[]; word: string }
  /** A word with `*` (any letters, or none) and `?` (one letter) somewhere in it, but not as its beginning. */
  | { is: 'pattern'; fields: string[]; pattern: string }
  /**
   * A word that begins with the same letter and is at most so many edits away: letters more, less, other,
   * or two neighbours swapped (optimal string alignment, as Lucene counts).
   */
  | { is: 'similar'; fields: string[]; word: string; edits: 1 | 2 }
  /**
   * Words one after the other in one of the text fields. With `slop`, as Lucene has it: each word may
   * be moved from its place, all moves together so far that the span of moves is at most `slop`.
   */
  | { is: 'phrase'; fields: string[]; words: string[]; slop: number }
  /** The whole value of a keyword field. */
  | { is: 'value'; field: string; value: string }
  /** The beginning of the value of a keyword field. */
  | { is: 'valueBeginning'; field: string; value: string }
  /** A date from `from` on and before `to`; ISO 8601, open where null. */
  | { is: 'dates'; field: string; from: string | null; to: string | null }
  /** Has anything in the field. */
  | { is: 'filled'; field: string }
  /** Answered by the database for the actor alone, before an engine is asked: `ids` then. */
  | { is: 'lookup'; field: string; value: string }
  /** One of these, by UUID. */
  | { is: 'ids'; ids: string[] };

/** Everything. */
export const all: Bool = { is: 'bool', must: [], should: [], mustNot: [] };

/** Nothing. */
export const none: Leaf = { is: 'ids', ids: [] };

/** What has this value in a keyword field. */
export const valued = (field: string, value: string): Leaf => ({ is: 'value', field, value });

/** What the tree does not find. */
export const not = (tree: Tree): Bool => ({ is: 'bool', must: [], should: [], mustNot: [tree] });

/** What each of the trees finds. */
export const both = (...must: Tree[]): Bool => ({ is: 'bool', must, should: [], mustNot: [] });

/** What one of the trees finds; nothing if there are none. */
export const either = (...should: Tree[]): Tree =>
  should.length === 0 ? none : { is: 'bool', must: [], should, mustNot: [] };

/** The leaves of a tree, from left to right. */
export const leavesOf = (tree: Tree): Leaf[] =>
  tree.is === 'bool' ? [tree.must, tree.should, tree.mustNot].flat().flatMap(leavesOf) : [tree];

/** The tree with other leaves, or trees in their places. */
export function mapLeaves(tree: Tree, to: (leaf: Leaf) => Tree): Tree {
  if (tree.is !== 'bool') return to(tree);
  const of = (all: Tree[]) => all.map((it) => mapLeaves(it, to));
  return { is: 'bool', must: of(tree.must), should: of(tree.should), mustNot: of(tree.mustNot) };
}
