import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { newId } from '../ids.ts';
import type { Change, Note } from './changes.ts';
import type { Claim } from './claims.ts';
import type { Brake, Outcome } from './state.ts';

/** Milliseconds that a subject rests between two looks: a burst of webhooks is a few looks. */
const restMs = 500;

/** How one look at a subject ended. */
export interface Ending {
  claim: Claim;
  outcome: Extract<Outcome, 'CHANGED' | 'UNCHANGED' | 'HELD' | 'RETRYING' | 'FAILED'>;
  changes: Change[];
  notes: Note[];
  heldFor: Brake[];
  userId?: string;
  groupId?: string;
  error?: string;
  /** When to look again, if this one failed and may be repeated. */
  retryAt?: Date;
}

export const ended = (
  claim: Claim,
  outcome: Ending['outcome'],
  more: Partial<Ending> = {},
): Ending => ({
  claim,
  outcome,
  changes: [],
  notes: [],
  heldFor: [],
  ...more,
});

/** The subjects that nobody synced further since they were claimed, locked until the commit. */
export async function lockFresh(tx: Context, claims: Claim[]): Promise<Claim[]> {
  const current = await rows(
    tx,
    sql<{ id: string; synced: number }>`
      select id, synced::float8 as synced from sync_states
      where id = any(${claims.map((it) => it.id)}) order by id for update`,
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

interface RunRow {
  id: string;
  idp: string;
  kind: string;
  remoteId: string;
  requested: number;
  trigger: string;
  outcome: Outcome;
  attempt: number;
  userId: string | null;
  groupId: string | null;
  changes: Change[];
  notes: Note[];
  heldFor: Brake[];
  error: string | null;
}

/** The run of each ending, in their order: the one that waits for it, or a new one; then those that it spares. */
async function runsOf(tx: Context, idp: string, endings: Ending[]): Promise<RunRow[]> {
  const subjects = endings.map((it) => ({ ...it.claim }));
  const open = await rows(
    tx,
    sql<{ id: string; kind: string; remoteId: string; requested: number; trigger: string }>`
      select r.id, r.kind, r.remote_id as "remoteId", r.requested::float8 as requested, r.trigger
      from sync_runs r
      join jsonb_to_recordset(${JSON.stringify(subjects)}) as it (kind text, "remoteId" text, requested bigint)
        on r.kind = it.kind and r.remote_id = it."remoteId" and r.requested <= it.requested
      where r.idp = ${idp} and r.outcome in ('QUEUED', 'RUNNING', 'RETRYING')
      order by r.requested, r.id`,
  );
  const waiting = Map.groupBy(open, (it) => `${it.kind} ${it.remoteId}`);
  const spared: RunRow[] = [];
  const own = endings.map(
    ({ claim, outcome, changes, notes, heldFor, userId, groupId, error }): RunRow => {
      const mine = waiting.get(`${claim.kind} ${claim.remoteId}`) ?? [];
      const last = outcome === 'RETRYING' ? mine.at(-1) : mine.pop();
      const run = {
        id: last?.id ?? newId(),
        idp,
        kind: claim.kind,
        remoteId: claim.remoteId,
        requested: last?.requested ?? claim.requested,
        trigger: last?.trigger ?? claim.trigger,
        attempt: claim.attempts,
        outcome,
        userId: userId ?? null,
        groupId: groupId ?? null,
        changes,
        notes,
        heldFor,
        error: error ?? null,
      };
      if (outcome !== 'RETRYING') {
        for (const { id, requested, trigger } of mine) {
          spared.push({
            ...run,
            id,
            requested,
            trigger,
            outcome: 'COALESCED',
            changes: [],
            notes: [],
            heldFor: [],
          });
        }
      }
      return run;
    },
  );
  return [...own, ...spared];
}

async function saveRuns(tx: Context, runs: RunRow[]): Promise<void> {
  await rows(
    tx,
    sql`
      insert into sync_runs as r (id, idp, kind, remote_id, requested, trigger, outcome, attempt,
        user_id, group_id, changes, notes, held_for, error, started_at, finished_at)
      select id, idp, kind, "remoteId", requested, trigger, outcome, attempt, "userId", "groupId",
        changes, notes, array(select jsonb_array_elements_text("heldFor")), error, now(),
        case when outcome <> 'RETRYING' then clock_timestamp() end
      from jsonb_to_recordset(${JSON.stringify(runs)}) as it (id uuid, idp text, kind text,
        "remoteId" text, requested bigint, trigger text, outcome text, attempt int, "userId" uuid,
        "groupId" uuid, changes jsonb, notes jsonb, "heldFor" jsonb, error text)
      on conflict (id) do update set outcome = excluded.outcome, attempt = excluded.attempt,
        user_id = excluded.user_id, group_id = excluded.group_id, changes = excluded.changes,
        notes = excluded.notes, held_for = excluded.held_for, error = excluded.error,
        started_at = coalesce(r.started_at, excluded.started_at), finished_at = excluded.finished_at`,
  );
  // A newer look at the same subject takes the place of what was held before.
  const looked = runs.filter((it) => ['CHANGED', 'UNCHANGED', 'HELD'].includes(it.outcome));
  if (looked.length === 0) return;
  await rows(
    tx,
    sql`
      update sync_runs r set outcome = 'SUPERSEDED'
      from jsonb_to_recordset(${JSON.stringify(looked)}) as it (id uuid, idp text, kind text, "remoteId" text)
      where r.outcome = 'HELD' and r.idp = it.idp and r.kind = it.kind and r.remote_id = it."remoteId"
        and r.id <> it.id`,
  );
}

async function auditRuns(tx: Context, runs: RunRow[]): Promise<void> {
  const changed = runs
    .filter((it) => it.outcome === 'CHANGED' && (it.userId ?? it.groupId))
    .map((it) => ({
      id: newId(),
      subjectType: it.userId ? 'User' : 'Group',
      subjectId: it.userId ?? it.groupId,
      details: { runId: it.id, changes: it.changes.length },
    }));
  if (changed.length === 0) return;
  await rows(
    tx,
    sql`
      insert into audit_events (id, act, actor_kind, subject_type, subject_id, details)
      select id, 'sync.applied', 'SYSTEM', "subjectType", "subjectId", details
      from jsonb_to_recordset(${JSON.stringify(changed)}) as it (
        id uuid, "subjectType" text, "subjectId" uuid, details jsonb)`,
  );
}
