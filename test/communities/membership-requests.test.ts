import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { askToJoin } from '../../src/communities/joining/membership-requests.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { Kit, type Person } from '../requests/kit.ts';

let world: World;
let kit: Kit;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  kit = new Kit(world);
});
afterAll(() => world.stop());

const refused = (code: string, ...path: string[]) => ({
  request: null,
  userErrors: [expect.objectContaining({ code, path: ['input', ...path] })],
});
const denied = { denied: 'FORBIDDEN' };

async function scene(columns: Record<string, unknown> = {}) {
  const [owner, manager, person] = [await kit.person(), await kit.person(), await kit.person()];
  const community = await kit.community(
    [
      [owner, 'OWNER'],
      [manager, 'MANAGER'],
    ],
    { member_policy: 'OPEN', ...columns },
  );
  return { owner, manager, person, community };
}

const ask = (by: Person | undefined, { id }: { id: string }, more = {}) =>
  kit.does(by?.token, 'requestMembership', { communityId: id, ...more });

describe.concurrent('who asks to join', () => {
  it('waits for thirty days to become a reader', async () => {
    const { person, community } = await scene();

    const { request, userErrors } = await ask(person, community, { message: 'Let me in' });

    expect(userErrors).toEqual([]);
    expect(request).toMatchObject({
      kind: 'MEMBERSHIP',
      state: 'SUBMITTED',
      level: 'READER',
      title: `Request to join "${community.title}"`,
      user: { id: person.id },
      createdBy: { id: person.id },
      community: { id: community.id },
      child: null,
      viewerPermissions: ['CANCEL', 'COMMENT'],
    });
    expect(Date.parse(request.expiresAt) - Date.now()).toBeGreaterThan(29.9 * 86_400_000);
    expect((await kit.read(person.token, request.id)).timeline.nodes).toMatchObject([
      { kind: 'COMMENT', content: 'Let me in' },
    ]);
  });

  it('is signed in', async () => {
    const { community } = await scene();

    expect(await ask(undefined, community)).toEqual({ denied: 'UNAUTHENTICATED' });
  });

  it.each([
    [{ member_policy: 'CLOSED' }, denied],
    [{ visibility: 'RESTRICTED' }, refused('NOT_FOUND', 'communityId')],
    [{ deleted_at: new Date() }, refused('NOT_FOUND', 'communityId')],
  ])('comes to nothing where the community is %j', async (columns, expected) => {
    const { person, community } = await scene(columns);

    expect(await ask(person, community)).toMatchObject(expected);
  });

  it('is no member, by a role neither', async () => {
    const { owner, person, community } = await scene();
    await kit.enterByRole(community, person, 'READER');

    expect(await ask(owner, community)).toEqual(denied);
    expect(await ask(person, community)).toEqual(denied);
  });

  it.each(['enter', 'enterByRole'] as const)(
    'is no member by now, whatever they were when the request came in: %s',
    async (enters) => {
      const { person, community } = await scene();
      await kit[enters](community, person, 'READER');
      const then = world.app.begin(Actor.user(person.uuid, [], []));

      const asked = askToJoin(then, { communityId: community.id });

      await expect(asked).rejects.toMatchObject({ code: 'FORBIDDEN' });
    },
  );

  it('may be an administrator who is no member, and only where people can ask', async () => {
    const open = await scene();
    const closed = await scene({ member_policy: 'CLOSED' });
    const hidden = await scene({ visibility: 'RESTRICTED' });
    const administrator = { token: world.admin } as Person;

    expect((await ask(administrator, open.community)).request.state).toBe('SUBMITTED');
    expect(await ask(administrator, closed.community)).toEqual(denied);
    expect(await ask(administrator, hidden.community)).toEqual(denied);
  });

  it('neither asks twice nor is invited', async () => {
    const { owner, person, community } = await scene();
    const invited = await kit.person();
    await kit.askToJoin(person, community);
    await kit.invite(owner, community, invited);

    expect(await ask(person, community)).toMatchObject(refused('CONFLICT', 'communityId'));
    expect(await ask(invited, community)).toMatchObject(refused('CONFLICT', 'communityId'));
  });

  it('may ask again after any end', async () => {
    const { owner, person, community } = await scene();

    const first = await kit.askToJoin(person, community);
    await kit.does(owner.token, 'declineRequest', { requestId: first.id });
    const second = await kit.askToJoin(person, community);
    await kit.does(person.token, 'cancelRequest', { requestId: second.id });
    const third = await kit.askToJoin(person, community);
    await kit.does(owner.token, 'acceptRequest', { requestId: third.id });
    await world.sql('delete from members where user_id = $1', [person.uuid]);

    expect((await ask(person, community)).request.state).toBe('SUBMITTED');
  });

  it('says something, or nothing at all', async () => {
    const { person, community } = await scene();

    expect(await ask(person, community, { message: '<br>' })).toMatchObject(
      refused('INVALID', 'message'),
    );
    expect((await ask(person, community, { message: null })).request.state).toBe('SUBMITTED');
  });

  it('is let in though the community has closed since', async () => {
    const { owner, person, community } = await scene();
    const { id } = await kit.askToJoin(person, community);
    await world.sql(
      `update communities set member_policy = 'CLOSED', visibility = 'RESTRICTED' where id = $1`,
      [community.uuid],
    );

    const { request } = await kit.does(owner.token, 'acceptRequest', { requestId: id });

    expect(request.state).toBe('ACCEPTED');
    expect((await kit.levels(community))[person.uuid]).toBe('READER');
  });

  it('is seen by those who are asked, also if they hide elsewhere', async () => {
    const { manager, community } = await scene();
    const shy = await kit.person({ visibility: 'RESTRICTED' });

    const { id } = await kit.askToJoin(shy, community);

    expect((await kit.read(manager.token, id)).user).toEqual({ id: shy.id });
  });
});

it('tells those who keep the community, and then who asked', async () => {
  const { owner, manager, person, community } = await scene();
  const people = { owner, manager, person };
  let id = '';
  const ask = () =>
    kit.mails(people, async () => {
      id = (await kit.askToJoin(person, community)).id;
    });
  const answered = (by: Person, mutation: string, more = {}) =>
    kit.mails(people, () => kit.does(by.token, mutation, { requestId: id, ...more }));

  expect(await ask()).toEqual(['MEMBERSHIP_SUBMITTED to manager', 'MEMBERSHIP_SUBMITTED to owner']);
  expect(await answered(person, 'cancelRequest')).toEqual([
    'MEMBERSHIP_CANCELLED to manager',
    'MEMBERSHIP_CANCELLED to owner',
  ]);
  await ask();
  expect(await answered(manager, 'declineRequest')).toEqual(['MEMBERSHIP_DECLINED to person']);
  await ask();
  expect(await answered(owner, 'commentOnRequest', { content: 'Who are you?' })).toEqual([
    'COMMENTED to manager',
    'COMMENTED to person',
  ]);
  expect(await answered(owner, 'acceptRequest', { level: 'MANAGER' })).toEqual([
    'MEMBERSHIP_ACCEPTED to person',
  ]);
});
