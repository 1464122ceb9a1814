import type { Request } from '../engine.ts';
import type { Tree } from '../tree.ts';
import { isServed } from './order.ts';

/** Elasticsearch takes so many clauses whatever its memory; with more memory, more. */
const mostClauses = 1024;
/** Ids in one place: the index setting `max_terms_count`. */
const mostIds = 65_536;
/** Queries in queries: `indices.query.bool.max_nested_depth` is 30, and some are around a tree. */
const deepest = 24;

/** Whether Elasticsearch answers such a request: what is too much for it is not tried. */
export function serves({ tree, ranks, sees, within, sort }: Request): boolean {
  const trees = [tree, sees, within, ...(sort === 'BEST_MATCH' ? ranks : [])];
  return (
    isServed(sort) &&
    trees.reduce((sum, it) => sum + clausesOf(it), 0) <= mostClauses &&
    trees.every((it) => depthOf(it) <= deepest && isShort(it))
  );
}

const partsOf = (tree: Tree): Tree[] =>
  tree.is === 'bool' ? [...tree.must, ...tree.should, ...tree.mustNot] : [];

function clausesOf(tree: Tree): number {
  if (tree.is === 'bool') return partsOf(tree).reduce((sum, it) => sum + clausesOf(it), 0);
  return 'fields' in tree ? tree.fields.length : 1;
}

const depthOf = (tree: Tree): number => Math.max(0, ...partsOf(tree).map(depthOf)) + 1;

const isShort = (tree: Tree): boolean =>
  tree.is === 'ids' ? tree.ids.length <= mostIds : partsOf(tree).every(isShort);
