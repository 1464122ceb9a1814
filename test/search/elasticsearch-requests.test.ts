import fc from 'fast-check';
import { expect, it } from 'vitest';
import { allOf } from '../../src/search/elasticsearch/compile.ts';
import { serves } from '../../src/search/elasticsearch/limits.ts';
import { walkOf } from '../../src/search/elasticsearch/order.ts';
import { countsRequest, pageRequest } from '../../src/search/elasticsearch/requests.ts';
import { type Request, type Sort, sorts } from '../../src/search/engine.ts';
import { understand } from '../../src/search/language/understand.ts';
import { all, both, either, type Leaf, none, type Tree } from '../../src/search/tree.ts';
import { communities, users } from './dialects.ts';

const now = new Date('2026-11-21T12:00:00Z');
const ids = ['01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002'];
const counted = ['type', 'visibility'];

function requestOf(given: Partial<Request> = {}): Request {
  return {
    tree: all,
    ranks: [],
    sees: all,
    within: all,
    choices: {},
    sort: 'NEWEST',
    size: 20,
    isBackward: false,
    ...given,
  };
}

const asked = (text: string, dialect = communities): Pick<Request, 'tree' | 'ranks'> => {
  const { tree, ranks } = understand(text, dialect, now);
  return { tree, ranks };
};

const pageOf = (request: Request) => pageRequest(request, walkOf(request));

/** JSON as a person would write it: what fits on a line is on one. */
function written(value: unknown, indent = ''): string {
  const line = JSON.stringify(value);
  if (indent.length + line.length <= 110 || typeof value !== 'object' || !value) return line;
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((it) => written(it, inner))
    : Object.entries(value).map(([key, it]) => `${JSON.stringify(key)}: ${written(it, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${parts.map((it) => inner + it).join(',\n')}\n${indent}${close}`;
}

const texts = [
  ...['', '*', '*:*', 'open', 'Öpen', 'open science', 'covid-19', '日本', "o'brien", '***'],
  ...[
    'open AND science',
    'open OR science AND data',
    'NOT open',
    '+open -science',
    'open || (a b)',
  ],
  ...['(open OR data) AND NOT (closed OR secret)', '"open science"', '"open science"~2', '"open"'],
  ...['comm*', 'co?m*y', 'c*', 'open-sc*', 'sience~', 'sience~1', 'science~2', 'ab~', 'open~0'],
  ...['title:open', 'title:"open science"', 'title:(open science)', 'title:op*', 'title:op?n'],
  ...['metadata.title:open', 'description:open', 'title:opne~1', 'slug:Open-Science', 'slug:open*'],
  ...['type:project', 'type:"Project X"', 'metadata.type.id:project', '_exists_:type', 'title:*'],
  ...['_exists_:created', 'created:2024', 'created:[2024 TO 2025}', 'created:>=2024-05-01'],
  ...['created:<now-7d/d', 'updated:{* TO 2024-05-01T10:00:00Z]', 'open^2 science', 'id:1'],
  ...['a:b:c', '"broken', 'https://example.org/x', 'script:"_source"', '{"query_string":{}}'],
];
const people = ['jane', 'Meyer', '0000-0002-1825-0097', 'jane doe', 'name:jose', 'meier~1 AND doe'];

it('asks for what a query says', async () => {
  const queries = [
    ...texts.map((it) => [it, asked(it)] as const),
    ...people.map((it) => [`users: ${it}`, asked(it, users)] as const),
  ].map(([text, { tree }]) => [text, allOf([tree])] as const);

  await expect(written(Object.fromEntries(queries))).toMatchFileSnapshot(
    './__snapshots__/elasticsearch-queries.txt',
  );
});

it('asks for pages and for counts', async () => {
  const restricted = {
    sees: either({ is: 'value', field: 'audience', value: 'EVERYONE' }, { is: 'ids', ids }),
    within: both({ is: 'value', field: 'state', value: 'LIVE' }),
    choices: { type: ['project', 'topic'], visibility: ['PUBLIC'] },
  };
  const best = { ...asked('open science'), sort: 'BEST_MATCH', ...restricted } as const;
  const [mark, other] = ids.map((id) => ({ id, key: '1 12' }));
  const updated = { id: ids[0] ?? '', key: '2026-05-01T10:00:00.123000Z' };
  const pages: Record<string, Request> = {
    'the first page, best first': requestOf(best),
    'the second page': requestOf({ ...best, after: mark }),
    'the last page': requestOf({ ...best, isBackward: true }),
    'the page before, from another on': requestOf({
      ...best,
      isBackward: true,
      after: mark,
      before: other,
    }),
    'without words': requestOf({ ...asked('*'), sort: 'BEST_MATCH' }),
    newest: requestOf({ ...asked('open'), after: mark }),
    'newest, backward': requestOf({ isBackward: true, before: mark }),
    oldest: requestOf({ sort: 'OLDEST', after: mark }),
    'changed last': requestOf({ sort: 'UPDATED', after: updated }),
    nothing: requestOf({ tree: none, size: 1 }),
  };

  await expect(
    written({
      ...Object.fromEntries(Object.entries(pages).map(([name, it]) => [name, pageOf(it)])),
      'counts without a choice': countsRequest({ counted }, requestOf(asked('open'))),
      'counts where something is chosen': countsRequest({ counted }, requestOf(best)),
    }),
  ).toMatchFileSnapshot('./__snapshots__/elasticsearch-requests.txt');
});

it.each<[Sort, string, (string | number)[]]>([
  ['BEST_MATCH', '0 12', [3, 12]],
  ['BEST_MATCH', '3 0', [0, 0]],
  ['UPDATED', '2026-05-01T10:00:00.123000Z', [1_777_629_600_123]],
  ['UPDATED', '0001-01-01T00:00:00.000000Z', [-62_135_596_800_000]],
  ['NEWEST', '', []],
])('reads and writes marks as PostgreSQL does: %s %s', (sort, key, place) => {
  const [id = ''] = ids;
  const request = requestOf({ sort, ranks: [all, all, all], after: { id, key } });

  const { from = [], markOf, shape } = walkOf(request);

  expect(from).toEqual([...place, id]);
  expect(markOf(shape.parse(from))).toEqual({ id, key });
});

it.each<[Sort, boolean, string]>([
  ['BEST_MATCH', false, 'abc'],
  ['BEST_MATCH', true, 'efg'],
  ['NEWEST', false, 'bcfg'],
  ['NEWEST', true, 'ae'],
])('ends a walk at its other end: %s %s', (sort, isBackward, names) => {
  const places: Record<string, [number, number, string]> = {
    a: [2, 5, '5'],
    b: [1, 6, '8'],
    c: [1, 5, '7'],
    d: [1, 5, '6'],
    e: [1, 5, '5'],
    f: [1, 4, '7'],
    g: [0, 9, '7'],
  };
  const mark = { id: '6', key: '2 5' };
  const ends = isBackward ? { after: mark } : { before: mark };
  const ranks = [all, all, all];

  const { isWithin } = walkOf(requestOf({ sort, isBackward, ranks, ...ends }));

  const from = sort === 'BEST_MATCH' ? 0 : 2;
  const within = Object.keys(places).filter((it) => isWithin((places[it] ?? []).slice(from)));
  expect(within.join('')).toBe(names);
});

const evil = fc.constantFrom('query_string', '"}}', '*', '\\', '$(x)', '_source', 'title:*', '<a>');
const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  fc.record({
    is: fc.constantFrom('word', 'beginning'),
    fields: fc.array(evil, { maxLength: 2 }),
    word: evil,
  }),
  fc.record({ is: fc.constant('pattern'), fields: fc.array(evil), pattern: evil }),
  fc.record({ is: fc.constantFrom('value', 'valueBeginning'), field: evil, value: evil }),
  fc.record({ is: fc.constant('filled'), field: evil }),
);
const tree: fc.Arbitrary<Tree> = fc.array(leaf, { maxLength: 4 }).map((it) => either(...it));

it('says nothing that Elasticsearch would parse or run, whatever is looked for', () => {
  const known =
    /^(bool|filter|should|must_not|minimum_should_match|dis_max|queries|constant_score|boost|term|terms|prefix|wildcard|exists|field|value|match_all|match_none|(words|values)\..*)$/s;
  const keysOf = (body: unknown): string[] =>
    Object.entries(Object(body)).flatMap(([key, it]) => [
      ...(Array.isArray(body) ? [] : [key]),
      ...(typeof it === 'object' ? keysOf(it) : []),
    ]);

  fc.assert(
    fc.property(tree, tree, (one, other) => {
      const { query } = pageOf(requestOf({ tree: one, ranks: [other], sort: 'BEST_MATCH' }));
      for (const key of keysOf(query)) expect(key).toMatch(known);
    }),
  );
});

it('takes signs in a word for what they are, but for those of patterns', () => {
  const one = (it: Leaf) => JSON.stringify(allOf([it]));

  expect(one({ is: 'pattern', fields: ['t'], pattern: 'a\\*' })).toContain('"a\\\\\\\\*"');
  expect(one({ is: 'word', fields: ['t'], word: 'a*' })).toContain('{"value":"a*"}');
});

const nested = (depth: number): Tree =>
  depth === 1
    ? { is: 'word', fields: ['title'], word: 'open' }
    : { is: 'bool', must: [], should: [nested(depth - 1)], mustNot: [] };
const many = (count: number): Tree => ({ is: 'ids', ids: Array.from({ length: count }, String) });
const wide = (fields: number): Tree => ({
  is: 'word',
  fields: Array.from({ length: fields }, String),
  word: 'open',
});

it.each<[string, Partial<Request>, boolean]>([
  ...sorts.map((sort): [string, { sort: Sort }, boolean] => [sort, { sort }, sort !== 'NAME']),
  ['trees as deep as queries may be', { tree: nested(24) }, true],
  ['deeper ones', { tree: nested(25) }, false],
  ['1,024 clauses', { tree: both(wide(1000), wide(20)), sees: wide(4) }, true],
  ['one more', { tree: wide(1000), within: wide(25) }, false],
  ['ranks, as far as they are asked', { ranks: [wide(2000)] }, true],
  ['too many of them', { ranks: [wide(1000), wide(25)], sort: 'BEST_MATCH' }, false],
  ['65,536 ids', { sees: either(many(65_536), wide(1)) }, true],
  ['more', { sees: either(many(65_537), wide(1)) }, false],
])('knows whether it can answer: %s', (_, given, isServed) => {
  expect(serves(requestOf(given))).toBe(isServed);
});
