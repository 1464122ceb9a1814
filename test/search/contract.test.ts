import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toGlobalId } from '../../src/ids.ts';
import type { EngineName } from '../../src/search/engine.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { dates, fields } from './contract-fields.ts';
import { groups, roles, userOrders, users } from './contract-people.ts';
import { letters, type More, operators, signs, type Table, words } from './contract-queries.ts';
import { orders, seen } from './contract-seen.ts';
import { type ActorName, type Corpus, writeCorpus } from './corpus.ts';
import { customFields } from './corpus-communities.ts';
import { engineNames, envOf, reindex } from './engines.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever they asked for
type Loose = any;

const said = 'totalCount totalCountIsExact engine parsedQuery warnings { code }';
const args = 'first: 100, query: $query';

/** The lists that are searched, who asks if nobody is named, and what the items are called in the tables. */
const doors = {
  communities: {
    as: 'anyone',
    ask: `query ($query: String!, $filter: CommunityFilterInput, $sort: CommunitySort) {
      list: communities(${args}, filter: $filter, sort: $sort) { nodes { slug } ${said} } }`,
    nameOf: (it: Loose) => it.slug,
  },
  users: {
    as: 'stranger',
    ask: `query ($query: String!) { list: users(${args}) { nodes { username } ${said} } }`,
    nameOf: (it: Loose) => it.username,
  },
  groups: {
    as: 'moderator',
    ask: `query ($query: String!) { list: groups(${args}) { nodes { slug } ${said} } }`,
    nameOf: (it: Loose) => it.slug,
  },
  roles: {
    as: 'moderator',
    ask: `query ($query: String!) { list: roles(${args}) { nodes { name } ${said} } }`,
    nameOf: (it: Loose) => it.name.replaceAll(' ', '_'),
  },
} as const;

/** The tables, what they are about, and whether they say in which order. */
const tables: [name: string, door: keyof typeof doors, table: Table, isOrdered?: true][] = [
  ['operators', 'communities', operators],
  ['words', 'communities', words],
  ['letters', 'communities', letters],
  ['signs', 'communities', signs],
  ['fields', 'communities', fields],
  ['dates', 'communities', dates],
  ['what is there for whom', 'communities', seen],
  ['orders', 'communities', orders, true],
  ['users', 'users', users],
  ['orders of users', 'users', userOrders, true],
  ['groups', 'groups', groups],
  ['roles', 'roles', roles],
];

const folder = mkdtempSync(join(tmpdir(), 'collegium-search-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(engineNames)('a search by %s', (engine: EngineName) => {
  let world: World;
  let corpus: Corpus;
  beforeAll(async () => {
    const path = join(folder, 'collegium.json');
    writeFileSync(path, JSON.stringify({ customFields }));
    world = await startWorld({
      isWorking: false,
      env: { COLLEGIUM_CONFIG: path, ...envOf(engine) },
    });
    corpus = await writeCorpus(world);
    await reindex(world);
  });
  afterAll(() => world.stop());

  /** With the ids of communities in the places of `{id:slug}`. */
  const withIds = (text: string) =>
    text.replaceAll(/\{id:([\w-]+)\}/g, (_, slug) =>
      toGlobalId('Community', corpus.ids.get(slug) ?? ''),
    );

  async function ask(as: ActorName, query: string, variables: object): Promise<Loose> {
    const { data, errors } = await world.ask(
      corpus.tokens[as],
      query,
      JSON.parse(withIds(JSON.stringify(variables))),
    );
    expect(errors).toBeUndefined();
    return data;
  }

  describe.each(tables)('%s', (_, door, table, isOrdered) => {
    for (const [name, rows] of Object.entries(table)) {
      it.each(rows.map(([query, finds, more = {}]) => [query, finds, more] as const))(
        `${name}: %s → %s`,
        async (query, finds, { as = doors[door].as, warns = '', filter, sort }: More) => {
          const variables = { query, filter, sort: sort === 'NAME' ? 'TITLE' : sort };
          const data = await ask(as, doors[door].ask, variables);
          const { nodes, ...rest } = data.list;

          const names = nodes.map(doors[door].nameOf);
          const right = finds.split(' ').filter((it) => it !== '');
          const hasOrder = isOrdered || sort !== undefined;
          expect(hasOrder ? names : names.sort()).toEqual(hasOrder ? right : right.sort());
          expect(rest).toEqual({
            totalCount: right.length,
            totalCountIsExact: true,
            // The order by name is PostgreSQL’s.
            engine: sort === 'NAME' ? 'POSTGRESQL' : engine,
            parsedQuery: expect.any(String),
            warnings: warns.split(' ').flatMap((code) => (code === '' ? [] : [{ code }])),
          });
        },
      );
    }
  });

  it.each([
    ['users', 'anyone', 'UNAUTHENTICATED'],
    ['groups', 'anyone', 'UNAUTHENTICATED'],
    ['groups', 'member', 'FORBIDDEN'],
    ['roles', 'anyone', 'UNAUTHENTICATED'],
    ['roles', 'member', 'FORBIDDEN'],
  ] as const)('in %s is not for %s', async (door, as, code) => {
    const { errors } = await world.ask(corpus.tokens[as], doors[door].ask, { query: 'digital' });
    expect(errors?.map((it) => it.extensions.code)).toEqual([code]);
  });

  const facets = `query ($query: String, $filter: CommunityFilterInput) {
    communities(query: $query, filter: $filter) {
      nodes { slug }
      facets { types { type { key } count } visibilities { visibility count } isExact } } }`;
  it.each([
    ['palette', 'anyone', {}, 'event 2, project 2, organization 1, topic 1', [7, 0]],
    [
      'palette',
      'anyone',
      { types: ['event'] },
      'event 2, project 2, organization 1, topic 1',
      [2, 0],
    ],
    ['palette', 'anyone', { visibilities: ['RESTRICTED'] }, '', [7, 0]],
    [
      'palette red',
      'anyone',
      { types: ['event', 'topic'] },
      'event 2, project 2, organization 1, topic 1',
      [3, 0],
    ],
    ['red', 'anyone', { types: ['topic'] }, 'project 2, event 1, organization 1, topic 0', [0, 0]],
    ['cipher', 'anyone', {}, 'topic 1', [1, 0]],
    ['cipher', 'member', {}, 'event 1, topic 2', [1, 2]],
    ['cipher', 'the-administrator', {}, 'topic 2, event 1', [1, 3]],
    ['cipher', 'the-administrator', { visibilities: ['RESTRICTED'] }, 'event 1, topic 1', [1, 3]],
    [
      'cipher',
      'the-administrator',
      { types: ['topic'], visibilities: ['RESTRICTED'] },
      'event 1, topic 1',
      [1, 1],
    ],
    ['cipher', 'owner', { deletionStates: ['DELETED'] }, 'topic 1', [1, 1]],
    ['cipher', 'moderator', { deletionStates: ['DELETED', 'MARKED_FOR_PURGE'] }, 'topic 1', [3, 1]],
    ['cipher', 'stranger', { deletionStates: ['DELETED', 'MARKED_FOR_PURGE'] }, '', [0, 0]],
  ] as const)(
    'counts %s by value for %s, limited to %j',
    async (query, as, filter, types, [open, own]) => {
      const { communities } = await ask(as, facets, { query, filter });
      const told = communities.facets.types.map((it: Loose) => `${it.type.key} ${it.count}`);
      expect(told.sort()).toEqual(
        types
          .split(', ')
          .filter((it) => it !== '')
          .sort(),
      );
      const counts = communities.facets.types.map((it: Loose) => it.count);
      expect(counts).toEqual(counts.toSorted((a: number, b: number) => b - a));
      expect(communities.facets.visibilities).toEqual([
        { visibility: 'PUBLIC', count: open },
        { visibility: 'RESTRICTED', count: own },
      ]);
      expect(communities.facets.isExact).toBe(true);
    },
  );

  describe.each(['BEST_MATCH', 'NEWEST', 'OLDEST', 'UPDATED', 'TITLE'])(
    'in pages by %s',
    (sort) => {
      it.each([
        ['*', 'member', 7],
        ['title:* -type:topic', 'anyone', 10],
        ['palette OR ocean OR za*', 'the-administrator', 3],
        ['red', 'anyone', 1],
      ] as const)('gives each hit of %s once, forward and backward', async (query, as, size) => {
        const page = `query ($query: String!, $sort: CommunitySort, $first: Int, $after: String, $last: Int, $before: String) {
        communities(query: $query, sort: $sort, first: $first, after: $after, last: $last, before: $before) {
          nodes { slug } totalCount
          pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`;
        const slugsOf = (it: Loose) => it.nodes.map((one: Loose) => one.slug);
        const forward: string[] = [];
        for (let after: string | undefined; ; ) {
          const { communities } = await ask(as, page, { query, sort, first: size, after });
          forward.push(...slugsOf(communities));
          expect(communities.totalCount).toBeGreaterThanOrEqual(forward.length);
          if (!communities.pageInfo.hasNextPage) {
            expect(forward).toHaveLength(communities.totalCount);
            break;
          }
          expect(communities.nodes).toHaveLength(size);
          after = communities.pageInfo.endCursor;
        }
        expect(new Set(forward).size).toBe(forward.length);

        const backward: string[] = [];
        for (let before: string | undefined; ; ) {
          const { communities } = await ask(as, page, { query, sort, last: size, before });
          backward.unshift(...slugsOf(communities));
          if (!communities.pageInfo.hasPreviousPage) break;
          before = communities.pageInfo.startCursor;
        }
        expect(backward).toEqual(forward);
      });
    },
  );
});
