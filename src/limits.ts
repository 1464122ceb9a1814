import { sql } from 'kysely';
import { type Context, rows } from './context.ts';
import { Denial } from './errors.ts';

/** A bucket that each key has of its own: what falls into it leaks away evenly. */
export interface Limit {
  /** Tells its keys from those of other limits. */
  name: string;
  /** How much goes in before it is full. */
  most: number;
  /** Seconds in which a full one is empty. */
  seconds: number;
}

/** What is in a bucket `l` by now. */
const leaked = ({ most, seconds }: Limit) =>
  sql`greatest(0, l.level - extract(epoch from clock_timestamp() - l.at) * ${most / seconds}::float8)`;

const keyOf = ({ name }: Limit, key: string) => `${name}:${key}`;

/** Seconds, in whole ones, until one more goes into a bucket that is so full. */
const wait = ({ most, seconds }: Limit, level: number) =>
  Math.max(1, Math.ceil(((level + 1 - most) * seconds) / most));

/**
 * Puts one more into the bucket of a key. Not in the transaction under way: what is undone was
 * tried all the same.
 * @returns seconds until there is room for it; 0 if there was.
 */
export async function take(ctx: Context, limit: Limit, key: string): Promise<number> {
  const left = leaked(limit);
  const [bucket] = await rows(
    { em: ctx.em.fork() },
    sql<{ level: number; wentIn: boolean }>`
      insert into rate_limits as l (key, level, went_in, at)
      values (${keyOf(limit, key)}, 1, true, clock_timestamp())
      on conflict (key) do update set at = clock_timestamp(), went_in = ${left} + 1 <= ${limit.most},
        level = ${left} + case when ${left} + 1 <= ${limit.most} then 1 else 0 end
      returning level, went_in as "wentIn"`,
  );
  return bucket && !bucket.wentIn ? wait(limit, bucket.level) : 0;
}

/** Seconds until there is room for one more; 0 if there is. Puts nothing in. */
export async function secondsToWait(ctx: Context, limit: Limit, key: string): Promise<number> {
  const [bucket] = await rows(
    ctx,
    sql<{ level: number }>`
      select ${leaked(limit)} as level from rate_limits l where key = ${keyOf(limit, key)}`,
  );
  return bucket && bucket.level + 1 > limit.most ? wait(limit, bucket.level) : 0;
}

/**
 * Puts one more into the bucket of a key.
 * @throws Denial with the seconds to wait, if it is full.
 */
export async function demandRoom(ctx: Context, limit: Limit, key: string): Promise<void> {
  const retryAfter = await take(ctx, limit, key);
  if (retryAfter === 0) return;
  throw new Denial('RATE_LIMITED', `That was too often. Try again in ${retryAfter} s.`, {
    retryAfter,
  });
}

/**
 * Puts one more into the bucket of the actor. The command line has a person before it, who may have
 * many things to do.
 * @throws Denial with the seconds to wait, if it is full.
 */
export async function demandPace(ctx: Context, limit: Limit): Promise<void> {
  if (ctx.actor.userId !== undefined) await demandRoom(ctx, limit, ctx.actor.userId);
}

/** Removes buckets that have been empty for long. */
export const forgetLimits = (ctx: Context) =>
  rows(ctx, sql`delete from rate_limits where at < now() - interval '1 day'`);
