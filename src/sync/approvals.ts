import { sql } from 'kysely';
import { demand } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, rows, transact } from '../context.ts';
import { notFound, Refusal, Refusals } from '../errors.ts';
import { may } from './policy.ts';
import { queueRun } from './service.ts';
import type { SubjectKind } from './state.ts';

interface HeldRun {
  id: string;
  idp: string;
  kind: SubjectKind;
  remoteId: string;
  outcome: string;
}

/**
 * Lets held runs take away what they were held for. The service is asked again: what it says now is
 * done, and of removals only those that were seen and approved.
 * @returns the runs that do it.
 */
export function approve(ctx: Context, runIds: string[]): Promise<string[]> {
  demand(ctx.actor, may(ctx.actor, 'approve'));
  return transact(ctx, async (tx) => {
    const made: string[] = [];
    for (const { id, outcome: _, ...subject } of await lockHeld(tx, runIds)) {
      made.push(await queueRun(tx, subject, 'APPROVAL', id));
      record(tx, 'sync.approved', { kind: 'SyncRun', id });
    }
    return made;
  });
}

/** Lets held runs go undone; the next look at the same subject is planned anew. */
export function reject(ctx: Context, runIds: string[]): Promise<void> {
  demand(ctx.actor, may(ctx.actor, 'approve'));
  return transact(ctx, async (tx) => {
    const held = await lockHeld(tx, runIds);
    const ids = held.map((it) => it.id);
    await rows(tx, sql`update sync_runs set outcome = 'REJECTED' where id = any(${ids})`);
    await rows(
      tx,
      sql`
        update sync_states set held_run_id = null, deletion_announced = false,
          approved_run_id = case when approved_run_id = any(${ids}) then null else approved_run_id end
        where held_run_id = any(${ids})`,
    );
    for (const id of ids) record(tx, 'sync.rejected', { kind: 'SyncRun', id });
  });
}

/** All of these runs, if all are held; else every one that is not is named. */
async function lockHeld(tx: Context, runIds: string[]): Promise<HeldRun[]> {
  // The states before their runs, as the worker has it.
  await rows(
    tx,
    sql`
      select id from sync_states where held_run_id = any(${runIds})
      order by idp, kind, remote_id for update`,
  );
  const found = await rows(
    tx,
    sql<HeldRun>`
      select id, idp, kind, remote_id as "remoteId", outcome from sync_runs
      where id = any(${runIds}) order by idp, kind, remote_id for update`,
  );
  const known = new Map(found.map((it) => [it.id, it]));
  const problems = runIds.flatMap((id, index) => {
    const run = known.get(id);
    if (!run) return notFound('run', 'input', 'runIds', `${index}`);
    if (run.outcome === 'HELD') return [];
    return new Refusal('NOT_HELD', `The run is ${run.outcome}, not held.`, [
      'input',
      'runIds',
      `${index}`,
    ]);
  });
  if (problems.length > 0) throw new Refusals(problems);
  return found;
}
