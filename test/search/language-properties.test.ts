import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Occurrence, occurrences } from '../../src/search/language/occurrence.ts';
import type { Clause } from '../../src/search/language/syntax.ts';
import { understand } from '../../src/search/language/understand.ts';
import { communities, users } from './dialects.ts';
import { query, soup } from './language-arbitraries.ts';

const now = new Date('2024-06-15T12:34:56.789Z');
const dialect = fc.constantFrom(communities, users);
const longest = 1000;

describe('how a query was understood', () => {
  it.each([
    ['queries', query, 3_000],
    ['anything', soup, 6_000],
  ] as const)(
    'is a query that means the same, and that nothing is wrong with: %s',
    (_, texts, numRuns) => {
      let count = 0;
      fc.assert(
        fc.property(texts, dialect, (text, spoken) => {
          const { tree, ranks, parsed } = understand(text, spoken, now);
          if (parsed.length > longest) return;
          count++;

          expect(understand(parsed, spoken, now)).toEqual({ tree, ranks, parsed, warnings: [] });
        }),
        { numRuns },
      );
      expect(count).toBeGreaterThan(numRuns * 0.9);
    },
  );

  it('depends on nothing but the text, and needs no warning for what the grammar has', () =>
    fc.assert(
      fc.property(query, (text) => {
        // What may stand for many is limited, by another test.
        fc.pre(
          (text.match(/"~/g) ?? []).length * 4 + (text.match(/[^"]~|[*?]/g) ?? []).length <= 16,
        );
        const { warnings } = understand(text, communities, now);

        expect(warnings).toEqual([]);
      }),
      { numRuns: 3_000 },
    ));

  it('has at most 9 ranks, all different, and none that is the tree', () =>
    fc.assert(
      fc.property(query, dialect, (text, spoken) => {
        const { tree, ranks } = understand(text, spoken, now);
        const different = new Set([tree, ...ranks].map((it) => JSON.stringify(it)));

        expect(ranks.length).toBeLessThanOrEqual(9);
        expect(different.size).toBe(ranks.length + 1);
      }),
      { numRuns: 3_000 },
    ));
});

/** What stands before a clause. */
type Before = Pick<Clause, 'conjunction' | 'modifier'>;

/** Lucene's own way: clause by clause, the one before changed by what follows it. */
function asLuceneAdds(clauses: Before[], joins: 'AND' | 'OR'): Occurrence[] {
  const added: Occurrence[] = [];
  for (const { conjunction, modifier } of clauses) {
    const last = added.length - 1;
    if (last >= 0 && conjunction === 'AND' && added[last] !== 'NOT') added[last] = 'MUST';
    if (last >= 0 && joins === 'AND' && conjunction === 'OR' && added[last] !== 'NOT') {
      added[last] = 'SHOULD';
    }
    const isProhibited = modifier === 'NOT';
    let isRequired: boolean;
    if (joins === 'OR') {
      isRequired = modifier === 'MUST';
      if (conjunction === 'AND' && !isProhibited) isRequired = true;
    } else {
      isRequired = !isProhibited && conjunction !== 'OR';
    }
    added.push(isProhibited ? 'NOT' : isRequired ? 'MUST' : 'SHOULD');
  }
  return added;
}

describe('operators', () => {
  const before = fc.record({
    conjunction: fc.constantFrom('AND' as const, 'OR' as const, null),
    modifier: fc.constantFrom('MUST' as const, 'NOT' as const, null),
  });
  const clauses = fc
    .array(before, { minLength: 1, maxLength: 8 })
    .map(([first, ...rest]) => [{ conjunction: null, modifier: first?.modifier ?? null }, ...rest]);

  it.each(['AND', 'OR'] as const)(
    'mean what they mean to Lucene where words are joined by %s',
    (joins) =>
      fc.assert(
        fc.property(clauses, (some) => {
          expect(occurrences(some, joins)).toEqual(asLuceneAdds(some, joins));
        }),
        { numRuns: 5_000 },
      ),
  );
});
