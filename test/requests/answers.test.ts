import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { Kit, type Person, type Place, uuidIn } from './kit.ts';

let world: World;
let kit: Kit;
beforeAll(async () => {
  world = await startWorld();
  kit = new Kit(world);
});
afterAll(() => world.stop());

const refused = (code: string, ...path: string[]) => ({
  userErrors: [expect.objectContaining({ code, path: ['input', ...path] })],
});
const denied = { denied: 'FORBIDDEN' };

/** A community with an owner and a manager, and somebody outside. */
async function scene(columns: Record<string, unknown> = {}) {
  const [owner, manager, curator, person] = await Promise.all([
    kit.person(),
    kit.person(),
    kit.person(),
    kit.person(),
  ]);
  const community = await kit.community(
    [
      [owner, 'OWNER'],
      [manager, 'MANAGER'],
      [curator, 'CURATOR'],
    ],
    { member_policy: 'OPEN', ...columns },
  );
  return { owner, manager, curator, person, community };
}

describe.concurrent('an invitation', () => {
  it('is accepted by whom it is for, who becomes a member that others do not see', async () => {
    const { owner, person, community } = await scene();
    const { id } = await kit.invite(owner, community, person, 'CURATOR');

    const answer = await kit.does(person.token, 'acceptRequest', { requestId: id });

    expect(answer).toMatchObject({
      request: {
        state: 'ACCEPTED',
        isOpen: false,
        closedAt: expect.any(String),
        viewerPermissions: ['COMMENT', 'LOCK'],
      },
      userErrors: [],
    });
    const [row] = await world.sql(
      'select level, is_visible, is_notified from members where community_id = $1 and user_id = $2',
      [community.uuid, person.uuid],
    );
    expect(row).toEqual({ level: 'CURATOR', is_visible: false, is_notified: true });
    expect(await kit.history(id)).toEqual(['ACCEPTED']);
  });

  it('shows the restricted community to whom it lets in, in the same answer', async () => {
    const { owner, person, community } = await scene({ visibility: 'RESTRICTED' });
    const { id } = await kit.invite(owner, community, person);

    const before = await kit.read(person.token, id);
    const answer = await kit.does(person.token, 'acceptRequest', { requestId: id });

    expect(before).toMatchObject({
      community: null,
      title: `Invitation to join "${community.title}"`,
    });
    expect(answer.request.community).toEqual({ id: community.id });
  });

  it.each(['owner', 'manager'] as const)('is not accepted by the %s', async (who) => {
    const it = await scene();
    const { id } = await kit.invite(it.owner, it.community, it.person);

    expect(await kit.does(it[who].token, 'acceptRequest', { requestId: id })).toEqual(denied);
    expect(await kit.does(it[who].token, 'declineRequest', { requestId: id })).toEqual(denied);
    expect((await kit.read(it.person.token, id)).state).toBe('SUBMITTED');
  });

  it('is not accepted by an administrator, who may decline it', async () => {
    const { owner, person, community } = await scene();
    const { id } = await kit.invite(owner, community, person);

    const accepted = await kit.does(world.admin, 'acceptRequest', { requestId: id });
    const declined = await kit.does(world.admin, 'declineRequest', { requestId: id });

    expect(accepted).toEqual(denied);
    expect(declined.request.state).toBe('DECLINED');
  });

  it('is taken back by owners and managers, not by whom it is for', async () => {
    const { owner, manager, person, community } = await scene();
    const { id } = await kit.invite(owner, community, person);

    expect(await kit.does(person.token, 'cancelRequest', { requestId: id })).toEqual(denied);
    const answer = await kit.does(manager.token, 'cancelRequest', { requestId: id });

    expect(answer.request).toMatchObject({ state: 'CANCELLED', isOpen: false });
    expect(await kit.history(id)).toEqual(['CANCELLED']);
  });

  it('lets nobody into a community that is gone', async () => {
    const { owner, person, community } = await scene();
    const { id } = await kit.invite(owner, community, person);
    await world.sql('update communities set deleted_at = now() where id = $1', [community.uuid]);

    const answer = await kit.does(person.token, 'acceptRequest', { requestId: id });

    expect(answer).toMatchObject(refused('CONFLICT', 'requestId'));
    expect(await kit.levels(community)).not.toHaveProperty(person.uuid);
  });

  it('gives no other level than it said', async () => {
    const { owner, person, community } = await scene();
    const { id } = await kit.invite(owner, community, person, 'MANAGER');

    const answer = await kit.does(person.token, 'acceptRequest', {
      requestId: id,
      level: 'OWNER',
    });

    expect(answer).toMatchObject(refused('INVALID', 'level'));
    expect((await kit.levels(community))[person.uuid]).toBeUndefined();
  });

  it('does not exist for those whom it does not concern', async () => {
    const { owner, curator, person, community } = await scene();
    const { id } = await kit.invite(owner, community, person);
    const missing = refused('NOT_FOUND', 'requestId');

    for (const mutation of ['acceptRequest', 'declineRequest', 'cancelRequest', 'lockRequest']) {
      const stranger = await kit.person();
      expect(await kit.does(stranger.token, mutation, { requestId: id })).toMatchObject(missing);
      expect(await kit.does(curator.token, mutation, { requestId: id })).toMatchObject(missing);
      expect(await kit.does(stranger.token, mutation, { requestId: 'req_nothing' })).toMatchObject(
        missing,
      );
      expect(await kit.does(undefined, mutation, { requestId: id })).toEqual({
        denied: 'UNAUTHENTICATED',
      });
    }
    expect(await kit.read(undefined, id)).toBeNull();
    expect(await kit.read(curator.token, id)).toBeNull();
  });
});

describe.concurrent('somebody who became a member meanwhile', () => {
  it.each([
    ['OWNER', 'READER', 'OWNER'],
    ['READER', 'READER', 'READER'],
    ['READER', 'MANAGER', 'MANAGER'],
  ] as const)('as %s and accepts %s is %s', async (is, invited, expected) => {
    const { owner, person, community } = await scene();
    const { id } = await kit.invite(owner, community, person, invited);
    await kit.enter(community, person, is);

    const answer = await kit.does(person.token, 'acceptRequest', { requestId: id });

    expect(answer.userErrors).toEqual([]);
    expect(answer.request.state).toBe('ACCEPTED');
    expect((await kit.levels(community))[person.uuid]).toBe(expected);
  });

  it('by a role has a place of their own beside it', async () => {
    const { owner, person, community } = await scene();
    const { id } = await kit.invite(owner, community, person, 'READER');
    await kit.enterByRole(community, person, 'MANAGER');

    const answer = await kit.does(person.token, 'acceptRequest', { requestId: id });

    expect(answer.userErrors).toEqual([]);
    expect((await kit.levels(community))[person.uuid]).toBe('READER');
  });
});

describe.concurrent('a wish to join', () => {
  it.each(['owner', 'manager'] as const)('is granted by the %s', async (who) => {
    const it = await scene();
    const { id } = await kit.askToJoin(it.person, it.community);

    const answer = await kit.does(it[who].token, 'acceptRequest', { requestId: id });

    expect(answer.request).toMatchObject({ state: 'ACCEPTED', level: 'READER' });
    expect((await kit.levels(it.community))[it.person.uuid]).toBe('READER');
  });

  it('is granted at another level', async () => {
    const { manager, person, community } = await scene();
    const { id } = await kit.askToJoin(person, community);

    const input = { requestId: id, level: 'MANAGER' };
    const answer = await kit.does(manager.token, 'acceptRequest', input);

    expect(answer.request.level).toBe('MANAGER');
    expect((await kit.levels(community))[person.uuid]).toBe('MANAGER');
  });

  it('is not granted at a level that is not the manager’s to give', async () => {
    const { manager, owner, person, community } = await scene();
    const { id } = await kit.askToJoin(person, community);
    const input = { requestId: id, level: 'OWNER' };

    expect(await kit.does(manager.token, 'acceptRequest', input)).toEqual(denied);
    expect(await kit.levels(community)).not.toHaveProperty(person.uuid);
    expect((await kit.does(owner.token, 'acceptRequest', input)).request.level).toBe('OWNER');
  });

  it('is not granted by who asks, nor by a curator', async () => {
    const { curator, person, community } = await scene();
    const { id } = await kit.askToJoin(person, community);
    await kit.enterByRole(community, person, 'OWNER');

    expect(await kit.does(person.token, 'acceptRequest', { requestId: id })).toEqual(denied);
    expect(await kit.does(curator.token, 'acceptRequest', { requestId: id })).toMatchObject(
      refused('NOT_FOUND', 'requestId'),
    );
  });

  it('is granted by an administrator', async () => {
    const { person, community } = await scene();
    const { id } = await kit.askToJoin(person, community);

    const answer = await kit.does(world.admin, 'acceptRequest', { requestId: id });

    expect(answer.request.state).toBe('ACCEPTED');
  });

  it('is taken back by who asked alone', async () => {
    const { owner, person, community } = await scene();
    const { id } = await kit.askToJoin(person, community);

    expect(await kit.does(owner.token, 'cancelRequest', { requestId: id })).toEqual(denied);
    const answer = await kit.does(person.token, 'cancelRequest', { requestId: id });

    expect(answer.request.state).toBe('CANCELLED');
  });
});

describe.concurrent('what is closed', () => {
  const closed = async (how: 'acceptRequest' | 'declineRequest' | 'cancelRequest') => {
    const it = await scene();
    const { id } = await kit.invite(it.owner, it.community, it.person);
    const by = how === 'cancelRequest' ? it.owner : it.person;
    await kit.does(by.token, how, { requestId: id });
    return { ...it, id };
  };

  it.each([
    ['acceptRequest', 'accepted'],
    ['declineRequest', 'declined'],
    ['cancelRequest', 'cancelled'],
  ] as const)('by %s stays so, and says what it is', async (how, word) => {
    const { id, owner, person } = await closed(how);

    for (const [by, mutation] of [
      [person, 'acceptRequest'],
      [person, 'declineRequest'],
      [owner, 'cancelRequest'],
    ] as const) {
      const answer = await kit.does(by.token, mutation, { requestId: id });
      expect(answer).toMatchObject(refused('CONFLICT', 'requestId'));
      expect(answer.userErrors[0].message).toBe(`The request is ${word} already.`);
    }
    const level = await kit.does(owner.token, 'changeRequestLevel', {
      requestId: id,
      level: 'CURATOR',
    });
    expect(level).toMatchObject(refused('CONFLICT', 'requestId'));
    expect(await kit.history(id)).toHaveLength(1);
  });

  it('tells its state to nobody without the right', async () => {
    const { id, owner } = await closed('declineRequest');

    expect(await kit.does(owner.token, 'acceptRequest', { requestId: id })).toEqual(denied);
  });

  it('is no longer in the way of a new one', async () => {
    const { owner, person, community } = await closed('declineRequest');

    await kit.askToJoin(person, community);
    const twice = kit.invite(owner, community, person);

    await expect(twice).rejects.toThrow('CONFLICT');
  });
});

describe.concurrent('an answer', () => {
  it.each([
    ['acceptRequest', 'ACCEPTED'],
    ['declineRequest', 'DECLINED'],
  ])('by %s can say something: a log event and a comment', async (mutation, state) => {
    const { owner, person, community } = await scene();
    const { id } = await kit.invite(owner, community, person, 'READER', { message: 'Come!' });

    const comment = '<p>Thank <b>you</b><script>alert(1)</script></p>';
    await kit.does(person.token, mutation, { requestId: id, comment });

    const { timeline } = await kit.read(owner.token, id);
    expect(timeline.nodes).toMatchObject([
      { kind: 'COMMENT', content: 'Come!', author: { id: owner.id } },
      { kind: state, content: null, author: { id: person.id } },
      { kind: 'COMMENT', content: '<p>Thank <b>you</b></p>', author: { id: person.id } },
    ]);
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' \n '],
    ['markup alone', '<p><b> </b>&nbsp;</p>'],
    ['what is taken out', '<script>alert(1)</script><img src="x">'],
    ['what nobody sees', '<p>\u200b</p>'],
  ])('that says %s does nothing at all', async (_, comment) => {
    const { owner, person, community } = await scene();
    const { id } = await kit.invite(owner, community, person);

    for (const mutation of ['acceptRequest', 'declineRequest']) {
      const answer = await kit.does(person.token, mutation, { requestId: id, comment });
      expect(answer).toMatchObject(refused('INVALID', 'comment'));
    }
    const taken = await kit.does(owner.token, 'cancelRequest', { requestId: id, comment });

    expect(taken).toMatchObject(refused('INVALID', 'comment'));
    expect((await kit.read(person.token, id)).state).toBe('SUBMITTED');
    expect(await kit.history(id)).toEqual([]);
    expect(await kit.levels(community)).not.toHaveProperty(person.uuid);
  });

  it('is to the version that was seen', async () => {
    const { owner, person, community } = await scene();
    const { id, version } = await kit.invite(owner, community, person);
    await kit.does(owner.token, 'changeRequestLevel', { requestId: id, level: 'MANAGER' });

    const old = await kit.does(person.token, 'acceptRequest', {
      requestId: id,
      expectedVersion: version,
    });
    const answer = await kit.does(person.token, 'acceptRequest', {
      requestId: id,
      expectedVersion: version + 1,
    });

    expect(old.userErrors).toEqual([
      expect.objectContaining({ code: 'VERSION_CONFLICT', currentVersion: version + 1 }),
    ]);
    expect(answer.request.state).toBe('ACCEPTED');
  });

  it('is written in the audit log', async () => {
    const { owner, person, community } = await scene();
    const { id } = await kit.invite(owner, community, person);
    await kit.does(person.token, 'acceptRequest', { requestId: id });

    const log = await world.sql(
      'select act, actor_id from audit_events where subject_id = $1 order by id',
      [uuidIn(id)],
    );
    expect(log).toEqual([
      { act: 'request.submitted', actor_id: owner.uuid },
      { act: 'request.accepted', actor_id: person.uuid },
    ]);
  });
});

describe.concurrent('the level of a request', () => {
  const change = (by: Person, requestId: string, level: string) =>
    kit.does(by.token, 'changeRequestLevel', { requestId, level });

  it('of an invitation is changed in the open', async () => {
    const { owner, manager, person, community } = await scene();
    const { id } = await kit.invite(owner, community, person, 'READER');

    const answer = await change(manager, id, 'MANAGER');

    expect(answer.request.level).toBe('MANAGER');
    expect((await kit.read(person.token, id)).timeline.nodes).toMatchObject([
      {
        kind: 'LEVEL_CHANGED',
        formerLevel: 'READER',
        level: 'MANAGER',
        content: null,
        author: { id: manager.id },
      },
    ]);
    await kit.does(person.token, 'acceptRequest', { requestId: id });
    expect((await kit.levels(community))[person.uuid]).toBe('MANAGER');
  });

  it('of a wish to join is changed without a word', async () => {
    const { manager, person, community } = await scene();
    const { id } = await kit.askToJoin(person, community);

    expect((await change(manager, id, 'CURATOR')).request.level).toBe('CURATOR');
    expect(await kit.history(id)).toEqual([]);
  });

  it('that is the same leaves no trace', async () => {
    const { owner, person, community } = await scene();
    const { id, version } = await kit.invite(owner, community, person, 'CURATOR');

    const answer = await change(owner, id, 'CURATOR');

    expect(answer.request.version).toBe(version);
    expect(await kit.history(id)).toEqual([]);
  });

  it('is only changed by who may give both', async () => {
    const { owner, manager, person, community } = await scene();
    const low = await kit.invite(owner, community, person, 'READER');
    const high = await kit.invite(owner, community, await kit.person(), 'OWNER');

    expect(await change(manager, low.id, 'OWNER')).toEqual(denied);
    expect(await change(manager, high.id, 'READER')).toEqual(denied);
    expect(await change(person, low.id, 'OWNER')).toEqual(denied);
    expect((await change(owner, high.id, 'READER')).request.level).toBe('READER');
  });

  it('is nobody’s own to change', async () => {
    const { person, owner, community } = await scene();
    const { id } = await kit.invite(owner, community, person, 'READER');
    await kit.enterByRole(community, person, 'OWNER');

    expect(await change(person, id, 'MANAGER')).toEqual(denied);
  });

  it('is not what communities are asked for', async () => {
    const { owner, community } = await scene({ allows_children: true });
    const child = await kit.community([[owner, 'MANAGER']]);
    const other = await kit.person();
    await kit.enter(child, other, 'OWNER');
    const { request } = await kit.does(other.token, 'requestSubcommunity', {
      parentId: community.id,
      child: { id: child.id },
    });

    expect(await change(owner, request.id, 'READER')).toEqual(denied);
  });
});

it('shows only what would work now', async () => {
  const { owner, manager, person, community } = await scene();
  const { id } = await kit.invite(owner, community, person, 'OWNER');
  const permissions = async (by: Person) => (await kit.read(by.token, id)).viewerPermissions;

  expect(await permissions(person)).toEqual(['ACCEPT', 'DECLINE', 'COMMENT', 'LOCK']);
  expect(await permissions(owner)).toEqual(['CANCEL', 'COMMENT', 'CHANGE_LEVEL']);
  expect(await permissions(manager)).toEqual(['COMMENT']);
  await kit.does(person.token, 'lockRequest', { requestId: id });
  expect(await permissions(person)).toEqual(['ACCEPT', 'DECLINE', 'UNLOCK']);
  expect(await permissions(manager)).toEqual([]);
  await kit.does(person.token, 'declineRequest', { requestId: id });
  expect(await permissions(person)).toEqual(['UNLOCK']);
  expect(await permissions(owner)).toEqual([]);
});

it('renders the title from what the community is called now', async () => {
  const { owner, person, community } = await scene();
  const { id } = await kit.invite(owner, community, person);
  const wish = await kit.askToJoin(await kit.person(), community);
  await world.sql(`update communities set title = 'Quite "new"' where id = $1`, [community.uuid]);
  const titleOf = async (it: Place) => (await kit.read(owner.token, it.id)).title;

  expect(await titleOf({ id } as Place)).toBe('Invitation to join "Quite "new""');
  expect(await titleOf(wish)).toBe('Request to join "Quite "new""');
});
