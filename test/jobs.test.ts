import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Actor } from '../src/actor.ts';
import { type App, openApp } from '../src/app.ts';
import { rows, transact } from '../src/context.ts';
import { enqueue } from '../src/jobs.ts';
import { createLog } from '../src/log.ts';
import { syncIdp } from '../src/sync/jobs.ts';
import { request } from '../src/sync/service.ts';
import { startWorld, type World, type WorldOptions } from './helpers/world.ts';
import { newPerson, pathOf, runsOf, stateOf, tell, until, usernames } from './sync/kit.ts';

const idp = 'knowledgeCommons';

/** A world of its own, for what stops and starts in it touches everybody. */
async function openWorld(options?: WorldOptions): Promise<World> {
  const world = await startWorld(options);
  onTestFinished(() => world.stop());
  return world;
}

/** Another process, as it were, that works on the same database. */
async function startWorker({ app, databaseUrl }: World): Promise<Pick<App, 'stop'>> {
  const worker = await openApp(app.begin().config, databaseUrl, createLog({ logLevel: 'silent' }));
  await worker.work();
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= worker.stop();
    return stopped;
  };
  onTestFinished(stop);
  return { stop };
}

const jobsOf = ({ sql }: World, name = `sync-idp.${idp}`) =>
  sql<{ id: string; state: string; retries: number; data: unknown }>(
    'select id, state, retry_count as retries, data from pgboss.job where name = $1 order by created_on',
    [name],
  );

const stateCount = async ({ sql }: World) =>
  (await sql<{ count: number }>('select count(*)::int from sync_states'))[0]?.count;

describe('a job that is queued in a transaction', () => {
  it('is there with its rows when that is kept, and is seen by nobody before', async () => {
    const world = await openWorld({ isWorking: false });
    const id = newPerson(world, 'committed');
    const ctx = world.app.begin(Actor.system);

    const before = await transact(ctx, async (tx) => {
      await request(tx, [{ idp, kind: 'USER', remoteId: id }], 'WEBHOOK');
      const inside = await rows(tx, sql`select 1 from pgboss.job where name like 'sync-idp.%'`);
      return { inside, jobs: await jobsOf(world), states: await stateCount(world) };
    });

    expect(before).toEqual({ inside: [{ '?column?': 1 }], jobs: [], states: 0 });
    expect(await jobsOf(world)).toMatchObject([{ state: 'created', data: { idp } }]);
    expect(await stateCount(world)).toBe(1);
    await world.app.work();
    await world.settled();
    expect(await stateOf(world, id)).toMatchObject({ synced: 1 });
  });

  it('is not there, and neither are its rows, when something fails after it', async () => {
    const world = await openWorld({ isWorking: false });
    const ctx = world.app.begin(Actor.system);

    const failing = transact(ctx, async (tx) => {
      await request(tx, [{ idp, kind: 'USER', remoteId: 'rolled-back' }], 'WEBHOOK');
      await enqueue(tx, syncIdp, { idp });
      throw new Error('on purpose');
    });

    await expect(failing).rejects.toThrow('on purpose');
    expect(await jobsOf(world)).toEqual([]);
    expect(await stateCount(world)).toBe(0);
  });

  it('is not there when an inner transaction fails with the outer one', async () => {
    const world = await openWorld({ isWorking: false });
    const ctx = world.app.begin(Actor.system);

    const failing = transact(ctx, async (tx) => {
      await transact(tx, (inner) => enqueue(inner, syncIdp, { idp }));
      throw new Error('on purpose');
    });

    await expect(failing).rejects.toThrow('on purpose');
    expect(await jobsOf(world)).toEqual([]);
  });
});

describe('the worker', () => {
  it('goes on past a job that makes no sense, and does those that came with it', async () => {
    const world = await openWorld({ isWorking: false });
    const id = newPerson(world, 'beside-nonsense');
    const { queue } = world.app;
    for (const data of [{ idp: 7 }, { service: idp }, {}])
      await queue.send(`sync-idp.${idp}`, data);
    await tell(world, idp, [id]);
    await queue.send('sync-reconcile', { everyone: 'perhaps' });
    await queue.send('sync-reconcile', { idp });

    await world.app.work();
    await world.settled();

    const all = async () => [...(await jobsOf(world)), ...(await jobsOf(world, 'sync-reconcile'))];
    await until(async () => (await all()).every((it) => it.state === 'completed'));
    expect((await all()).filter((it) => it.retries > 0)).toEqual([]);
    expect(await stateOf(world, id)).toMatchObject({ synced: 1 });
    const later = newPerson(world, 'after-nonsense');
    await tell(world, idp, [later]);
    await world.settled();
    expect(await stateOf(world, later)).toMatchObject({ synced: 1 });
  });

  it('does a hint about a service that is configured no more, which is nothing', async () => {
    const world = await openWorld();

    await world.app.queue.send(`sync-idp.${idp}`, { idp: 'formerCommons' });
    const [job] = await until(async () => {
      const jobs = await jobsOf(world);
      return jobs[0]?.state === 'completed' && jobs;
    });

    expect(job).toMatchObject({ retries: 0 });
  });

  it('does a job again that failed', async () => {
    const world = await openWorld({ isWorking: false });
    const id = newPerson(world, 'second-try');
    await tell(world, idp, [id]);
    await world.sql('alter table remote_services rename to remote_services_away');
    await world.app.work();
    await until(async () => (await jobsOf(world))[0]?.state === 'retry');

    await world.sql('alter table remote_services_away rename to remote_services');
    await world.settled();

    expect(await stateOf(world, id)).toMatchObject({ synced: 1 });
    const [job] = await until(async () => {
      const jobs = await jobsOf(world);
      return jobs[0]?.state === 'completed' && jobs;
    });
    expect(job?.retries).toBeGreaterThan(0);
  });

  it('has its upkeep done by the clock, each by one process', async () => {
    const world = await openWorld();
    await startWorker(world);

    const scheduled = await world.sql(
      'select name, cron, timezone, data from pgboss.schedule order by name',
    );
    const sweeps = await until(async () => {
      const jobs = await world.sql(
        `select singleton_on as slot, count(*)::int from pgboss.job where name = 'sync-sweep' group by 1`,
      );
      return jobs.length >= 2 && jobs;
    });

    expect(scheduled).toEqual([
      { name: 'forget-credentials', cron: '15 * * * *', timezone: 'UTC', data: {} },
      { name: 'forget-sign-ins', cron: '10 * * * *', timezone: 'UTC', data: {} },
      { name: 'index-popularity', cron: '20 * * * *', timezone: 'UTC', data: {} },
      { name: 'retain-audit', cron: '40 4 * * *', timezone: 'UTC', data: {} },
      { name: 'retain-mails', cron: '45 4 * * *', timezone: 'UTC', data: {} },
      { name: 'sync-reconcile', cron: '0 3 * * *', timezone: 'UTC', data: {} },
      { name: 'sync-retain', cron: '30 4 * * *', timezone: 'UTC', data: {} },
    ]);
    expect(sweeps.map((it) => it.count)).toEqual(sweeps.map(() => 1));
  });
});

describe('two processes', () => {
  it('share the work, and do nothing of it twice', async () => {
    const world = await openWorld({ sample: { population: 600, latencyMs: 20 } });
    await startWorker(world);
    const ids = usernames(600);

    await tell(world, idp, ids);
    await world.settled();

    const counts = ids.map((id) => world.sample.calls.count(pathOf(id)));
    expect(counts).toEqual(ids.map(() => 1));
    expect(await runsOf(world, { outcomes: ['FAILED', 'RETRYING', 'RUNNING'] })).toEqual([]);
  });
});

describe('a process that is stopped while it works', () => {
  const ids = usernames(300);

  /** One that has 300 people to look at, and some of them in hand. */
  async function startAmidst(latencyMs: number) {
    const world = await openWorld({ isWorking: false, sample: { population: 300, latencyMs } });
    await tell(world, idp, ids);
    const worker = await startWorker(world);
    await until(() => world.sample.calls.count() >= 32);
    return { world, worker };
  }

  const callsOfEach = (world: World) => ids.map((id) => world.sample.calls.count(pathOf(id)));

  it('ends what it has begun, begins nothing more and gives the rest back untouched', async () => {
    const { world, worker } = await startAmidst(500);

    await worker.stop();

    const begun = world.sample.calls.count();
    // The job has a batch in hand, and the sweep may have sent for another.
    expect(begun).toBeLessThanOrEqual(200);
    const [counts] = await world.sql(
      `select count(*) filter (where synced = 1)::int as synced,
         count(*) filter (where synced = 0 and attempts = 0 and leased_until is null)::int as untouched
       from sync_states`,
    );
    expect(counts).toEqual({ synced: begun, untouched: 300 - begun });
    expect(await world.sql(`select 1 from sync_runs where outcome = 'RUNNING'`)).toEqual([]);
  });

  it('loses nothing: the next one goes on, and does nothing twice', async () => {
    const { world, worker } = await startAmidst(200);
    await worker.stop();

    await startWorker(world);
    await world.settled();

    expect(callsOfEach(world)).toEqual(ids.map(() => 1));
    expect(
      await world.sql('select outcome, count(*)::int from sync_runs group by outcome'),
    ).toEqual([{ outcome: 'CHANGED', count: 300 }]);
  });

  it('leaves the rest to one that is there already', async () => {
    const { world, worker } = await startAmidst(200);
    await startWorker(world);

    await worker.stop();
    await world.settled();

    expect(callsOfEach(world)).toEqual(ids.map(() => 1));
  });
});
