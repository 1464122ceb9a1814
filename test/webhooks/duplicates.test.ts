import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { asked, hold, newPerson, notice, send, signed, waitingForLocks } from './sender.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const outcomes = ({ body }: { body: { events: { outcome: string }[] } }) =>
  body.events.map((it) => it.outcome);

/** The inbox's rows of a body. */
const inbox = (body: string) =>
  world.sql<{ message: string | null; receipts: number }>(
    `select message_id as message, receipts from webhook_deliveries
      where body = $1 and redelivery_of_id is null order by received_at`,
    [body],
  );

const userOf = async (username: string) => {
  const { data } = await world.ask(
    world.admin,
    'query ($username: String!) { user(username: $username) { fullName state version } }',
    { username },
  );
  return data.user;
};

const callsFor = (id: string) => world.sample.calls.count(`/wp-json/commons/v1/users/${id}`);

describe('an equal body without an id', () => {
  it('is a duplicate: one row in the inbox, and nothing changes', async () => {
    const body = notice([newPerson(world, '201')]);
    const first = await send(world, { body });
    await world.settled();
    const before = await userOf('p201');

    const second = await send(world, { body });

    await world.settled();
    expect([first.status, second.status]).toEqual([202, 202]);
    expect([outcomes(first), outcomes(second)]).toEqual([['accepted'], ['duplicate']]);
    expect(second.body.deliveryId).toBe(first.body.deliveryId);
    expect(await inbox(body)).toEqual([{ message: null, receipts: 2 }]);
    expect(await userOf('p201')).toEqual(before);
  });

  it('still brings a change that the service made in between', async () => {
    const body = notice([newPerson(world, '202')]);
    await send(world, { body });
    await world.settled();
    world.sample.world.people.patch('202', { name: 'Renamed Between' });

    const answer = await send(world, { body });

    await world.settled();
    expect(outcomes(answer)).toEqual(['duplicate']);
    expect(await userOf('p202')).toMatchObject({ fullName: 'Renamed Between' });
  });

  it('is news again after a few minutes', async () => {
    const body = notice([newPerson(world, '203')]);
    await send(world, { body });
    await world.sql(
      `update webhook_deliveries set received_at = now() - interval '6 minutes' where body = $1`,
      [body],
    );

    const answer = await send(world, { body });

    expect(outcomes(answer)).toEqual(['accepted']);
    expect(await inbox(body)).toHaveLength(2);
  });

  it('is none if a byte differs', async () => {
    const body = notice([newPerson(world, '204')]);
    await send(world, { body });

    const answer = await send(world, { body: `${body}\n` });

    expect(outcomes(answer)).toEqual(['accepted']);
  });

  it('is none if the other came with an id', async () => {
    const body = notice([newPerson(world, '205')]);
    await send(world, { body, headers: signed(body, 'msg_205') });

    const answer = await send(world, { body });

    expect(outcomes(answer)).toEqual(['accepted']);
    expect(await inbox(body)).toHaveLength(2);
  });

  it('is kept once however many come at the same time', async () => {
    const id = newPerson(world, '206');
    const body = notice([id]);

    const answers = await Promise.all(Array.from({ length: 200 }, () => send(world, { body })));

    await world.settled();
    expect(answers.every((it) => it.status === 202)).toBe(true);
    expect(answers.filter((it) => outcomes(it)[0] === 'accepted')).toHaveLength(1);
    expect(await inbox(body)).toEqual([{ message: null, receipts: 200 }]);
    expect(await userOf('p206')).toMatchObject({ fullName: 'Person 206' });
  });
});

describe('an equal id', () => {
  it('is a duplicate, and has no effect', async () => {
    const id = newPerson(world, '211');
    const body = notice([id]);
    const headers = signed(body, 'msg_211');
    const first = await send(world, { body, headers });
    await world.settled();
    const calls = callsFor(id);
    world.sample.world.people.patch(id, { name: 'Not Announced' });

    const second = await send(world, { body, headers });

    await world.settled();
    expect([outcomes(first), outcomes(second)]).toEqual([['accepted'], ['duplicate']]);
    expect(second.body.deliveryId).toBe(first.body.deliveryId);
    expect(await inbox(body)).toEqual([{ message: 'msg_211', receipts: 2 }]);
    expect(await asked(world, id)).toEqual({ [id]: 1 });
    expect(callsFor(id)).toBe(calls);
    expect(await userOf('p211')).toMatchObject({ fullName: 'Person 211' });
  });

  it('is a duplicate also when it is signed anew, as a retry is', async () => {
    const body = notice([newPerson(world, '212')]);
    await send(world, { body, headers: signed(body, 'msg_212', { age: 60 }) });

    const answer = await send(world, { body, headers: signed(body, 'msg_212') });

    expect(outcomes(answer)).toEqual(['duplicate']);
  });

  it('with another body is a conflict, of which nothing is kept', async () => {
    const [id, other] = [newPerson(world, '213'), newPerson(world, '214')];
    const [body, changed] = [notice([id]), notice([other])];
    await send(world, { body, headers: signed(body, 'msg_213') });

    const answer = await send(world, { body: changed, headers: signed(changed, 'msg_213') });

    expect(answer).toMatchObject({ status: 409, body: { code: 'CONFLICT', status: 409 } });
    expect(await inbox(body)).toEqual([{ message: 'msg_213', receipts: 1 }]);
    expect(await inbox(changed)).toEqual([]);
    expect(await asked(world, id, other)).toEqual({ [id]: 1 });
  });

  it('of another service is another message', async () => {
    const body = notice([newPerson(world, '215')]);
    const elsewhere = notice(['p215'], 'myCommons');
    await send(world, { body, headers: signed(body, 'msg_215') });

    const answer = await send(world, { body: elsewhere, headers: signed(elsewhere, 'msg_215') });

    expect(outcomes(answer)).toEqual(['accepted']);
  });

  it('counts once however many come at the same time', async () => {
    const id = newPerson(world, '216');
    const body = notice([id]);
    const headers = signed(body, 'msg_216');

    const answers = await Promise.all(
      Array.from({ length: 200 }, () => send(world, { body, headers })),
    );

    expect(answers.every((it) => it.status === 202)).toBe(true);
    expect(answers.filter((it) => outcomes(it)[0] === 'accepted')).toHaveLength(1);
    expect(await inbox(body)).toEqual([{ message: 'msg_216', receipts: 200 }]);
    expect(await asked(world, id)).toEqual({ [id]: 1 });
  });

  it('with two bodies at the same time is one message and one conflict', async () => {
    const [id, other] = [newPerson(world, '217'), newPerson(world, '218')];
    const bodies = [notice([id]), notice([other])];

    const answers = await Promise.all(
      bodies.map((body) => send(world, { body, headers: signed(body, 'msg_217') })),
    );

    expect(answers.map((it) => it.status).sort()).toEqual([202, 409]);
    expect(Object.values(await asked(world, id, other))).toEqual([1]);
  });
});

describe('a message that comes while its twin is being stored', () => {
  it.each([
    ['with an id', 'msg_221'],
    ['without an id', undefined],
  ])('%s waits for it and is a duplicate', async (_, messageId) => {
    const id = newPerson(world, `22${messageId ? 1 : 2}`);
    const body = notice([id]);
    const headers = messageId ? signed(body, messageId) : undefined;
    const release = await hold(world, 'lock table webhook_deliveries in share mode');
    const first = send(world, { body, headers });
    await waitingForLocks(world, 1);
    const second = send(world, { body, headers });
    await waitingForLocks(world, 2);

    await release();

    const answers = await Promise.all([first, second]);
    expect(answers.map((it) => it.status)).toEqual([202, 202]);
    expect(answers.map(outcomes)).toEqual([['accepted'], ['duplicate']]);
    expect(await inbox(body)).toEqual([{ message: messageId ?? null, receipts: 2 }]);
  });
});

describe('one subject named twice in a body', () => {
  it('is looked at once', async () => {
    const id = newPerson(world, '231');

    const answer = await send(world, { body: notice([id, id, Number(id)]) });

    await world.settled();
    expect(answer.status).toBe(202);
    expect(await asked(world, id)).toEqual({ [id]: 1 });
    expect(callsFor(id)).toBe(1);
  });
});

describe('a burst', () => {
  it('of 1,000 notices of one person costs a handful of calls and ends at the last state', async () => {
    const id = newPerson(world, '241');
    const begun = performance.now();

    const answers = [];
    for (let n = 0; n < 1000; n += 20) {
      world.sample.world.people.patch(id, { name: `Version ${n}` });
      answers.push(
        ...(await Promise.all(
          Array.from({ length: 20 }, (_, i) =>
            send(world, { body: `${notice([id])}${' '.repeat(n + i)}` }),
          ),
        )),
      );
    }

    const seconds = (performance.now() - begun) / 1000;
    await world.settled();
    expect(answers.every((it) => it.status === 202)).toBe(true);
    // A subject rests half a second between two looks: 8 calls where the posts take 2 s.
    expect(callsFor(id)).toBeLessThanOrEqual(4 + 2 * seconds);
    expect(await userOf('p241')).toMatchObject({ fullName: 'Version 980' });
  });
});
