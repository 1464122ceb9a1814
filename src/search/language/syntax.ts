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
  /** From where to where it is written, without modifier and boost, in UTF-16 units. */
  at: number;
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

/** The text can be read as plain words only. */
export class Broken extends Error {
  constructor(
    message: string,
    readonly at: number,
    readonly code: 'SYNTAX' | 'TOO_DEEP' = 'SYNTAX',
  ) {
    super(message);
  }
}
