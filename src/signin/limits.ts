import type { Context } from '../context.ts';
import { Denial } from '../errors.ts';
import { type Limit, secondsToWait, take } from '../limits.ts';
import { SignInError, type SignInFault } from './provider.ts';

/** What counts when it fails, for whom. */
interface Brake {
  limit: Limit;
  faults: ReadonlySet<SignInFault>;
}

/**
 * Answers to a sign-in under way that prove nothing, from one address. Those that nobody asked for
 * do not count: any page can have its visitors' browsers send them, and they cost next to nothing.
 */
export const answersFrom: Brake = {
  limit: { name: 'sign-in-answers', most: 10, seconds: 300 },
  faults: new Set(['INVALID']),
};

/** Proofs that let nobody in, of one who is known to a provider: whether here or not, is the same. */
export const proofsOf: Brake = {
  limit: { name: 'sign-in-proofs', most: 10, seconds: 300 },
  faults: new Set(['CONFLICT', 'UNKNOWN', 'CLOSED']),
};

/** Sign-ins that one address begins; most are of people who never come back. */
export const begunFrom: Limit = { name: 'sign-in-begun', most: 300, seconds: 300 };

/**
 * Does the work, unless it failed too often lately for the same key; others are not kept from it.
 * @throws Denial with the seconds to wait.
 */
export async function braked<T>(
  ctx: Context,
  { limit, faults }: Brake,
  key: string,
  work: () => Promise<T>,
): Promise<T> {
  demandPatience(await secondsToWait(ctx, limit, key));
  try {
    return await work();
  } catch (error) {
    if (error instanceof SignInError && faults.has(error.fault))
      demandPatience(await take(ctx, limit, key));
    throw error;
  }
}

function demandPatience(retryAfter: number): void {
  if (retryAfter === 0) return;
  throw new Denial('RATE_LIMITED', `That went wrong too often. Try again in ${retryAfter} s.`, {
    retryAfter,
  });
}
