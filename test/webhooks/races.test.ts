import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { hold, newPerson, notice, send, waitingForLocks } from './sender.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

describe('a person who is being made', () => {
  it('and is deleted before that is done, is not left active', async () => {
    const id = newPerson(world, '301');
    const release = await hold(world, 'lock table users in share row exclusive mode');
    await send(world, { body: notice([id], 'knowledgeCommons', 'created') });
    await waitingForLocks(world, 1);
    world.sample.world.people.delete(id);
    const deleting = send(world, { body: notice([id], 'knowledgeCommons', 'deleted') });
    await Promise.race([deleting, waitingForLocks(world, 2)]);

    await release();

    const { body } = await deleting;
    await world.settled();
    expect(body.events).toMatchObject([{ id, outcome: 'accepted' }]);
    expect(await world.sql("select state from users where username = 'p301'")).toEqual([
      { state: 'SUSPENDED' },
    ]);
  });
});

describe('people who are looked at', () => {
  it('can be asked for at the same time, whatever the order in which they came', async () => {
    const [first, second] = [newPerson(world, '312'), newPerson(world, '311')];
    for (const id of [first, second]) await send(world, { body: notice([id]) });
    await world.settled();
    await world.sql('update sync_states set fetched_at = null');
    world.sample.calls.clear();
    world.sample.switches.set('/wp-json/commons/v1/users/*', { mode: 'slow', delayMs: 2000 });
    await send(world, { body: notice([first, second]) });
    while (world.sample.calls.count() < 2) await sleep(5);
    world.sample.switches.clear();
    const release = await hold(
      world,
      `select from sync_states where remote_id = '${first}' for update`,
    );
    await waitingForLocks(world, 1);
    const free = await world.sql(
      'select from sync_states where remote_id = $1 for update skip locked',
      [second],
    );
    const asking = send(world, { body: notice([second, first]) });
    await waitingForLocks(world, 2);

    await release();

    const { status } = await asking;
    await world.settled();
    expect(status).toBe(202);
    // A request locks by id: whoever looks must have taken the smaller id before it waits for the other.
    expect(free).toEqual([]);
  });
});
