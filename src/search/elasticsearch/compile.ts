import type { estypes } from '@elastic/elasticsearch';
import type { Bool, Leaf, Tree } from '../tree.ts';
import { keyword } from '../words.ts';
import { nameOf } from './mapping.ts';

export type Query = estypes.QueryDslQueryContainer;

/** Where entries keep the words of a text field, and the values of a keyword field. */
const wordsIn = (field: string) => `words.${nameOf(field)}`;
const valuesIn = (field: string) => `values.${nameOf(field)}`;

const everything: Query = { match_all: {} };
const nothing: Query = { match_none: {} };

/** A tree in Elasticsearch's own language. It holds nothing that is parsed or run over there. */
export function queryOf(tree: Tree): Query {
  return tree.is === 'bool' ? boolOf(tree) : leafOf(tree);
}

/** What all of the trees find. */
export const allOf = (trees: readonly Tree[]): Query => every(trees.map(queryOf));

/** What all of the queries find. */
export function every(queries: readonly Query[]): Query {
  const filter = queries.filter((it) => it !== everything);
  const [only = everything] = filter;
  return filter.length > 1 ? { bool: { filter } } : only;
}

function some(should: Query[]): Query {
  const [only = nothing] = should;
  return should.length > 1 ? { bool: { should, minimum_should_match: 1 } } : only;
}

function boolOf({ must, should, mustNot }: Bool): Query {
  const isOpen = must.length === 0 && should.length > 0;
  if (mustNot.length === 0) return isOpen ? some(should.map(queryOf)) : allOf(must);
  return {
    bool: {
      ...(isOpen && { should: should.map(queryOf), minimum_should_match: 1 }),
      ...(must.length > 0 && { filter: must.map(queryOf) }),
      must_not: mustNot.map(queryOf),
    },
  };
}

function leafOf(leaf: Leaf): Query {
  switch (leaf.is) {
    case 'word':
      return inFields(leaf.fields, (it) => ({ term: { [it]: { value: leaf.word } } }));
    case 'beginning':
      return inFields(leaf.fields, (it) => ({ prefix: { [it]: { value: leaf.word } } }));
    case 'pattern':
      return inFields(leaf.fields, (it) => ({
        wildcard: { [it]: { value: leaf.pattern.replaceAll('\\', '\\\\') } },
      }));
    case 'similar':
      return inFields(leaf.fields, (it) => ({ fuzzy: { [it]: similar(leaf.word, leaf.edits) } }));
    case 'phrase':
      return inFields(leaf.fields, (it) => ({
        match_phrase: { [it]: { query: leaf.words.join(' '), slop: leaf.slop } },
      }));
    case 'value':
      return { term: { [valuesIn(leaf.field)]: { value: keyword(leaf.value) } } };
    case 'valueBeginning':
      return { prefix: { [valuesIn(leaf.field)]: { value: keyword(leaf.value) } } };
    case 'dates':
      return { range: { [`dates.${leaf.field}`]: span(leaf.from, leaf.to) } };
    case 'filled':
      return some(
        [wordsIn, valuesIn, (it: string) => `dates.${it}`].map((of) => ({
          exists: { field: of(leaf.field) },
        })),
      );
    case 'ids':
      return leaf.ids.length > 0 ? { terms: { id: leaf.ids } } : nothing;
    case 'lookup':
      throw new Error('lookups are answered before');
  }
}

const inFields = (fields: string[], of: (path: string) => Query): Query =>
  some(fields.map((it) => of(wordsIn(it))));

/** Without a rewrite of our own, it would look at some of the words alone. */
const similar = (value: string, fuzziness: 1 | 2) => ({
  value,
  fuzziness,
  prefix_length: 1,
  transpositions: true,
  rewrite: 'constant_score',
});

const span = (from: string | null, to: string | null) => ({
  ...(from !== null && { gte: from }),
  ...(to !== null && { lt: to }),
});
