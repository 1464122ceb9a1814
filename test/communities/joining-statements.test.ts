import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { expireDue } from '../../src/communities/joining/open-requests.ts';
import { type Made, makeUsers } from '../api/make.ts';
import { statementsOf } from '../api/statements.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { Kit, type Person, type Place } from '../requests/kit.ts';

let world: World;
let kit: Kit;
let owner: Person;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  kit = new Kit(world);
  owner = await kit.person();
});
afterAll(() => world.stop());

/** So many users who can get e-mails. */
async function people(count: number): Promise<Made[]> {
  const users = await makeUsers(world, count);
  await world.sql(`update users set email = username || '@example.org' where id = any($1)`, [
    users.map((it) => it.uuid),
  ]);
  return users;
}

/** A new community of ours with another who keeps it. */
async function place(): Promise<Place> {
  return kit.community([
    [owner, 'OWNER'],
    [await kit.person(), 'MANAGER'],
  ]);
}

async function invite(community: Place, users: Made[]) {
  const answer = await kit.does(owner.token, 'inviteToCommunity', {
    communityId: community.id,
    users: users.map(({ id }) => ({ id })),
    level: 'READER',
    message: 'Come!',
  });
  expect(answer.requests).toHaveLength(users.length);
}

/** What mails a community's requests led to since they were last counted. */
async function mailed(): Promise<Record<string, number>> {
  const found = await world.sql(
    'select kind, count(*)::int as count from mails group by kind order by kind',
  );
  await world.sql('delete from mails');
  return Object.fromEntries(
    found.map(({ kind, count }: { kind: string; count: number }) => [kind, count]),
  );
}

describe('the number of statements', () => {
  it('for inviting a hundred is that for inviting two', async () => {
    const community = await place();
    const [few, all] = [await people(2), await people(100)];
    await invite(community, await people(1));
    await mailed();

    const forFew = await statementsOf(() => invite(community, few));
    expect(await mailed()).toEqual({ INVITATION_SUBMITTED: 2 });
    const forAll = await statementsOf(() => invite(community, all));

    expect(await mailed()).toEqual({ INVITATION_SUBMITTED: 100 });
    expect(forAll.length).toBe(forFew.length);
    expect(forAll.length).toBeLessThanOrEqual(25);
  });

  it('for ending a hundred that are due is that for two', async () => {
    const countOf = async (count: number) => {
      const community = await place();
      await invite(community, await people(count));
      await mailed();
      await world.sql(
        `update requests set expires_at = now() - interval '1 second' where community_id = $1`,
        [community.uuid],
      );
      const said = await statementsOf(() => expireDue(world.app.begin(Actor.system)));
      // The user, and both who keep the community.
      expect(await mailed()).toEqual({ INVITATION_EXPIRED: 3 * count });
      return said.length;
    };
    const few = await countOf(2);

    expect(await countOf(99)).toBe(few);
  });

  it('for telling of a deletion is the same for two and for fifty', async () => {
    const countOf = async (count: number) => {
      const community = await place();
      await invite(community, await people(count));
      await world.sql(
        `update requests set kind = 'MEMBERSHIP', created_by_id = user_id
         where id in (select id from requests where community_id = $1 order by id limit $2)`,
        [community.uuid, count / 2],
      );
      await mailed();
      const said = await statementsOf(async () => {
        const { data } = await world.ask(
          owner.token,
          `mutation ($id: ID!) { deleteCommunity(input: { communityId: $id }) {
            userErrors { message } } }`,
          { id: community.id },
        );
        expect(data.deleteCommunity.userErrors).toEqual([]);
      });
      expect(await mailed()).toEqual({
        INVITATION_CANCELLED: count / 2,
        MEMBERSHIP_DECLINED: count / 2,
      });
      return said.length;
    };
    const few = await countOf(2);

    expect(await countOf(50)).toBe(few);
  });
});
