import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { endRequestsOf } from '../../src/communities/joining/answers.ts';
import { expireDue } from '../../src/communities/joining/open-requests.ts';
import { transact } from '../../src/context.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { Kit, uuidIn } from './kit.ts';

let world: World;
let kit: Kit;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  kit = new Kit(world);
});
afterAll(() => world.stop());

interface Answered {
  denied?: string;
  request?: { state: string };
  comment?: object;
  requests?: object[];
  userErrors?: { code: string; message: string }[];
}

/** How many did it, and what the others were told. */
function outcome(answers: Answered[]) {
  const done = answers.filter((it) => it.request ?? it.requests ?? it.comment);
  const told = answers.flatMap(
    (it) => it.denied ?? it.userErrors?.map((error) => error.code) ?? [],
  );
  return { done: done.length, told: [...new Set(told)] };
}

const times = <T>(count: number, work: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, i) => work(i)));

async function scene() {
  const [owner, person] = [await kit.person(), await kit.person()];
  const community = await kit.community([[owner, 'OWNER']], { member_policy: 'OPEN' });
  return { owner, person, community };
}

describe('at the same time', () => {
  it('an invitation is accepted fifty times, and once it is', async () => {
    const { owner, person, community } = await scene();
    const { id } = await kit.invite(owner, community, person);

    const answers = await times(50, () =>
      kit.does(person.token, 'acceptRequest', { requestId: id, comment: 'Yes' }),
    );

    expect(outcome(answers)).toEqual({ done: 1, told: ['CONFLICT'] });
    expect(await kit.history(id)).toEqual(['ACCEPTED', 'COMMENT']);
    expect((await kit.levels(community))[person.uuid]).toBe('READER');
  });

  it('it is accepted, declined and taken back, and one of these happens', async () => {
    for (let round = 0; round < 5; round++) {
      const { owner, person, community } = await scene();
      const { id } = await kit.invite(owner, community, person);

      const answers = await times(9, (i) =>
        i % 3 === 0
          ? kit.does(person.token, 'acceptRequest', { requestId: id })
          : i % 3 === 1
            ? kit.does(owner.token, 'cancelRequest', { requestId: id })
            : kit.does(person.token, 'declineRequest', { requestId: id }),
      );

      expect(outcome(answers)).toEqual({ done: 1, told: ['CONFLICT'] });
      const { state } = await kit.read(owner.token, id);
      expect(await kit.history(id)).toEqual([state]);
      const isMember = person.uuid in (await kit.levels(community));
      expect(isMember).toBe(state === 'ACCEPTED');
    }
  });

  it('somebody is invited and asks, and one request is open', async () => {
    const { owner, person, community } = await scene();
    const users = [{ id: person.id }];

    const answers = await times(20, (i) =>
      i % 2
        ? kit.does(owner.token, 'inviteToCommunity', {
            communityId: community.id,
            users,
            level: 'READER',
          })
        : kit.does(person.token, 'requestMembership', { communityId: community.id }),
    );

    expect(outcome(answers)).toEqual({ done: 1, told: ['CONFLICT'] });
    const found = await world.sql('select state from requests where community_id = $1', [
      community.uuid,
    ]);
    expect(found).toEqual([{ state: 'SUBMITTED' }]);
  });

  it('an expired one is written down by the job and by new ones', async () => {
    const { owner, person, community } = await scene();
    const old = await kit.invite(owner, community, person);
    await kit.expire(old.id);

    const [answers] = await Promise.all([
      times(5, () => kit.does(person.token, 'requestMembership', { communityId: community.id })),
      times(5, () => expireDue(world.app.begin(Actor.system))),
    ]);

    expect(outcome(answers)).toEqual({ done: 1, told: ['CONFLICT'] });
    expect(await kit.history(old.id)).toEqual(['EXPIRED']);
  });

  it('the community is deleted, and nobody comes in afterwards', async () => {
    for (let round = 0; round < 5; round++) {
      const { owner, person, community } = await scene();
      const { id } = await kit.invite(owner, community, person);

      const [accepted, deleted] = await Promise.all([
        kit.does(person.token, 'acceptRequest', { requestId: id }),
        world.ask(
          owner.token,
          `mutation ($input: DeleteCommunityInput!) {
            deleteCommunity(input: $input) { userErrors { code } } }`,
          { input: { communityId: community.id } },
        ),
      ]);

      expect(deleted.data.deleteCommunity.userErrors).toEqual([]);
      const [{ state }] = await world.sql('select state from requests where id = $1', [uuidIn(id)]);
      expect(state).toBe(accepted.request ? 'ACCEPTED' : 'CANCELLED');
      expect(person.uuid in (await kit.levels(community))).toBe(state === 'ACCEPTED');
      expect(await kit.history(id)).toEqual([state]);
    }
  });

  it('two communities ask each other, and neither waits for ever', async () => {
    const [one, two] = [await kit.person(), await kit.person()];
    const a = await kit.community([[one, 'OWNER']], { allows_children: true });
    const children = await times(6, () => kit.community([[two, 'OWNER']]));

    const answers = await times(24, (i) => {
      const child = children[i % children.length]?.id;
      return i % 2
        ? kit.does(two.token, 'requestSubcommunity', { parentId: a.id, child: { id: child } })
        : kit.does(one.token, 'inviteSubcommunity', { parentId: a.id, childId: child });
    });

    expect(outcome(answers)).toEqual({ done: children.length, told: ['CONFLICT'] });
  });

  it('a community is asked for by two parents, and one gets it', async () => {
    const [one, two] = [await kit.person(), await kit.person()];
    const parents = await times(2, () =>
      kit.community([[one, 'OWNER']], { allows_children: true }),
    );
    const child = await kit.community([[two, 'OWNER']]);

    const answers = await times(10, (i) =>
      kit.does(two.token, 'requestSubcommunity', {
        parentId: parents[i % 2]?.id,
        child: { id: child.id },
      }),
    );

    expect(outcome(answers)).toEqual({ done: 1, told: ['CONFLICT'] });
  });

  it('a conversation is locked, and nothing is said after that', async () => {
    const { owner, person, community } = await scene();
    const { id } = await kit.invite(owner, community, person);

    const answers = await times(21, (i) =>
      i === 10
        ? kit.does(person.token, 'lockRequest', { requestId: id })
        : kit.does(owner.token, 'commentOnRequest', { requestId: id, content: `c${i}` }),
    );

    const events = await world.sql(
      'select kind, created_at as at from request_events where request_id = $1',
      [uuidIn(id)],
    );
    const [locked, ...rest] = events.filter((it: { kind: string }) => it.kind === 'LOCKED');
    expect(rest).toEqual([]);
    const comments = events.filter((it: { kind: string }) => it.kind === 'COMMENT');
    expect(comments).toHaveLength(outcome(answers).done - 1);
    expect(comments.filter((it: { at: Date }) => it.at > locked.at)).toEqual([]);
    expect((await kit.read(owner.token, id)).isLocked).toBe(true);
  });
});

describe('the end of a community', () => {
  it('takes back who would join it and what it asked for, in the open', async () => {
    const { owner, person, community } = await scene();
    const [asking, late, keeper] = [await kit.person(), await kit.person(), await kit.person()];
    const parent = await kit.community([[keeper, 'OWNER']], { allows_children: true });
    const invitation = await kit.invite(owner, community, person);
    const wish = await kit.askToJoin(asking, community);
    const due = await kit.invite(owner, community, late);
    await kit.expire(due.id);
    const { request: outgoing } = await kit.does(owner.token, 'requestSubcommunity', {
      parentId: parent.id,
      child: { id: community.id },
    });
    const guest = await kit.community([[keeper, 'OWNER']]);
    await world.sql('update communities set allows_children = true where id = $1', [
      community.uuid,
    ]);
    const { request: incoming } = await kit.does(keeper.token, 'requestSubcommunity', {
      parentId: community.id,
      child: { id: guest.id },
    });
    const people = { owner, person, asking, late, keeper };

    const mails = await kit.mails(people, () =>
      transact(world.app.begin(Actor.system), (tx) => endRequestsOf(tx, community.uuid)),
    );

    for (const [{ id }, state] of [
      [invitation, 'CANCELLED'],
      [wish, 'CANCELLED'],
      [due, 'EXPIRED'],
      [outgoing, 'CANCELLED'],
      [incoming, 'CANCELLED'],
    ] as const) {
      expect((await kit.read(world.admin, id)).state).toBe(state);
      expect(await kit.history(id)).toEqual([state]);
    }
    expect(mails).toEqual([
      'INVITATION_CANCELLED to person',
      'INVITATION_EXPIRED to late',
      'INVITATION_EXPIRED to owner',
      'MEMBERSHIP_DECLINED to asking',
      'SUBCOMMUNITY_CANCELLED to keeper',
      'SUBCOMMUNITY_CANCELLED to owner',
      'SUBCOMMUNITY_DECLINED to keeper',
      'SUBCOMMUNITY_DECLINED to owner',
    ]);
  });

  it('waits until other communities are answered', async () => {
    const [owner, other] = [await kit.person(), await kit.person()];
    const parent = await kit.community([[owner, 'OWNER']], { allows_children: true });
    const child = await kit.community([[other, 'OWNER']]);
    const input = { parentId: parent.id, child: { id: child.id } };
    const { request } = await kit.does(other.token, 'requestSubcommunity', input);
    const remove = async () => {
      const { data } = await world.ask(
        owner.token,
        `mutation ($input: DeleteCommunityInput!) {
          deleteCommunity(input: $input) { userErrors { code path } } }`,
        { input: { communityId: parent.id } },
      );
      return data.deleteCommunity.userErrors;
    };

    const before = await remove();
    await kit.does(owner.token, 'declineRequest', { requestId: request.id });

    expect(before).toEqual([{ code: 'CONFLICT', path: ['input', 'communityId'] }]);
    expect(await remove()).toEqual([]);
  });
});
