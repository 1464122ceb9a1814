import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { Kit } from '../requests/kit.ts';
import {
  change,
  done,
  type Founded,
  found,
  member,
  newSlug,
  nobody,
  refusals,
  see,
} from './kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

const create = (input: object, token = world.admin) =>
  change(world, token, 'createCommunity', { slug: newSlug(), title: 'x', ...input }, 'id version');
const update = ({ id, owner }: Founded, input: object, token = owner.token) =>
  change(world, token, 'updateCommunity', { communityId: id, ...input }, 'id version title');
const remove = ({ id, owner }: Founded) =>
  done(world, owner.token, 'deleteCommunity', { communityId: id });
const restricted = { access: { visibility: 'RESTRICTED' } };

/** What the ancestor does that looks like a defect (its reference, §1–§2), and what is done here. */
describe.concurrent('unlike the ancestor', () => {
  it.each(['featured', 'new', 'search'])(
    'it gives nobody the slug "%s", which would be unreachable',
    async (slug) => {
      expect(refusals(await create({ slug }))).toEqual(['INVALID slug']);
    },
  );

  it('it says that a slug may have an underscore where it says what it may have', async () => {
    const { userErrors } = await create({ slug: 'a b' });

    expect(userErrors[0]?.message).toContain('"_"');
    expect((await create({ slug: `_${newSlug()}_` })).userErrors).toEqual([]);
  });

  it('it knows no record_submission_policy "restricted", which passed the schema and was a 500', async () => {
    const { errors } = await world.ask(
      world.admin,
      `mutation { createCommunity(input: { slug: "${newSlug()}", title: "x",
        access: { recordSubmissionPolicy: RESTRICTED } }) { community { id } } }`,
    );

    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(errors?.[0].message).toMatch(/OPEN|CLOSED|SubmissionPolicy/);
  });

  it('it makes no 500 of access without visibility: what is there stays, and a new one is public', async () => {
    const slug = newSlug();
    await create({ slug, access: { memberPolicy: 'OPEN' } });
    const hidden = await found(world, restricted);
    await update(hidden, { access: { memberPolicy: 'OPEN' } });

    const access = 'access { visibility memberPolicy }';
    expect(await see(world, undefined, slug, access)).toEqual({
      access: { visibility: 'PUBLIC', memberPolicy: 'OPEN' },
    });
    expect(await see(world, hidden.owner.token, hidden.slug, access)).toEqual({
      access: { visibility: 'RESTRICTED', memberPolicy: 'OPEN' },
    });
    expect(refusals(await create({ access: { visibility: null } }))).toEqual([
      'INVALID access.visibility',
    ]);
  });

  it('it says at which field an unknown type is, not "Not a valid value." of all', async () => {
    const { userErrors } = await create({ type: 'nothing' });

    expect(userErrors).toMatchObject([{ code: 'INVALID', path: ['input', 'type'] }]);
    expect(userErrors[0]?.message).toContain('organization, event, topic, project');
  });

  it('it drops nothing that a change does not speak of', async () => {
    const community = await found(world, {
      description: 'All of it.',
      website: 'https://a.example',
    });

    await update(community, { title: 'Other' });

    expect(await see(world, undefined, community.slug, 'description website')).toEqual({
      description: 'All of it.',
      website: 'https://a.example',
    });
  });

  it('it leads from an old slug to the new one, and gives it to nobody at once', async () => {
    const community = await found(world);
    const slug = newSlug();
    await done(world, community.owner.token, 'renameCommunity', {
      communityId: community.id,
      slug,
    });

    expect((await see(world, undefined, community.slug)).slug).toBe(slug);
    expect(refusals(await create({ slug: community.slug }))).toEqual(['SLUG_TAKEN slug']);
  });

  it('it leaves no invitations and membership requests dangling on a deleted community', async () => {
    const kit = new Kit(world);
    const community = await found(world, { access: { memberPolicy: 'OPEN' } });
    const person = await world.makeUser();
    const input = { communityId: community.id };
    const { request } = await kit.does(person.token, 'requestMembership', input);

    await remove(community);

    expect(await kit.read(world.admin, request.id)).toMatchObject({
      state: 'CANCELLED',
      isOpen: false,
    });
    const open = await world.sql(
      `select from requests where community_id = $1 and state = 'SUBMITTED'`,
      [community.uuid],
    );
    expect(open).toEqual([]);
  });

  it('it does not point on at a deleted community from those that were its children', async () => {
    const parent = await found(world);
    const child = await found(world);
    const set = (communityId: string, input: object) =>
      done(world, world.admin, 'updateCommunity', { communityId, ...input });
    await set(parent.id, { allowsChildren: true });
    await set(child.id, { parentId: parent.id });

    await remove(parent);

    for (const token of [undefined, world.admin]) {
      expect((await see(world, token, child.slug, 'parent { id }')).parent).toBeNull();
    }
    await done(world, world.admin, 'restoreCommunity', { communityId: parent.id });
    expect((await see(world, undefined, child.slug, 'parent { id }')).parent.id).toBe(parent.id);
  });

  it('it has a tombstone to show where the ancestor’s page was a 500', async () => {
    const { slug, ...community } = await found(world);
    await remove({ slug, ...community });

    const { data, errors } = await world.ask(
      undefined,
      `query ($slug: String!) { tombstone(slug: $slug) { slug reason { key } note removedBy { id } } }`,
      { slug },
    );

    expect({ data, errors }).toEqual({
      data: { tombstone: { slug, reason: null, note: '', removedBy: null } },
      errors: undefined,
    });
  });

  it.each([
    'restoreCommunity',
    'markCommunityForPurge',
    'unmarkCommunityForPurge',
    'updateTombstone',
  ])(
    'it answers %s of a live community with CONFLICT, not for want of a handler with 500',
    async (name) => {
      const { id, owner } = await found(world);

      const answer = await change(world, owner.token, name, { communityId: id });

      expect(refusals(answer)).toEqual(['CONFLICT communityId']);
    },
  );

  it('it tells an owner that a community is deleted, and not everybody', async () => {
    const community = await found(world);
    const stranger = await world.makeUser();
    await remove(community);

    expect(refusals(await update(community, { title: 'y' }))).toEqual(['CONFLICT communityId']);
    expect(await update(community, { title: 'y' }, stranger.token)).toEqual(
      await update({ ...community, id: nobody() }, { title: 'y' }, stranger.token),
    );
  });

  it('it checks that the parent may be read before it lists subcommunities', async () => {
    const parent = await found(world, restricted);
    const child = await found(world);
    const set = (communityId: string, input: object) =>
      done(world, world.admin, 'updateCommunity', { communityId, ...input });
    await set(parent.id, { allowsChildren: true });
    await set(child.id, { parentId: parent.id });
    const list = async (token: string | undefined) => {
      const { data } = await world.ask(
        token,
        `query ($id: ID!) { node(id: $id) { ... on Community { children { totalCount } } }
          communities(filter: { parentId: $id }) { totalCount } }`,
        { id: parent.id },
      );
      return [data.node?.children.totalCount, data.communities.totalCount];
    };

    expect(await list(undefined)).toEqual([undefined, 0]);
    expect(await list(child.owner.token)).toEqual([undefined, 0]);
    expect(await list(parent.owner.token)).toEqual([1, 1]);
  });

  it('it shows requests and members to those who may see them by the slug as by the id', async () => {
    const community = await found(world, { access: { memberPolicy: 'OPEN' } });
    const manager = await member(world, community, 'MANAGER');
    const { token } = await world.makeUser();
    await new Kit(world).does(token, 'requestMembership', { communityId: community.id });
    const asked = 'requests { totalCount } members { totalCount }';

    const bySlug = await see(world, manager.token, community.slug, asked);
    const { data } = await world.ask(
      manager.token,
      `query ($id: ID!) { node(id: $id) { ... on Community { ${asked} } } }`,
      { id: community.id },
    );

    expect(bySlug).toEqual({ requests: { totalCount: 1 }, members: { totalCount: 2 } });
    expect(data.node).toEqual(bySlug);
  });

  it('it does not take include_deleted=false for true: deleted ones are listed when they are asked for', async () => {
    const community = await found(world);
    await remove(community);
    const states = async (filter: string) => {
      const { data } = await world.ask(
        community.owner.token,
        `{ communities(first: 100 ${filter}) { nodes { id deletionState } } }`,
      );
      return data.communities.nodes.some((it: { id: string }) => it.id === community.id);
    };

    for (const filter of [
      '',
      'filter: {}',
      'filter: { deletionStates: null }',
      'filter: { deletionStates: [LIVE] }',
    ]) {
      expect(await states(filter)).toBe(false);
    }
    expect(await states('filter: { deletionStates: [] }')).toBe(false);
    expect(await states('filter: { deletionStates: [DELETED] }')).toBe(true);
    expect(await states('filter: { deletionStates: [LIVE, DELETED] }')).toBe(true);
  });

  it('it tells the version that there is where If-Match only said 412, and makes nobody send one', async () => {
    const community = await found(world);

    const unasked = await update(community, { title: 'Second' });
    const old = await update(community, { title: 'Third', expectedVersion: 1 });
    const nulled = await update(community, { title: 'Third', expectedVersion: null });

    expect(unasked.community.version).toBe(2);
    expect(old.userErrors).toMatchObject([{ code: 'VERSION_CONFLICT', currentVersion: 2 }]);
    expect(nulled.community.version).toBe(3);
  });

  it('it asks who somebody is before what they send is right', async () => {
    const community = await found(world);
    const stranger = await world.makeUser();

    const wrong = { title: '', expectedVersion: 99 };

    expect((await update(community, wrong, stranger.token)).denied).toBe('FORBIDDEN');
    expect(
      (await change(world, undefined, 'createCommunity', { slug: '', title: '' })).denied,
    ).toBe('UNAUTHENTICATED');
  });

  it('it wants no job to notice that the time of a featured one has come', async () => {
    const { id, uuid, slug } = await found(world);
    const startsAt = new Date(Date.now() + 3_600_000).toISOString();
    await done(world, world.admin, 'featureCommunity', { communityId: id, startsAt });
    const early = await see(world, undefined, slug, 'isFeatured');
    await world.sql('update featured_entries set starts_at = now() where community_id = $1', [
      uuid,
    ]);

    expect(early).toEqual({ isFeatured: false });
    expect(await see(world, undefined, slug, 'isFeatured')).toEqual({ isFeatured: true });
  });
});
