import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { asked, hold, kept, notice, send, signed, waitingForLocks } from './sender.ts';

let world: World;
/** Nothing is at work here, so that whatever is kept stays to be seen. */
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  await world.sql(`
    create function refuse() returns trigger language plpgsql as $$
      begin raise 'This one is poison'; end $$;
    create trigger poison before insert on sync_states
      for each row when (new.remote_id = 'poison') execute function refuse();`);
});
afterAll(() => world.stop());

const inboxOf = (body: string) =>
  world.sql<{ receipts: number }>('select receipts from webhook_deliveries where body = $1', [
    body,
  ]);

describe('a message that cannot be stored', () => {
  it('is told 500 with an errorId, and nothing of it is kept', async () => {
    const before = await kept(world);

    const answer = await send(world, { body: notice(['before', 'poison', 'zebra']) });

    expect(answer.status).toBe(500);
    expect(answer.body).toEqual({
      code: 'INTERNAL',
      message: 'Something went wrong here.',
      errorId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(await kept(world)).toEqual(before);
  });

  it('may be sent again once it can be, with its own id too', async () => {
    const body = notice(['poison', 'again']);
    const headers = signed(body, 'msg_again');
    const refused = await send(world, { body, headers });
    await world.sql('alter table sync_states disable trigger poison');

    const taken = await send(world, { body, headers });

    await world.sql('alter table sync_states enable trigger poison');
    await world.sql("delete from sync_states where remote_id = 'poison'");
    expect([refused.status, taken.status]).toEqual([500, 202]);
    expect(taken.body.events.map((it) => it.outcome)).toEqual(['accepted', 'accepted']);
    expect(await asked(world, 'again')).toEqual({ again: 1 });
  });

  it('does no harm to those that come with it', async () => {
    const good = Array.from({ length: 50 }, (_, n) => `good-${n}`);
    const bad = notice(['bystander', 'poison']);
    const jobsBefore = (await kept(world))?.jobs ?? 0;

    const answers = await Promise.all(
      [...good.map((id) => notice([id])), bad].map((body) => send(world, { body })),
    );

    expect(answers.slice(0, -1).every((it) => it.status === 202)).toBe(true);
    expect(answers.at(-1)?.status).toBe(500);
    expect(await asked(world, ...good, 'bystander')).toEqual(
      Object.fromEntries(good.map((id) => [id, 1])),
    );
    expect(await inboxOf(bad)).toEqual([]);
    expect((await kept(world))?.jobs).toBeGreaterThan(jobsBefore);
  });
});

describe('200 messages at the same time', () => {
  it('are each answered with what became of them', async () => {
    const ids = Array.from({ length: 200 }, (_, n) => `one-of-200-${n}`);

    const answers = await Promise.all(ids.map((id) => send(world, { body: notice([id]) })));

    expect(answers.map((it) => it.body.events)).toEqual(
      ids.map((id) => [
        { path: 'updates.users[0]', kind: 'users', id, event: 'updated', outcome: 'accepted' },
      ]),
    );
    expect(new Set(answers.map((it) => it.body.deliveryId)).size).toBe(200);
    expect(await asked(world, ...ids)).toEqual(Object.fromEntries(ids.map((id) => [id, 1])));
  });
});

describe('two messages of the same subjects', () => {
  it('never wait for each other in a ring, in whatever order they name them', async () => {
    await send(world, { body: notice(['ring-a', 'ring-b', 'ring-c']) });
    const release = await hold(
      world,
      "select from sync_states where remote_id = 'ring-c' for update",
    );
    const one = send(world, { body: notice(['ring-a', 'ring-c', 'ring-b']) });
    await waitingForLocks(world, 1);
    const other = send(world, { body: notice(['ring-b', 'ring-c', 'ring-a']) });
    await waitingForLocks(world, 2);

    await release();

    expect((await Promise.all([one, other])).map((it) => it.status)).toEqual([202, 202]);
  });
});

describe('a look that is asked for', () => {
  it('is hinted at now', async () => {
    await send(world, { body: notice(['hinted']) });

    const [job] = await world.sql(`
      select start_after <= now() as now from pgboss.job
      where name like 'sync-idp.%' order by created_on desc limit 1`);
    expect(job).toEqual({ now: true });
  });

  it('just after another is hinted at for when the subject has rested', async () => {
    await send(world, { body: notice(['rested']) });
    await world.sql(
      "update sync_states set synced = requested, fetched_at = now() where remote_id = 'rested'",
    );

    await send(world, { body: `${notice(['rested'])} ` });

    const [job] = await world.sql(`
      select j.start_after between s.due_at and s.due_at + interval '2 milliseconds' as fits
      from (select start_after from pgboss.job where name like 'sync-idp.%' order by created_on desc limit 1) j,
        sync_states s where s.remote_id = 'rested' and s.due_at > s.fetched_at`);
    expect(job).toEqual({ fits: true });
  });
});
