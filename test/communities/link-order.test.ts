import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromGlobalId } from '../../src/ids.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { change, elsewhere, newCommunity, newNumber, waitingForLocks } from '../sync/scene.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

/** A group with a role, known here by what the database says. */
async function newGroup() {
  const remoteId = String(newNumber());
  const [group] = await world.sql(
    `insert into groups (id, idp, remote_id, slug) values (gen_random_uuid(), 'myCommons', $1, $1)
     returning id`,
    [remoteId],
  );
  const [role] = await world.sql(
    `insert into roles (id, group_id, category) values (gen_random_uuid(), $1, 'member')
     returning id`,
    [group.id],
  );
  const { data } = await world.ask(
    world.admin,
    `{ groups(first: 100) { nodes { id remoteId roles { nodes { id } } } } }`,
  );
  const found = data.groups.nodes.find((it: { remoteId: string }) => it.remoteId === remoteId);
  return { uuid: group.id, id: found.id, role: role.id, roleId: found.roles.nodes[0].id };
}

const idOf = async (slug: string): Promise<string> =>
  (await world.ask(world.admin, `{ community(slug: "${slug}") { id } }`)).data.community.id;

/** A community that an administrator owns, of this group if one is given. */
async function communityOf(group?: { uuid: string }) {
  const { slug, uuid } = await newCommunity(world, { 'the-administrator': 'OWNER' });
  await world.sql('update communities set group_id = $2 where id = $1', [uuid, group?.uuid]);
  return { slug, uuid, id: await idOf(slug) };
}

const actsOf = async (uuid: string) => {
  const events = await world.sql('select act from audit_events where subject_id = $1 order by id', [
    uuid,
  ]);
  return events.map((it) => it.act);
};

const add = (communityId: string, roleId: string) =>
  change(
    world,
    'addCommunityMembers',
    { communityId, members: [{ roleId }], level: 'READER' },
    'members { id }',
  );
const link = (groupId: string, community: object) =>
  change(world, 'linkCommunityToGroup', { groupId, community }, 'community { id slug }');
const unlink = (communityId: string) =>
  change(world, 'unlinkCommunityFromGroup', { communityId }, 'community { id }');

/** Both begin while the community is somebody else's; the first of them is the first to get it. */
async function both<A, B>(uuid: string, first: () => Promise<A>, second: () => Promise<B>) {
  const end = await elsewhere(world, 'select from communities where id = $1 for update', [uuid]);
  const one = first();
  await waitingForLocks(world, 1);
  const other = second();
  await waitingForLocks(world, 2);
  await end();
  return Promise.all([one, other]);
}

describe('nobody waits in a circle', () => {
  it('where a role is added to the community that is parted from its group', async () => {
    const group = await newGroup();
    const { uuid, id } = await communityOf(group);

    const answers = await both(
      uuid,
      () => unlink(id),
      () => add(id, group.roleId),
    );

    expect(answers).toMatchObject([{ userErrors: [] }, { userErrors: [] }]);
  });

  it('where a role is added to a community that is linked, and the group had another', async () => {
    const group = await newGroup();
    const gone = await communityOf(group);
    await world.sql('update communities set deleted_at = now() where id = $1', [gone.uuid]);
    const { uuid, id } = await communityOf();

    const [linked] = await both(
      uuid,
      () => link(group.id, { id }),
      () => add(id, group.roleId),
    );

    expect(linked).toMatchObject({ userErrors: [] });
  });

  it('where a parent is looked for and a community is linked, whichever is the older', async () => {
    const group = await newGroup();
    const [one, other] = [await communityOf(), await communityOf()].sort((a, b) =>
      a.uuid < b.uuid ? -1 : 1,
    ) as [Awaited<ReturnType<typeof communityOf>>, Awaited<ReturnType<typeof communityOf>>];
    await world.sql('update communities set group_id = $2, deleted_at = now() where id = $1', [
      one.uuid,
      group.uuid,
    ]);

    const [linked, adopted] = await both(
      other.uuid,
      () => link(group.id, { id: other.id }),
      () =>
        change(
          world,
          'updateCommunity',
          { communityId: other.id, parentId: one.id },
          'community { id }',
        ),
    );

    expect(linked).toMatchObject({ userErrors: [] });
    expect(adopted.userErrors).toMatchObject([{ code: 'CONFLICT' }]);
  });
});

describe('a group that had a community, which is deleted,', () => {
  /** Nobody owns it but a role without people. */
  async function ownerless() {
    const group = await newGroup();
    const gone = await communityOf(group);
    await world.sql('update communities set deleted_at = now() where id = $1', [gone.uuid]);
    await world.sql('delete from members where community_id = $1', [gone.uuid]);
    await world.sql(
      `insert into members (id, community_id, role_id, level)
       values (gen_random_uuid(), $1, $2, 'OWNER')`,
      [gone.uuid, group.role],
    );
    return { group, gone };
  }

  it('gets another, though the former has no owner left, and both is written down', async () => {
    const { group, gone } = await ownerless();

    const { community, userErrors } = await link(group.id, { create: {} });

    expect(userErrors).toEqual([]);
    expect(await actsOf(gone.uuid)).toEqual(['community.unlinked']);
    expect((await actsOf(fromGlobalId(community.id)?.uuid ?? '')).sort()).toEqual([
      'community.created',
      'community.linked',
    ]);
  });
});
