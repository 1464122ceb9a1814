import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fromGlobalId, toGlobalId } from '../../src/ids.ts';
import { startWorld, type World } from '../helpers/world.ts';
import {
  auditOf,
  change,
  done,
  type Founded,
  found,
  member,
  nobody,
  refusals,
  see,
} from './kit.ts';

let world: World;
beforeAll(async () => {
  // No job runs here: what is featured is a matter of the clock alone.
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());
beforeEach(() => world.sql('delete from featured_entries'));

const fields = 'id version isFeatured featuredEntries { id startsAt endsAt }';
const feature = (
  { id }: { id: string },
  input: object = {},
  token: string | undefined = world.admin,
) => change(world, token, 'featureCommunity', { communityId: id, ...input }, fields);
const unfeature = ({ id }: { id: string }, input: object = {}, token = world.admin) =>
  change(world, token, 'unfeatureCommunity', { communityId: id, ...input }, fields);
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

/** What everyone is shown, in its order. */
async function shown(token?: string): Promise<string[]> {
  const { data, errors } = await world.ask(
    token,
    `{ featuredCommunities { totalCount nodes { id } }
      communities(filter: { isFeatured: true }) { totalCount nodes { id } } }`,
  );
  expect(errors).toBeUndefined();
  const { featuredCommunities, communities } = data;
  const ids = featuredCommunities.nodes.map((it: { id: string }) => it.id);
  expect(featuredCommunities.totalCount).toBe(ids.length);
  expect(communities.nodes.map((it: { id: string }) => it.id).sort()).toEqual([...ids].sort());
  return ids;
}
const isFeatured = async ({ slug }: Founded) =>
  (await see(world, world.admin, slug, 'isFeatured')).isFeatured;

describe('a community is put forward', () => {
  it('from now on, for good', async () => {
    const community = await found(world);

    const answer = await feature(community);

    expect(answer).toMatchObject({
      userErrors: [],
      community: { isFeatured: true, version: 1, featuredEntries: [{ endsAt: null }] },
    });
    expect(await shown()).toEqual([community.id]);
    expect(await auditOf(world, community)).toEqual(['community.created', 'community.featured']);
  });

  it.each([
    ['not before it begins', '1 second', null, false],
    ['when it begins', '-1 millisecond', null, true],
    ['until it ends', '-1 hour', '1 second', true],
    ['not when it has ended', '-1 hour', '-1 millisecond', false],
  ])('%s', async (_, starts, ends, expected) => {
    const community = await found(world);
    await feature(community, { startsAt: inHours(5), endsAt: inHours(6) });
    const early = await isFeatured(community);

    await world.sql(
      `update featured_entries set starts_at = now() + $1::interval, ends_at = now() + $2::interval`,
      [starts, ends],
    );

    expect(early).toBe(false);
    expect(await isFeatured(community)).toBe(expected);
    expect(await shown()).toEqual(expected ? [community.id] : []);
  });

  it('in the order of what began last, pages and all', async () => {
    const all = [];
    for (const hours of [3, 1, 4, 2]) {
      const community = await found(world);
      await feature(community, { startsAt: inHours(-hours) });
      all.push({ hours, id: community.id });
    }
    const wanted = all.sort((a, b) => a.hours - b.hours).map((it) => it.id);

    const ids: string[] = [];
    let after: string | null = null;
    for (let n = 0; n < 4; n++) {
      const { data } = await world.ask(
        undefined,
        `query ($after: String) { featuredCommunities(first: 1, after: $after) {
          nodes { id } pageInfo { endCursor hasNextPage } } }`,
        { after },
      );
      const { nodes, pageInfo } = data.featuredCommunities;
      ids.push(...nodes.map((it: { id: string }) => it.id));
      after = pageInfo.endCursor;
      expect(pageInfo.hasNextPage).toBe(n < 3);
    }

    expect(await shown()).toEqual(wanted);
    expect(ids).toEqual(wanted);
  });

  it('once, however many times it is, by the one that began last', async () => {
    const [one, other] = [await found(world), await found(world)];
    await feature(one, { startsAt: inHours(-5) });
    await feature(other, { startsAt: inHours(-3) });
    const before = await shown();
    await feature(one, { startsAt: inHours(-1) });
    await feature(one, { startsAt: inHours(-0.5), endsAt: inHours(-0.1) });
    await feature(one, { startsAt: inHours(9) });

    expect(before).toEqual([other.id, one.id]);
    expect(await shown()).toEqual([one.id, other.id]);
  });

  it('no longer while it is restricted or deleted, and again after that', async () => {
    const community = await found(world);
    await feature(community);
    const set = (name: string, input: object = {}) =>
      done(world, community.owner.token, name, { communityId: community.id, ...input });
    const seen: boolean[] = [];
    const look = async () =>
      seen.push(await isFeatured(community), (await shown(world.admin)).length > 0);

    await set('updateCommunity', { access: { visibility: 'RESTRICTED' } });
    await look();
    await set('updateCommunity', { access: { visibility: 'PUBLIC' } });
    await look();
    await set('deleteCommunity');
    await look();
    await set('restoreCommunity');
    await look();

    expect(seen).toEqual([false, false, true, true, false, false, true, true]);
  });

  it('no longer when its entry is taken away, or all of them', async () => {
    const community = await found(world);
    for (const hours of [-3, -2, -1, 1]) await feature(community, { startsAt: inHours(hours) });
    const { featuredEntries } = (await unfeature(community, { entryId: 'fea_x' })).community ?? {
      featuredEntries: (await see(world, world.admin, community.slug, fields)).featuredEntries,
    };

    const one = await unfeature(community, { entryId: featuredEntries[2].id });
    const gone = await unfeature(community, { entryId: featuredEntries[2].id });
    const all = await unfeature(community);
    const none = await unfeature(community);

    expect(one.community.featuredEntries).toHaveLength(3);
    expect(one.community.isFeatured).toBe(true);
    expect(refusals(gone)).toEqual(['NOT_FOUND entryId']);
    expect(all.community).toMatchObject({ featuredEntries: [], isFeatured: false });
    expect(none.userErrors).toEqual([]);
    expect((await auditOf(world, community)).slice(-3)).toEqual([
      'community.featured',
      'community.unfeatured',
      'community.unfeatured',
    ]);
  });
});

describe('putting forward is refused', () => {
  it.each([
    ['READER', 'FORBIDDEN'],
    ['OWNER', 'FORBIDDEN'],
    [undefined, 'UNAUTHENTICATED'],
  ] as const)('to a member who is %s', async (level, expected) => {
    const community = await found(world);
    const token = level && (await member(world, community, level)).token;
    const aim = { communityId: community.id };

    for (const name of ['featureCommunity', 'unfeatureCommunity']) {
      expect((await change(world, token, name, aim)).denied).toBe(expected);
    }
  });

  it('of what is not public, not there, or deleted', async () => {
    const hidden = await found(world, { access: { visibility: 'RESTRICTED' } });
    const gone = await found(world);
    await done(world, world.admin, 'deleteCommunity', { communityId: gone.id });

    expect(refusals(await feature(hidden))).toEqual(['CONFLICT communityId']);
    expect(refusals(await feature(gone))).toEqual(['CONFLICT communityId']);
    expect(refusals(await feature({ id: nobody() }))).toEqual(['NOT_FOUND communityId']);
  });

  it.each<[string, object, string]>([
    ['to an end before its start', { startsAt: inHours(2), endsAt: inHours(1) }, 'endsAt'],
    [
      'to an end at its start',
      { startsAt: '2026-01-01T00:00:00Z', endsAt: '2026-01-01T00:00:00Z' },
      'endsAt',
    ],
    ['to an end that is past', { endsAt: inHours(-1) }, 'endsAt'],
    ['from before there were clocks', { startsAt: '0000-01-01T00:00:00Z' }, 'startsAt'],
    ['from the year 1', { startsAt: '0001-01-01T00:00:00Z' }, 'startsAt'],
  ])('%s', async (_, input, place) => {
    const community = await found(world);

    expect(refusals(await feature(community, input))).toEqual([`INVALID ${place}`]);
    expect(await world.sql('select from featured_entries')).toEqual([]);
  });

  it('with an old version', async () => {
    const answer = await feature(await found(world), { expectedVersion: 7 });

    expect(answer.userErrors).toMatchObject([{ code: 'VERSION_CONFLICT', currentVersion: 1 }]);
  });

  it('of the entry of another community', async () => {
    const [one, other] = [await found(world), await found(world)];
    const { community } = await feature(other);
    const [{ id: entryId }] = community.featuredEntries;

    expect(refusals(await unfeature(one, { entryId }))).toEqual(['NOT_FOUND entryId']);
    expect(await isFeatured(other)).toBe(true);
  });
});

describe('an entry', () => {
  it('is for administrators to see, by itself and at its community', async () => {
    const community = await found(world);
    const [{ id }] = (await feature(community, { startsAt: inHours(1) })).community.featuredEntries;
    const node = async (token: string | undefined) =>
      (await world.ask(token, 'query ($id: ID!) { node(id: $id) { id } }', { id })).data.node;
    const entries = async (token: string | undefined) =>
      (await see(world, token, community.slug, 'featuredEntries { id }')).featuredEntries;

    for (const token of [undefined, community.owner.token]) {
      expect([await node(token), await entries(token)]).toEqual([null, null]);
    }
    expect([await node(world.admin), await entries(world.admin)]).toEqual([{ id }, [{ id }]]);
    expect(fromGlobalId(id)?.kind).toBe('FeaturedEntry');
    expect(toGlobalId('FeaturedEntry', fromGlobalId(id)?.uuid ?? '')).toBe(id);
  });
});
