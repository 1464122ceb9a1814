import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { indexAll } from '../search/index-all.ts';
import type { Loose } from './kit.ts';
import { Place } from './place.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

const indexed = () => indexAll(world, 'communities');

const counts = `totalCount totalCountIsExact engine parsedQuery warnings { code at }
  facets { types { type { key } count isSelected } visibilities { visibility count isSelected } isExact }`;

const types = {
  query: 'String',
  filter: 'CommunityFilterInput',
  after: 'String',
  before: 'String',
};

async function send(token: string | undefined, args: string, variables: object = {}) {
  const used = Object.entries(types).filter(([name]) => args.includes(`$${name}`));
  const head = used.map(([name, type]) => `$${name}: ${type}`).join(', ');
  return world.ask(
    token,
    `query ${head && `(${head})`} { communities(${args}) { nodes { id title } edges { cursor }
        pageInfo { startCursor endCursor hasNextPage hasPreviousPage } ${counts} } }`,
    variables,
  );
}

async function list(token: string | undefined, args: string, variables?: object): Promise<Loose> {
  const { data, errors } = await send(token, args, variables);
  expect(errors).toBeUndefined();
  return data.communities;
}

const titlesOf = ({ nodes }: { nodes: { title: string }[] }) => nodes.map((it) => it.title);

async function found(
  token: string | undefined,
  query: string,
  { args = '', filter = {} }: { args?: string; filter?: object } = {},
) {
  const given = `query: $query, filter: $filter ${args}`;
  return titlesOf(await list(token, given, { query, filter }));
}

/** How many each choice would list, as `type key:count` with a sign where it is chosen. */
const choicesOf = ({ facets: { types, visibilities } }: Loose) => ({
  types: types.map((it: Loose) => `${it.type.key}:${it.count}${it.isSelected ? '!' : ''}`),
  visibilities: visibilities.map(
    (it: Loose) => `${it.visibility}:${it.count}${it.isSelected ? '!' : ''}`,
  ),
});

describe('communities(query:)', () => {
  it('tells what it found, how it read the query and who answered', async () => {
    await Place.make(world, { title: 'Lepidoptera of Tyrol', type: 'topic' });
    await indexed();

    expect(await list(undefined, 'query: "lepid AND (tyrol"')).toMatchObject({
      nodes: [{ title: 'Lepidoptera of Tyrol' }],
      totalCount: 1,
      totalCountIsExact: true,
      engine: 'POSTGRESQL',
      parsedQuery: 'lepid OR tyrol',
      warnings: [{ code: 'BROKEN', at: 10 }],
      facets: { isExact: true },
    });
  });

  it.each([null, '', ' \n', '\0'])('lists everything for %j, as for no query', async (query) => {
    const place = await Place.make(world, { title: 'Not indexed yet' });

    const listed = await list(undefined, 'query: $query, first: 1', { query });

    expect(listed).toMatchObject({ parsedQuery: null, warnings: [], engine: 'POSTGRESQL' });
    expect(listed.nodes).toEqual([{ id: place.id, title: 'Not indexed yet' }]);
  });

  it('finds one’s own community first by its exact title, be others ever so popular', async () => {
    const own = await Place.make(world, { title: 'Moss', visibility: 'RESTRICTED' });
    const popular = await Place.make(world, { title: 'Moss and Peat' });
    const inText = await Place.make(world, { title: 'Peat', description: 'Moss, moss, moss.' });
    for (let i = 0; i < 9; i++) await popular.person('READER');
    const mine = await own.person('OWNER');
    await indexed();

    expect(await found(mine.token, 'moss')).toEqual(['Moss', 'Moss and Peat', 'Peat']);
    expect(await found(mine.token, '"moss"')).toEqual(['Moss', 'Moss and Peat', 'Peat']);
    expect(await found(mine.token, own.slug)).toEqual(['Moss']);
    expect(await found(undefined, own.slug)).toEqual([]);
    expect(await found(mine.token, `slug:${inText.slug}`)).toEqual(['Peat']);
  });

  it.each(['BEST_MATCH', 'NEWEST', 'OLDEST', 'UPDATED', 'TITLE'])(
    'is paged forth and back by %s, and takes no cursor of another order',
    async (sort) => {
      const word = `paged${sort.replace('_', '').toLowerCase()}`;
      for (const more of ['b', 'a', 'c', '', 'a', 'B', 'ä']) {
        await Place.make(world, { title: `${word} ${more}`, description: `${word}${more}` });
      }
      await indexed();
      const args = `query: "${word}", sort: ${sort}`;
      const all = (await list(undefined, `${args}, first: 100`)).nodes;

      const forth: Loose[] = [];
      for (let after: string | null = null; ; ) {
        const page: Loose = await list(undefined, `${args}, first: 3, after: $after`, { after });
        expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
        expect(page.totalCount).toBe(7);
        forth.push(...page.nodes);
        after = page.pageInfo.endCursor;
        if (!page.pageInfo.hasNextPage) break;
      }
      const back: Loose[] = [];
      for (let before: string | null = null; ; ) {
        const page: Loose = await list(undefined, `${args}, last: 3, before: $before`, { before });
        back.unshift(...page.nodes);
        before = page.pageInfo.startCursor;
        if (!page.pageInfo.hasPreviousPage) break;
      }
      expect(all).toHaveLength(7);
      expect(new Set(all.map((it: Loose) => it.id)).size).toBe(7);
      expect(forth).toEqual(all);
      expect(back).toEqual(all);

      const other = sort === 'TITLE' ? 'BEST_MATCH' : 'TITLE';
      const { edges } = await list(undefined, `query: "${word}", sort: ${other}`);
      const { errors } = await send(undefined, `${args}, after: $after`, {
        after: edges[0].cursor,
      });
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    },
  );

  it('is in the order that is asked for, and in that of the best match if none is', async () => {
    const born: [uuid: string, title: string][] = [];
    for (const title of ['Lichen b', 'The lichen', 'a lichen', 'Lichen']) {
      born.push([(await Place.make(world, { title })).uuid, title]);
    }
    const oldest = born.sort().map(([, title]) => title);
    await world.sql(
      `update communities set updated_at = now() + interval '1 day' where title = 'The lichen'`,
    );
    await indexed();
    const by = (sort: string) => found(undefined, 'lichen', { args: `, sort: ${sort}` });

    expect((await by('null'))[0]).toBe('Lichen');
    expect(await by('BEST_MATCH')).toEqual(await by('null'));
    expect(await by('TITLE')).toEqual(['a lichen', 'Lichen', 'Lichen b', 'The lichen']);
    expect(await by('OLDEST')).toEqual(oldest);
    expect(await by('NEWEST')).toEqual(oldest.toReversed());
    expect((await by('UPDATED'))[0]).toBe('The lichen');
    const listed = await list(undefined, 'sort: BEST_MATCH, first: 4');
    expect(titlesOf(listed)).toEqual(titlesOf(await list(undefined, 'sort: NEWEST, first: 4')));
    expect(titlesOf(await list(undefined, 'sort: null, filter: null, first: 4'))).toEqual(
      titlesOf(listed),
    );
  });

  it('shows nobody who is gone, or hidden, since the index was written', async () => {
    const stays = await Place.make(world, { title: 'Fern one' });
    // Ids are in the order of birth to the millisecond.
    await sleep(2);
    const gone = await Place.make(world, { title: 'Fern two' });
    const hidden = await Place.make(world, { title: 'Fern three' });
    const deleted = await Place.make(world, { title: 'Fern four' });
    const owner = await deleted.person('OWNER');
    await indexed();
    await world.sql('delete from communities where id = $1', [gone.uuid]);
    await world.sql(`update communities set visibility = 'RESTRICTED' where id = $1`, [
      hidden.uuid,
    ]);
    await world.sql('update communities set deleted_at = now() where id = $1', [deleted.uuid]);

    for (const token of [undefined, owner.token]) {
      expect(await found(token, 'fern')).toEqual(['Fern one']);
    }
    // The list goes on behind a page of which nothing is left.
    const first = await list(undefined, 'query: "fern", sort: NEWEST, first: 3');
    expect(first.nodes).toEqual([]);
    const { endCursor: after } = first.pageInfo;
    const next = await list(undefined, 'query: "fern", sort: NEWEST, first: 3, after: $after', {
      after,
    });
    expect(next.nodes).toEqual([{ id: stays.id, title: 'Fern one' }]);
  });
});

describe('the filter of a search', () => {
  it('is that of the list', async () => {
    const parent = await Place.make(world, { title: 'Heath parent' });
    await world.sql('update communities set allows_children = true where id = $1', [parent.uuid]);
    const child = await Place.make(world, { title: 'Heath child', type: 'topic' });
    const hidden = await Place.make(world, { title: 'Heath hidden', visibility: 'RESTRICTED' });
    const hiddenChild = await Place.make(world, { title: 'Heath child of hidden' });
    const gone = await Place.make(world, { title: 'Heath gone' });
    const owner = await gone.person('OWNER');
    const inside = await hidden.person('READER');
    const set = (place: Place, column: string, value: unknown) =>
      world.sql(`update communities set ${column} = $2 where id = $1`, [place.uuid, value]);
    await set(child, 'parent_id', parent.uuid);
    await set(hiddenChild, 'parent_id', hidden.uuid);
    await set(gone, 'deleted_at', new Date());
    await world.sql(
      `insert into featured_entries (id, community_id, starts_at)
       values (gen_random_uuid(), $1, now() - interval '1 day'), (gen_random_uuid(), $2, now() + interval '1 day')`,
      [child.uuid, parent.uuid],
    );
    await indexed();
    const filtered: [object, string | undefined, string[]][] = [
      [{ allowsChildren: true }, undefined, ['parent']],
      [{ allowsChildren: false }, undefined, ['child', 'child of hidden']],
      [{ parentId: parent.id }, undefined, ['child']],
      [{ parentId: parent.slug }, undefined, []],
      [{ parentId: hidden.id }, undefined, []],
      [{ parentId: hidden.id }, inside.token, ['child of hidden']],
      [{ parentId: 'nothing' }, undefined, []],
      [{ isFeatured: true }, undefined, ['child']],
      [{ isFeatured: false }, undefined, ['child of hidden', 'parent']],
      [{ deletionStates: ['DELETED'] }, owner.token, ['gone']],
      [{ deletionStates: ['DELETED'] }, inside.token, []],
      [{ deletionStates: ['DELETED', 'LIVE'], types: [] }, owner.token, []],
      [{ deletionStates: [] }, owner.token, []],
      [{ visibilities: ['RESTRICTED'] }, inside.token, ['hidden']],
      [{ visibilities: ['RESTRICTED'] }, undefined, []],
      [{ types: ['topic', 'other', '\0'] }, undefined, ['child']],
    ];

    for (const [filter, token, titles] of filtered) {
      const names = titles.map((it) => `Heath ${it}`);
      const searched = await found(token, 'heath', { args: ', sort: TITLE', filter });
      expect([filter, searched]).toEqual([filter, names]);
      const listed = await list(token, 'first: 100, sort: TITLE, filter: $filter', { filter });
      expect(titlesOf(listed).filter((it) => it.startsWith('Heath'))).toEqual(names);
    }
  });

  it('counts what each choice would list, and leaves a choice out of its own counts', async () => {
    const parent = await Place.make(world, { title: 'Sand' });
    for (const type of ['topic', 'topic', 'event'])
      await Place.make(world, { title: 'Dune', type });
    await Place.make(world, { title: 'Dune' });
    const hidden = { visibility: 'RESTRICTED', type: 'event' };
    const { token } = await (await Place.make(world, { title: 'Dune', ...hidden })).person(
      'READER',
    );
    await Place.make(world, { title: 'Dune', ...hidden });
    await world.sql(`update communities set parent_id = $1 where title = 'Dune'`, [parent.uuid]);
    await indexed();
    const both = async (chosen: object) => {
      const filter = { ...chosen, parentId: parent.id };
      const searched = await list(token, 'query: "dune", filter: $filter', { filter });
      // Without a query the table is counted, not the index.
      const listed = await list(token, 'filter: $filter', { filter });
      expect(listed.facets).toEqual(searched.facets);
      expect(listed.totalCount).toBe(searched.totalCount);
      return [searched.totalCount, ...Object.values(choicesOf(searched))];
    };

    expect(await both({})).toEqual([5, ['event:2', 'topic:2'], ['PUBLIC:4', 'RESTRICTED:1']]);
    expect(await both({ types: ['event'] })).toEqual([
      2,
      ['event:2!', 'topic:2'],
      ['PUBLIC:1', 'RESTRICTED:1'],
    ]);
    expect(await both({ types: ['topic', 'event', 'project'] })).toEqual([
      4,
      ['event:2!', 'topic:2!', 'project:0!'],
      ['PUBLIC:3', 'RESTRICTED:1'],
    ]);
    expect(await both({ visibilities: ['PUBLIC'] })).toEqual([
      4,
      ['topic:2', 'event:1'],
      ['PUBLIC:4!', 'RESTRICTED:1'],
    ]);
    expect(await both({ visibilities: ['RESTRICTED'], types: ['topic'] })).toEqual([
      0,
      ['event:1', 'topic:0!'],
      ['PUBLIC:2', 'RESTRICTED:0!'],
    ]);
  });
});

describe('what is hidden', () => {
  it('changes nothing for others: no list, no order, no count and no choice', async () => {
    for (const title of ['Quartz', 'Quartz vein', 'Smoky quartz', 'Quarter']) {
      await Place.make(world, { title, type: 'topic' });
    }
    await indexed();
    const queries = [
      ...['quartz', 'quart*', 'qu*z', 'quarz~', 'Quartzine', 'quartzite~2', 'title:quartz'],
      ...['"quartz vein"', 'quartz NOT vein', '* AND quartz', 'zirconium', 'zirkonium~', 'zir*m'],
      ...['type:event AND quartz', 'visibility:restricted', 'created:* AND quar*', 'quartz^2 vein'],
    ];
    const stranger = await world.makeUser();
    const owner = await (await Place.make(world, { title: 'Elsewhere' })).person('OWNER');
    const answers = async () => {
      const all: Loose[] = [];
      for (const token of [undefined, stranger.token, owner.token]) {
        for (const query of queries) {
          for (const sort of ['BEST_MATCH', 'TITLE', 'UPDATED']) {
            all.push([query, sort, await list(token, `query: $query, sort: ${sort}`, { query })]);
          }
        }
      }
      return all;
    };
    await indexed();
    const before = await answers();

    const hidden = { visibility: 'RESTRICTED', type: 'event' };
    for (const title of ['Quartz', 'Quartzine', 'Quarzite', 'Zirconium quartz vein']) {
      const place = await Place.make(world, { title, ...hidden });
      for (let i = 0; i < 3; i++) await place.person('READER');
    }
    const deleted = await Place.make(world, { title: 'Quartz zirconium', type: 'event' });
    await world.sql('update communities set deleted_at = now() where id = $1', [deleted.uuid]);
    await indexed();

    expect(await answers()).toEqual(before);
    expect(await found(world.admin, 'zirconium')).toEqual(['Zirconium quartz vein']);
  });
});

describe('a list that is too long to be counted', () => {
  it('has its choices counted by the search', async () => {
    const count = 50_001;
    await world.sql(
      `insert into communities (id, slug, title, type)
       select uuidv7(), 'many-' || n, 'Many', 'topic' from generate_series(1, $1::int) n`,
      [count],
    );
    await world.sql('analyze communities');
    try {
      const { facets, totalCount } = await list(undefined, 'first: 1');
      const ofTopic = facets.types.find((it: Loose) => it.type.key === 'topic');

      // No index knows of them yet, but the list is read from the table.
      expect(totalCount).toBeGreaterThanOrEqual(count);
      expect(ofTopic.count).toBeLessThan(1000);
      const { facets: less } = await list(undefined, 'first: 1, filter: { types: ["event"] }');
      expect(less.types.find((it: Loose) => it.type.key === 'event').isSelected).toBe(true);
    } finally {
      await world.sql(`delete from communities where title = 'Many'`);
    }
  }, 60_000);
});
