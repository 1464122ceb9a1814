import { occurrences } from './occurrence.ts';
import { plainTerms } from './plain.ts';
import type { Reading } from './reading.ts';
import { type Clause, isStar, textOf } from './syntax.ts';
import { everything, type Item, type Query, type Term } from './term.ts';
import { quotedTerm, wordTerm } from './text.ts';
import { dateTerm, filled, valueTerm } from './values.ts';
import { isValue } from './words.ts';

type Bound = Omit<Item, 'occurrence'>;

/** What clauses say about a kind of things; undefined if they say nothing. */
export function bind(
  reading: Reading,
  clauses: readonly Clause[],
  outer: string | null = null,
): Query | undefined {
  return listOf(
    reading,
    clauses.flatMap((clause) => {
      const { conjunction, modifier, boost } = clause;
      const query = bindClause(reading, clause, outer);
      return query ? [{ conjunction, modifier, boost: rounded(boost), query }] : [];
    }),
  );
}

/** Words that stand one after the other without a word between them. */
export const joined = (reading: Reading, terms: Term[]): Query | undefined =>
  listOf(
    reading,
    terms.map((query) => ({ conjunction: null, modifier: null, boost: 1, query })),
  );

function listOf({ dialect }: Reading, bound: Bound[]): Query | undefined {
  const [first, ...others] = bound;
  if (!first) return undefined;
  if (others.length === 0 && first.modifier !== 'NOT') return first.query;
  // What stood before it may say nothing.
  const items = [{ ...first, conjunction: null }, ...others];
  const occurs = occurrences(items, dialect.joins);
  return {
    is: 'list',
    clauses: items.map((it, index) => ({ ...it, occurrence: occurs[index] ?? 'SHOULD' })),
  };
}

/** So that every boost can be written in plain digits. */
const rounded = (boost: number) => Math.min(Math.round(boost * 1000) / 1000, 1_000_000);

function bindClause(reading: Reading, clause: Clause, outer: string | null): Query | undefined {
  const { value, at } = clause;
  const name = clause.field ?? outer;
  if (clause.tilde && value.is !== 'word' && value.is !== 'quoted') {
    reading.warn('FUZZINESS', '~ means nothing here, and is left out.', at);
  }
  if (name === '*' && isStar(value)) return everything;
  if (name?.toLowerCase() === '_exists_') {
    const text = textOf(value) ?? '';
    const field = reading.fieldOf(text);
    return field === undefined ? unknown(reading, clause, text) : filled(field);
  }
  if (name === null)
    return value.is === 'group' ? bind(reading, value.clauses) : bare(reading, clause);
  const field = reading.fieldOf(name);
  if (field === undefined) return unknown(reading, clause, name);
  if (value.is === 'group') return bind(reading, value.clauses, field);
  return isStar(value) ? filled(field) : inField(reading, clause, field);
}

function bare(reading: Reading, clause: Clause): Query | undefined {
  return isStar(clause.value) ? everything : inText(reading, clause, null);
}

function inField(reading: Reading, clause: Clause, field: string): Query | undefined {
  const it = reading.dialect.fields[field];
  const { value } = clause;
  if (value.is === 'regex' || value.is === 'group' || !it || it.is === 'text') {
    return inText(reading, clause, field);
  }
  if (it.is === 'date') {
    const term = dateTerm(reading, field, clause);
    if (term) return term;
    reading.warn('NOT_A_VALUE', 'This is no date: it is read as plain words.', clause.at);
    return plain(reading, clause);
  }
  if (value.is === 'range') return inText(reading, clause, field);
  return valueTerm(reading, field, it, value, clause);
}

function inText(reading: Reading, clause: Clause, field: string | null): Query | undefined {
  const { value, at } = clause;
  switch (value.is) {
    case 'word':
      return wordTerm(reading, field, value.parts, clause);
    case 'quoted':
      return quotedTerm(reading, field, value.text, clause);
    case 'range':
      reading.warn('NO_RANGE', 'Only dates have ranges: this is read as plain words.', at);
      return plain(reading, clause);
    case 'regex':
      reading.warn(
        'NO_REGEX',
        'Regular expressions are not understood: this is read as plain words.',
        at,
      );
      return plain(reading, clause);
    case 'group':
      return bind(reading, value.clauses, field);
  }
}

/** The words of a value that is none for its field. */
const plain = (reading: Reading, { valueAt, end }: Clause) =>
  joined(reading, plainTerms(reading, reading.text.slice(valueAt, end)));

function unknown(reading: Reading, clause: Clause, name: string): Query | undefined {
  const { at, end } = clause;
  const text = reading.text.slice(at, end);
  // `https://orcid.org/…` only looks like a field.
  if (clause.value.is === 'word' && isValue(reading, text)) {
    return wordTerm(reading, null, [text], { at, tilde: null });
  }
  reading.warn('UNKNOWN_FIELD', `There is no field ${name}: this is read as plain words.`, at);
  return joined(reading, plainTerms(reading, text));
}
