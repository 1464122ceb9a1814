import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { demand } from '../actor.ts';
import { type Context, rows, transact } from '../context.ts';
import { notFound } from '../errors.ts';
import type { Idp } from '../idps.ts';
import { newId } from '../ids.ts';
import { enqueue } from '../jobs.ts';
import { syncIdp } from './jobs.ts';
import { may } from './policy.ts';
import { type SubjectKind, SyncRun, type Trigger } from './state.ts';

/** A person or a group of a service. */
export interface Subject {
  idp: string;
  kind: SubjectKind;
  remoteId: string;
}

export interface Request extends Subject {
  deletionAnnounced?: boolean;
}

/** A look that somebody asked for, and the number by which it can be waited for. */
export interface Requested extends Subject {
  requested: number;
}

/**
 * Asks for another look at some subjects, and hints the worker at it, in the current transaction.
 * However often it is asked before the look is taken, one look answers all.
 */
export async function request(
  tx: Context,
  requests: Request[],
  trigger: Trigger,
  approvedRunId?: string,
): Promise<Requested[]> {
  if (requests.length === 0) return [];
  const unique = new Map<string, Request & { id: string }>();
  for (const it of requests) {
    const key = JSON.stringify([it.idp, it.kind, it.remoteId]);
    const known = unique.get(key);
    const deletionAnnounced = Boolean(it.deletionAnnounced || known?.deletionAnnounced);
    unique.set(key, { ...it, id: newId(), deletionAnnounced });
  }
  const urgency = trigger === 'RECONCILIATION' ? 0 : 1;
  const requested = await rows(
    tx,
    sql<Requested & { restsUntil: Date | null }>`
      insert into sync_states as s (id, idp, kind, remote_id, trigger, urgency, deletion_announced,
        dirty_since, approved_run_id)
      select id, idp, kind, "remoteId", ${trigger}, ${urgency}, "deletionAnnounced", now(), ${approvedRunId ?? null}
      from jsonb_to_recordset(${JSON.stringify([...unique.values()])}) as it (
        id uuid, idp text, kind text, "remoteId" text, "deletionAnnounced" boolean)
      -- In one order everywhere, so that two of these never wait for each other.
      order by idp, kind, "remoteId"
      on conflict (idp, kind, remote_id) do update set
        requested = s.requested + 1,
        trigger = excluded.trigger,
        urgency = case when s.requested > s.synced then greatest(s.urgency, excluded.urgency)
          else excluded.urgency end,
        deletion_announced = s.deletion_announced or excluded.deletion_announced,
        dirty_since = coalesce(s.dirty_since, now()),
        -- A subject that is retried keeps its backoff; one that was looked at just now rests a little.
        due_at = case when s.requested > s.synced and s.dead_at is null then s.due_at
          else greatest(now(), s.fetched_at + interval '500 milliseconds') end,
        attempts = case when s.dead_at is null then s.attempts else 0 end,
        dead_at = null,
        approved_run_id = coalesce(excluded.approved_run_id, s.approved_run_id)
      returning idp, kind, remote_id as "remoteId", requested::float8 as requested,
        case when due_at between now() + interval '1 millisecond' and now() + interval '500 milliseconds'
          then due_at + interval '1 millisecond' end as "restsUntil"`,
  );
  for (const [idp, its] of Map.groupBy(requested, (it) => it.idp)) {
    if (its.some((it) => !it.restsUntil)) await enqueue(tx, syncIdp, { idp });
    // A hint now would find nothing to do for those that rest.
    const rests = its.flatMap((it) => it.restsUntil?.getTime() ?? []);
    if (rests.length > 0)
      await enqueue(tx, syncIdp, { idp }, { after: new Date(Math.max(...rests)) });
  }
  return requested;
}

/** Looks again because a person asked, with a run that can be watched from the start. */
export async function requestNow(ctx: Context, subject: Subject): Promise<string> {
  demand(ctx.actor, may(ctx.actor, 'sync'));
  return transact(ctx, (tx) => queueRun(tx, subject, 'REQUEST'));
}

/** Asks for a look and makes its run, to be found under the answered id. */
export async function queueRun(
  tx: Context,
  subject: Subject,
  trigger: Trigger,
  approvedRunId?: string,
): Promise<string> {
  idpOf(tx, subject);
  const [made] = await request(tx, [subject], trigger, approvedRunId);
  const run = tx.em.create(SyncRun, {
    ...subject,
    requested: made?.requested ?? 1,
    trigger,
    outcome: 'QUEUED',
  });
  await tx.em.flush();
  return run.id;
}

/** Waits until a run has ended, at most so many milliseconds. */
export async function waitFor(ctx: Context, runId: string, waitMs: number): Promise<void> {
  const until = performance.now() + waitMs;
  for (
    let pause = 10;
    performance.now() < until && !ctx.stopping.aborted;
    pause = Math.min(100, pause * 1.5)
  ) {
    const [open] = await rows(
      ctx,
      sql`select 1 from sync_runs where id = ${runId} and outcome in ('QUEUED', 'RUNNING', 'RETRYING')`,
    );
    if (!open) return;
    await sleep(Math.min(pause, Math.max(1, until - performance.now())));
  }
}

/** @throws Refusal if no such service is configured. */
export function idpOf(ctx: Context, { idp: key }: Pick<Subject, 'idp'>): Idp {
  const idp = ctx.config.idps.get(key);
  if (!idp) throw notFound('identity service', 'input', 'idp');
  return idp;
}
