import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import type { Claim } from './claims.ts';
import { auditRuns, type Ending, runsOf, saveRuns } from './runs.ts';

/** Milliseconds that a subject rests between two looks: a burst of webhooks is a few looks. */
const restMs = 500;

/** The subjects that nobody synced further since they were claimed, locked until the commit. */
export async function lockFresh(tx: Context, claims: Claim[]): Promise<Claim[]> {
  const current = await rows(
    tx,
    sql<{ id: string; synced: number }>`
      select id, synced::float8 as synced from sync_states
      where id = any(${claims.map((it) => it.id)})
      -- As \`request\` has it, so that the two never wait for each other.
      order by idp, kind, remote_id for update`,
  );
  const synced = new Map(current.map((it) => [it.id, it.synced]));
  return claims.filter((it) => (synced.get(it.id) ?? Number.POSITIVE_INFINITY) < it.requested);
}

/**
 * Writes how looks ended: their subjects' state, their runs and an audit event for each change.
 * @returns whether somebody asked for another look meanwhile.
 */
export async function writeDown(tx: Context, idp: string, endings: Ending[]): Promise<boolean> {
  if (endings.length === 0) return false;
  const runs = await runsOf(tx, idp, endings);
  await saveRuns(tx, runs);
  await auditRuns(tx, runs);
  const states = endings.map((it, index) => ({
    id: it.claim.id,
    requested: it.claim.requested,
    isLookedAt: it.outcome !== 'RETRYING' && it.outcome !== 'FAILED',
    retryAt: it.retryAt ?? null,
    isDead: it.outcome === 'FAILED',
    error: it.error ?? null,
    heldRunId: it.outcome === 'HELD' ? runs[index]?.id : null,
  }));
  const again = await rows(
    tx,
    sql<{ again: boolean }>`
      update sync_states s set
        synced = case when it."isLookedAt" then it.requested else s.synced end,
        synced_at = case when it."isLookedAt" then now() else s.synced_at end,
        dirty_since = case when it."isLookedAt" then case when s.requested > it.requested then now() end
          else s.dirty_since end,
        due_at = coalesce(it."retryAt", now() + make_interval(secs => ${restMs / 1000})),
        leased_until = null,
        attempts = case when it."isLookedAt" then 0 else s.attempts end,
        -- Somebody who asked again after a dead look was begun wants it looked at again.
        dead_at = case when it."isDead" and s.requested = it.requested then now() end,
        error = it.error,
        deletion_announced = s.deletion_announced and not (it."isLookedAt" and s.requested = it.requested
          and it."heldRunId" is null),
        held_run_id = case when it."isLookedAt" then it."heldRunId" else s.held_run_id end,
        approved_run_id = case when it."isLookedAt" and s.requested = it.requested then null
          else s.approved_run_id end
      from jsonb_to_recordset(${JSON.stringify(states)}) as it (id uuid, requested bigint,
        "isLookedAt" boolean, "retryAt" timestamptz, "isDead" boolean, error text, "heldRunId" uuid)
      where s.id = it.id
      returning s.requested > s.synced as again`,
  );
  return again.some((it) => it.again);
}
