import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toGlobalId } from '../../src/ids.ts';
import { type Level, levels } from '../../src/level.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { assign, audited, expectRefused, newGroup, newRole, Place } from './place.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

/** A community with an owner besides whoever else is in it. */
async function owned(settings?: Record<string, string>) {
  const place = await Place.make(world, settings);
  return { place, owner: await place.person('OWNER') };
}

const idOf = (uuid: string) => toGlobalId('Member', uuid);

describe('addCommunityMembers', () => {
  it('makes roles that the viewer has members, hidden and notified', async () => {
    const { place, owner } = await owned();
    const roles = [await newRole(world, [owner]), await newRole(world, [owner])];

    const answer = await place.add(
      roles.map((it) => ({ roleId: it.id })),
      'CURATOR',
      owner.token,
    );

    expect(answer).toMatchObject({
      community: { id: place.id },
      members: roles.map((it) => ({
        level: 'CURATOR',
        isVisible: false,
        isNotified: true,
        role: { id: it.id },
        user: null,
      })),
      userErrors: [],
    });
    expect(await place.members()).toMatchObject({
      [roles[0]?.uuid ?? '']: { level: 'CURATOR', mapped_level: null },
      [roles[1]?.uuid ?? '']: { level: 'CURATOR', mapped_level: null },
    });
    expect(await audited(world, place.uuid)).toEqual({
      act: 'community.members_added',
      actor_id: owner.uuid,
      details: {
        level: 'CURATOR',
        members: roles.map((it) => ({ id: expect.any(String), role: it.uuid })),
      },
    });
  });

  it('takes settings for roles', async () => {
    const { place, owner } = await owned();
    const role = await newRole(world, [owner]);

    const settings = { isVisible: true, isNotified: false };
    const answer = await place.add([{ roleId: role.id }], 'READER', owner.token, settings);

    expect(answer.members).toMatchObject([settings]);
  });

  it('makes users members where an administrator asks, and tells others to invite', async () => {
    const { place, owner } = await owned();
    const user = await place.person();

    const refused = await place.add([{ userId: user.id }], 'READER', owner.token);
    const answer = await place.add([{ userId: user.id }], 'MANAGER');

    expect(refused).toEqual({ denied: 'FORBIDDEN', message: expect.stringMatching(/invite/) });
    expect(answer.members).toMatchObject([
      { level: 'MANAGER', isVisible: false, isNotified: null, user: { id: user.id } },
    ]);
  });

  it('names everything that is wrong at its place, and adds nobody', async () => {
    const { place, owner } = await owned();
    const fresh = await place.person();
    const invited = await place.person();
    const expired = await place.person();
    const ask = (user: string, expires: string) =>
      world.sql(
        `insert into requests (id, kind, community_id, user_id, level, expires_at)
          values ($1, 'INVITATION', $2, $3, 'READER', now() + $4::interval)`,
        [randomUUID(), place.uuid, user, expires],
      );
    await ask(invited.uuid, '1 day');
    await ask(expired.uuid, '-1 day');

    const answer = await place.add(
      [
        { userId: fresh.id },
        { userId: owner.id },
        { userId: invited.id },
        { userId: expired.id },
        { userId: fresh.id },
        { userId: toGlobalId('User', randomUUID()) },
        { roleId: toGlobalId('Role', randomUUID()) },
        { roleId: fresh.id },
        { userId: 'nonsense' },
      ],
      'READER',
    );

    expectRefused(
      answer,
      ['CONFLICT', 'members', '1'],
      ['CONFLICT', 'members', '2'],
      ['INVALID', 'members', '4'],
      ['NOT_FOUND', 'members', '5'],
      ['NOT_FOUND', 'members', '6'],
      ['NOT_FOUND', 'members', '7'],
      ['NOT_FOUND', 'members', '8'],
    );
    expect(Object.keys(await place.members())).toEqual([owner.uuid]);
  });

  it('knows no role that the viewer cannot see, member or not', async () => {
    const { place, owner } = await owned();
    const [strange, member] = [await newRole(world), await place.role('READER')];

    const refs = [{ roleId: strange.id }, { roleId: member.id }];
    const answer = await place.add(refs, 'READER', owner.token);

    expectRefused(answer, ['NOT_FOUND', 'members', '0'], ['NOT_FOUND', 'members', '1']);
  });

  it.each([
    ['nobody', 0],
    ['more than 100', 101],
  ])('takes 1 to 100 at once, not %s', async (_, count) => {
    const { place } = await owned();
    const refs = Array.from({ length: count }, () => ({ roleId: 'rol_x' }));

    expectRefused(await place.add(refs, 'READER'), ['INVALID', 'members']);
  });

  it('lets nobody but them show that users are members, and says of roles alone who is notified', async () => {
    const { place } = await owned();
    const refs = [{ userId: (await place.person()).id }, { roleId: (await newRole(world)).id }];

    expectRefused(await place.add(refs, 'READER', world.admin, { isVisible: true }), [
      'CONFLICT',
      'members',
      '0',
    ]);
    expectRefused(await place.add(refs, 'READER', world.admin, { isNotified: false }), [
      'INVALID',
      'members',
      '0',
    ]);
  });

  it('needs a community that is live', async () => {
    const { place, owner } = await owned();
    const role = await newRole(world, [owner]);
    await world.sql('update communities set deleted_at = now() where id = $1', [place.uuid]);

    expectRefused(await place.add([{ roleId: role.id }], 'READER', owner.token), [
      'CONFLICT',
      'communityId',
    ]);
  });
});

describe('updateCommunityMembers', () => {
  it('gives several members another level', async () => {
    const { place, owner } = await owned();
    const [user, role] = [await place.person('READER'), await place.role('CURATOR')];

    const ids = [user.member, role.member];
    const answer = await place.update(ids, { level: 'MANAGER' }, owner.token);

    expect(answer).toMatchObject({
      members: [
        { id: user.member, level: 'MANAGER' },
        { id: role.member, level: 'MANAGER' },
      ],
      userErrors: [],
    });
    expect(await audited(world, place.uuid)).toMatchObject({
      act: 'community.members_changed',
      details: { level: 'MANAGER', members: [expect.any(String), expect.any(String)] },
    });
  });

  it('names everything that is wrong at its place, and changes nothing', async () => {
    const { place, owner } = await owned();
    const other = await (await owned()).place.person('READER');
    const user = await place.person('READER');

    const ids = [user.member, other.member, user.member, idOf(randomUUID()), 'nonsense'];
    const answer = await place.update(ids, { level: 'CURATOR' }, owner.token);

    expectRefused(
      answer,
      ['NOT_FOUND', 'memberIds', '1'],
      ['INVALID', 'memberIds', '2'],
      ['NOT_FOUND', 'memberIds', '3'],
      ['NOT_FOUND', 'memberIds', '4'],
    );
    expect(await place.members()).toMatchObject({ [user.uuid]: { level: 'READER' } });
  });

  it('wants something to change, and 1 to 100 members', async () => {
    const { place, owner } = await owned();
    const { member } = await place.person('READER');
    const many = Array.from({ length: 101 }, () => member);

    expectRefused(await place.update([member], {}, owner.token), ['INVALID']);
    expectRefused(await place.update([], { level: 'READER' }, owner.token), [
      'INVALID',
      'memberIds',
    ]);
    expectRefused(await place.update(many, { level: 'READER' }, owner.token), [
      'INVALID',
      'memberIds',
    ]);
  });

  it.each(levels)('lets nobody change their own level, not even to the same: %s', async (level) => {
    const { place } = await owned();
    const self = await place.person(level);

    for (const wanted of levels) {
      const answer = await place.update([self.member], { level: wanted }, self.token);
      expectRefused(answer, ['CONFLICT', 'memberIds', '0']);
      expect(answer.userErrors[0].message).toBe('You cannot change your own level.');
    }
    expect(await place.members()).toMatchObject({ [self.uuid]: { level } });
  });

  it('lets administrators not change their own level either', async () => {
    const { place } = await owned();
    const [admin] = await world.sql(`select id from users where username = 'the-administrator'`);
    const member = await place.take({ user_id: admin.id }, 'READER');

    expectRefused(await place.update([member], { level: 'OWNER' }), ['CONFLICT', 'memberIds', '0']);
  });

  it('shows a user by their own act alone, and hides one by that of who manages them', async () => {
    const { place, owner } = await owned();
    const reader = await place.person('READER');
    const show = (token: string) => place.update([reader.member], { isVisible: true }, token);
    const hide = (token: string) => place.update([reader.member], { isVisible: false }, token);

    expectRefused(await show(owner.token), ['CONFLICT', 'memberIds', '0']);
    expectRefused(await show(world.admin), ['CONFLICT', 'memberIds', '0']);
    expect((await show(reader.token)).members).toMatchObject([{ isVisible: true }]);
    // That changes nothing, and so needs nobody's act.
    expect((await show(owner.token)).members).toMatchObject([{ isVisible: true }]);
    expect((await hide(owner.token)).members).toMatchObject([{ isVisible: false }]);
    await show(reader.token);
    expect((await hide(reader.token)).members).toMatchObject([{ isVisible: false }]);
  });

  it('shows and hides roles, and says whether they are notified', async () => {
    const { place } = await owned();
    const manager = await place.person('MANAGER');
    const role = await place.role('MANAGER');

    for (const changes of [{ isVisible: true, isNotified: false }, { isVisible: false }]) {
      const answer = await place.update([role.member], changes, manager.token);
      expect(answer.members).toMatchObject([{ ...changes, isNotified: false }]);
    }
  });

  it('says of no user whether they are notified', async () => {
    const { place, owner } = await owned();
    const ids = [(await place.role('READER')).member, owner.member];

    expectRefused(await place.update(ids, { isNotified: false }, owner.token), [
      'INVALID',
      'memberIds',
      '1',
    ]);
  });

  it('leaves the level that a group’s mapping gave written down beside the one that is set', async () => {
    const { place, owner } = await owned();
    const [role] = await newGroup(world, ['editor']);
    const member = await place.take({ role_id: role?.uuid ?? '' }, 'CURATOR');
    await world.sql(
      `update members set mapped_level = 'CURATOR' where community_id = $1 and role_id is not null`,
      [place.uuid],
    );

    await place.update([member], { level: 'MANAGER' }, owner.token);

    expect(await place.members()).toMatchObject({
      [role?.uuid ?? '']: { level: 'MANAGER', mapped_level: 'CURATOR' },
    });
  });

  it('keeps people from a member of another community whom they manage here', async () => {
    const [here, there] = [await owned(), await owned()];
    const { member, uuid } = await there.place.person('READER');

    expectRefused(await here.place.update([member], { level: 'OWNER' }, here.owner.token), [
      'NOT_FOUND',
      'memberIds',
      '0',
    ]);
    expect(await there.place.members()).toMatchObject({ [uuid]: { level: 'READER' } });
  });
});

describe('removeCommunityMembers', () => {
  it('takes members out, all or none', async () => {
    const { place, owner } = await owned();
    const [user, role] = [await place.person('MANAGER'), await place.role('OWNER')];

    const refused = await place.remove([user.member, idOf(randomUUID())], owner.token);
    expectRefused(refused, ['NOT_FOUND', 'memberIds', '1']);
    expect(Object.keys(await place.members())).toHaveLength(3);
    const answer = await place.remove([user.member, role.member], owner.token);

    expect(answer).toMatchObject({ removed: [user.member, role.member], userErrors: [] });
    expect(Object.keys(await place.members())).toEqual([owner.uuid]);
    expect(await audited(world, place.uuid)).toMatchObject({
      act: 'community.members_removed',
      details: {
        members: [
          { id: expect.any(String), user: user.uuid },
          { id: expect.any(String), role: role.uuid },
        ],
      },
    });
  });

  it('is leaving, of oneself', async () => {
    const { place } = await owned({ visibility: 'RESTRICTED' });
    const reader = await place.person('READER');

    const answer = await place.remove([reader.member], reader.token);

    expect(answer).toMatchObject({ community: null, removed: [reader.member], userErrors: [] });
    expect(await place.members()).not.toHaveProperty(reader.uuid);
  });

  it('lets people take out nobody else by their own membership', async () => {
    const { place } = await owned();
    const [reader, other] = [await place.person('READER'), await place.person('READER')];

    const answer = await place.remove([reader.member, other.member], reader.token);

    expect(answer).toMatchObject({ denied: 'FORBIDDEN' });
    expect(await place.members()).toHaveProperty(reader.uuid);
  });
});

describe('leaveCommunity', () => {
  it('ends one’s own membership, and what it let one see', async () => {
    const { place } = await owned({ visibility: 'RESTRICTED' });
    const reader = await place.person('READER');

    const answer = await place.leave(reader.token);

    expect(answer).toMatchObject({ community: null, userErrors: [] });
    expect(await place.members()).not.toHaveProperty(reader.uuid);
    expect(await audited(world, place.uuid)).toMatchObject({
      act: 'community.left',
      actor_id: reader.uuid,
      details: { user: reader.uuid },
    });
  });

  it('leaves whoever is in by a role as well in by that', async () => {
    const { place } = await owned();
    const manager = await place.person('MANAGER');
    await place.role('READER', [manager]);

    const answer = await place.leave(manager.token);

    expect(answer).toMatchObject({ community: { viewerLevel: 'READER' }, userErrors: [] });
  });

  it('tells whoever is in by a group alone to leave that', async () => {
    const { place } = await owned();
    const person = await place.person();
    const [role] = await newGroup(world, ['member'], [person], { name: 'Astronomers' });
    await place.take({ role_id: role?.uuid ?? '' }, 'READER');

    const answer = await place.leave(person.token);

    expectRefused(answer, ['CONFLICT', 'communityId']);
    expect(answer.userErrors[0].message).toMatch(/the group “Astronomers”/);
    expect(await place.members()).toHaveProperty(role?.uuid ?? '');
  });

  it('is not for those who are no members, nor for administrators who are none', async () => {
    const { place } = await owned();
    const stranger = await place.person();

    expect(await place.leave(stranger.token)).toMatchObject({ denied: 'FORBIDDEN' });
    expect(await place.leave(world.admin)).toMatchObject({ denied: 'FORBIDDEN' });
  });
});

/** Who manages whom: up to the own level, from managers on (reference §4). */
const manages: Record<Level, Level[]> = {
  READER: [],
  CURATOR: [],
  MANAGER: ['READER', 'CURATOR', 'MANAGER'],
  OWNER: ['READER', 'CURATOR', 'MANAGER', 'OWNER'],
};

describe.each(levels)('a member of level %s', (level) => {
  const outcome = (answer: { denied?: string; userErrors?: unknown[] }) =>
    answer.denied ?? (answer.userErrors?.length === 0 ? 'done' : answer.userErrors);

  it.each(levels)('makes a role a %s', async (given) => {
    const { place } = await owned();
    const self = await place.person(level);
    const role = await newRole(world, [self]);

    const answer = await place.add([{ roleId: role.id }], given, self.token);

    expect(outcome(answer)).toBe(manages[level].includes(given) ? 'done' : 'FORBIDDEN');
  });

  it.each(levels.flatMap((from) => levels.map((to) => [from, to] as const)))(
    'makes of a user and a role who are %s, %s',
    async (from, to) => {
      const { place } = await owned();
      const self = await place.person(level);
      const ids = [(await place.person(from)).member, (await place.role(from)).member];
      const isAllowed = manages[level].includes(from) && manages[level].includes(to);

      const answer = await place.update(ids, { level: to }, self.token);

      expect(outcome(answer)).toBe(isAllowed ? 'done' : 'FORBIDDEN');
    },
  );

  it.each(levels)('removes and hides a %s', async (other) => {
    const { place } = await owned();
    const self = await place.person(level);
    const target = await place.person(other);
    await world.sql('update members set is_visible = true where user_id = $1', [target.uuid]);
    const expected = manages[level].includes(other) ? 'done' : 'FORBIDDEN';

    const hidden = await place.update([target.member], { isVisible: false }, self.token);
    const removed = await place.remove([target.member], self.token);

    expect([outcome(hidden), outcome(removed)]).toEqual([expected, expected]);
  });

  it('shows and hides themselves, and leaves', async () => {
    const { place } = await owned();
    const self = await place.person(level);

    for (const isVisible of [true, false]) {
      expect(outcome(await place.update([self.member], { isVisible }, self.token))).toBe('done');
    }
    expect(outcome(await place.leave(self.token))).toBe('done');
  });

  it('has the same rights by a role', async () => {
    const { place } = await owned();
    const self = await place.person();
    await place.role(level, [self]);
    const target = await place.person('READER');

    const answer = await place.remove([target.member], self.token);

    expect(outcome(answer)).toBe(manages[level].includes('READER') ? 'done' : 'FORBIDDEN');
  });
});

describe('somebody who is no member', () => {
  const all = async (place: Place, token: string | undefined) => {
    const { member } = await place.person('READER');
    return [
      await place.add([{ roleId: 'rol_x' }], 'READER', token),
      await place.update([member], { level: 'CURATOR' }, token),
      await place.remove([member], token),
      await place.leave(token),
    ];
  };
  const nobody = '';

  it('may do nothing with the members of a public community', async () => {
    const { place } = await owned();
    const stranger = await place.person();

    for (const it of await all(place, stranger.token)) expect(it.denied).toBe('FORBIDDEN');
    for (const it of await all(place, nobody)) expect(it.denied).toBe('UNAUTHENTICATED');
  });

  it('finds no restricted community', async () => {
    const { place } = await owned({ visibility: 'RESTRICTED' });
    const stranger = await place.person();

    for (const it of await all(place, stranger.token)) {
      expectRefused(it, ['NOT_FOUND', 'communityId']);
    }
  });

  it('may do all but leave as an administrator', async () => {
    const { place, owner } = await owned({ visibility: 'RESTRICTED' });
    const role = await newRole(world);

    expect(await place.add([{ roleId: role.id }], 'OWNER')).toMatchObject({ userErrors: [] });
    await assign(world, role.uuid, [await place.person()]);
    expect(await place.update([owner.member], { level: 'READER' })).toMatchObject({
      userErrors: [],
    });
    expect(await place.remove([owner.member])).toMatchObject({ userErrors: [] });
  });
});
