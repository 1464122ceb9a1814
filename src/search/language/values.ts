import type { KeywordField, LookupField } from '../dialect.ts';
import { none, type Tree } from '../tree.ts';
import { keyword } from '../words.ts';
import { spanOf } from './dates.ts';
import { fieldText, valueText, wordText } from './print.ts';
import type { Reading } from './reading.ts';
import { type Clause, type Part, textOf, type Value } from './syntax.ts';
import { nothing, type Query, type Term } from './term.ts';

const termOf = (field: string, text: string, tree: Tree): Term => ({
  is: 'term',
  text: fieldText(field, text),
  tree,
});

/** What has anything in the field. */
export const filled = (field: string): Term => termOf(field, '*', { is: 'filled', field });

/** A date, a time or a range of them; undefined if the value is none. */
export function dateTerm(
  reading: Reading,
  field: string,
  { value, tilde, at }: Clause,
): Term | undefined {
  const text = textOf(value);
  const whole = text === undefined ? null : { text, isIncluded: true };
  const [begin, end] = value.is === 'range' ? [value.from, value.to] : [whole, whole];
  const span = spanOf(begin, end, reading.now);
  if (!span) return undefined;
  if (tilde && value.is !== 'range')
    reading.warn('FUZZINESS', 'A date has no ~: it is left out.', at);
  const { from, to } = span;
  if (from === null && to === null) return filled(field);
  const isEmpty = from !== null && to !== null && from >= to;
  const tree: Tree = isEmpty ? none : { is: 'dates', field, from, to };
  return termOf(field, `[${brief(from)} TO ${brief(to)}${to === null ? ']' : '}'}`, tree);
}

/** A time as short as it can be said. */
const brief = (time: string | null) => time?.replace(/T00:00:00\.000Z$/, '') ?? '*';

/** The value of a field that is compared as a whole, or the beginning of one; undefined if there is nothing in it. */
export function valueTerm(
  reading: Reading,
  field: string,
  it: KeywordField | LookupField,
  value: Extract<Value, { is: 'word' | 'quoted' }>,
  { at, tilde }: Clause,
): Query | undefined {
  if (tilde) reading.warn('FUZZINESS', `${field} is compared as a whole: ~ is left out.`, at);
  const { text, isBegun } = signless(reading, field, it, value, at);
  if (isBegun && keyword(text)) {
    const tree: Tree = { is: 'valueBeginning', field, value: keyword(text) };
    return termOf(field, wordText([text, { sign: '*' }]), tree);
  }
  if (!text.trim()) {
    reading.warn('NO_WORDS', 'There is nothing in this: it is left out.', at);
    return undefined;
  }
  const meant = it.read ? it.read(text) : keyword(text);
  if (!meant) {
    reading.warn('NOT_A_VALUE', `Nothing has this ${field}: it cannot be ${text}.`, at);
    return nothing;
  }
  const tree: Tree = { is: it.is === 'keyword' ? 'value' : 'lookup', field, value: meant };
  return termOf(field, valueText(text), tree);
}

/** The text up to the first sign in it, and whether values may go on there. */
function signless(
  reading: Reading,
  field: string,
  it: KeywordField | LookupField,
  value: Extract<Value, { is: 'word' | 'quoted' }>,
  at: number,
): { text: string; isBegun: boolean } {
  if (value.is === 'quoted') return { text: value.text, isBegun: false };
  const first = value.parts.findIndex((part) => typeof part === 'string');
  const [text, ...rest] = first < 0 ? [] : value.parts.slice(first);
  if (typeof text !== 'string') return { text: '', isBegun: false };
  const isBegun = it.is === 'keyword' && rest.length > 0;
  if (first > 0 || !isPlainEnd(rest) || (rest.length > 0 && !isBegun)) {
    reading.warn(
      'WILDCARD',
      it.is === 'keyword'
        ? `In ${field}, * can stand only at the end.`
        : `In ${field}, * and ? mean nothing.`,
      at,
    );
  }
  return { text, isBegun };
}

const isPlainEnd = (rest: Part[]) =>
  rest.length === 0 || rest.every((it) => typeof it === 'object' && it.sign === '*');
