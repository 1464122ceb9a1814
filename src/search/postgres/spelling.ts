import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import type { Kind } from '../kind.ts';
import { either, type Leaf, leavesOf, mapLeaves, type Tree } from '../tree.ts';
import { editsBetween } from './edits.ts';

/** Words that one pattern or misspelling stands for, at most; the nearest of those that are looked at. */
const mostWords = 1000;
const mostRead = 20_000;

type Vague = Extract<Leaf, { is: 'pattern' | 'similar' }>;

const isVague = (it: Leaf): it is Vague => it.is === 'pattern' || it.is === 'similar';
const keyOf = (it: Vague) => (it.is === 'pattern' ? it.pattern : `${it.word}~${it.edits}`);

/** The trees with the words that there are in place of patterns and of what is spelt nearly like a word. */
export async function spelledOut(
  ctx: Pick<Context, 'em'>,
  kind: Kind,
  trees: readonly Tree[],
): Promise<Tree[]> {
  const vague = trees.flatMap(leavesOf).filter(isVague);
  if (vague.length === 0) return [...trees];
  const words = await wordsLike(ctx, kind, [
    ...new Map(vague.map((it) => [keyOf(it), it])).values(),
  ]);
  return trees.map((tree) =>
    mapLeaves(tree, (it) =>
      isVague(it)
        ? either(
            ...(words.get(keyOf(it)) ?? []).map(
              (word): Leaf => ({ is: 'word', fields: it.fields, word }),
            ),
          )
        : it,
    ),
  );
}

async function wordsLike(ctx: Pick<Context, 'em'>, kind: Kind, vague: Vague[]) {
  const table = sql.table(`search_${kind.name}_words`);
  const each = vague.map((it) => {
    const [first = ''] = it.is === 'pattern' ? it.pattern.split(/[*?]/, 1) : [...it.word];
    const begun = sql`word >= ${first} and word < ${`${first}\u{10ffff}`}`;
    const fits = it.is === 'pattern' ? sql`word like ${likeOf(it.pattern)}` : isNear(it);
    // The database looks at the beginning first, which its index has, and at the rest only then.
    return sql`(select ${keyOf(it)}::text as key, word from ${table} where ${begun} and ${fits} order by word limit ${mostRead})`;
  });
  const found = await rows(
    ctx,
    sql<{ key: string; word: string }>`${sql.join(each, sql` union all `)}`,
  );
  const byKey = Map.groupBy(found, (it) => it.key);
  return new Map(
    vague.map((it) => {
      const words = (byKey.get(keyOf(it)) ?? []).map(({ word }) => word);
      return [keyOf(it), (it.is === 'pattern' ? words : nearest(it, words)).slice(0, mostWords)];
    }),
  );
}

/** The database knows nothing of swapped letters: to it, each swap is two edits. */
function isNear({ word, edits }: Extract<Vague, { is: 'similar' }>) {
  const { length } = [...word];
  return sql`
    length(word) between ${length - edits}::int and ${length + edits}::int
    and levenshtein_less_equal(word, ${word}, ${2 * edits}::int) <= ${2 * edits}::int`;
}

const nearest = ({ word, edits }: Extract<Vague, { is: 'similar' }>, words: string[]): string[] =>
  words
    .map((it) => ({ it, away: editsBetween(it, word) }))
    .filter(({ away }) => away <= edits)
    .sort((a, b) => a.away - b.away)
    .map(({ it }) => it);

/** No word has a sign of `like` in it. */
const likeOf = (pattern: string) => pattern.replaceAll('*', '%').replaceAll('?', '_');
