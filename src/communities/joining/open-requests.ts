import { type RawBuilder, sql } from 'kysely';
import { Actor } from '../../actor.ts';
import { record } from '../../audit/service.ts';
import { type Context, rows, transact } from '../../context.ts';
import { writeDownExpired } from '../../requests/expiry.ts';
import { tell } from './news.ts';

/**
 * Writes down and tells which requests have expired: those to which the condition on `requests t`
 * applies. Time did it, whoever came across them.
 */
export async function settleExpired(
  tx: Context,
  condition: RawBuilder<unknown>,
  most?: number,
): Promise<number> {
  const expired = await writeDownExpired(tx, condition, most);
  const clock = { ...tx, actor: Actor.system };
  for (const it of expired) {
    record(clock, 'request.expired', { kind: 'Request', id: it.id });
  }
  await tell(clock, expired, 'EXPIRED');
  return expired.length;
}

/** How many requests one transaction writes down by the clock. */
const atOnce = 100;

/** Writes down all that has expired, and tells those whom it concerns. */
export async function expireDue(ctx: Context): Promise<void> {
  while (!ctx.stopping.aborted) {
    if ((await transact(ctx, (tx) => settleExpired(tx, sql`true`, atOnce))) < atOnce) return;
  }
}

/** Whom an open request of a user is about, in a community that is locked. */
export async function openRequestsOf(
  tx: Context,
  communityId: string,
  userIds: readonly string[],
): Promise<Set<string>> {
  await settleExpired(tx, sql`t.community_id = ${communityId} and t.user_id = any(${userIds})`);
  const open = await rows(
    tx,
    sql<{ userId: string }>`
      select user_id as "userId" from requests
      where community_id = ${communityId} and user_id = any(${userIds}) and state = 'SUBMITTED'`,
  );
  return new Set(open.map((it) => it.userId));
}
