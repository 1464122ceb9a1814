import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { Kit, type Person, type Place } from '../requests/kit.ts';
import { elsewhere, waitingForLocks } from '../sync/scene.ts';
import { change, newSlug } from './kit.ts';

let world: World;
let kit: Kit;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  kit = new Kit(world);
});
afterAll(() => world.stop());

const answersOf = (by: Person, name: string, input: object) =>
  change(world, by.token, name, input, 'id');

/** What somebody can only do as who they were: what it is, and with which answer it ends. */
const acts: Record<
  string,
  (owner: Person, community: Place, request: string, other: Person) => Promise<{ denied?: string }>
> = {
  rename: (owner, { id }) =>
    answersOf(owner, 'renameCommunity', { communityId: id, slug: newSlug() }),
  update: (owner, { id }) =>
    answersOf(owner, 'updateCommunity', { communityId: id, title: 'Mine' }),
  delete: (owner, { id }) => answersOf(owner, 'deleteCommunity', { communityId: id }),
  'invite an owner': (owner, { id }, _, other) =>
    kit.does(owner.token, 'inviteToCommunity', {
      communityId: id,
      users: [{ id: other.id }],
      level: 'OWNER',
    }),
  'grant to own': (owner, _, requestId) =>
    kit.does(owner.token, 'acceptRequest', { requestId, level: 'OWNER' }),
  'let a request give to own': (owner, _, requestId) =>
    kit.does(owner.token, 'changeRequestLevel', { requestId, level: 'OWNER' }),
};

describe('an owner who is made less while they wait', () => {
  it.each(Object.keys(acts))('cannot %s any more', async (name) => {
    const [owner, another, asking, other] = await Promise.all(
      Array.from({ length: 4 }, () => kit.person()),
    );
    if (!owner || !another || !asking || !other) throw new Error('too few');
    const community = await kit.community(
      [
        [owner, 'OWNER'],
        [another, 'OWNER'],
      ],
      { member_policy: 'OPEN' },
    );
    const { id } = await kit.askToJoin(asking, community);
    const before = await world.sql('select * from communities where id = $1', [community.uuid]);
    const end = await elsewhere(
      world,
      `with c as (select id from communities where id = $1 for update)
       update members set level = 'MANAGER' from c where community_id = c.id and user_id = $2`,
      [community.uuid, owner.uuid],
    );

    const answer = acts[name]?.(owner, community, id, other);
    await waitingForLocks(world, 1);
    await end();

    expect(await answer).toMatchObject({ denied: 'FORBIDDEN' });
    expect(await world.sql('select * from communities where id = $1', [community.uuid])).toEqual(
      before,
    );
    expect(Object.values(await kit.levels(community)).sort()).toEqual(['MANAGER', 'OWNER']);
  });
});
