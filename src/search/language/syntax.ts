/** What is written, before anybody asks which fields there are. */
export interface Clause {
  /** The word between the clause before it and this one. */
  conjunction: Conjunction | null;
  modifier: Modifier | null;
  field: string | null;
  value: Value;
  /** `~` after it, and the number after that. */
  tilde: { number: number | null } | null;
  boost: number;
  /** From where to where it is written, without what is before the field and after the value, in UTF-16 units. */
  at: number;
  valueAt: number;
  end: number;
}

export type Conjunction = 'AND' | 'OR';
/** `+`; `-`, `!` or `NOT`. */
export type Modifier = 'MUST' | 'NOT';

export type Value =
  | { is: 'group'; clauses: Clause[] }
  | { is: 'word'; parts: Part[] }
  | { is: 'quoted'; text: string }
  | { is: 'range'; from: Bound | null; to: Bound | null }
  | { is: 'regex' };

/** Text as it is meant, its escapes taken away; or a sign that stands for letters. */
export type Part = string | Sign;

export interface Sign {
  sign: '*' | '?';
}

/** An end of a range. */
export interface Bound {
  text: string;
  isIncluded: boolean;
}

/** `*` alone. */
export const isStar = (value: Value): boolean =>
  value.is === 'word' &&
  value.parts.length === 1 &&
  value.parts.every((it) => typeof it === 'object' && it.sign === '*');

/** The text of a word or a quotation, its signs among it; undefined if the value is neither. */
export function textOf(value: Value): string | undefined {
  if (value.is === 'quoted') return value.text;
  if (value.is !== 'word') return undefined;
  return value.parts.map((it) => (typeof it === 'string' ? it : it.sign)).join('');
}

/** The text can be read as plain words only. No `Error`: its stack would take longer than the text. */
export class Broken {
  constructor(
    readonly message: string,
    readonly at: number | null,
    readonly code: 'BROKEN' | 'TOO_DEEP' | 'TOO_MANY_CLAUSES' = 'BROKEN',
  ) {}
}

/** How deep parentheses may be in each other. */
export const deepest = 16;
/** How many words, quotations and ranges there may be. */
export const mostClauses = 128;

export const tooDeep = (at: number | null): Broken =>
  new Broken(`Parentheses are more than ${deepest} deep`, at, 'TOO_DEEP');

export const tooMany = (at: number | null): Broken =>
  new Broken(`There are more than ${mostClauses} clauses`, at, 'TOO_MANY_CLAUSES');
