import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import {
  auditOf,
  change,
  done,
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

const update = (
  { id, owner }: Founded,
  input: object,
  token = owner.token,
  fields = `version ${settings}`,
) => change(world, token, 'updateCommunity', { communityId: id, ...input }, fields);

const everything = {
  title: 'Moss',
  description: 'All about moss.',
  curationPolicy: '<p>Moss only.</p>',
  page: '<h1>Moss</h1>',
  website: 'https://moss.example',
  type: 'topic',
  organizations: [{ name: 'CERN', identifiers: [{ identifier: '01ggx4157', scheme: 'ror' }] }],
  funding: [{ funder: { name: 'EC', identifiers: [] }, award: null }],
  access: {
    visibility: 'RESTRICTED',
    membersVisibility: 'RESTRICTED',
    memberPolicy: 'OPEN',
    recordSubmissionPolicy: 'CLOSED',
    reviewPolicy: 'MEMBERS',
  },
};

/** All of it, as it is there now. */
const now = ({ slug }: Founded): Promise<Loose> =>
  see(world, world.admin, slug, `version updatedAt ${settings}`);

describe.concurrent('what is founded', () => {
  it('has what was given, and defaults for the rest', async () => {
    const { owner, ...community } = await found(world, everything);
    const plain = await found(world);

    const { type, ...given } = everything;
    expect(await now({ ...community, owner })).toMatchObject({ ...given, type: { key: type } });
    expect(await now(plain)).toMatchObject({
      version: 1,
      title: plain.slug,
      description: null,
      curationPolicy: null,
      page: null,
      website: null,
      type: null,
      organizations: [],
      funding: [],
      access: {
        visibility: 'PUBLIC',
        membersVisibility: 'PUBLIC',
        memberPolicy: 'CLOSED',
        recordSubmissionPolicy: 'OPEN',
        reviewPolicy: 'CLOSED',
      },
      customFields: {},
      theme: null,
      allowsChildren: false,
      parent: null,
    });
  });

  it('is owned by whoever founds it, unseen, and by nobody else', async () => {
    const { uuid, owner, id } = await found(world);

    const members = await world.sql(
      'select user_id, level, is_visible from members where community_id = $1',
      [uuid],
    );

    expect(members).toEqual([{ user_id: owner.id, level: 'OWNER', is_visible: false }]);
    const { data } = await world.ask(
      owner.token,
      'query ($id: ID!) { node(id: $id) { ... on Community { viewerLevel viewerPermissions } } }',
      { id },
    );
    expect(data.node.viewerLevel).toBe('OWNER');
    expect(data.node.viewerPermissions).toContain('UPDATE');
  });

  it('tells its founder at once what they may do', async () => {
    const { token } = await world.makeUser();

    const community = await done(
      world,
      token,
      'createCommunity',
      { slug: newSlug(), title: 'x', access: { visibility: 'RESTRICTED' } },
      'viewerLevel viewerPermissions',
    );

    expect(community.viewerLevel).toBe('OWNER');
    expect(community.viewerPermissions).toEqual(expect.arrayContaining(['UPDATE', 'DELETE']));
  });

  it('is nothing for those who are not signed in', async () => {
    const slug = newSlug();

    const { denied } = await change(world, undefined, 'createCommunity', { slug, title: '' });

    expect(denied).toBe('UNAUTHENTICATED');
    expect(await see(world, world.admin, slug)).toBeNull();
  });
});

describe.concurrent('a change', () => {
  it.each(Object.keys(everything))('of %s leaves all else as it is', async (name) => {
    const community = await found(world, everything);
    const before = await now(community);
    const other: Record<string, unknown> = {
      title: 'Fern',
      type: 'event',
      organizations: [{ name: 'ESO' }],
      funding: [],
      access: { reviewPolicy: 'OPEN' },
    };

    const answer = await update(community, { [name]: other[name] ?? null });

    expect(answer.userErrors).toEqual([]);
    const { [name]: changed, version, updatedAt, ...rest } = await now(community);
    const { [name]: formerly, version: _v, updatedAt: at, ...restBefore } = before;
    expect(rest).toEqual(restBefore);
    expect(changed).not.toEqual(formerly);
    expect(version).toBe(2);
    expect(Date.parse(updatedAt)).toBeGreaterThanOrEqual(Date.parse(at));
    if (name === 'access') expect(changed).toEqual({ ...formerly, reviewPolicy: 'OPEN' });
  });

  it('clears what is null', async () => {
    const community = await found(world, everything);
    const clearable = ['description', 'curationPolicy', 'page', 'website', 'type'];
    const lists = ['organizations', 'funding'];

    await update(community, Object.fromEntries([...clearable, ...lists].map((it) => [it, null])));

    expect(await now(community)).toMatchObject({
      title: 'Moss',
      description: null,
      curationPolicy: null,
      page: null,
      website: null,
      type: null,
      organizations: [],
      funding: [],
      access: everything.access,
    });
  });

  it('that is refused changes nothing of what is right in it', async () => {
    const community = await found(world, everything);
    const before = await now(community);

    const answer = await update(community, { title: 'Right', website: 'wrong', page: null });

    expect(refusals(answer)).toEqual(['INVALID website']);
    expect(await now(community)).toEqual(before);
  });

  it.each<[string, object]>([
    ['nothing', {}],
    ['what is there already', everything],
    ['the same in another form', { title: '  Moss\u200b ', page: '<h1 onclick="x">Moss</h1>' }],
    ['the same access', { access: { visibility: 'RESTRICTED' } }],
    ['no access', { access: {} }],
    [
      'the same in another order',
      {
        organizations: [
          {
            identifiers: [{ scheme: 'ror', identifier: 'https://ror.org/01ggx4157' }],
            name: 'CERN',
          },
        ],
      },
    ],
  ])('to %s writes nothing', async (_, input) => {
    const community = await found(world, everything);
    const before = await now(community);

    const answer = await update(community, input);

    expect(answer).toMatchObject({ userErrors: [], community: { version: 1 } });
    expect(await now(community)).toEqual(before);
    expect(await auditOf(world, community)).toEqual(['community.created']);
  });

  it('is written down by the names of what changed, for owners and administrators', async () => {
    const community = await found(world, everything);
    const reader = await member(world, community, 'MANAGER');
    await update(community, { title: 'Fern', page: null, website: everything.website });

    const log = (token: string) =>
      see(world, token, community.slug, 'auditLog { nodes { act actorId details } totalCount }');

    const { auditLog } = await log(community.owner.token);
    expect(auditLog.totalCount).toBe(2);
    expect(auditLog.nodes[0]).toMatchObject({
      act: 'community.updated',
      actorId: expect.stringMatching(/^usr_/),
      details: { changed: ['title', 'page'] },
    });
    expect((await log(world.admin)).auditLog.totalCount).toBe(2);
    expect((await log(reader.token)).auditLog).toMatchObject({ nodes: [], totalCount: 0 });
  });

  it('of a public community’s log is not for strangers', async () => {
    const { slug } = await found(world);
    const { token } = await world.makeUser();

    for (const who of [undefined, token, (await withRight(world, 'MODERATE')).token]) {
      expect(await see(world, who, slug, 'auditLog { totalCount }')).toEqual({
        auditLog: { totalCount: 0 },
      });
    }
  });

  it.each(['READER', 'CURATOR', 'MANAGER'] as const)('is not for a %s', async (level) => {
    const community = await found(world);
    const { token } = await member(world, community, level);

    expect((await update(community, { title: '' }, token)).denied).toBe('FORBIDDEN');
  });

  it('of a public community is not for those who are not signed in', async () => {
    const { id } = await found(world);

    const input = { communityId: id, title: '' };

    expect((await change(world, undefined, 'updateCommunity', input)).denied).toBe(
      'UNAUTHENTICATED',
    );
  });

  it('is not there for those who do not see the community', async () => {
    const hidden = await found(world, { access: { visibility: 'RESTRICTED' } });
    const { token } = await world.makeUser();

    const answer = await update(hidden, { title: '' }, token);
    const never = await update({ ...hidden, id: nobody() }, { title: '' }, token);

    expect(refusals(answer)).toEqual(['NOT_FOUND communityId']);
    expect(answer).toEqual(never);
  });
});

describe.concurrent('a version', () => {
  it('that is not the one it has refuses the change, and tells it', async () => {
    const community = await found(world);
    await update(community, { title: 'Second' });

    const old = await update(community, { title: 'Third', expectedVersion: 1 });
    const future = await update(community, { title: 'Third', expectedVersion: 3 });
    const right = await update(community, { title: 'Third', expectedVersion: 2 });

    for (const { community, userErrors } of [old, future]) {
      expect(community).toBeNull();
      expect(userErrors).toEqual([
        {
          code: 'VERSION_CONFLICT',
          message: expect.any(String),
          path: ['input', 'expectedVersion'],
          currentVersion: 2,
        },
      ]);
    }
    expect(right.community).toMatchObject({ title: 'Third', version: 3 });
  });

  it('lets one of 50 changes at once win', async () => {
    const community = await found(world);

    const answers = await Promise.all(
      Array.from(Array(50), (_, n) => update(community, { title: `${n}`, expectedVersion: 1 })),
    );

    const lost = answers.filter((it) => it.userErrors.length > 0);
    expect(lost).toHaveLength(49);
    for (const { userErrors } of lost) {
      expect(userErrors).toMatchObject([{ code: 'VERSION_CONFLICT', currentVersion: 2 }]);
    }
    const won = answers.find((it) => it.userErrors.length === 0);
    expect(await now(community)).toMatchObject({ version: 2, title: won?.community.title });
    expect(await auditOf(world, community)).toEqual(['community.created', 'community.updated']);
  });

  it('grows by one for each of 20 changes at once without it', async () => {
    const community = await found(world);

    const answers = await Promise.all(
      Array.from(Array(20), () => update(community, { description: randomUUID() })),
    );

    const versions = answers.map((it) => it.community.version).sort((a, b) => a - b);
    expect(versions.at(-1)).toBe(21);
    expect((await now(community)).version).toBe(21);
    expect(await auditOf(world, community)).toHaveLength(21);
  });
});
