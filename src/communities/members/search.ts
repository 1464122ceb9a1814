import { type RawBuilder, sql } from 'kysely';
import { Refusal } from '../../errors.ts';
import { cleaned } from '../../text.ts';

const longest = 200;
const mostWords = 10;

/** Text without case and accents, as far as the database knows them; its words are parted by spaces. */
const folded = (text: RawBuilder<unknown>): RawBuilder<string> => sql`
  btrim(regexp_replace(regexp_replace(
    normalize(lower(${text} collate "und-x-icu"), NFKD) collate "und-x-icu",
    '[\u0300-\u036f]', '', 'g'), '[^[:alnum:]]+', ' ', 'g'))`;

/**
 * Whether each word of a query begins a word of the text, in any order.
 * @throws Refusal if the query is too long.
 */
export function matchesWords(text: RawBuilder<unknown>, query: string): RawBuilder<boolean> {
  if (query.length > longest) {
    throw new Refusal('INVALID', `is longer than ${longest} characters.`, ['query']);
  }
  const words = query.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  if (words.length === 0) return query.trim() === '' ? sql`true` : sql`false`;
  // The text is folded once, however many words there are; a folded word has no sign of a pattern.
  const patterns = words
    .slice(0, mostWords)
    .map((it) => sql`'% ' || ${folded(sql`${it}::text`)} || '%'`);
  return sql`(' ' || ${folded(text)} like all (array[${sql.join(patterns)}]))`;
}

/** Whether an address is the query or begins with it. */
export const matchesEmail = (email: RawBuilder<unknown>, query: string): RawBuilder<boolean> =>
  sql`starts_with(lower(${email}), lower(${cleaned(query.toWellFormed())}::text))`;
