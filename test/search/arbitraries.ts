import fc from 'fast-check';
import type { Document, Kind } from '../../src/search/kind.ts';
import type { Leaf, Tree } from '../../src/search/tree.ts';
import { keyword, wordsOf } from '../../src/search/words.ts';
import { mostSlop } from './language-arbitraries.ts';

/** What is in some documents, so that queries made of it find something. */
export interface Stock {
  kind: Kind;
  words: string[];
  /** The words of whole texts. */
  texts: string[][];
  values: Record<string, string[]>;
  dates: string[];
  ids: string[];
}

export function stockOf(kind: Kind, documents: readonly Document[]): Stock {
  const texts = documents.flatMap((it) => Object.values(it.texts).flat().map(wordsOf));
  const values = Map.groupBy(
    documents.flatMap((it) =>
      Object.entries(it.values).flatMap(([field, some]) => some.map((value) => ({ field, value }))),
    ),
    (it) => it.field,
  );
  return {
    kind,
    words: [...new Set(texts.flat())],
    texts: texts.filter((it) => it.length > 0),
    values: Object.fromEntries(
      [...values].map(([field, some]) => [field, [...new Set(some.map((it) => it.value))]]),
    ),
    dates: documents.flatMap((it) => Object.values(it.dates).map((date) => date.toISOString())),
    ids: documents.map((it) => it.id),
  };
}

/** A letter more, less or other, or two of them swapped. */
const edit = fc.record({
  place: fc.nat({ max: 8 }),
  is: fc.constantFrom('more', 'less', 'other', 'swapped'),
  letter: fc.constantFrom('a', 'e', 'm', 'o', 'r', 's', '1', 'ж', '東'),
});

/** A word of the stock after so many edits, at most. */
const editedWords = (stock: Stock, most: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...stock.words), fc.array(edit, { maxLength: most }))
    .map(([word, edits]) => {
      const letters = [...word];
      for (const { place, is, letter } of edits) {
        const at = Math.min(place, letters.length);
        if (is === 'swapped') letters.splice(at, 2, ...letters.slice(at, at + 2).reverse());
        else letters.splice(at, is === 'more' ? 0 : 1, ...(is === 'less' ? [] : [letter]));
      }
      return letters.join('') || word;
    });

/** A word of the stock, often not quite. */
const wordsNear = (stock: Stock): fc.Arbitrary<string> =>
  fc.oneof({ weight: 3, arbitrary: editedWords(stock, 0) }, editedWords(stock, 1));

const beginningsOf = (texts: fc.Arbitrary<string>, most: number) =>
  fc
    .tuple(texts, fc.integer({ min: 1, max: most }))
    .map(([it, length]) => [...it].slice(0, length).join(''));

/** A word in which some letters after the first became signs. */
const patterns = (stock: Stock) =>
  fc
    .tuple(
      wordsNear(stock).filter((it) => [...it].length > 1),
      fc.array(fc.constantFrom('?', '*', '', '', ''), { minLength: 1, maxLength: 8 }),
    )
    .map(([word, signs]) => {
      const [first = '', ...rest] = word;
      const changed = rest.map((it, at) => signs[at] || it).join('');
      return first + (/[?*]/.test(changed) ? changed : `${changed}*`);
    });

/** Some words of a text, as they are or not quite, and how far they may move: as far as queries can say. */
const phrases = (stock: Stock) =>
  fc
    .tuple(
      fc.constantFrom(...stock.texts),
      fc.nat({ max: 30 }),
      fc.constantFrom(2, 2, 3, 3, 4, 4, 5, 6, 7),
      fc.constantFrom(
        ...['as they are', 'as they are', 'backward', 'two swapped', 'one left out', 'one twice'],
      ),
      fc.constantFrom(0, 0, 0, 1, 2, 3, 4, 5, 20),
    )
    .map(([text, from, length, how, slop]) => {
      const at = text.length > length ? from % (text.length - length) : 0;
      const words = text.slice(at, at + length);
      if (how === 'backward') words.reverse();
      if (how === 'two swapped') words.splice(0, 2, ...words.slice(0, 2).reverse());
      if (how === 'one left out' && words.length > 2) words.splice(1, 1);
      if (how === 'one twice') words.splice(0, 1, ...words.slice(0, 1), ...words.slice(0, 1));
      return { words, slop: Math.min(slop, mostSlop[words.length] ?? 0) };
    });

const fieldsOf = ({ kind }: Stock, is: string) =>
  Object.keys(kind.fields).filter((it) => kind.fields[it]?.is === is);

function leaves(stock: Stock): fc.Arbitrary<Leaf> {
  const bare = fieldsOf(stock, 'text');
  const fields = fc.oneof(
    fc.constant(bare),
    fc.constant(bare),
    fc.subarray(bare, { minLength: 1 }),
  );
  const word = wordsNear(stock);
  const valued = Object.keys(stock.values).filter((it) => stock.kind.fields[it]?.is === 'keyword');
  const value = fc.constantFrom(...valued).chain((field) =>
    fc.record({
      field: fc.constant(field),
      value: fc.constantFrom(...(stock.values[field] ?? [''])),
    }),
  );
  const filled = fc.constantFrom(
    ...bare,
    ...fieldsOf(stock, 'keyword'),
    ...fieldsOf(stock, 'date'),
  );
  const ids = fc.subarray(stock.ids, { maxLength: Math.min(30, stock.ids.length) });
  const all: fc.WeightedArbitrary<Leaf>[] = [
    { weight: 8, arbitrary: fc.record({ is: fc.constant('word' as const), fields, word }) },
    {
      weight: 3,
      arbitrary: fc.record({
        is: fc.constant('beginning' as const),
        fields,
        word: beginningsOf(word, 4),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        is: fc.constant('pattern' as const),
        fields,
        pattern: patterns(stock),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        is: fc.constant('similar' as const),
        fields,
        word: editedWords(stock, 2),
        edits: fc.constantFrom(1 as const, 2 as const),
      }),
    },
    {
      weight: 5,
      arbitrary: fc
        .tuple(fields, phrases(stock))
        .map(([some, it]) => ({ is: 'phrase' as const, fields: some, ...it })),
    },
    {
      weight: 3,
      arbitrary: value.map((it) => ({ is: 'value' as const, ...it, value: keyword(it.value) })),
    },
    {
      weight: 1,
      arbitrary: value.map((it) => ({
        is: 'valueBeginning' as const,
        ...it,
        value: [...keyword(it.value)].slice(0, 3).join(''),
      })),
    },
    { weight: 1, arbitrary: filled.map((field) => ({ is: 'filled' as const, field })) },
    { weight: 1, arbitrary: ids.map((some) => ({ is: 'ids' as const, ids: some })) },
  ];
  if (stock.dates.length > 0) {
    const field = fc.constantFrom(...fieldsOf(stock, 'date'));
    const bound = fc
      .tuple(fc.constantFrom(...stock.dates), fc.integer({ min: -1, max: 1 }))
      .map(([it, ms]) => new Date(Date.parse(it) + ms).toISOString());
    const open = fc.option(bound, { freq: 3 });
    all.push({
      weight: 3,
      arbitrary: fc.record({ is: fc.constant('dates' as const), field, from: open, to: open }),
    });
  }
  return fc.oneof(...all);
}

/** Trees of a few leaves. */
export function trees(stock: Stock): fc.Arbitrary<Tree> {
  const { tree } = fc.letrec<{ tree: Tree; bool: Tree }>((tie) => {
    const some = (maxLength: number) => fc.array(tie('tree'), { maxLength });
    return {
      bool: fc.record({
        is: fc.constant('bool' as const),
        must: fc.oneof(some(0), some(1), some(2)),
        should: some(3),
        mustNot: fc.oneof(some(0), some(0), some(1)),
      }),
      tree: fc.oneof({ maxDepth: 3, withCrossShrink: true }, leaves(stock), tie('bool')),
    };
  });
  return tree;
}

/** Queries as people type them, broken ones too. */
export function texts(stock: Stock): fc.Arbitrary<string> {
  const { fields, aliases } = stock.kind;
  const word = wordsNear(stock);
  const quoted = phrases(stock).map(
    ({ words, slop }) => `"${words.join(' ')}"${slop > 0 ? `~${slop}` : ''}`,
  );
  const bare = fc.oneof(
    { weight: 5, arbitrary: word },
    { weight: 2, arbitrary: quoted },
    { weight: 1, arbitrary: beginningsOf(word, 4).map((it) => `${it}*`) },
    { weight: 1, arbitrary: patterns(stock) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(editedWords(stock, 2), fc.constantFrom('~', '~1', '~2'))
        .map((it) => it.join('')),
    },
    { weight: 1, arbitrary: fc.tuple(word, word).map((it) => it.join('-')) },
    { weight: 1, arbitrary: fc.constant('*') },
  );
  const someValue = fc.constantFrom(
    ...Object.values(stock.values).flat(),
    ...stock.dates.map((it) => it.slice(0, 7)),
  );
  const field = fc.constantFrom(...Object.keys(fields), ...Object.keys(aliases));
  const inField = fc.oneof(
    fc.tuple(field, bare).map(([name, it]) => `${name}:${it}`),
    fc.tuple(field, someValue).map(([name, it]) => `${name}:"${it}"`),
    field.map((name) => `_exists_:${name}`),
    fc
      .tuple(field, someValue, someValue)
      .map(([name, from, to]) => `${name}:["${from}" TO "${to}"}`),
  );
  const clause = fc.oneof({ weight: 4, arbitrary: bare }, { weight: 2, arbitrary: inField });
  const boosted = fc
    .tuple(clause, fc.constantFrom('', '', '', '', '^2', '^0.5'))
    .map((it) => it.join(''));
  const joined = (of: fc.Arbitrary<string>, most: number) =>
    fc
      .array(
        fc.tuple(fc.constantFrom(' ', ' ', ' AND ', ' OR ', ' NOT ', ' +', ' -', ' AND ('), of),
        { minLength: 1, maxLength: most },
      )
      .map((all) => all.map(([sign, it], at) => (at === 0 ? it : sign + it)).join(''));
  const group = joined(boosted, 3).map((it) => `(${it})`);
  return joined(fc.oneof({ weight: 4, arbitrary: boosted }, { weight: 1, arbitrary: group }), 5);
}
