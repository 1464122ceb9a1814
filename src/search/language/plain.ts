import type { Reading } from './reading.ts';
import { mostClauses } from './syntax.ts';
import type { Term } from './term.ts';
import { wordTerm } from './text.ts';

/** Between words, where nothing but words is read. */
const separators = /(?:[\s:"“”„«»()[\]{}*?!|<>=\\/]|[~^][\d.]*|&&)+/;
const operators = new Set(['AND', 'OR', 'NOT', 'TO']);
/** What of it is no punctuation before and after. */
const inner = /[\p{L}\p{N}](?:.*[\p{L}\p{M}\p{N}])?/su;

/** A text in which no character means anything but itself: its words one by one, at most one too many. */
export function plainTerms(reading: Reading, text: string): Term[] {
  const terms: Term[] = [];
  for (const it of text.split(separators)) {
    if (terms.length > mostClauses) break;
    const [raw = ''] = inner.exec(it) ?? [];
    const term = raw && !operators.has(it) && wordTerm(reading, null, [raw], unasked);
    if (term) terms.push(term);
  }
  return terms;
}

const unasked = { at: null, tilde: null };
