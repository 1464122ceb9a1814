import { sql } from 'kysely';
import { demand } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import { showAll } from '../node.ts';
import { page, pageOf } from '../page.ts';
import type { PageArgs } from '../page-args.ts';
import type { Change, Note } from './changes.ts';
import { may } from './policy.ts';
import type { Brake, Outcome, SubjectKind, Trigger } from './state.ts';

export interface RunRow {
  id: string;
  idp: string;
  kind: SubjectKind;
  remoteId: string;
  trigger: Trigger;
  outcome: Outcome;
  attempt: number;
  userId: string | null;
  groupId: string | null;
  changes: Change[];
  notes: Note[];
  heldFor: Brake[];
  error: string | null;
  queuedAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export const conditions = ['CLEAN', 'DIRTY', 'HELD', 'DEAD'] as const;
export type Condition = (typeof conditions)[number];

export interface StateRow {
  id: string;
  idp: string;
  kind: SubjectKind;
  remoteId: string;
  requested: number;
  synced: number;
  condition: Condition;
  attempts: number;
  dirtySince: Date | null;
  nextAttemptAt: Date | null;
  syncedAt: Date | null;
  error: string | null;
}

export interface RunFilter {
  idp?: string | null;
  kind?: SubjectKind | null;
  remoteId?: string | null;
  outcomes?: Outcome[] | null;
}

export interface StateFilter {
  idp?: string | null;
  kind?: SubjectKind | null;
  remoteId?: string | null;
  condition?: Condition | null;
}

const runColumns = sql`
  t.id, t.idp, t.kind, t.remote_id as "remoteId", t.trigger, t.outcome, t.attempt,
  t.user_id as "userId", t.group_id as "groupId", t.changes, t.notes, t.held_for as "heldFor",
  t.error, t.queued_at as "queuedAt", t.started_at as "startedAt", t.finished_at as "finishedAt"`;

const isDirty = sql`t.requested > t.synced and t.dead_at is null`;
const isCondition = {
  DEAD: sql`t.dead_at is not null`,
  HELD: sql`t.held_run_id is not null`,
  DIRTY: isDirty,
  CLEAN: sql`t.requested = t.synced and t.held_run_id is null`,
} as const;

const stateColumns = sql`
  t.id, t.idp, t.kind, t.remote_id as "remoteId", t.requested::float8 as requested,
  t.synced::float8 as synced, t.attempts, t.dirty_since as "dirtySince", t.error,
  t.synced_at as "syncedAt", case when ${isDirty} then t.due_at end as "nextAttemptAt",
  case when ${isCondition.DEAD} then 'DEAD' when ${isDirty} then 'DIRTY'
    when ${isCondition.HELD} then 'HELD' else 'CLEAN' end as condition`;

/** A condition that holds for everything where nothing is asked for. */
const equals = (column: string, value: string | null | undefined) =>
  value == null ? sql`true` : sql`${sql.ref(column)} = ${value}`;

export function listRuns(ctx: Context, args: PageArgs, filter: RunFilter) {
  demand(ctx.actor, may(ctx.actor, 'inspect'));
  const { idp, kind, remoteId, outcomes } = filter;
  return page<RunRow>(ctx, args, {
    kind: 'SyncRun',
    columns: runColumns,
    from: sql`from sync_runs t where ${equals('t.idp', idp)} and ${equals('t.kind', kind)}
      and ${equals('t.remote_id', remoteId)}
      and ${outcomes ? sql`t.outcome = any(${outcomes})` : sql`true`}`,
    newestFirst: true,
  });
}

export async function readRuns(ctx: Context, ids: readonly string[]) {
  if (!may(ctx.actor, 'inspect')) return new Map();
  const found = await rows(
    ctx,
    sql<RunRow>`select ${runColumns} from sync_runs t where t.id = any(${ids})`,
  );
  return showAll('SyncRun', found);
}

/** The runs of a subject, newest first. */
export const runsOfState = (ctx: Context, stateId: string, args: PageArgs) =>
  pageOf<RunRow>(ctx, stateId, args, 'SyncState.runs', {
    kind: 'SyncRun',
    columns: runColumns,
    from: sql`from sync_runs t where (t.idp, t.kind, t.remote_id) =
      (select s.idp, s.kind, s.remote_id from sync_states s where s.id = parent.id)`,
    newestFirst: true,
  });

export function listStates(ctx: Context, args: PageArgs, filter: StateFilter) {
  demand(ctx.actor, may(ctx.actor, 'inspect'));
  const { idp, kind, remoteId, condition } = filter;
  return page<StateRow>(ctx, args, {
    kind: 'SyncState',
    columns: stateColumns,
    from: sql`from sync_states t where ${equals('t.idp', idp)} and ${equals('t.kind', kind)}
      and ${equals('t.remote_id', remoteId)} and ${condition ? isCondition[condition] : sql`true`}`,
  });
}

export async function readStates(ctx: Context, ids: readonly string[]) {
  if (!may(ctx.actor, 'inspect')) return new Map();
  const found = await rows(
    ctx,
    sql<StateRow>`select ${stateColumns} from sync_states t where t.id = any(${ids})`,
  );
  return showAll('SyncState', found);
}

export interface ServiceRow {
  idp: string;
  failures: number;
  openUntil: Date | null;
  lastError: string | null;
  lastFailureAt: Date | null;
  dirty: number;
  dead: number;
  held: number;
  oldestDirtySince: Date | null;
}

/** Each configured service with its breaker and what waits for it. */
export function listServices(ctx: Context): Promise<ServiceRow[]> {
  demand(ctx.actor, may(ctx.actor, 'inspect'));
  return rows(
    ctx,
    sql<ServiceRow>`
      select r.idp, r.failures, case when r.open_until > now() then r.open_until end as "openUntil",
        r.last_error as "lastError", r.last_failure_at as "lastFailureAt",
        count(*) filter (where ${isCondition.DIRTY})::int as dirty,
        count(*) filter (where ${isCondition.DEAD})::int as dead,
        count(*) filter (where ${isCondition.HELD})::int as held,
        min(t.dirty_since) filter (where ${isCondition.DIRTY}) as "oldestDirtySince"
      from remote_services r left join sync_states t on t.idp = r.idp
        and (t.requested > t.synced or t.held_run_id is not null)
      where r.idp = any(${[...ctx.config.idps.keys()]})
      group by r.idp order by r.idp`,
  );
}
