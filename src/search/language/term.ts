import type { Tree } from '../tree.ts';
import { all, none } from '../tree.ts';
import type { Occurrence } from './occurrence.ts';
import type { Conjunction, Modifier } from './syntax.ts';

/** A query as it was understood: all fields are there, all dates are dates, nothing is empty. */
export type Query = List | Term;

/** One clause that is not wanted, or several of any kind. */
export interface List {
  is: 'list';
  clauses: Item[];
}

export interface Item {
  conjunction: Conjunction | null;
  modifier: Modifier | null;
  occurrence: Occurrence;
  boost: number;
  query: Query;
}

/** What a clause looks for. */
export interface Term {
  is: 'term';
  /** How it is written. */
  text: string;
  tree: Tree;
  /** Only if it looks for words. */
  words?: Words;
}

/** Words that are looked for, and where else they may be looked for to tell good hits from others. */
export interface Words {
  /** Not a pattern, nor a word of unknown end or spelling: what else the whole of a title may be. */
  plain: string[] | undefined;
  /** No field was named. */
  isBare: boolean;
  /** As whole words, in the fields whose beginnings are looked for. */
  whole: Tree;
  /** As beginnings of words there. */
  begun: Tree;
  /** Anywhere, but spelt so. */
  exact: Tree;
}

/** The tree of a query, with the tree of each term of it. */
export function treeOf(query: Query, of: (term: Term) => Tree = (it) => it.tree): Tree {
  if (query.is === 'term') return of(query);
  const trees = (occurrence: Occurrence) =>
    query.clauses.filter((it) => it.occurrence === occurrence).map((it) => treeOf(it.query, of));
  const mustNot = trees('NOT');
  if (mustNot.some(isAll)) return none;
  let [must, should] = [trees('MUST'), trees('SHOULD')];
  // The only choice is none.
  if (must.length === 0 && should.length === 1) [must, should] = [should, must];
  const [only] = must;
  if (only && must.length === 1 && should.length + mustNot.length === 0) return only;
  return { is: 'bool', must, should, mustNot };
}

const isAll = (tree: Tree) =>
  tree.is === 'bool' && tree.must.length + tree.should.length + tree.mustNot.length === 0;

export const everything: Term = { is: 'term', text: '*', tree: all };

export const nothing: List = {
  is: 'list',
  clauses: [{ conjunction: null, modifier: 'NOT', occurrence: 'NOT', boost: 1, query: everything }],
};

/** How many terms there are in a query, and how deep its parentheses are in each other. */
export function sizeOf(query: Query): { clauses: number; depth: number } {
  if (query.is === 'term') return { clauses: 1, depth: -1 };
  const sizes = query.clauses.map((it) => sizeOf(it.query));
  return {
    clauses: sizes.reduce((sum, it) => sum + it.clauses, 0),
    depth: 1 + Math.max(...sizes.map((it) => it.depth)),
  };
}
