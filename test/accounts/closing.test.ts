import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signIn, viewerBy } from '../credentials/kit.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { Remote } from '../sync/scene.ts';
import {
  act,
  auditOf,
  done,
  giveRole,
  join,
  makePerson,
  makePlace,
  refusals,
  stateOf,
} from './kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const close = (userId: string, more: object = {}) =>
  act(world, world.admin, 'deactivateUser', { userId, ...more });
const levelOf = async (community: string, uuid: string) =>
  (
    await world.sql('select level from members where community_id = $1 and user_id = $2', [
      community,
      uuid,
    ])
  )[0]?.level;

describe('deactivateUser', () => {
  it('keeps memberships and roles for the day on which the account is opened again', async () => {
    const [jane, john] = [await makePerson(world), await makePerson(world)];
    const place = await makePlace(world, [jane, john]);
    const { role } = await giveRole(world, jane);

    await done(world, world.admin, 'deactivateUser', { userId: jane.id, reason: 'asked for it' });

    expect(await stateOf(world, jane)).toBe('DEACTIVATED');
    expect(await levelOf(place.uuid, jane.uuid)).toBe('OWNER');
    expect(
      await world.sql('select role_id from assignments where user_id = $1', [jane.uuid]),
    ).toEqual([{ role_id: role }]);
    expect(await auditOf(world, jane)).toContainEqual({
      act: 'user.deactivated',
      details: { from: 'ACTIVE', sessions: 0, tokens: 1, reason: 'asked for it' },
    });
  });

  it('does nothing the second time', async () => {
    const jane = await makePerson(world);
    for (const name of ['deactivateUser', 'deactivateUser', 'activateUser', 'activateUser']) {
      await done(world, world.admin, name, { userId: jane.id });
    }

    const acts = (await auditOf(world, jane)).map((it) => it.act);
    expect(acts.filter((it) => /activated/.test(it))).toEqual([
      'user.deactivated',
      'user.activated',
    ]);
  });

  it('has nobody find the person, from that moment on', async () => {
    const jane = await makePerson(world);
    const asker = await makePerson(world);
    const found = async () =>
      (
        await world.ask(
          asker.token,
          'query ($q: String!) { users(query: $q) { nodes { username } } }',
          { q: jane.username },
        )
      ).data.users.nodes;
    await world.indexed();
    expect(await found()).toEqual([{ username: jane.username }]);

    await done(world, world.admin, 'deactivateUser', { userId: jane.id });

    expect(await found()).toEqual([]);
    expect(
      await world.sql('select from search_users where id = $1 and audience = $2', [
        jane.uuid,
        'EVERYONE',
      ]),
    ).toEqual([]);
    await done(world, world.admin, 'activateUser', { userId: jane.id });
    await world.indexed();
    expect(await found()).toEqual([{ username: jane.username }]);
  });

  it('names every community that would have no owner, and changes nothing', async () => {
    const [jane, john] = [await makePerson(world), await makePerson(world)];
    const [first, second] = [await makePlace(world, [jane]), await makePlace(world, [jane])];
    await makePlace(world, [jane, john]);
    // A role that nobody else has owns it.
    const third = await makePlace(world, []);
    const { role } = await giveRole(world, jane);
    await world.sql(
      `insert into members (id, community_id, role_id, level) values (gen_random_uuid(), $1, $2, 'OWNER')`,
      [third.uuid, role],
    );
    const gone = await makePlace(world, [jane]);
    await world.sql('update communities set deleted_at = now() where id = $1', [gone.uuid]);

    const answer = await close(jane.id);

    expect(refusals(answer)).toEqual(Array(3).fill('CONFLICT userId'));
    const text = answer.userErrors.map((it) => it.message).join('\n');
    for (const { slug } of [first, second, third]) expect(text).toContain(slug);
    expect(await stateOf(world, jane)).toBe('ACTIVE');
  });

  it('does not take an owner for one whose own account is closed', async () => {
    const [jane, john] = [await makePerson(world), await makePerson(world)];
    await makePlace(world, [jane, john]);
    await done(world, world.admin, 'deactivateUser', { userId: john.id });

    expect(refusals(await close(jane.id))).toEqual(['CONFLICT userId']);
  });

  it('gives a successor what would have no owner, and only that', async () => {
    const [jane, john, joan] = [
      await makePerson(world),
      await makePerson(world),
      await makePerson(world),
    ];
    const [alone, shared, other] = [
      await makePlace(world, [jane]),
      await makePlace(world, [jane, john]),
      await makePlace(world, [jane]),
    ];
    await join(world, alone.uuid, joan, 'READER');

    await done(world, world.admin, 'deactivateUser', { userId: jane.id, successorId: joan.id });

    expect(await levelOf(alone.uuid, joan.uuid)).toBe('OWNER');
    expect(await levelOf(other.uuid, joan.uuid)).toBe('OWNER');
    expect(await levelOf(shared.uuid, joan.uuid)).toBeUndefined();
    const [{ count }] = await world.sql(
      `select count(*)::int from audit_events where act = 'community.handed_over' and subject_id = any($1)`,
      [[alone.uuid, other.uuid, shared.uuid]],
    );
    expect(count).toBe(2);
  });

  it('takes no successor who is nobody, closed, or the same', async () => {
    const [jane, john] = [await makePerson(world), await makePerson(world)];
    await makePlace(world, [jane]);
    await done(world, world.admin, 'deactivateUser', { userId: john.id });

    for (const [successorId, code] of [
      [john.id, 'CONFLICT successorId'],
      [jane.id, 'CONFLICT successorId'],
      ['usr_nobody', 'NOT_FOUND successorId'],
    ] as const) {
      expect(refusals(await close(jane.id, { successorId }))).toEqual([code]);
    }
    expect(await stateOf(world, jane)).toBe('ACTIVE');
  });

  it('lets no moderator name a successor', async () => {
    const [jane, moderator] = [await makePerson(world), await makePerson(world, 'MODERATE')];
    await makePlace(world, [jane]);

    const answer = await act(world, moderator.token, 'deactivateUser', {
      userId: jane.id,
      successorId: moderator.id,
    });

    expect(refusals(answer)).toEqual(['FORBIDDEN']);
    expect(await stateOf(world, jane)).toBe('ACTIVE');
  });

  it('leaves a community an owner when both close at the same time', async () => {
    for (let n = 0; n < 5; n++) {
      const [jane, john] = [await makePerson(world), await makePerson(world)];
      await makePlace(world, [jane, john]);

      const answers = await Promise.all([close(jane.id), close(john.id)]);

      expect(answers.flatMap(refusals)).toEqual(['CONFLICT userId']);
    }
  });

  it('leaves one administrator when two close each other', async () => {
    const own = await startWorld({ isWorking: false });
    const [one, two] = [await makePerson(own, 'ADMINISTER'), await makePerson(own, 'ADMINISTER')];
    const [first] = await own.sql(`select id from users where username = 'the-administrator'`);
    await own.sql('delete from assignments where user_id = $1', [first.id]);

    const answers = await Promise.all([
      act(own, one.token, 'deactivateUser', { userId: two.id }),
      act(own, two.token, 'deactivateUser', { userId: one.id }),
    ]);

    const states = [await stateOf(own, one), await stateOf(own, two)].sort();
    expect(states).toEqual(['ACTIVE', 'DEACTIVATED']);
    // The other was refused: as the last, or because their own door was closed first.
    expect(answers.flatMap(refusals)).toHaveLength(1);
    await own.stop();
  });

  it('has an end for who goes on and on', async () => {
    const own = await makePerson(world, 'MODERATE');
    const jane = await makePerson(world);
    const again = () => act(world, own.token, 'activateUser', { userId: jane.id });
    let count = 0;
    // One a second leaks away meanwhile.
    for (; count < 200; count++) if ((await again()).denied === 'RATE_LIMITED') break;

    expect(count).toBeGreaterThanOrEqual(60);
    expect(count).toBeLessThan(200);
  });
});

describe('activateUser', () => {
  it('brings back who was suspended, which only a sync did', async () => {
    const jane = await makePerson(world);
    await world.sql(`update users set state = 'SUSPENDED' where id = $1`, [jane.uuid]);

    await done(world, world.admin, 'activateUser', { userId: jane.id });

    expect(await stateOf(world, jane)).toBe('ACTIVE');
    expect(await world.ask(jane.token, '{ viewer { username } }')).toMatchObject({
      data: { viewer: { username: jane.username } },
    });
  });
});

describe('who a sync suspends', () => {
  it('is signed in no more, in the same moment; others are', async () => {
    const remote = new Remote(world, 'myCommons');
    const people = [await remote.member(), await remote.member()];
    const [gone, stays] = await Promise.all(
      people.map(async ({ username, subject }) => {
        const [{ id }] = await world.sql('select id from users where username = $1', [username]);
        return { username, subject, id, session: await signIn(world, id) };
      }),
    );
    expect(await viewerBy(world.url, gone?.session ?? {})).toBe(gone?.username);

    remote.forgets(gone?.subject ?? '');
    await remote.tell('users', 'deleted', gone?.subject ?? '');

    const kept = await world.sql('select user_id from sessions where user_id = any($1)', [
      [gone?.id, stays?.id],
    ]);
    expect(kept).toEqual([{ user_id: stays?.id }]);
  });
});
