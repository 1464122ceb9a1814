import type { Context } from '../context.ts';
import type { Kind } from './kind.ts';
import { type Leaf, leavesOf, mapLeaves, type Tree } from './tree.ts';

type LookUp = Extract<Leaf, { is: 'lookup' }>;

/** The trees with whom their lookup fields mean, for the actor. Each field is asked once, for all its values. */
export async function lookUp(ctx: Context, kind: Kind, trees: Tree[]): Promise<Tree[]> {
  const asked = trees.flatMap(leavesOf).filter((it): it is LookUp => it.is === 'lookup');
  if (asked.length === 0) return trees;
  const found = new Map<string, Map<string, string[]>>();
  for (const [field, leaves] of Map.groupBy(asked, (it) => it.field)) {
    const values = [...new Set(leaves.map((it) => it.value))];
    found.set(field, (await kind.lookUp?.(ctx, field, values)) ?? new Map());
  }
  return trees.map((tree) =>
    mapLeaves(tree, (it) =>
      it.is === 'lookup' ? { is: 'ids', ids: found.get(it.field)?.get(it.value) ?? [] } : it,
    ),
  );
}
