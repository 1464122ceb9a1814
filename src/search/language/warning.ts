/** What of a query was not understood as it was written. */
export const warningCodes = [
  /** The text cannot be read as a query, and was read as plain words. */
  'BROKEN',
  /** Too long, too many or too deep: what there is room for was read as plain words. */
  'TOO_LONG',
  'TOO_MANY_CLAUSES',
  'TOO_DEEP',
  /** Only the first words of a quotation are looked for. */
  'TOO_MANY_WORDS',
  /** There is no such field: the clause was read as plain words. */
  'UNKNOWN_FIELD',
  /** The field can have no such value. */
  'NOT_A_VALUE',
  /** Only dates have ranges: the clause was read as plain words. */
  'NO_RANGE',
  /** Regular expressions are not understood: the clause was read as plain words. */
  'NO_REGEX',
  /** There is no word in a clause: it was left out. */
  'NO_WORDS',
  /** Words begin with a letter: `*` and `?` before it were left out. */
  'LEADING_WILDCARD',
  /** `*` and `?` stand where they cannot. */
  'WILDCARD',
  /** Words may differ in two letters at most. */
  'TOO_FUZZY',
  /** `~` stands where it cannot, and was left out. */
  'FUZZINESS',
  /** The number after a quotation is too high, or not there. */
  'SLOP',
] as const;
export type WarningCode = (typeof warningCodes)[number];

export interface Warning {
  code: WarningCode;
  message: string;
  /** Where in the text, in UTF-16 units; null if it is about the whole of it. */
  at: number | null;
}
