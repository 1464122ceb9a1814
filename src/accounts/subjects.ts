import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';

/** How a service knows somebody. */
export interface KnownAs {
  idp: string;
  subject: string;
}

/**
 * Has nobody look again at people of services because of what was asked until now: a look that is
 * under way is dropped when it comes back, and whoever waits for one is told. What a service says of
 * them from now on is of somebody whom nobody here knows.
 */
export async function forgetSubjects(tx: Context, known: readonly KnownAs[]): Promise<void> {
  const [idps, subjects] = [known.map((it) => it.idp), known.map((it) => it.subject)];
  const all = sql`unnest(${idps}::text[], ${subjects}::text[]) as it (idp, subject)`;
  const kept = await rows(
    tx,
    sql<{ id: string }>`
      select s.id from sync_states s join ${all}
        on s.idp = it.idp and s.kind = 'USER' and s.remote_id = it.subject
      -- As syncs have it, so that nobody waits for each other.
      order by s.idp, s.kind, s.remote_id for update of s`,
  );
  await rows(tx, sql`delete from sync_states where id = any(${kept.map((it) => it.id)})`);
  await rows(
    tx,
    sql`
      update sync_runs r set outcome = case when r.outcome = 'HELD' then 'SUPERSEDED' else 'FAILED' end,
        error = 'The identity was taken from its account.', finished_at = coalesce(r.finished_at, now())
      from ${all}
      where r.idp = it.idp and r.kind = 'USER' and r.remote_id = it.subject
        and r.outcome in ('QUEUED', 'RUNNING', 'RETRYING', 'HELD')`,
  );
}
