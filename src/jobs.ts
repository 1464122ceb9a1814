import { fromKysely, type PgBoss, type QueueOptions } from 'pg-boss';
import type { z } from 'zod';
import type { Config } from './config.ts';
import type { Context } from './context.ts';

/** A kind of work for later. Declaring it does nothing; a feature says which function does it. */
export interface Job<Data extends object> {
  name: string;
  data: z.ZodType<Data>;
  /** Which of its parts a job belongs to: each has a queue of its own, so that none waits for another. */
  part?: (data: Data) => string;
  /** When it runs by itself (cron, UTC), with its data as the shape's defaults make it. */
  cron?: string;
  /** Seconds between its runs by itself, all processes together. */
  every?: number;
}

/** A job with the function that does it. */
export interface Handler {
  name: string;
  cron?: string;
  every?: number;
  /** Its parts; it is whole if absent. */
  parts?: (config: Config) => Iterable<string>;
  /** How many batches of a part are under way at once in one process. */
  lanes: (config: Config) => number;
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
  { parts, lanes = () => 1 }: Partial<Pick<Handler, 'parts' | 'lanes'>> = {},
): Handler {
  return {
    name,
    cron,
    every,
    parts,
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
  const name = queueName(job.name, job.part?.(data));
  await ctx.queue.send(name, data, { startAfter: after, db: fromKysely(ctx.em.getKysely()) });
}

const queueName = (name: string, part: string | undefined) =>
  part === undefined ? name : `${name}.${part}`;

const queuesOf = ({ name, parts }: Handler, config: Config): string[] =>
  parts ? [...parts(config)].map((part) => queueName(name, part)) : [name];

/** A job is given back 10 s after its process died, and tried for about twenty minutes. */
const queueOptions: QueueOptions & { notify: boolean } = {
  notify: true,
  retryLimit: 25,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 60,
  expireInSeconds: 600,
  heartbeatSeconds: 10,
  deleteAfterSeconds: 600,
};

/** Makes the queues, so that jobs can wait in them. */
export async function createQueues(
  boss: PgBoss,
  handlers: Handler[],
  config: Config,
): Promise<void> {
  for (const handler of handlers) {
    for (const name of queuesOf(handler, config)) {
      if (await boss.getQueue(name)) await boss.updateQueue(name, queueOptions);
      else await boss.createQueue(name, { policy: 'standard', ...queueOptions });
      if (handler.cron) await boss.schedule(name, handler.cron, {}, { tz: 'UTC' });
    }
  }
}

/**
 * Does the jobs as they come, each batch in a context of its own, until the queue is stopped.
 * @returns a function that ends it: no more is taken up, and nothing runs by the clock.
 */
export async function work(
  boss: PgBoss,
  handlers: Handler[],
  begin: () => Context,
): Promise<() => void> {
  const { config, log } = begin();
  const timers: NodeJS.Timeout[] = [];
  const workers: { queue: string; id: string }[] = [];
  for (const handler of handlers) {
    const { name, every, lanes, run } = handler;
    const options = {
      batchSize: 100,
      burstWhenBatchFull: true,
      localConcurrency: lanes(config),
      pollingIntervalSeconds: 1,
      // A notification tells of jobs that are due at once; those that are for later are found by polling.
      notifyPollingIntervalSeconds: 1,
    };
    for (const queue of queuesOf(handler, config)) {
      const id = await boss.work(queue, options, (jobs) => {
        const data = jobs.map((it) => it.data ?? {});
        return run(begin(), data);
      });
      workers.push({ queue, id });
    }
    if (every) {
      const tick = () =>
        boss
          .sendThrottled(name, {}, null, every)
          .catch((err) => log.warn({ err, job: name }, 'could not queue'));
      timers.push(setInterval(() => void tick(), every * 1000));
      await tick();
    }
  }
  return () => {
    timers.forEach(clearInterval);
    // What they have in hand is waited for when the queue stops.
    for (const { queue, id } of workers) void boss.offWork(queue, { id, wait: false });
  };
}
