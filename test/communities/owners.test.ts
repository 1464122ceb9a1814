import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { elsewhere, waitingForLocks } from '../sync/scene.ts';
import { expectRefused, newRole, type Person, Place } from './place.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

const make = () => Place.make(world);

async function ownersOf(place: Place): Promise<string[]> {
  const members = Object.entries(await place.members());
  return members.filter(([, it]) => it.level === 'OWNER').map(([key]) => key);
}

const message = 'A community must have at least one owner.';

describe('the last owner', () => {
  it('cannot leave, be removed or be made less, and nothing of such a change is done', async () => {
    const place = await make();
    const owner = await place.person('OWNER');
    const reader = await place.person('READER');

    const answers = [
      [await place.leave(owner.token), 'communityId'],
      [await place.remove([reader.member, owner.member]), 'memberIds'],
      [await place.remove([owner.member], owner.token), 'memberIds'],
      [await place.update([reader.member, owner.member], { level: 'MANAGER' }), 'memberIds'],
    ] as const;

    for (const [answer, at] of answers) {
      expectRefused(answer, ['CONFLICT', at]);
      expect(answer.userErrors[0].message).toBe(message);
    }
    expect(await place.members()).toMatchObject({
      [owner.uuid]: { level: 'OWNER' },
      [reader.uuid]: { level: 'READER' },
    });
    const events = await world.sql('select act from audit_events where subject_id = $1', [
      place.uuid,
    ]);
    expect(events).toEqual([]);
  });

  it('can change how they are seen, and lose others', async () => {
    const place = await make();
    const owner = await place.person('OWNER');
    const { member } = await place.person('MANAGER');

    expect(await place.update([owner.member], { isVisible: true }, owner.token)).toMatchObject({
      userErrors: [],
    });
    expect(await place.remove([member], owner.token)).toMatchObject({ userErrors: [] });
  });

  it('can leave when another person owns it', async () => {
    const place = await make();
    const [owner, other] = [await place.person('OWNER'), await place.person('OWNER')];

    expect(await place.leave(owner.token)).toMatchObject({ userErrors: [] });
    expect(await ownersOf(place)).toEqual([other.uuid]);
  });

  it.each([
    ['a role with somebody in it', 'ACTIVE', true],
    ['a role with nobody in it', undefined, false],
    ['a role with but a suspended account in it', 'SUSPENDED', false],
  ])('can leave when %s owns it: %s, %s', async (_, state, isEnough) => {
    const place = await make();
    const owner = await place.person('OWNER');
    await place.role('OWNER', state ? [await place.person(undefined, { state })] : []);

    const answer = await place.leave(owner.token);

    if (isEnough) expect(answer.userErrors).toEqual([]);
    else expectRefused(answer, ['CONFLICT', 'communityId']);
  });

  it.each(['SUSPENDED', 'DEACTIVATED'])('is not one whose account is %s', async (state) => {
    const place = await make();
    const owner = await place.person('OWNER');
    await place.person('OWNER', { state });

    expectRefused(await place.leave(owner.token), ['CONFLICT', 'communityId']);
  });

  it('may be a role, which then cannot go', async () => {
    const place = await make();
    const person = await place.person();
    const role = await place.role('OWNER', [person]);

    expectRefused(await place.remove([role.member], person.token), ['CONFLICT', 'memberIds']);
    expectRefused(await place.update([role.member], { level: 'READER' }, person.token), [
      'CONFLICT',
      'memberIds',
    ]);
    expect(await ownersOf(place)).toEqual([role.uuid]);
  });

  it('is no hindrance to others where there was none before', async () => {
    const place = await make();
    const { member } = await place.person('READER');

    expect(await place.remove([member])).toMatchObject({ userErrors: [] });
  });
});

/** The same, so many times at once. */
const atOnce = <T>(count: number, act: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => act(n)));

describe('at the same time', () => {
  it('two owners demote each other 50 times, and one of them remains', async () => {
    const place = await make();
    const [a, b] = [await place.person('OWNER'), await place.person('OWNER')];

    const answers = await atOnce(50, (n) => {
      const [who, whom] = n % 2 === 0 ? [a, b] : [b, a];
      return place.update([whom.member], { level: 'READER' }, who.token);
    });

    expect(await ownersOf(place)).toHaveLength(1);
    const [last] = await ownersOf(place);
    // Whoever was made less first may do nothing afterwards, whatever they began before.
    const told = new Set(answers.map((it) => it.denied ?? it.userErrors[0]?.code ?? 'done'));
    expect([...told].sort()).toEqual(['FORBIDDEN', 'done']);
    expect([a.uuid, b.uuid]).toContain(last);
  });

  it('an administrator demotes two owners 50 times, and one of them remains', async () => {
    const place = await make();
    const owners = [await place.person('OWNER'), await place.person('OWNER')];

    const answers = await atOnce(50, (n) =>
      place.update([owners[n % 2]?.member ?? ''], { level: 'READER' }),
    );

    expect(await ownersOf(place)).toHaveLength(1);
    expect(answers.some((it) => it.userErrors.length > 0)).toBe(true);
    expect(answers.some((it) => it.userErrors.length === 0)).toBe(true);
  });

  it.each([2, 10])('%i owners leave, and one of them cannot', async (count) => {
    const place = await make();
    const owners: Person[] = [];
    for (let n = 0; n < count; n++) owners.push(await place.person('OWNER'));

    const answers = await Promise.all(owners.map((it) => place.leave(it.token)));

    const refused = answers.filter((it) => it.userErrors.length > 0);
    expect(refused).toHaveLength(1);
    expectRefused(refused[0], ['CONFLICT', 'communityId']);
    expect(await ownersOf(place)).toHaveLength(1);
  });

  it('the same role and the same user are added 20 times, and become members once', async () => {
    const place = await make();
    const [role, user] = [await newRole(world), await place.person()];

    for (const ref of [{ roleId: role.id }, { userId: user.id }]) {
      const answers = await atOnce(20, () => place.add([ref], 'READER'));

      const refused = answers.filter((it) => it.userErrors.length > 0);
      expect(refused).toHaveLength(19);
      for (const it of refused) expectRefused(it, ['CONFLICT', 'members', '0']);
    }
    expect(Object.keys(await place.members()).sort()).toEqual([role.uuid, user.uuid].sort());
  });

  it('somebody is made less and changes members: what they are then counts', async () => {
    const place = await make();
    await place.person('OWNER');
    const manager = await place.person('MANAGER');
    const { member } = await place.person('READER');
    const end = await elsewhere(
      world,
      `with locked as materialized (select id from communities where id = $1 for update)
        update members m set level = 'READER' from locked
        where m.community_id = locked.id and m.level = 'MANAGER'`,
      [place.uuid],
    );

    const answers = [
      place.remove([member], manager.token),
      place.update([member], { level: 'MANAGER' }, manager.token),
      place.add([{ roleId: (await newRole(world, [manager])).id }], 'READER', manager.token),
    ];
    await waitingForLocks(world, 3);
    await end();

    for (const it of await Promise.all(answers)) expect(it).toMatchObject({ denied: 'FORBIDDEN' });
    expect(Object.keys(await place.members())).toHaveLength(3);
  });

  it('a role goes with its group and is added: the role is waited for before the community', async () => {
    const place = await make();
    const role = await newRole(world);
    const end = await elsewhere(world, 'select from roles where id = $1 for update', [role.uuid]);

    const adding = place.add([{ roleId: role.id }], 'READER');
    await waitingForLocks(world, 1);
    // Whoever deletes a group has its roles in hand when they ask for the communities.
    await world.sql('select from communities where id = $1 for update nowait', [place.uuid]);
    await end();

    expect(await adding).toMatchObject({ userErrors: [] });
  });

  it('overlapping batches are added, removed and changed without getting stuck', async () => {
    const place = await make();
    await place.person('OWNER');
    const roles = await Promise.all(Array.from({ length: 10 }, () => newRole(world)));
    const batches = [roles, roles.toReversed()];

    const answers = await atOnce(20, (n) =>
      place.add(
        (batches[n % 2] ?? []).slice(0, 5 + (n % 5)).map((it) => ({ roleId: it.id })),
        'READER',
      ),
    );

    // Whatever was answered is a done or a refused change, and no fault of ours.
    for (const it of answers) expect(it.denied).toBeUndefined();
  });
});
