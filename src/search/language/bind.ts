import type { Field } from '../dialect.ts';
import { keyword, wordsOf } from '../words.ts';
import { spanOf } from './dates.ts';
import { occurrences } from './occurrence.ts';
import { plain } from './plain.ts';
import { quotedText, valueText } from './print.ts';
import type { Reading } from './reading.ts';
import type { Clause, Part, Value } from './syntax.ts';
import { everything, type Item, nothing, type Query, type Term } from './term.ts';
import { textTerm } from './text.ts';
import type { WarningCode } from './warning.ts';

/** What the clauses say about this kind of things; undefined if they say nothing. */
export function bind(
  reading: Reading,
  clauses: readonly Clause[],
  outer: string | null = null,
): Query | undefined {
  const items = clauses.flatMap((clause) => {
    const query = bindClause(reading, clause, outer);
    return query ? [{ ...clause, query }] : [];
  });
  return listOf(reading, items);
}
