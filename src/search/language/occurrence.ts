import type { Dialect } from '../dialect.ts';
import type { Clause } from './syntax.ts';

export type Occurrence = 'MUST' | 'SHOULD' | 'NOT';

/**
 * Which of the clauses must be there: as `addClause` of Lucene's `QueryParserBase` has it, where
 * each operator says something about its two neighbours, and none binds closer than another.
 */
export const occurrences = (
  clauses: readonly Pick<Clause, 'conjunction' | 'modifier'>[],
  joins: Dialect['joins'],
): Occurrence[] =>
  clauses.map(({ conjunction: before, modifier }, index) => {
    const after = clauses[index + 1]?.conjunction;
    if (modifier === 'NOT') return 'NOT';
    if (after === 'AND') return 'MUST';
    if (joins === 'AND') return before === 'OR' || after === 'OR' ? 'SHOULD' : 'MUST';
    return modifier === 'MUST' || before === 'AND' ? 'MUST' : 'SHOULD';
  });
