/** What of a query was not understood as it was written. */
export const warningCodes = [
  /** The text is broken, and was read as plain words. */
  'SYNTAX',
  'TOO_LONG',
  'TOO_MANY_CLAUSES',
  'TOO_DEEP',
  'UNKNOWN_FIELD',
  'NOT_A_VALUE',
  /** Only dates have ranges. */
  'NO_RANGE',
  'NO_REGEX',
  'NO_WORDS',
  'WILDCARD',
  'SIMILARITY',
  'SLOP',
] as const;
export type WarningCode = (typeof warningCodes)[number];

export interface Warning {
  code: WarningCode;
  message: string;
  /** Where in the text, in UTF-16 units; null if it is about the whole of it. */
  at: number | null;
}
