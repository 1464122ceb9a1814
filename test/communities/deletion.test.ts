import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import {
  auditOf,
  change,
  type Founded,
  found,
  type Loose,
  member,
  newSlug,
  nobody,
  refusals,
  see,
  settings,
  withRight,
} from './kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

const tombstone = `slug communityId reason { key title(languages: ["de"]) } note citationText isVisible
  removedAt removedBy { username }`;
const fields = `id slug version deletedAt deletionState viewerPermissions tombstone { ${tombstone} }`;
const act = ({ id, owner }: Founded, name: string, input: object = {}, token = owner.token) =>
  change(world, token, name, { communityId: id, ...input }, fields);
const remove = async (it: Founded, input: object = {}) => {
  const { userErrors, community } = await act(it, 'deleteCommunity', input);
  expect(userErrors).toEqual([]);
  return community;
};
const mark = async (it: Founded) => {
  await remove(it);
  expect((await act(it, 'markCommunityForPurge')).userErrors).toEqual([]);
};
const query = async (token: string | undefined, text: string, variables: object = {}) => {
  const { data, errors } = await world.ask(token, text, variables);
  expect(errors).toBeUndefined();
  return data;
};
const buried = async (token: string | undefined, slug: string): Promise<Loose> =>
  (
    await query(token, `query ($slug: String!) { tombstone(slug: $slug) { ${tombstone} } }`, {
      slug,
    })
  ).tombstone;

describe.concurrent('a deleted community', () => {
  it('says why, when and by whom, to those who may restore it', async () => {
    const community = await found(world);
    const start = Date.now();

    const gone = await remove(community, {
      reason: 'spam',
      note: ' Nothing\r\nhere\u202e ',
      citationText: 'Moss, 2026.',
    });

    expect(gone).toMatchObject({ deletionState: 'DELETED', version: 2 });
    expect(gone.tombstone).toEqual({
      slug: community.slug,
      communityId: community.id,
      reason: { key: 'spam', title: 'Spam' },
      note: 'Nothing\nhere',
      citationText: 'Moss, 2026.',
      isVisible: true,
      removedAt: gone.deletedAt,
      removedBy: { username: community.owner.username },
    });
    expect(Date.parse(gone.deletedAt)).toBeGreaterThanOrEqual(start - 1000);
    expect(await auditOf(world, community)).toEqual(['community.created', 'community.deleted']);
  });

  it('needs no reason', async () => {
    const { tombstone } = await remove(await found(world));

    expect(tombstone).toMatchObject({ reason: null, note: '', citationText: '', isVisible: true });
  });

  it('is found, named and listed by owners, moderators and administrators only', async () => {
    const community = await found(world);
    const reader = await member(world, community, 'MANAGER');
    const other = await member(world, community, 'OWNER');
    const moderator = await withRight(world, 'MODERATE');
    const stranger = await world.makeUser();
    await remove(community);

    const what = async (token: string | undefined) => {
      const { node } = await query(token, 'query ($id: ID!) { node(id: $id) { id } }', {
        id: community.id,
      });
      const all = (state: string) =>
        query(token, `query { communities(first: 100 ${state}) { totalCount nodes { id } } }`);
      const ids = (it: Loose) => it.communities.nodes.map(({ id }: Loose) => id);
      return {
        bySlug: (await see(world, token, community.slug)) !== null,
        byId: node !== null,
        among: ids(await all('filter: { deletionStates: [DELETED] }')).includes(community.id),
        amongMarked: ids(await all('filter: { deletionStates: [MARKED_FOR_PURGE] }')).includes(
          community.id,
        ),
        amongLive: ids(await all('')).includes(community.id),
      };
    };

    const there = { bySlug: true, byId: true, among: true, amongMarked: false, amongLive: false };
    const away = { ...there, bySlug: false, byId: false, among: false };
    for (const { token } of [community.owner, other, moderator, { token: world.admin }]) {
      expect(await what(token)).toEqual(there);
    }
    for (const token of [reader.token, stranger.token, undefined]) {
      expect(await what(token)).toEqual(away);
    }
  });

  it('is not counted, by anyone', async () => {
    const owner = await world.makeUser();
    const types = ['event'];
    const own = [
      await found(world, { type: 'event' }, owner),
      await found(world, { type: 'event' }, owner),
    ];
    const count = async (token?: string) =>
      (
        await query(
          token,
          'query ($types: [String!]) { communities(filter: { types: $types }) { totalCount } }',
          { types },
        )
      ).communities.totalCount;

    const [before] = await Promise.all([count()]);
    await remove(own[0] as Founded);

    expect(before).toBe(2);
    for (const token of [undefined, owner.token, world.admin]) expect(await count(token)).toBe(1);
  });

  it('is not to be changed by moderators', async () => {
    const community = await found(world);
    const moderator = await withRight(world, 'MODERATE');
    await remove(community);

    for (const name of ['restoreCommunity', 'markCommunityForPurge', 'updateTombstone']) {
      expect((await act(community, name, {}, moderator.token)).denied).toBe('FORBIDDEN');
    }
  });

  it('keeps its slug, members and settings, and has them again', async () => {
    const community = await found(world, { type: 'topic', description: 'All of it.' });
    await member(world, community, 'CURATOR');
    const members = () =>
      world.sql('select * from members where community_id = $1 order by id', [community.uuid]);
    const before = [await see(world, world.admin, community.slug, settings), await members()];

    await remove(community, { reason: 'spam', note: 'gone' });
    const taken = await change(world, world.admin, 'createCommunity', {
      slug: community.slug,
      title: 'x',
    });
    const kept = await members();
    const back = await act(community, 'restoreCommunity');

    expect(refusals(taken)).toEqual(['SLUG_TAKEN slug']);
    expect(kept).toEqual(before[1]);
    expect(back.community).toMatchObject({
      version: 3,
      deletedAt: null,
      deletionState: 'LIVE',
      tombstone: null,
    });
    expect([await see(world, world.admin, community.slug, settings), await members()]).toEqual(
      before,
    );
    expect(await buried(world.admin, community.slug)).toBeNull();
    const again = await remove(community);
    expect(again.tombstone).toMatchObject({ reason: null, note: '' });
  });

  it.each(['PUBLIC', 'RESTRICTED'])('that was %s is nowhere over HTTP', async (visibility) => {
    const community = await found(world, { access: { visibility } });
    await remove(community, { isVisible: false });

    const answers = await Promise.all(
      [community.slug, newSlug()].flatMap((slug) =>
        ['', '/logo', '/logo/64'].map(async (path) => {
          const response = await fetch(`${world.url}/communities/${slug}${path}`);
          const headers = Object.fromEntries(response.headers);
          for (const it of ['date', 'x-request-id']) delete headers[it];
          return { status: response.status, headers, body: await response.text() };
        }),
      ),
    );

    for (const it of answers) expect(it).toEqual(answers[0]);
    expect(answers[0]?.status).toBe(404);
  });

  it('that was restricted answers every change as what never was', async () => {
    const community = await found(world, { access: { visibility: 'RESTRICTED' } });
    const insider = await member(world, community, 'MANAGER');
    const { token } = await world.makeUser();
    await remove(community);

    for (const who of [token, insider.token]) {
      for (const name of [
        'updateCommunity',
        'deleteCommunity',
        'restoreCommunity',
        'updateTombstone',
      ]) {
        const answer = await act(community, name, {}, who);
        expect(answer).toEqual(await act({ ...community, id: nobody() }, name, {}, who));
        expect(refusals(answer)).toEqual(['NOT_FOUND communityId']);
      }
    }
  });
});

describe.concurrent('a tombstone', () => {
  it.each([
    ['a visible one of a public community', 'PUBLIC', true, { member: true, stranger: true }],
    [
      'a visible one of a restricted community',
      'RESTRICTED',
      true,
      { member: true, stranger: false },
    ],
    ['a hidden one of a public community', 'PUBLIC', false, { member: false, stranger: false }],
    [
      'a hidden one of a restricted community',
      'RESTRICTED',
      false,
      { member: false, stranger: false },
    ],
  ])('is seen: %s', async (_, visibility, isVisible, seenBy) => {
    const community = await found(world, { access: { visibility } });
    const reader = await member(world, community, 'READER');
    const stranger = await world.makeUser();
    await remove(community, { isVisible, note: 'gone' });

    const seen = async (token?: string) => {
      const { removedBy, ...it } = (await buried(token, community.slug)) ?? {};
      return { isThere: it.note === 'gone', isNamed: removedBy != null };
    };

    for (const token of [community.owner.token, world.admin]) {
      expect(await seen(token)).toEqual({ isThere: true, isNamed: true });
    }
    expect(await seen((await withRight(world, 'MODERATE')).token)).toMatchObject({ isThere: true });
    expect(await seen(reader.token)).toEqual({ isThere: seenBy.member, isNamed: false });
    for (const token of [stranger.token, undefined]) {
      expect(await seen(token)).toEqual({ isThere: seenBy.stranger, isNamed: false });
    }
  });

  it('is found by old slugs and in any case; what is not deleted has none', async () => {
    const community = await found(world);
    const slug = newSlug();
    await act(community, 'renameCommunity', { slug });
    const early = await buried(undefined, slug);
    await remove(community);

    expect(early).toBeNull();
    for (const it of [community.slug, slug, slug.toUpperCase()]) {
      expect(await buried(undefined, it)).toMatchObject({ slug, communityId: community.id });
    }
  });

  it('is changed in part, and not written down where it stays', async () => {
    const community = await found(world);
    await remove(community, { reason: 'spam', note: 'a', citationText: 'b' });

    const changed = await act(community, 'updateTombstone', { note: null, isVisible: false });
    const same = await act(community, 'updateTombstone', { reason: 'spam', note: ' ' });

    expect(changed.community).toMatchObject({
      version: 3,
      tombstone: { reason: { key: 'spam' }, note: '', citationText: 'b', isVisible: false },
    });
    expect(same.community).toEqual(changed.community);
    expect((await auditOf(world, community)).slice(2)).toEqual(['community.tombstone_edited']);
  });

  it('is refused with all that is wrong, and nothing is deleted', async () => {
    const community = await found(world);
    const wrong = {
      reason: 'boredom',
      note: 'x'.repeat(10_001),
      citationText: '\ud83c',
      isVisible: null,
    };

    const answer = await act(community, 'deleteCommunity', wrong);

    expect(refusals(answer)).toEqual(Object.keys(wrong).map((it) => `INVALID ${it}`));
    expect((await see(world, undefined, community.slug, 'version')).version).toBe(1);
  });
});

describe.concurrent('what can be done', () => {
  const [live, gone, marked] = [
    async () => {},
    async (it: Founded) => void (await remove(it)),
    mark,
  ];
  const all = {
    deleteCommunity: 'live',
    updateCommunity: 'live',
    renameCommunity: 'live',
    featureCommunity: 'live',
    unfeatureCommunity: 'live',
    restoreCommunity: 'deleted',
    markCommunityForPurge: 'deleted',
    unmarkCommunityForPurge: 'marked',
    updateTombstone: 'deleted marked',
  };

  it.each([
    ['live', live],
    ['deleted', gone],
    ['marked', marked],
  ] as const)('while it is %s, and nothing else is an error of ours', async (state, make) => {
    for (const [name, states] of Object.entries(all)) {
      const community = await found(world);
      await make(community);
      const input = name === 'renameCommunity' ? { slug: newSlug() } : {};

      const answer = await act(community, name, input, world.admin);

      const isDone = states.split(' ').includes(state);
      expect([name, refusals(answer)]).toEqual([name, isDone ? [] : ['CONFLICT communityId']]);
    }
  });

  it('takes a mark away before it restores', async () => {
    const community = await found(world);
    await mark(community);

    const refused = await act(community, 'restoreCommunity');
    const states = [];
    for (const name of [
      'unmarkCommunityForPurge',
      'markCommunityForPurge',
      'unmarkCommunityForPurge',
      'restoreCommunity',
    ]) {
      states.push((await act(community, name)).community.deletionState);
    }

    expect(refused.userErrors[0]?.message).toMatch(/marked/);
    expect(states).toEqual(['DELETED', 'MARKED_FOR_PURGE', 'DELETED', 'LIVE']);
  });

  it.each(['READER', 'CURATOR', 'MANAGER'] as const)('is not for a %s', async (level) => {
    const community = await found(world);
    const { token } = await member(world, community, level);

    expect((await act(community, 'deleteCommunity', {}, token)).denied).toBe('FORBIDDEN');
  });

  it('with an old version is nothing', async () => {
    const community = await found(world);
    await remove(community);

    const answer = await act(community, 'restoreCommunity', { expectedVersion: 1 });

    expect(answer.userErrors).toMatchObject([{ code: 'VERSION_CONFLICT', currentVersion: 2 }]);
  });

  it('is done once by 20 who delete it at once', async () => {
    const community = await found(world);

    const answers = await Promise.all(
      Array.from(Array(20), () => act(community, 'deleteCommunity')),
    );

    const codes = answers.map((it) => refusals(it)[0] ?? 'DONE').sort();
    expect(codes).toEqual([...Array(19).fill('CONFLICT communityId'), 'DONE']);
    expect(await auditOf(world, community)).toEqual(['community.created', 'community.deleted']);
  });
});
