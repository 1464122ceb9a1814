import fc from 'fast-check';
import { type Sort, sorts } from '../../src/search/engine.ts';
import { all, both, either, type Tree } from '../../src/search/tree.ts';
import type { Stock } from './arbitraries.ts';

/** What policies and filters limit lists to: values of columns as they are, and some by id. */
const limits = (stock: Stock): fc.Arbitrary<Tree> => {
  const ids = fc
    .subarray(stock.ids, { maxLength: Math.min(20, stock.ids.length) })
    .map((some): Tree => ({ is: 'ids', ids: some }));
  const columns = stock.kind.columns.filter((it) => stock.values[it]);
  const value = fc
    .constantFrom(...columns)
    .chain((field) =>
      fc
        .constantFrom(...(stock.values[field] ?? []))
        .map((value): Tree => ({ is: 'value', field, value })),
    );
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant<Tree>(all) },
    { weight: 2, arbitrary: value },
    { weight: 2, arbitrary: fc.tuple(value, ids).map((some) => either(...some)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(value, value, ids)
        .map(([one, other, some]) => either(both(one, other), some)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(value, ids)
        .map(([one, some]): Tree => ({ is: 'bool', must: [one], should: [], mustNot: [some] })),
    },
  );
};

/** The rest of what is asked; marks are places in the list, as shares of it: the second of what comes after the first. */
export interface Asked {
  sees: Tree;
  within: Tree;
  choices: Record<string, string[]>;
  sort: Sort;
  size: number;
  isBackward: boolean;
  after: number | null;
  before: number | null;
  /** Whether what the marks were of is gone. */
  isGone: boolean;
}

export function asked(stock: Stock): fc.Arbitrary<Asked> {
  const { counted } = stock.kind;
  const choices = fc
    .subarray([...counted])
    .chain((columns) =>
      fc.record(
        Object.fromEntries(
          columns.map((it) => [
            it,
            fc.subarray([...(stock.values[it] ?? []), 'no such value'], { minLength: 1 }),
          ]),
        ),
      ),
    );
  const place = fc.oneof(
    { weight: 2, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 0.999, noNaN: true }) },
  );
  const hasDates = stock.dates.length > 0;
  return fc.record({
    sees: limits(stock),
    within: fc.oneof(fc.constant<Tree>(all), fc.constant<Tree>(all), limits(stock)),
    choices: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: choices }),
    sort: fc.constantFrom(
      'BEST_MATCH' as const,
      ...sorts.filter((it) => hasDates || it !== 'UPDATED'),
    ),
    size: fc.integer({ min: 1, max: 40 }),
    isBackward: fc.boolean(),
    after: place,
    before: place,
    isGone: fc.boolean(),
  });
}
