import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { expireDue } from '../../src/communities/joining/open-requests.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { Kit, type Person, uuidIn } from './kit.ts';

/** Nothing is written down here but by the tests. */
let world: World;
let kit: Kit;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  kit = new Kit(world);
});
afterAll(() => world.stop());

const writeDown = () => expireDue(world.app.begin(Actor.system));
const conflict = {
  userErrors: [expect.objectContaining({ code: 'CONFLICT', path: ['input', 'requestId'] })],
};

/** An invitation and a wish to join, both due this moment. */
async function scene() {
  const [owner, invited, asking] = [await kit.person(), await kit.person(), await kit.person()];
  const community = await kit.community([[owner, 'OWNER']], { member_policy: 'OPEN' });
  const invitation = await kit.invite(owner, community, invited, 'MANAGER');
  const wish = await kit.askToJoin(asking, community);
  await kit.expire(invitation.id);
  await kit.expire(wish.id);
  return { owner, invited, asking, community, invitation, wish };
}

const stateOf = async (id: string) => {
  const [stored] = await world.sql('select state from requests where id = $1', [uuidIn(id)]);
  return stored.state;
};

/** What was written down of a request, oldest first. */
const auditOf = (id: string) =>
  world.sql('select act, actor_kind from audit_events where subject_id = $1 order by id', [
    uuidIn(id),
  ]);

describe('a request that is due', () => {
  it('waits for thirty days before', async () => {
    const owner = await kit.person();
    const community = await kit.community([[owner, 'OWNER']]);

    const { expiresAt } = await kit.invite(owner, community, await kit.person());

    const days = (Date.parse(expiresAt) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29.99);
    expect(days).toBeLessThan(30.01);
  });

  it('is expired, though nobody wrote it down', async () => {
    const { owner, invitation } = await scene();

    const found = await kit.read(owner.token, invitation.id);

    expect(await stateOf(invitation.id)).toBe('SUBMITTED');
    expect(found).toMatchObject({
      state: 'EXPIRED',
      isOpen: false,
      closedAt: found.expiresAt,
      viewerPermissions: ['COMMENT'],
    });
  });

  it('can be neither accepted nor declined, taken back or given another level', async () => {
    const { owner, invited, asking, community, invitation, wish } = await scene();

    for (const [by, mutation, id, more] of [
      [invited, 'acceptRequest', invitation.id],
      [invited, 'declineRequest', invitation.id],
      [owner, 'cancelRequest', invitation.id],
      [owner, 'changeRequestLevel', invitation.id, { level: 'READER' }],
      [owner, 'acceptRequest', wish.id],
      [owner, 'declineRequest', wish.id],
      [asking, 'cancelRequest', wish.id],
    ] as const) {
      const answer = await kit.does(by.token, mutation, { requestId: id, ...more });
      expect(answer).toMatchObject(conflict);
      expect(answer.userErrors[0].message).toBe('The request is expired already.');
    }
    expect(Object.keys(await kit.levels(community))).toEqual([owner.uuid]);
  });

  it('can still be commented on and locked', async () => {
    const { owner, invited, invitation } = await scene();

    await kit.does(owner.token, 'commentOnRequest', { requestId: invitation.id, content: 'Oh.' });
    const { request } = await kit.does(invited.token, 'lockRequest', { requestId: invitation.id });

    expect(request.state).toBe('EXPIRED');
    expect(await kit.history(invitation.id)).toEqual(['COMMENT', 'LOCKED']);
  });

  it('is in every list what it is', async () => {
    const { owner, community, invitation, wish } = await scene();
    const list = async (args: string) => {
      const { data } = await world.ask(
        owner.token,
        `query ($id: ID!) { node(id: $id) { ... on Community { requests(${args}) {
          totalCount nodes { id state isOpen } } } } }`,
        { id: community.id },
      );
      return data.node.requests;
    };
    const both = {
      totalCount: 2,
      nodes: [wish, invitation].map(({ id }) => ({ id, state: 'EXPIRED', isOpen: false })),
    };

    expect(await list('first: 9')).toEqual(both);
    expect(await list('isOpen: false')).toEqual(both);
    expect(await list('states: [EXPIRED]')).toEqual(both);
    expect(await list('isOpen: true')).toEqual({ totalCount: 0, nodes: [] });
    expect(await list('states: [SUBMITTED]')).toEqual({ totalCount: 0, nodes: [] });
  });

  it('is not in the way of a new one, and is written down with it', async () => {
    const { owner, invited, asking, community, invitation, wish } = await scene();

    const asked = await kit.askToJoin(invited, community);
    const mails = await kit.mails({ owner, asking }, () => kit.invite(owner, community, asking));

    expect(asked.state).toBe('SUBMITTED');
    expect(await stateOf(invitation.id)).toBe('EXPIRED');
    expect(await stateOf(wish.id)).toBe('EXPIRED');
    expect(await kit.history(wish.id)).toEqual(['EXPIRED']);
    // Time did it, and not the owner, who is told like everybody else.
    expect(mails).toEqual([
      'INVITATION_SUBMITTED to asking',
      'MEMBERSHIP_EXPIRED to asking',
      'MEMBERSHIP_EXPIRED to owner',
    ]);
    expect(await auditOf(wish.id)).toEqual([
      { act: 'request.submitted', actor_kind: 'USER' },
      { act: 'request.expired', actor_kind: 'SYSTEM' },
    ]);
  });

  it('of a community is not in the way either', async () => {
    const [owner, other] = [await kit.person(), await kit.person()];
    const parent = await kit.community([[owner, 'OWNER']], { allows_children: true });
    const child = await kit.community([[other, 'OWNER']]);
    const input = { parentId: parent.id, childId: child.id };
    const { request } = await kit.does(owner.token, 'inviteSubcommunity', input);
    await kit.expire(request.id);

    const again = await kit.does(owner.token, 'inviteSubcommunity', input);

    expect(again.request.state).toBe('SUBMITTED');
    expect(await stateOf(request.id)).toBe('EXPIRED');
    const days = (Date.parse(request.expiresAt) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(44.9);
  });
});

describe('the job', () => {
  it('writes down what is due at the moment at which it was, once, and tells both sides', async () => {
    const { owner, invited, asking, invitation, wish } = await scene();
    const open = await scene().then(async ({ owner, community }) =>
      kit.invite(owner, community, await kit.person()),
    );
    const before = await kit.read(owner.token, invitation.id);
    const people = { owner, invited, asking };

    const mails = await kit.mails(people, writeDown);
    const again = await kit.mails(people, writeDown);

    expect(mails.filter((it) => !it.endsWith('somebody else'))).toEqual([
      'INVITATION_EXPIRED to invited',
      'INVITATION_EXPIRED to owner',
      'MEMBERSHIP_EXPIRED to asking',
      'MEMBERSHIP_EXPIRED to owner',
    ]);
    expect(again).toEqual([]);
    const after = await kit.read(owner.token, invitation.id);
    expect(after).toMatchObject({
      state: 'EXPIRED',
      closedAt: before.expiresAt,
      version: before.version + 1,
    });
    expect(after.timeline.nodes).toMatchObject([{ kind: 'EXPIRED', author: null }]);
    const [event] = await world.sql(
      `select e.created_at = r.expires_at as "isThen" from request_events e
       join requests r on r.id = e.request_id where r.id = $1`,
      [uuidIn(invitation.id)],
    );
    expect(event).toEqual({ isThen: true });
    expect(await auditOf(invitation.id)).toMatchObject([
      { act: 'request.submitted' },
      { act: 'request.expired', actor_kind: 'SYSTEM' },
    ]);
    expect(await kit.history(wish.id)).toEqual(['EXPIRED']);
    expect(await stateOf(open.id)).toBe('SUBMITTED');
  });

  it('does more than fit at once', async () => {
    const owner: Person = await kit.person();
    const community = await kit.community([[owner, 'OWNER']]);
    await world.sql(
      `with made as (
        insert into users (id, username) select gen_random_uuid(), 'many-' || n from generate_series(1, 1100) n
        returning id)
      insert into requests (id, kind, community_id, user_id, level, expires_at)
      select gen_random_uuid(), 'INVITATION', $1, id, 'READER', now() - interval '1 day' from made`,
      [community.uuid],
    );

    await writeDown();

    const [left] = await world.sql(
      `select count(*)::int as count from requests where community_id = $1 and state = 'SUBMITTED'`,
      [community.uuid],
    );
    expect(left).toEqual({ count: 0 });
  });

  it('is done by the workers', async () => {
    const working = await startWorld();
    const there = new Kit(working);
    const owner = await there.person();
    const community = await there.community([[owner, 'OWNER']]);
    const { id } = await there.invite(owner, community, await there.person());
    await there.expire(id);

    await working.app.queue.send('expire-requests', {});

    await expect
      .poll(() => working.sql('select state from requests where id = $1', [uuidIn(id)]), {
        timeout: 15_000,
      })
      .toEqual([{ state: 'EXPIRED' }]);
    await working.stop();
  });
});
