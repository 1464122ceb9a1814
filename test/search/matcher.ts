import type { Counts, Mark, Request } from '../../src/search/engine.ts';
import type { Document, Kind } from '../../src/search/kind.ts';
import type { Tree } from '../../src/search/tree.ts';
import { keyword, wordsOf } from '../../src/search/words.ts';

/**
 * The port of the engines in memory, written from the comments of `tree.ts` and `engine.ts`: to be
 * obviously right, be it slow. What it finds is what every engine has to find.
 */

/** Whether a query finds a document. */
export function matches(document: Document, tree: Tree): boolean {
  const values = (field: string) => (document.values[field] ?? []).map(keyword);
  const someWord = (fields: string[], is: (word: string) => boolean) =>
    textsOf(document, fields).some((words) => words.some(is));
  switch (tree.is) {
    case 'bool': {
      const finds = (it: Tree) => matches(document, it);
      if (!tree.must.every(finds) || tree.mustNot.some(finds)) return false;
      return tree.must.length > 0 || tree.should.length === 0 || tree.should.some(finds);
    }
    case 'word':
      return someWord(tree.fields, (it) => it === tree.word);
    case 'beginning':
      return someWord(tree.fields, (it) => it.startsWith(tree.word));
    case 'pattern':
      return someWord(tree.fields, (it) => isLike([...it], [...tree.pattern]));
    case 'similar': {
      const first = [...tree.word][0];
      return someWord(
        tree.fields,
        (it) => [...it][0] === first && distance([...it], [...tree.word]) <= tree.edits,
      );
    }
    case 'phrase':
      return textsOf(document, tree.fields).some((it) => hasPhrase(it, tree.words, tree.slop));
    case 'value':
      return values(tree.field).includes(keyword(tree.value));
    case 'valueBeginning':
      return values(tree.field).some((it) => it.startsWith(keyword(tree.value)));
    case 'dates': {
      const at = document.dates[tree.field]?.getTime();
      if (at === undefined) return false;
      if (tree.from !== null && at < Date.parse(tree.from)) return false;
      return tree.to === null || at < Date.parse(tree.to);
    }
    case 'filled':
      return (
        document.dates[tree.field] !== undefined ||
        values(tree.field).length > 0 ||
        textsOf(document, [tree.field]).some((it) => it.length > 0)
      );
    case 'ids':
      return tree.ids.includes(document.id);
    case 'lookup':
      throw new Error(`No engine is asked for ${tree.field}: the database answers it before.`);
  }
}

/** The words of each text of some fields. */
const textsOf = ({ texts }: Document, fields: string[]): string[][] =>
  fields.flatMap((it) => texts[it] ?? []).map(wordsIn);

/** The same texts are asked again and again. */
const known = new Map<string, string[]>();
function wordsIn(text: string): string[] {
  const words = known.get(text) ?? wordsOf(text);
  known.set(text, words);
  return words;
}

/** Whether letters are as a pattern has them: `*` is any, `?` is one. */
function isLike(letters: string[], pattern: string[]): boolean {
  const [sign, ...rest] = pattern;
  if (sign === undefined) return letters.length === 0;
  if (sign === '*') {
    return Array.from({ length: letters.length + 1 }, (_, at) => letters.slice(at)).some((it) =>
      isLike(it, rest),
    );
  }
  return (
    letters.length > 0 && (sign === '?' || sign === letters[0]) && isLike(letters.slice(1), rest)
  );
}

/** Edits from one to the other: letters put in, left out or replaced, or two neighbours swapped (optimal string alignment). */
export function distance(from: string[], to: string[]): number {
  const [a, b] = [from.at(-1), to.at(-1)];
  if (a === undefined || b === undefined) return from.length + to.length;
  const key = `${from.join('')} ${to.join('')}`;
  const before = distances.get(key);
  if (before !== undefined) return before;
  const [first, second] = [from.slice(0, -1), to.slice(0, -1)];
  const isSwapped = a === second.at(-1) && b === first.at(-1);
  const found = Math.min(
    distance(first, second) + (a === b ? 0 : 1),
    distance(from, second) + 1,
    distance(first, to) + 1,
    ...(isSwapped ? [distance(first.slice(0, -1), second.slice(0, -1)) + 1] : []),
  );
  distances.set(key, found);
  return found;
}
const distances = new Map<string, number>();

/**
 * Lucene's rule of sloppy phrases, by trying everything: each word of the phrase has a place of its
 * own in the text; places less the number of the word are as far apart as `slop`, at most.
 */
export function hasPhrase(text: string[], words: string[], slop: number): boolean {
  const placesOf = (word: string) => text.flatMap((it, at) => (it === word ? [at] : []));
  const place = (taken: number[]): boolean => {
    const moves = taken.map((it, index) => it - index);
    if (Math.max(...moves) - Math.min(...moves) > slop) return false;
    const word = words[taken.length];
    if (word === undefined) return true;
    return placesOf(word).some((it) => !taken.includes(it) && place([...taken, it]));
  };
  return words.length > 0 && placesOf(words[0] as string).some((it) => place([it]));
}

const root = new Intl.Collator('en');

/** Where a document stands under a sort; marks are compared as `compare` does. */
export function markOf(document: Document, { sort, ranks }: Pick<Request, 'sort' | 'ranks'>): Mark {
  const { id, name, popularity, dates } = document;
  const rank = ranks.findIndex((it) => matches(document, it));
  const keys = {
    BEST_MATCH: () => `${rank < 0 ? ranks.length : rank} ${popularity}`,
    UPDATED: () => dates.updated?.toISOString().replace('Z', '000Z') ?? '',
    NAME: () => name.toLowerCase(),
    NEWEST: () => '',
    OLDEST: () => '',
  };
  return { id, key: keys[sort]() };
}

/** Which of two marks comes first, as `sort` functions have it. */
export function compare(sort: Request['sort'], one: Mark, other: Mark): number {
  const born = one.id < other.id ? -1 : Number(one.id > other.id);
  switch (sort) {
    case 'BEST_MATCH': {
      const [rank, popularity] = one.key.split(' ').map(Number) as [number, number];
      const [otherRank, otherPopularity] = other.key.split(' ').map(Number) as [number, number];
      return rank - otherRank || otherPopularity - popularity || -born;
    }
    case 'UPDATED':
      return Date.parse(other.key) - Date.parse(one.key) || -born;
    case 'NAME':
      return root.compare(one.key, other.key) || born;
    case 'NEWEST':
      return -born;
    case 'OLDEST':
      return born;
  }
}

/** What an engine has to find among some documents, and to count. */
export function find(
  documents: readonly Document[],
  kind: Pick<Kind, 'counted'>,
  request: Request,
): { hits: Mark[]; counts: Counts } {
  const { tree, sees, within, choices, sort, size, isBackward, after, before } = request;
  const found = documents.filter((it) => [sees, tree, within].every((one) => matches(it, one)));
  const columnOf = (it: Document, column: string) => it.values[column]?.[0];
  const isChosen = (it: Document, column: string) =>
    !choices[column] || choices[column].includes(columnOf(it, column) ?? '');
  const chosen = found.filter((it) => Object.keys(choices).every((one) => isChosen(it, one)));

  const list = chosen.map((it) => markOf(it, request)).sort((a, b) => compare(sort, a, b));
  const between = list.filter(
    (it) => (!after || compare(sort, it, after) > 0) && (!before || compare(sort, it, before) < 0),
  );
  const hits = (isBackward ? between.toReversed() : between).slice(0, size);

  const countOf = (column: string) => {
    const others = Object.keys(choices).filter((it) => it !== column);
    const counted = found
      .filter((it) => others.every((one) => isChosen(it, one)))
      .flatMap((it) => columnOf(it, column) ?? []);
    return [...Map.groupBy(counted, (it) => it)]
      .map(([value, all]) => ({ value, count: all.length }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  };
  const byValue = Object.fromEntries(kind.counted.map((it) => [it, countOf(it)]));
  return {
    hits,
    counts: { total: chosen.length, isExact: true, byValue, areValuesExact: true },
  };
}
