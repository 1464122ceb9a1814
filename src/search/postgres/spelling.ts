import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import type { Kind } from '../kind.ts';
import { either, type Leaf, leavesOf, mapLeaves, type Tree } from '../tree.ts';

/** Words that one pattern or misspelling stands for, at most. */
const mostWords = 1000;

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
    const fits =
      it.is === 'pattern'
        ? sql`word like ${likeOf(it.pattern)}`
        : sql`length(word) between ${[...it.word].length - it.edits}::int and ${[...it.word].length + it.edits}::int
            and levenshtein_less_equal(word, ${it.word}, ${it.edits}::int) <= ${it.edits}::int`;
    // The database looks at the beginning first, which its index has, and at the rest only then.
    return sql`(select ${keyOf(it)}::text as key, word from ${table} where ${begun} and ${fits} order by word limit ${mostWords})`;
  });
  const found = await rows(
    ctx,
    sql<{ key: string; word: string }>`${sql.join(each, sql` union all `)}`,
  );
  return new Map(
    [...Map.groupBy(found, (it) => it.key)].map(([key, all]) => [key, all.map((it) => it.word)]),
  );
}

/** No word has a sign of `like` in it. */
const likeOf = (pattern: string) => pattern.replaceAll('*', '%').replaceAll('?', '_');
