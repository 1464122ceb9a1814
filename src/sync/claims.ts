import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import type { Idp } from '../idps.ts';
import type { SubjectKind, Trigger } from './state.ts';

/** How many rows a batch takes: the size at which statements for many people cost least for each. */
const batchSize = 100;
/** Seconds after which what a dead process had in hand is free; a living one renews its leases. */
const leaseSeconds = 15;
/** Failures in a row after which a service is left alone. */
export const breakerThreshold = 5;
/** Seconds for which it is left alone, and between two attempts to see whether it is back. */
export const breakerSeconds = 10;

/** A subject that this process has in hand, and what was requested when it took it. */
export interface Claim {
  id: string;
  kind: SubjectKind;
  remoteId: string;
  requested: number;
  trigger: Trigger;
  attempts: number;
  deletionAnnounced: boolean;
  approvedRunId: string | null;
  /** Milliseconds until the service's rate lets this batch begin. */
  waitMs: number;
  /** Failures of the service in a row, before this batch. */
  failures: number;
}

/**
 * Takes due subjects of an idp that nobody has in hand, at most a batch, and books their requests
 * in the service's rate. Takes none while the service's breaker is open, and one to try it after.
 * The attempt counts before it is made: what kills the process is not tried for ever.
 */
export function claim(ctx: Context, idp: Idp): Promise<Claim[]> {
  const most = Math.max(1, Math.min(batchSize, Math.floor(idp.rate * 2)));
  return rows(
    ctx,
    sql<Claim>`
      with service as (
        select idp, failures, next_slot_at from remote_services
        where idp = ${idp.key} and coalesce(open_until, '-infinity') <= now()
          and next_slot_at <= now() + interval '3 seconds'
        for update
      ), due as (
        select s.id from sync_states s
        where s.idp = ${idp.key} and s.requested > s.synced and s.dead_at is null
          and s.due_at <= now() and coalesce(s.leased_until, '-infinity') < now()
          and exists (select from service)
        order by s.urgency desc, s.due_at
        limit (select case when failures >= ${breakerThreshold} then 1 else ${most}::int end from service)
        for update skip locked
      ), booked as (
        update remote_services r set
          next_slot_at = greatest(r.next_slot_at, now())
            + make_interval(secs => (select count(*) from due) / ${idp.rate}::float8),
          open_until = case when r.failures >= ${breakerThreshold} and exists (select from due)
            then now() + make_interval(secs => ${breakerSeconds}) else r.open_until end
        from service where r.idp = service.idp
        returning greatest(service.next_slot_at, now()) as first_slot_at, service.failures
      ), taken as (
        update sync_states s set leased_until = now() + make_interval(secs => ${leaseSeconds}),
          fetched_at = now(),
          -- Whether a service that failed is back is not the subject's attempt.
          attempts = s.attempts + case when (select failures from service) >= ${breakerThreshold} then 0 else 1 end
        from due where s.id = due.id
        returning s.*
      ), running as (
        update sync_runs r set outcome = 'RUNNING', started_at = coalesce(r.started_at, now()),
          attempt = taken.attempts
        from taken where r.idp = taken.idp and r.kind = taken.kind and r.remote_id = taken.remote_id
          and r.outcome in ('QUEUED', 'RETRYING')
      )
      select id, kind, remote_id as "remoteId", requested::float8 as requested, trigger, attempts,
        deletion_announced as "deletionAnnounced", approved_run_id as "approvedRunId",
        (extract(epoch from booked.first_slot_at - now()) * 1000)::float8 as "waitMs", booked.failures
      from taken, booked order by urgency desc, due_at`,
  );
}

/** Does work with what was claimed, and keeps it in hand meanwhile, however slow the service is. */
export async function inHand<T>(ctx: Context, claims: Claim[], work: () => Promise<T>): Promise<T> {
  const renew = () =>
    rows(
      { em: ctx.em.fork() },
      sql`
        update sync_states set leased_until = now() + make_interval(secs => ${leaseSeconds})
        where id in (select id from sync_states where id = any(${claims.map((it) => it.id)})
          and leased_until is not null for update skip locked)`,
    ).catch((err) => ctx.log.warn({ err }, 'could not renew leases'));
  const timer = setInterval(() => void renew(), (leaseSeconds * 1000) / 3);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Gives back what was claimed and not tried: the attempt does not count. */
export async function release(ctx: Context, claims: Claim[]): Promise<void> {
  if (claims.length === 0) return;
  await rows(
    ctx,
    sql`
      with released as (
        update sync_states set leased_until = null, attempts = greatest(attempts - 1, 0)
        where id in (select id from sync_states where id = any(${claims.map((it) => it.id)})
          order by idp, kind, remote_id for update)
        returning idp, kind, remote_id
      )
      update sync_runs r set outcome = 'QUEUED' from released
      where r.idp = released.idp and r.kind = released.kind and r.remote_id = released.remote_id
        and r.outcome = 'RUNNING'`,
  );
}

/** When a service that holds up dirty subjects may be called again; undefined if none is held up. */
export async function heldUpUntil(ctx: Context, idp: string): Promise<Date | undefined> {
  const [service] = await rows(
    ctx,
    sql<{ until: Date }>`
      select greatest(open_until, next_slot_at - interval '3 seconds') as until from remote_services
      where idp = ${idp} and greatest(open_until, next_slot_at - interval '3 seconds') > now()
        and exists (select from sync_states s where s.idp = ${idp} and s.requested > s.synced and s.dead_at is null)`,
  );
  return service?.until;
}

/** What the calls of a batch came to. */
export interface Calls {
  successes: number;
  failures: number;
  error?: string;
  /** Milliseconds for which the service asked to be left alone. */
  pauseMs: number;
}

/** Writes down what calls came to, so that the next ones know whether to bother the service. */
export async function reportCalls(ctx: Context, idp: string, calls: Calls): Promise<void> {
  const { successes, failures, error = null, pauseMs } = calls;
  await rows(
    ctx,
    sql`
      update remote_services set
        failures = case when ${successes}::int > 0 then 0 else failures + ${failures}::int end,
        open_until = greatest(
          -- What was under way lifts no pause that the service asked for; it closes the breaker.
          case when ${successes}::int = 0 or failures < ${breakerThreshold} then open_until end,
          case when ${successes}::int = 0 and failures + ${failures}::int >= ${breakerThreshold}
            then now() + make_interval(secs => ${breakerSeconds}) end,
          case when ${pauseMs}::float8 > 0 then now() + make_interval(secs => ${pauseMs / 1000}::float8) end),
        last_error = coalesce(${error}, last_error),
        last_failure_at = case when ${failures}::int > 0 then now() else last_failure_at end
      where idp = ${idp}`,
  );
}
