import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toGlobalId, uuidOf } from '../../src/ids.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { Kit } from '../requests/kit.ts';
import { change, done, type Founded, found, refusals, see } from './kit.ts';
import { newGroup } from './place.ts';

let world: World;
let kit: Kit;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  kit = new Kit(world);
});
afterAll(() => world.stop());

const act = ({ id, owner }: Founded, name: string) =>
  change(world, owner.token, name, { communityId: id });
const remove = (it: Founded) =>
  done(world, it.owner.token, 'deleteCommunity', { communityId: it.id });

describe.concurrent('what waits for an answer', () => {
  const stateOf = async (id: string) => (await kit.read(world.admin, id)).state;

  it('of people is cancelled with the community, and stays so', async () => {
    const community = await found(world, { access: { memberPolicy: 'OPEN' } });
    const { owner, id: communityId } = community;
    const [invited, asking] = [await world.makeUser(), await world.makeUser()];
    const { requests } = await kit.does(owner.token, 'inviteToCommunity', {
      communityId,
      users: [{ id: toGlobalId('User', invited.id) }],
      level: 'READER',
    });
    const { request } = await kit.does(asking.token, 'requestMembership', { communityId });

    await remove(community);
    const states = [await stateOf(requests[0].id), await stateOf(request.id)];
    await act(community, 'restoreCommunity');
    const late = await kit.does(invited.token, 'acceptRequest', { requestId: requests[0].id });

    expect(states).toEqual(['CANCELLED', 'CANCELLED']);
    expect(late.userErrors).toMatchObject([{ code: 'CONFLICT' }]);
  });

  it('is expired and not cancelled where its time was over, however many there are', async () => {
    const community = await found(world);
    const uuid = uuidOf('Community', community.id);
    await world.sql(
      `with people as (
         insert into users (id, username)
         select gen_random_uuid(), 'late-' || gen_random_uuid() from generate_series(1, 120)
         returning id)
       insert into requests (id, kind, community_id, user_id, level, expires_at)
       select gen_random_uuid(), 'INVITATION', $1, id, 'READER', now() - interval '1 hour' from people`,
      [uuid],
    );

    await remove(community);

    expect(
      await world.sql(
        'select state, count(*)::int from requests where community_id = $1 group by state',
        [uuid],
      ),
    ).toEqual([{ state: 'EXPIRED', count: 120 }]);
  });

  it('of other communities must be answered before, and is counted', async () => {
    const parent = await found(world);
    await done(world, world.admin, 'updateCommunity', {
      communityId: parent.id,
      allowsChildren: true,
    });
    const requests: string[] = [];
    const ask = async () => {
      const child = await found(world);
      const { request, userErrors } = await kit.does(child.owner.token, 'requestSubcommunity', {
        parentId: parent.id,
        child: { id: child.id },
      });
      expect(userErrors).toEqual([]);
      requests.push(request.id);
      return child;
    };
    await ask();
    const one = await act(parent, 'deleteCommunity');
    const child = await ask();
    const two = await act(parent, 'deleteCommunity');
    await remove(child);
    const withdrawn = await act(parent, 'deleteCommunity');
    await kit.does(parent.owner.token, 'declineRequest', { requestId: requests[0] });

    expect([one, two, withdrawn].flatMap(refusals)).toEqual(Array(3).fill('CONFLICT communityId'));
    expect(one.userErrors[0]?.message).toContain('is 1 request open');
    expect(two.userErrors[0]?.message).toContain('are 2 requests open');
    expect(withdrawn.userErrors[0]?.message).toContain('is 1 request open');
    expect(await stateOf(requests[1] as string)).toBe('CANCELLED');
    expect((await see(world, undefined, parent.slug)).id).toBe(parent.id);
    await remove(parent);
  });
});

it('a deleted community lets its group have another', async () => {
  const owner = await world.makeUser();
  const community = await found(world, {}, owner);
  const [role] = await newGroup(world, ['member']);
  const [group] = await world.sql('select group_id from roles where id = $1', [role?.uuid]);
  const groupId = toGlobalId('Group', group.group_id);
  const link = (to: object) =>
    change(
      world,
      world.admin,
      'linkCommunityToGroup',
      { groupId, community: to },
      'id group { id }',
    );
  await link({ id: community.id });
  const taken = await link({ create: {} });
  await remove(community);

  const other = await link({ create: {} });
  const back = await act(community, 'restoreCommunity');

  expect(refusals(taken)).toEqual(['CONFLICT groupId']);
  expect(other).toMatchObject({ userErrors: [], community: { group: { id: groupId } } });
  expect(back.userErrors).toEqual([]);
  expect((await see(world, world.admin, community.slug, 'group { id }')).group).toBeNull();
});
