import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { Kit, type Person } from '../requests/kit.ts';

let world: World;
let kit: Kit;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  kit = new Kit(world);
});
afterAll(() => world.stop());

const titleFor = async (person: Person, id: string) => (await kit.read(person.token, id)).title;
const set = (uuid: string, columns: string) =>
  world.sql(`update communities set ${columns} where id = $1`, [uuid]);

describe.concurrent('the title of a request', () => {
  async function scene() {
    const [owner, invited] = [await kit.person(), await kit.person()];
    const community = await kit.community([[owner, 'OWNER']], { visibility: 'RESTRICTED' });
    const { id } = await kit.invite(owner, community, invited);
    await set(community.uuid, `title = 'A new name'`);
    return { owner, invited, community, id };
  }

  it('names a restricted community to whom it invites, while it does', async () => {
    const { owner, invited, id } = await scene();

    expect(await titleFor(invited, id)).toBe('Invitation to join "A new name"');
    await kit.does(invited.token, 'declineRequest', { requestId: id });

    expect(await titleFor(invited, id)).toBe('Invitation to join');
    expect(await titleFor(owner, id)).toBe('Invitation to join "A new name"');
  });

  it('names it no longer when it expired, whether that was written down or not', async () => {
    const { invited, id } = await scene();
    await kit.expire(id);

    expect(await titleFor(invited, id)).toBe('Invitation to join');
  });

  it('goes on naming what is there for them', async () => {
    const { invited, community, id } = await scene();
    await kit.does(invited.token, 'acceptRequest', { requestId: id });

    expect(await titleFor(invited, id)).toBe('Invitation to join "A new name"');
    await set(community.uuid, 'deleted_at = now()');
    expect(await titleFor(invited, id)).toBe('Invitation to join');
  });
});

describe.concurrent('somebody who hides and asks to join a community', () => {
  const query = `query ($id: ID!) { node(id: $id) { ... on Request {
    user { username communities { totalCount nodes { id } } } } } }`;

  it.each([
    ['hides', { visibility: 'RESTRICTED' }, 0],
    ['does not hide', {}, 1],
  ])('is not seen elsewhere by who answers, if they %s', async (_, columns, count) => {
    const [owner, asking] = [await kit.person(), await kit.person(columns)];
    const community = await kit.community([[owner, 'OWNER']], { member_policy: 'OPEN' });
    const elsewhere = await kit.community([[asking, 'READER']]);
    await world.sql('update members set is_visible = true where community_id = $1', [
      elsewhere.uuid,
    ]);
    const { id } = await kit.askToJoin(asking, community);

    const { data } = await world.ask(owner.token, query, { id });

    expect(data.node.user.username).toBe(asking.username);
    expect(data.node.user.communities.totalCount).toBe(count);
    expect(data.node.user.communities.nodes).toHaveLength(count);
  });
});
