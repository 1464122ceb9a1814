import { begunFields, type Dialect } from '../dialect.ts';
import { both, either, none, type Tree } from '../tree.ts';
import { type Item, type List, type Query, type Term, treeOf, type Words } from './term.ts';
import { mostWords } from './text.ts';

const mostRanks = 9;
const mostBoosts = 3;

/**
 * What tells good hits from others, best first. Clauses that are not wanted say nothing here, for
 * no hit has what they look for. None if no words are looked for.
 */
export function ranksOf(query: Query, dialect: Dialect): Tree[] {
  const clauses = query.is === 'list' ? wanted(query) : [{ query, boost: 1 }];
  const terms = clauses.flatMap((it) => termsOf(it.query));
  if (!terms.some((it) => it.words)) return [];
  // What every hit is found by tells none from another.
  const trees = [
    treeOf(query),
    treeOf(query.is === 'list' ? { ...query, clauses: wanted(query) } : query),
  ];
  if (trees.includes(none)) return [];
  const every = (where: keyof Pick<Words, 'whole' | 'begun' | 'exact'>) =>
    all(clauses.map((it) => treeOf(it.query, ({ words, tree }) => words?.[where] ?? tree)));
  const wholes = terms.flatMap(({ words }) => (words?.isBare ? [words.whole] : []));
  const ranks = [
    ...exactly(clauses, dialect),
    ...boosted(clauses),
    every('whole'),
    every('begun'),
    every('exact'),
    all(clauses.map((it) => treeOf(it.query))),
    ...(clauses.length > 1 && wholes.length > 0 ? [either(...wholes)] : []),
  ];
  return ranks
    .filter((rank, index) => ![...trees, ...ranks.slice(0, index)].some((it) => isSame(rank, it)))
    .slice(0, mostRanks);
}

const wanted = ({ clauses }: List): Item[] => clauses.filter((it) => it.occurrence !== 'NOT');

const all = (trees: Tree[]): Tree => {
  const [only] = trees;
  return only && trees.length === 1 ? only : both(...trees);
};

/** The terms that are wanted, at any depth. */
function termsOf(query: Query): Term[] {
  if (query.is === 'term') return [query];
  return wanted(query).flatMap((it) => termsOf(it.query));
}

/** What is called just that, and what has it in its name: nothing but words was typed. */
function exactly(clauses: Pick<Item, 'query'>[], dialect: Dialect): Tree[] {
  const typed = clauses.map(({ query }) =>
    query.is === 'term' && query.words?.isBare ? query.words.plain : undefined,
  );
  if (!typed.every((it) => it !== undefined)) return [];
  const [words, fields] = [typed.flat(), begunFields(dialect)];
  const ranks: Tree[] = [];
  if (dialect.fields.exact?.is === 'keyword') {
    ranks.push({ is: 'value', field: 'exact', value: words.join(' ') });
  }
  if (clauses.length > 1 && words.length <= mostWords && fields.length > 0) {
    ranks.push({ is: 'phrase', fields, words, slop: 0 });
  }
  return ranks;
}

/** What the clauses find that are to count more than others, the most first. */
function boosted(clauses: Pick<Item, 'query' | 'boost'>[]): Tree[] {
  const boosts = [...new Set(clauses.map((it) => it.boost))].sort((a, b) => b - a).slice(0, -1);
  return boosts.slice(0, mostBoosts).map((boost) => {
    const trees = clauses.filter((it) => it.boost === boost).map((it) => treeOf(it.query));
    const [only] = trees;
    return only && trees.length === 1 ? only : either(...trees);
  });
}

/** Whether two trees are the same. Those that are not mostly differ early. */
function isSame(one: Tree, other: Tree): boolean {
  if (one === other) return true;
  if (one.is !== 'bool' || other.is !== 'bool') {
    return one.is === other.is && JSON.stringify(one) === JSON.stringify(other);
  }
  return (
    areSame(one.must, other.must) &&
    areSame(one.should, other.should) &&
    areSame(one.mustNot, other.mustNot)
  );
}

const areSame = (some: Tree[], others: Tree[]): boolean =>
  some.length === others.length &&
  some.every((it, index) => {
    const other = others[index];
    return other !== undefined && isSame(it, other);
  });
