import { sql } from 'kysely';
import { demand } from '../actor.ts';
import { type Context, rows, transact } from '../context.ts';
import { enqueue } from '../jobs.ts';
import { reconcile, syncIdp } from './jobs.ts';
import { may } from './policy.ts';
import { idpOf, type Request, request } from './service.ts';

/** Subjects that a reconciliation marks in one transaction. */
const chunk = 1_000;

/** Makes sure that each configured service can be booked and have a breaker. */
export async function registerServices(ctx: Context): Promise<void> {
  await rows(
    ctx,
    sql`
      insert into remote_services (idp) select unnest(${[...ctx.config.idps.keys()]}::text[])
      on conflict do nothing`,
  );
}

/** Hints at every idp that has something due: lost hints cost seconds, never an update. */
export async function sweep(ctx: Context): Promise<void> {
  const due = await rows(
    ctx,
    sql<{ idp: string }>`
      select r.idp from remote_services r
      where r.idp = any(${[...ctx.config.idps.keys()]}) and coalesce(r.open_until, '-infinity') <= now() and exists (
        select from sync_states s
        where s.idp = r.idp and s.requested > s.synced and s.dead_at is null and s.due_at <= now()
          and coalesce(s.leased_until, '-infinity') < now())`,
  );
  for (const { idp } of due) await enqueue(ctx, syncIdp, { idp });
}

/** Has everybody of a service looked at again, in the background and at the service's rate. */
export async function requestReconciliation(
  ctx: Context,
  input: { idp: string; everyone: boolean },
): Promise<void> {
  demand(ctx.actor, may(ctx.actor, 'sync'));
  idpOf(ctx, input);
  await transact(ctx, (tx) => enqueue(tx, reconcile, input));
}

/**
 * Marks who was not looked at for `refreshAfterHours`, or everyone. A webhook that was lost is made
 * up for here, and dead letters are tried once more: what killed them may have been mended.
 */
export async function reconcileAll(
  ctx: Context,
  jobs: { idp?: string; everyone: boolean }[],
): Promise<void> {
  for (const { idp: only, everyone } of jobs) {
    for (const idp of ctx.config.idps.values()) {
      if (only !== undefined && only !== idp.key) continue;
      const before = new Date(Date.now() - (everyone ? 0 : idp.refreshAfterHours * 3_600_000));
      if (idp.users) await mark(ctx, idp.key, 'USER', before);
      if (idp.groups) await mark(ctx, idp.key, 'GROUP', before);
    }
  }
}

async function mark(ctx: Context, idp: string, kind: Request['kind'], before: Date): Promise<void> {
  const known =
    kind === 'USER'
      ? sql`select subject as remote_id from identities where idp = ${idp}`
      : sql`select remote_id from groups where idp = ${idp} and deleted_at is null`;
  for (let after = ''; !ctx.stopping.aborted; ) {
    const found = await rows(
      ctx,
      sql<{ remoteId: string }>`
        select k.remote_id as "remoteId" from (${known}) k
        left join sync_states s on s.idp = ${idp} and s.kind = ${kind} and s.remote_id = k.remote_id
        where k.remote_id > ${after} and coalesce(s.requested = s.synced or s.dead_at is not null, true)
          and s.held_run_id is null
          and coalesce(s.synced_at, '-infinity') < ${before}
        order by k.remote_id limit ${chunk}`,
    );
    const last = found.at(-1);
    if (!last) return;
    after = last.remoteId;
    await transact({ ...ctx, em: ctx.em.fork() }, (tx) =>
      request(
        tx,
        found.map(({ remoteId }) => ({ idp, kind, remoteId })),
        'RECONCILIATION',
      ),
    );
  }
}

/**
 * Makes dead letters live again.
 * @param ids of sync states; all of the service's if absent.
 * @returns how many there were.
 */
export function redrive(ctx: Context, input: { idp: string; ids?: string[] }): Promise<number> {
  demand(ctx.actor, may(ctx.actor, 'sync'));
  idpOf(ctx, input);
  return transact(ctx, async (tx) => {
    const revived = await rows(
      tx,
      sql`
        update sync_states set dead_at = null, attempts = 0, due_at = now(), trigger = 'REDRIVE'
        where id in (select id from sync_states
          where idp = ${input.idp} and dead_at is not null
            and (${input.ids ?? null}::uuid[] is null or id = any(${input.ids ?? null}::uuid[]))
          order by idp, kind, remote_id for update)
        returning id`,
    );
    if (revived.length > 0) await enqueue(tx, syncIdp, { idp: input.idp });
    return revived.length;
  });
}

/**
 * After RETENTION_DAYS the values of old runs go, for they are personal data; what changed, when and
 * why stays. Looks that changed nothing go altogether after a week.
 */
export async function retain(ctx: Context): Promise<void> {
  const days = ctx.config.retentionDays;
  await rows(
    ctx,
    sql`
      update sync_runs set changes = (
          select coalesce(jsonb_agg(it - 'before' - 'after' || '{"redacted": true}'), '[]')
          from jsonb_array_elements(changes) as it), notes = '[]'
      where finished_at < now() - make_interval(days => ${days}) and changes <> '[]'
        and not changes @> '[{"redacted": true}]'`,
  );
  await rows(
    ctx,
    sql`
      delete from sync_runs where outcome in ('UNCHANGED', 'COALESCED')
        and finished_at < now() - interval '7 days'`,
  );
  await rows(
    ctx,
    sql`
      update webhook_deliveries set body = null
      where received_at < now() - make_interval(days => ${days}) and body is not null`,
  );
}
