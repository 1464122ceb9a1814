import type pg from 'pg';
import { cursorOf } from '../../src/cursor.ts';
import { drawing } from './search-corpus.ts';

/** What somebody types, and the same by hand. */
export interface Question {
  kind: string;
  query: string;
  sort: 'BEST_MATCH' | 'NEWEST';
  /** The page after this cursor, which is at this depth for who is not signed in. */
  after?: string;
  depth?: number;
  /** As who builds search on a `tsvector` asks for it. */
  plain: string;
  /** For both by hand: founded from one day to another. */
  from?: string;
  to?: string;
  /** The tsquery that finds in the plain table just what our language means by the query. */
  meant: string;
  /** Conditions on the plain table; what answers the first of them comes first. */
  ranks: string[];
}

/** How a question is put to the plain table: its place in our order is a column `rank`. */
export function meaning({ meant, ranks, from, to }: Question): string {
  const cases = ranks.map((it, i) => `when ${it} then ${i}`).join(' ');
  const rank = ranks.length === 0 ? '0' : `case ${cases} else ${ranks.length} end`;
  const range = from ? ` and created_at >= '${from}Z' and created_at < '${to}Z'` : '';
  return `select id, slug, popularity, ${rank} as rank, type, visibility from bench.plain
    where tsv @@ $q$${meant}$q$::tsquery${range}`;
}

export const inOrder = ({ sort }: Question): string =>
  sort === 'NEWEST' ? 'id desc' : 'rank, popularity desc, id desc';

type Asked = Omit<Question, 'kind' | 'sort'>;

const matches = (query: string) => `tsv @@ $q$${query}$q$::tsquery`;
const titled = (words: string[]) =>
  `regexp_replace(lower(title), '[^a-z]+', ' ', 'g') = '${words.join(' ')}'`;
const joined = (words: string[], sign: string, of: (word: string) => string) =>
  words.map((it) => `(${of(it)})`).join(` ${sign} `);
const begun = (word: string) => `${word}:*A`;
const anywhere = (word: string) => `${word}:*A | ${word}:CD`;

/** Words as they are typed, side by side: each may be missing. */
function side(...words: string[]): Asked {
  const all = (of: (word: string) => string) => matches(joined(words, '&', of));
  const ranks = [titled(words), all((it) => `${it}:A`), all(begun)];
  const [whole = '', ...others] = ranks;
  const inARow = matches(words.map((it) => `${it}:A`).join(' <-> '));
  const more = [all(anywhere), matches(joined(words, '|', (it) => `${it}:A`))];
  return {
    query: words.join(' '),
    plain: joined(words, '|', (it) => it),
    meant: joined(words, '|', anywhere),
    ranks: words.length > 1 ? [whole, inARow, ...others, ...more] : ranks,
  };
}

function and(one: string, other: string): Asked {
  const asked = side(one, other);
  return {
    query: `${one} AND ${other}`,
    plain: `${one} & ${other}`,
    meant: joined([one, other], '&', anywhere),
    // What all have in common tells none from another.
    ranks: [...asked.ranks.slice(0, 4), ...asked.ranks.slice(5)],
  };
}

const beginning = (letters: string): Asked => ({
  query: `${letters}*`,
  plain: `${letters}:*`,
  meant: `${letters}:*ACD`,
  ranks: [matches(begun(letters))],
});

function quotation(words: string[]): Asked {
  const inField = (weight: string) => `(${words.map((it) => `${it}:${weight}`).join(' <-> ')})`;
  return {
    query: `"${words.join(' ')}"`,
    plain: words.join(' <-> '),
    meant: ['A', 'C', 'D'].map(inField).join(' | '),
    ranks: [titled(words), matches(inField('A'))],
  };
}

const ofYear = (word: string, year: number): Asked => ({
  query: `title:${word} AND created:[${year}-01-01 TO ${year}-12-31]`,
  plain: `${word}:A`,
  meant: begun(word),
  from: `${year}-01-01`,
  to: `${year + 1}-01-01`,
  ranks: [],
});

const without = (word: string, other: string): Asked => ({
  ...side(word),
  query: `${word} -${other}`,
  plain: `${word} & !${other}`,
  meant: `(${anywhere(word)}) & !(${anywhere(other)})`,
});

/** So many questions of each kind, drawn from the corpus: nobody chose them. */
export async function drawQuestions(pool: pg.Pool, each: number): Promise<Question[]> {
  const draw = drawing(7);
  const column = async (text: string, values: unknown[] = []) =>
    (await pool.query<{ it: string }>(text, values)).rows.map((row) => row.it);
  const [most = 0] = (await column('select count(*) as it from bench.plain')).map(Number);
  const wordsIn = (low: number, high: number) =>
    column(
      'select word as it from bench.words where found between $1 and $2 order by md5(word), word',
      [Math.ceil(low), Math.floor(high)],
    );
  const rare = await wordsIn(5, 15);
  const middle = await wordsIn(0.004 * most, 0.03 * most);
  const common = await wordsIn(0.05 * most, 0.6 * most);
  const textsOf = async (name: string) =>
    (
      await column(
        `select lower(${name}) as it from bench.plain order by md5(slug), slug limit 2000`,
      )
    ).map((it) => it.split(/[^a-z]+/).filter(Boolean));
  const [titles, descriptions] = [await textsOf('title'), await textsOf('description')];
  const one = <T>(all: T[]) => all[Math.floor(draw() * all.length)] as T;
  const twoOf = (all: string[]) => {
    const first = one(all);
    for (;;) {
      const other = one(all);
      if (other !== first) return [first, other] as const;
    }
  };
  /** Words next to each other in a text. */
  const neighbours = (texts: string[][], length: number) => {
    for (;;) {
      const text = one(texts);
      const begin = Math.floor(draw() * (text.length - length + 1));
      const words = text.slice(begin, begin + length);
      if (words.length === length && new Set(words).size === length) return words;
    }
  };
  const letters = () => one(one(titles.filter((it) => it.length > 0))).slice(0, 2 + draw() * 4);
  const long = (made: () => string): string => {
    const it = made();
    return it.length > 1 ? it : long(made);
  };
  const year = () => 2021 + Math.floor(draw() * 5);
  const questions: Question[] = [];
  const ask = (kind: string, of: (i: number) => Asked, sort: Question['sort'] = 'BEST_MATCH') => {
    for (let i = 0; i < each; i++) questions.push({ kind, sort, ...of(i) });
  };
  ask('rare word', () => side(one(rare)));
  ask('word of some (0.4–3 %)', () => side(one(middle)));
  ask('common word (5–60 %)', () => side(one(common)));
  ask('two words of a title', () => side(...neighbours(titles, 2)));
  ask('two common words', () => side(...twoOf(common)));
  ask('two words, AND', () => and(...(neighbours(descriptions, 2) as [string, string])));
  ask('one word without another', () => without(one(common), one(middle)));
  ask('beginning of 2–5 letters', () => beginning(long(letters)));
  ask('quotation from a title', () => quotation(neighbours(titles, 2)));
  ask('quotation from a text', (i) => quotation(neighbours(descriptions, 2 + (i % 2))));
  ask('field and year', (i) => ofYear(one(i % 2 ? common : middle), year()));
  ask('newest: common word', () => side(one(common)), 'NEWEST');
  ask('newest: word of some', () => side(one(middle)), 'NEWEST');
  ask('newest: two common words', () => side(...twoOf(common)), 'NEWEST');
  return [...questions, ...(await deep(pool, questions, each))];
}

/** The page in the middle of what is found of common words. */
async function deep(pool: pg.Pool, questions: Question[], each: number): Promise<Question[]> {
  const broad = questions.filter((it) => it.kind === 'common word (5–60 %)').slice(0, each);
  const found: Question[] = [];
  for (const it of broad) {
    const { rows } = await pool.query<{ id: string; key: string; depth: number }>(
      `with found as materialized (${meaning(it)} and visibility = 'PUBLIC'),
         half as (select count(*)::int / 2 as depth from found)
       select id, rank || ' ' || popularity as key, (select depth from half) from found
       order by ${inOrder(it)} offset (select depth - 1 from half) limit 1`,
    );
    const [mark] = rows;
    if (!mark) throw new Error(`nothing in the middle of ${it.query}`);
    const after = cursorOf(mark, { name: 'best', type: 'rank' });
    found.push({ ...it, kind: 'deep page: common word', after, depth: mark.depth });
  }
  return found;
}
