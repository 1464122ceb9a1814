import { type RawBuilder, sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { newId } from '../ids.ts';
import type { Parties } from './policy.ts';

/**
 * Writes down that requests have expired, those to which the condition on `requests t` applies. They
 * were expired at their moment already, whether this was done or not.
 * @param most so many at most; all of them if it is undefined.
 */
export async function writeDownExpired(
  tx: Context,
  condition: RawBuilder<unknown>,
  most?: number,
): Promise<(Parties & { id: string; createdById: string | null })[]> {
  const expired = await rows(
    tx,
    sql<Parties & { id: string; createdById: string | null }>`
      with due as (
        select t.id from requests t
        where t.state = 'SUBMITTED' and t.expires_at <= clock_timestamp() and ${condition}
        order by t.id limit ${most ?? null}::int for update)
      update requests r set state = 'EXPIRED', closed_at = r.expires_at,
        last_activity_at = greatest(r.expires_at, r.last_activity_at),
        version = r.version + 1, updated_at = now()
      from due where r.id = due.id
      returning r.id, r.kind, r.community_id as "communityId", r.user_id as "userId",
        r.child_id as "childId", r.level, r.created_by_id as "createdById"`,
  );
  if (expired.length === 0) return [];
  const events = expired.map(({ id }) => ({ id: newId(), request: id }));
  await rows(
    tx,
    sql`
      insert into request_events (id, request_id, kind, created_at)
      select it.id, r.id, 'EXPIRED', r.expires_at from jsonb_to_recordset(${JSON.stringify(events)})
        as it (id uuid, request uuid) join requests r on r.id = it.request`,
  );
  return expired;
}
