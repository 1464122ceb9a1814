import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toGlobalId } from '../../src/ids.ts';
import { startWorld, type World } from '../helpers/world.ts';
import {
  change,
  elsewhere,
  newCommunity,
  newNumber,
  Remote,
  userOf,
  waitingForLocks,
} from './scene.ts';

let world: World;
let mine: Remote;
let unbraked: Remote;
beforeAll(async () => {
  world = await startWorld({
    idps: (sample) => ({
      unbraked: {
        users: {
          remote_endpoint: `${sample.url}/api/v1/members/{placeholder}/`,
          token_env_variable_label: 'REMOTE_TOKEN',
        },
        groups: {
          remote_endpoint: `${sample.url}/api/v1/groups/{placeholder}/`,
          token_env_variable_label: 'REMOTE_TOKEN',
        },
        provision: true,
        rate: 10_000,
        webhook: { token_env_variable_label: 'WEBHOOK_TOKEN' },
        removalBrake: false,
      },
    }),
  });
  mine = new Remote(world, 'myCommons');
  unbraked = new Remote(world, 'unbraked');
});
afterAll(() => world.stop());

const rolesOf = async (username: string) => (await userOf(world, username)).roles;

/** A community that a group's role owns, with so many people in it; they stay in a group of their own. */
async function owned({ people = 1, remote = mine, categories = ['administrator'] } = {}) {
  const [group, other] = [remote.group(), remote.group()];
  const both = (role?: string) => [
    { id: other, role: 'member' },
    ...(role ? [{ id: group, role }] : []),
  ];
  const members = [];
  for (let n = 0; n < people; n++) {
    members.push(await remote.member({ groups: both(categories[n % categories.length]) }));
  }
  const { slug, uuid } = await newCommunity(world);
  await world.sql(
    `insert into members (id, community_id, role_id, level)
      select gen_random_uuid(), $1, r.id, 'OWNER' from roles r join groups g on g.id = r.group_id
      where g.remote_id = $2`,
    [uuid, String(group)],
  );
  const leave = (...who: { subject: string }[]) => {
    for (const it of who) remote.says(it.subject, { groups: both() });
    return remote.tell('users', 'updated', ...who.map((it) => it.subject));
  };
  const [first, second] = members as [(typeof members)[0], (typeof members)[0]];
  return { remote, group, both, slug, uuid, first, second, leave };
}

const own = (uuid: string, username: string) =>
  world.sql(
    `insert into members (id, community_id, user_id, level)
      select gen_random_uuid(), $1, id, 'OWNER' from users where username = $2`,
    [uuid, username],
  );
const stateOf = async (username: string) => (await userOf(world, username)).state;
const held = { outcome: 'HELD', heldFor: ['LAST_OWNER'] };

describe.concurrent('the last person in a role that owns a community', () => {
  it('is held in it, whoever approves, until the community has another owner', async () => {
    const { remote, group, uuid, first, leave } = await owned();
    const approve = async (runId: string) => {
      await change(world, 'approveSync', { runIds: [runId] }, 'runs { id }');
      await mine.settled('users', [first.subject]);
      return mine.lastRun('users', first.subject);
    };

    const [run] = await leave(first);
    const again = await approve(run.id);
    const before = await rolesOf(first.username);
    await own(uuid, 'the-administrator');
    const last = await approve(again.id);

    expect(run).toMatchObject(held);
    expect(again).toMatchObject({ ...held, trigger: 'APPROVAL' });
    expect(before).toContain(remote.role(group, 'administrator'));
    expect(last).toMatchObject({ outcome: 'CHANGED', heldFor: [] });
    expect(await rolesOf(first.username)).not.toContain(remote.role(group, 'administrator'));
  });

  it('is held though the brake is off', async () => {
    const { first, leave } = await owned({ remote: unbraked });

    expect(await leave(first)).toMatchObject([held]);
  });

  it('is who remains when another leaves', async () => {
    const { first, second, leave } = await owned({ people: 2 });

    expect(await leave(first)).toMatchObject([{ outcome: 'CHANGED' }]);
    expect(await leave(second)).toMatchObject([held]);
  });

  it('is one of those who leave at once', async () => {
    const { first, second, leave } = await owned({ people: 2 });

    const runs = await leave(first, second);

    expect(runs.map((it) => it.outcome).sort()).toEqual(['CHANGED', 'HELD']);
  });

  it('is who can use their account, whoever else is in it', async () => {
    const { first, second, leave } = await owned({ people: 2 });
    await world.sql(`update users set state = 'DEACTIVATED' where username = $1`, [
      second.username,
    ]);

    expect(await leave(first)).toMatchObject([held]);
  });

  it('may go where the community has another owner, or is deleted', async () => {
    const [here, gone] = [await owned(), await owned()];
    await own(here.uuid, here.first.username);
    await world.sql('update communities set deleted_at = now() where id = $1', [gone.uuid]);

    expect(await here.leave(here.first)).toMatchObject([{ outcome: 'CHANGED' }]);
    expect(await gone.leave(gone.first)).toMatchObject([{ outcome: 'CHANGED' }]);
  });

  it('is not held by an owner who cannot use their account', async () => {
    const { uuid, first, leave } = await owned();
    const other = await world.makeUser();
    await own(uuid, other.username);
    await world.sql(`update users set state = 'SUSPENDED' where id = $1`, [other.id]);

    expect(await leave(first)).toMatchObject([held]);
  });

  it('may go to another role that owns it', async () => {
    const { remote, group, both, first, second } = await owned({
      people: 2,
      categories: ['administrator', 'moderator'],
    });
    remote.says(second.subject, { groups: both() });
    await remote.tell('users', 'updated', second.subject);

    remote.says(first.subject, { groups: both('moderator') });
    const [run] = await remote.tell('users', 'updated', first.subject);

    expect(run).toMatchObject({ outcome: 'CHANGED' });
    expect(await rolesOf(first.username)).toContain(remote.role(group, 'moderator'));
  });

  it('stays an owner where somebody here gave them the role as well', async () => {
    const { group, first, leave } = await owned();
    await world.sql(
      `insert into assignments (role_id, user_id, source)
        select r.id, u.id, 'LOCAL' from users u, roles r join groups g on g.id = r.group_id
        where u.username = $1 and g.remote_id = $2`,
      [first.username, String(group)],
    );

    expect(await leave(first)).toMatchObject([{ outcome: 'CHANGED' }]);
  });

  it('is no matter where the role owns nothing', async () => {
    const { uuid, first, leave } = await owned();
    await world.sql(`update members set level = 'MANAGER' where community_id = $1`, [uuid]);

    expect(await leave(first)).toMatchObject([{ outcome: 'CHANGED' }]);
  });
});

describe.concurrent('the last owner', () => {
  /** Somebody who owns a community by themselves, and whom the service says that it deleted. */
  async function deleted() {
    const person = await mine.member();
    const { uuid } = await newCommunity(world, { [person.username]: 'OWNER' });
    mine.forgets(person.subject);
    const [run] = await mine.tell('users', 'deleted', person.subject);
    return { ...person, uuid, run };
  }

  it('loses a closed account at once, and not their place in the community', async () => {
    const { run, username, uuid } = await deleted();

    expect(run).toMatchObject({ outcome: 'CHANGED', heldFor: [] });
    expect(await stateOf(username)).toBe('SUSPENDED');
    const owners = await world.sql(
      `select u.username from members m join users u on u.id = m.user_id
       where m.community_id = $1 and m.level = 'OWNER'`,
      [uuid],
    );
    expect(owners).toEqual([{ username }]);
  });
});

describe('at the same time', () => {
  it('the last person leaves the group and the other owner the community: one of them waits', async () => {
    const { remote, both, uuid, first } = await owned();
    const owner = await world.makeUser(`owner-${newNumber()}`);
    await own(uuid, owner.username);
    // Somebody else has the community in hand while both begin.
    const end = await elsewhere(world, 'select from communities where id = $1 for update', [uuid]);
    remote.says(first.subject, { groups: both() });
    const told = remote.tell('users', 'updated', first.subject);
    const leaving = change(
      world,
      'leaveCommunity',
      { communityId: toGlobalId('Community', uuid) },
      'community { id }',
      owner.token,
    );
    await waitingForLocks(world, 2);
    await end();

    const [[run], { userErrors }] = await Promise.all([told, leaving]);

    const outcome = [run.outcome, userErrors.map((it: { code: string }) => it.code).join()];
    expect([
      ['HELD', ''],
      ['CHANGED', 'CONFLICT'],
    ]).toContainEqual(outcome);
  });
});
