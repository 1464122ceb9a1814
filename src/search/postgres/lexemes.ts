import type { Dialect, Field } from '../dialect.ts';
import { type Entry, gap } from '../entry.ts';

/** A word of a text field in the index, or its beginning. */
export const wordLexeme = (code: string, word: string): string => code + word;

/** A value of a keyword field; no word has `=` in it. */
export const valueLexeme = (code: string, value: string): string => `${code}=${value}`;

/** Says that there is something in a field. */
export const filledLexeme = (code: string): string => `${code}?`;

/** A lexeme as PostgreSQL reads it in a `tsvector` and a `tsquery`. */
export const quoted = (lexeme: string): string =>
  `'${/['\\]/.test(lexeme) ? lexeme.replace(/['\\]/g, '$&$&') : lexeme}'`;

/** The letters that lexemes of a field begin with; undefined for fields that are not among them. */
export const codeOf = (field: Field | undefined): string | undefined =>
  field?.is === 'text' || field?.is === 'keyword' ? field.code : undefined;

/**
 * All that an entry is found by, as a `tsvector` is written: a word is there once for each of its
 * places, for PostgreSQL puts these together faster than we do.
 */
export function vectorOf({ fields }: Dialect, { words, values }: Entry): string {
  const lexemes: string[] = [];
  for (const [name, texts] of Object.entries(words)) {
    const code = codeOf(fields[name]);
    if (code === undefined) continue;
    // No word has anything to be quoted.
    const begin = quoted(code).slice(0, -1);
    let place = 1;
    for (const text of texts) {
      for (const word of text) {
        lexemes.push(`${begin}${word}':${place}`);
        place += 1;
      }
      place += gap;
    }
    if (place > 1) lexemes.push(quoted(filledLexeme(code)));
  }
  for (const [name, given] of Object.entries(values)) {
    const code = codeOf(fields[name]);
    if (code === undefined) continue;
    for (const value of given) lexemes.push(quoted(valueLexeme(code, value)));
    if (given.length > 0) lexemes.push(quoted(filledLexeme(code)));
  }
  return lexemes.join(' ');
}
