import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import type { Person } from './person.ts';

const redacted = sql`'{"redacted": true}'::jsonb`;

/** Takes what tells of a person out of what is kept of what happened. */
export async function redact(tx: Context, person: Person): Promise<void> {
  await redactAudit(tx, person);
  await redactRuns(tx, person);
  await redactDeliveries(tx, person);
  await removeMails(tx, person);
  await rows(
    tx,
    sql`
      delete from rate_limits
      where substr(key, position(':' in key) + 1) = any(${[...person.ids, ...person.words]})`,
  );
}

/** Who did what to whom stays, without what it was about and from where: ids tell of nobody any more. */
async function redactAudit(tx: Context, { ids, things, words, phrases }: Person): Promise<void> {
  await rows(
    tx,
    sql`update audit_events set ip = null, via_id = null where actor_id = any(${ids})`,
  );
  await rows(
    tx,
    sql`
      update audit_events set details = ${redacted}
      where details <> '{}' and subject_id = any(${[...ids, ...things]}::uuid[])`,
  );
  await rows(
    tx,
    sql`
      update audit_events e set details = ${redacted}
      where details <> '{}' and details <> ${redacted} and (
        exists (select from jsonb_path_query(e.details, 'strict $.**') it
          where jsonb_typeof(it) = 'string' and it #>> '{}' = any(${words}))
        or exists (select from unnest(${phrases}::text[]) it
          where position(lower(it) in lower(e.details::text)) > 0))`,
  );
}

/** As the retention time does it, and without what the service called them. */
async function redactRuns(tx: Context, { ids, subjects }: Person): Promise<void> {
  const [idps, names] = [subjects.map((it) => it.idp), subjects.map((it) => it.subject)];
  await rows(
    tx,
    sql`
      update sync_runs r set remote_id = 'erased', notes = '[]', error = null, changes = (
        select coalesce(jsonb_agg(it - 'before' - 'after' || ${redacted}), '[]')
        from jsonb_array_elements(r.changes) as it)
      where r.kind = 'USER' and (r.user_id = any(${ids}) or exists (
        select from unnest(${idps}::text[], ${names}::text[]) as it (idp, subject)
        where it.idp = r.idp and it.subject = r.remote_id))`,
  );
}

async function redactDeliveries(tx: Context, { subjects }: Person): Promise<void> {
  for (const { idp, subject } of subjects) {
    const isTheirs = sql`it ->> 'kind' = 'users' and it ->> 'id' = ${subject}`;
    await rows(
      tx,
      sql`
        update webhook_deliveries d set body = null, outcomes = (
          select jsonb_agg(case when ${isTheirs} then it || '{"id": null}' else it end order by n)
          from jsonb_array_elements(d.outcomes) with ordinality as o (it, n))
        from webhook_senders s
        where s.id = d.sender_id and s.idp = ${idp} and exists (
          select from jsonb_array_elements(d.outcomes) as it where ${isTheirs})`,
    );
  }
}

/** E-mails to others that speak of the person; those that nobody has sent yet go first. */
async function removeMails(tx: Context, { words, phrases, emails }: Person): Promise<void> {
  await rows(tx, sql`delete from mails where address = any(${emails})`);
  await rows(
    tx,
    sql`
      delete from mails m where exists (
        select from unnest(${phrases}::text[]) it
        where position(lower(it) in lower(m.subject || ' ' || m.body)) > 0)
      or (m.state <> 'QUEUED' and exists (
        select from unnest(${words}::text[]) it
        where position(lower(it) in lower(m.subject || ' ' || m.body)) > 0))`,
  );
  await rows(
    tx,
    sql`
      delete from links where user_id is null and exists (
        select from jsonb_each_text(data) it where it.value = any(${words}))`,
  );
}
