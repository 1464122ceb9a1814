import type { Dialect } from '../dialect.ts';
import type { Part } from './syntax.ts';
import type { Item, Query } from './term.ts';

const special = /[\\"“”„«»()[\]{}:^~*?\s]|&(?=&)|\|(?=\|)/g;
const operator = /^(?:AND|OR|NOT)$/;

/** A word as it would be typed, so that nothing in it means anything but itself. */
export function wordText(parts: readonly Part[]): string {
  const text = parts
    .map((it) => (typeof it === 'string' ? it.replace(special, '\\$&') : it.sign))
    .join('');
  return operator.test(text) || /^[-+!/<>=]/.test(text) ? `\\${text}` : text;
}

export const quotedText = (text: string): string => `"${text.replace(/[\\"“”„«»]/g, '\\$&')}"`;

/** A value that means the same with quotes and without. */
export const valueText = (text: string): string =>
  /^[\p{L}\p{N}][\p{L}\p{N}_.-]*$/u.test(text) && !operator.test(text) ? text : quotedText(text);

export const fieldText = (field: string, text: string): string => `${wordText([field])}:${text}`;

/** The query as it could have been typed: what is printed is understood as this is. */
export function print(query: Query, joins: Dialect['joins']): string {
  if (query.is === 'term') return query.text;
  const { clauses } = query;
  const of = (occurrence: Item['occurrence']) =>
    clauses.filter((it) => it.occurrence === occurrence);
  const [must, should] = [of('MUST'), of('SHOULD')];
  const text = ({ query, boost }: Item) => {
    const inner = print(query, joins);
    return `${query.is === 'list' ? `(${inner})` : inner}${boost === 1 ? '' : `^${boost}`}`;
  };
  const signed = (sign: string) => (it: Item) => (it.occurrence === 'NOT' ? sign : '') + text(it);
  if (should.length === 0 || (must.length === 0 && should.length === 1)) {
    return clauses.map(signed('NOT ')).join(' AND ');
  }
  if (must.length === 0) {
    // In their order, for only the first so many may stand for others.
    const first = clauses.findIndex((it) => it.occurrence === 'SHOULD');
    const last = clauses.findLastIndex((it) => it.occurrence === 'SHOULD');
    return clauses
      .map((it, at) => (at > first && at <= last ? 'OR ' : '') + signed('NOT ')(it))
      .join(' ');
  }
  if (joins === 'OR') {
    return clauses
      .map((it) => (it.occurrence === 'MUST' ? `+${text(it)}` : signed('-')(it)))
      .join(' ');
  }
  return clauses
    .map((it) => `${it.conjunction ? `${it.conjunction} ` : ''}${signed('NOT ')(it)}`)
    .join(' ');
}
