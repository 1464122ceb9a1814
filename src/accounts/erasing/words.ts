import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { quoted, wordLexeme } from '../../search/postgres/lexemes.ts';
import { wordsOf } from '../../search/postgres/tables.ts';

const table = 'search_users';

/** The letters before the words of each text field of users. */
const codesOf = ({ search }: Context): string[] =>
  Object.values(search.kinds.users.fields).flatMap((it) => (it.is === 'text' ? it.code : []));

/** The words by which users are found. */
export async function readWords(tx: Context, userIds: readonly string[]): Promise<string[]> {
  const found = await rows(
    tx,
    sql<{ lexeme: string }>`
      select distinct it.lexeme from ${sql.table(table)} t, unnest(t.words) it
      where t.id = any(${userIds}::uuid[])`,
  );
  const codes = codesOf(tx);
  return found.flatMap(({ lexeme }) => {
    const code = codes.find((it) => lexeme.startsWith(it));
    const word = lexeme.slice(code?.length);
    return code === undefined || /^[=?]/.test(word) ? [] : word;
  });
}

/** Removes those of the words that nobody is found by any more: misspellings would still lead to them. */
export async function forgetWords(tx: Context, words: readonly string[]): Promise<void> {
  const unused: string[] = [];
  for (const word of words) {
    const sought = codesOf(tx).map((it) => quoted(wordLexeme(it, word)));
    const is = (audience: string) => sql`
      select 1 from ${sql.table(table)} t
      where t.audience = ${sql.lit(audience)} and t.words @@ ${sought.join(' | ')}::tsquery`;
    const [found] = await rows(tx, sql`${is('EVERYONE')} union all ${is('SOME')} limit 1`);
    if (!found) unused.push(word);
  }
  await rows(tx, sql`delete from ${sql.table(wordsOf(table))} where word = any(${unused})`);
}
