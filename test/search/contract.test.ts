import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toGlobalId } from '../../src/ids.ts';
import type { EngineName } from '../../src/search/engine.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { ancestorQueries } from './ancestors.ts';
import { ancestorFinds } from './contract-ancestors.ts';
import { dates, fields } from './contract-fields.ts';
import { groups, members, roles, userOrders, users } from './contract-people.ts';
import { type More, operators, signs, type Table } from './contract-queries.ts';
import { facetsSeen, orders, seen } from './contract-seen.ts';
import { letters, words } from './contract-words.ts';
import { type ActorName, type Corpus, communities, writeCorpus } from './corpus.ts';
import { customFields } from './corpus-communities.ts';
import { dropIndexes, engineNames, envOf, reindex } from './engines.ts';

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
  members: {
    as: 'owner',
    ask: `query ($query: String!) { community(slug: "atlas") {
      list: members(${args}) { nodes { name } ${said} } } }`,
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
  ['members', 'members', members],
];

const namesIn = (text: string) => text.split(' ').filter((it) => it !== '');

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
  afterAll(async () => {
    await dropIndexes(world);
    await world.stop();
  });

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
          const { nodes, ...rest } = (data.community ?? data).list;

          const names = nodes.map(doors[door].nameOf);
          const right = namesIn(finds);
          const hasOrder = isOrdered || sort !== undefined;
          expect(hasOrder ? names : names.sort()).toEqual(hasOrder ? right : right.sort());
          expect(rest).toEqual({
            totalCount: right.length,
            totalCountIsExact: true,
            // The order by name and members are PostgreSQL’s.
            engine: sort === 'NAME' || door === 'members' ? 'POSTGRESQL' : engine,
            parsedQuery: expect.any(String),
            warnings: namesIn(warns).map((code) => ({ code })),
          });
        },
      );
    }
  });

  /** The names of communities that everyone sees, without those after a minus. */
  const open = (without: readonly string[]) =>
    communities
      .filter((it) => !it.isRestricted && !it.isGone && !without.includes(`-${it.slug}`))
      .map((it) => it.slug);

  it.each(ancestorQueries)('$kind: $query, as the ancestors have it', async ({ query, kind }) => {
    const right = ancestorFinds[kind].find(([it]) => it === query);
    if (!right) throw new Error('Nobody has said what it finds.');
    const [, finds, warns = ''] = right;
    const data = await ask(doors[kind].as, doors[kind].ask, { query });
    const { nodes, totalCount, warnings } = (data.community ?? data).list;

    const names: string[] = nodes.map(doors[kind].nameOf);
    if (finds.startsWith('*')) {
      const all = open(finds.split(' '));
      expect(totalCount).toBe(all.length);
      expect(all).toEqual(expect.arrayContaining(names));
    } else {
      const byHand = names.filter((it) => !it.startsWith('made-'));
      expect(byHand.sort()).toEqual(namesIn(finds).sort());
    }
    expect(warnings.map((it: Loose) => it.code).join(' ')).toBe(warns);
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
    list: communities(query: $query, filter: $filter) {
      facets { types { type { key } count } visibilities { visibility count } isExact } } }`;
  it.each(facetsSeen)(
    'counts %s by value for %s, limited to %j',
    async (query, as, filter, types, visibilities) => {
      const { list } = await ask(as, facets, { query, filter });
      const told: string[] = list.facets.types.map((it: Loose) => `${it.type.key} ${it.count}`);
      expect(told.join(', ')).toBe(types);
      expect(list.facets.visibilities).toEqual([
        { visibility: 'PUBLIC', count: visibilities[0] },
        { visibility: 'RESTRICTED', count: visibilities[1] },
      ]);
      expect(list.facets.isExact).toBe(true);
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
        list: communities(query: $query, sort: $sort, first: $first, after: $after, last: $last, before: $before) {
          nodes { slug } totalCount
          pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`;
        const slugsOf = (it: Loose) => it.nodes.map((one: Loose) => one.slug);
        const forward: string[] = [];
        for (let after: string | undefined; ; ) {
          const { list } = await ask(as, page, { query, sort, first: size, after });
          forward.push(...slugsOf(list));
          expect(list.totalCount).toBeGreaterThanOrEqual(forward.length);
          if (!list.pageInfo.hasNextPage) {
            expect(forward).toHaveLength(list.totalCount);
            break;
          }
          expect(list.nodes).toHaveLength(size);
          after = list.pageInfo.endCursor;
        }
        expect(new Set(forward).size).toBe(forward.length);

        const backward: string[] = [];
        for (let before: string | undefined; ; ) {
          const { list } = await ask(as, page, { query, sort, last: size, before });
          backward.unshift(...slugsOf(list));
          if (!list.pageInfo.hasPreviousPage) break;
          before = list.pageInfo.startCursor;
        }
        expect(backward).toEqual(forward);
      });
    },
  );
});
