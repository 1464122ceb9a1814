import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { newId } from '../ids.ts';
import type { Change, Note } from './changes.ts';
import type { Claim } from './claims.ts';
import type { Brake, Outcome } from './state.ts';

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
export async function runsOf(tx: Context, idp: string, endings: Ending[]): Promise<RunRow[]> {
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

export async function saveRuns(tx: Context, runs: RunRow[]): Promise<void> {
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

export async function auditRuns(tx: Context, runs: RunRow[]): Promise<void> {
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
