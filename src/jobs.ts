import { fromKysely, type PgBoss, type Queue } from 'pg-boss';
import type { z } from 'zod';
import type { Context } from './context.ts';

/** A kind of work for later. Declaring it does nothing; a feature says which function does it. */
export interface Job<Data extends object> {
  name: string;
  data: z.ZodType<Data>;
  /** When it runs by itself (cron, UTC), with its data as the shape's defaults make it. */
  cron?: string;
  /** Seconds between its runs by itself, all processes together. */
  every?: number;
}

/** A job with the function that does it. */
export interface Handler {
  queue: Queue;
  cron?: string;
  every?: number;
  lanes: (config: Context['config']) => number;
  run(ctx: Context, data: unknown[]): Promise<void>;
}

export const defineJob = <Data extends object>(job: Job<Data>): Job<Data> => job;

/**
 * Pairs a job with its function, which is given all that waits at once (up to 100) and
 * must do the same when run twice: a process that dies hands its jobs to another.
 */
export function handle<Data extends object>(
  { name, data, cron, every }: Job<Data>,
  work: (ctx: Context, data: Data[]) => Promise<void>,
  lanes: Handler['lanes'] = () => 1,
): Handler {
  return {
    queue: {
      name,
      policy: 'standard',
      notify: true,
      retryLimit: 25,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: 60,
      expireInSeconds: 600,
      heartbeatSeconds: 10,
      deleteAfterSeconds: 600,
    },
    cron,
    every,
    lanes,
    run: (ctx, given) => {
      const read = given.map((it) => data.safeParse(it));
      // What makes no sense never will, and must not keep from being done what came with it.
      const errors = read.flatMap((it) => it.error ?? []);
      for (const err of errors)
        ctx.log.error({ err, job: name }, 'dropped a job that makes no sense');
      return work(
        ctx,
        read.flatMap((it) => it.data ?? []),
      );
    },
  };
}

/** Queues a job in the current transaction: it runs only if what caused it is kept. */
export async function enqueue<Data extends object>(
  ctx: Pick<Context, 'em' | 'queue'>,
  job: Job<Data>,
  data: Data,
  { after }: { after?: Date } = {},
): Promise<void> {
  await ctx.queue.send(job.name, data, { startAfter: after, db: fromKysely(ctx.em.getKysely()) });
}

/** Makes the queues, so that jobs can wait in them. */
export async function createQueues(boss: PgBoss, handlers: Handler[]): Promise<void> {
  for (const { queue, cron } of handlers) {
    const { name, policy: _, ...options } = queue;
    if (await boss.getQueue(name)) await boss.updateQueue(name, options);
    else await boss.createQueue(name, queue);
    if (cron) await boss.schedule(name, cron, {}, { tz: 'UTC' });
  }
}

/**
 * Does the jobs as they come, each batch in a context of its own, until the queue is stopped.
 * @returns a function that ends what runs by the clock.
 */
export async function work(
  boss: PgBoss,
  handlers: Handler[],
  begin: () => Context,
): Promise<() => void> {
  const timers: NodeJS.Timeout[] = [];
  for (const { queue, every, lanes, run } of handlers) {
    const ctx = begin();
    await boss.work(
      queue.name,
      {
        batchSize: 100,
        burstWhenBatchFull: true,
        localConcurrency: lanes(ctx.config),
        pollingIntervalSeconds: 1,
        // A notification tells of jobs that are due at once; those that are for later are found by polling.
        notifyPollingIntervalSeconds: 1,
      },
      (jobs) =>
        run(
          begin(),
          jobs.map((it) => it.data ?? {}),
        ),
    );
    if (every) {
      const tick = () =>
        boss
          .sendThrottled(queue.name, {}, null, every)
          .catch((err) => ctx.log.warn({ err, job: queue.name }, 'could not queue'));
      timers.push(setInterval(() => void tick(), every * 1000));
      await tick();
    }
  }
  return () => timers.forEach(clearInterval);
}
