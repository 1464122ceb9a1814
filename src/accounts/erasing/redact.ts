import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { openingsOf } from '../../notifications/letter.ts';
import type { Person } from './person.ts';

const redacted = sql`'{"redacted": true}'::jsonb`;

/**
 * Takes what tells of a person out of what is kept of what happened. People choose what they are
 * called: what that takes with it must not be what others did.
 */
export async function redact(tx: Context, person: Person): Promise<void> {
  await redactAudit(tx, person);
  await redactRuns(tx, person);
  await redactDeliveries(tx, person);
  await removeMails(tx, person);
  await removeRegistrations(tx, person);
  const { ids, usernames, emails } = person;
  await rows(
    tx,
    sql`
      delete from rate_limits
      where substr(key, position(':' in key) + 1) = any(${[...ids, ...usernames, ...emails]})`,
  );
}

/** Who did what to whom stays, without what it was about and from where: ids tell of nobody any more. */
async function redactAudit(tx: Context, person: Person): Promise<void> {
  const { ids, things, usernames, emails, subjects } = person;
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
  const isTold = sql`(
    it.key = 'username' and it.value #>> '{}' = any(${usernames})
    or it.key = 'email' and it.value #>> '{}' = any(${emails})
    or it.key = 'subject' and it.value #>> '{}' = any(${subjects.map((it) => it.subject)}))`;
  // Of others only where people are named, and of what was written freely only the name.
  await rows(
    tx,
    sql`
      update audit_events e set details = (
        select jsonb_object_agg(it.key, case
          when it.key = 'reason' then to_jsonb(
            regexp_replace(it.value #>> '{}', ${namesIn(person)}, '…', 'gi'))
          when ${isTold} then '"…"' else it.value end)
        from jsonb_each(e.details) it)
      where e.details ?| array['username', 'email', 'subject', 'reason'] and exists (
        select from jsonb_each(e.details) it where ${isTold}
          or it.key = 'reason' and it.value #>> '{}' ~* ${namesIn(person)})`,
  );
}

/** A pattern of what means the person in a text. A name of one word may be anybody's, and any word. */
function namesIn({ fullNames, emails }: Person): string {
  const names = [...fullNames.filter((it) => /\S\s+\S/.test(it)), ...emails];
  const plain = names.map((it) => it.replace(/[^\p{L}\p{N}\s]/gu, '\\$&'));
  return plain.length > 0 ? `(?<!\\w)(?:${plain.join('|')})(?!\\w)` : '(?!)';
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

/** E-mails to others that speak of the person, by a name that nobody else has. */
async function removeMails(tx: Context, { ids, usernames, fullNames, emails }: Person) {
  const openings = [...usernames, ...fullNames].map((name) => ({ name, all: openingsOf(name) }));
  await rows(
    tx,
    sql`
      delete from mails m where m.address = any(${emails}) or exists (
        select from jsonb_to_recordset(${JSON.stringify(openings)}) as it (name text, "all" jsonb)
        where exists (
            select from jsonb_array_elements_text(it.all) as opening where starts_with(m.body, opening))
          and not exists (
            select from users u where u.id <> all(${ids})
              and starts_with(coalesce(u.full_name, u.username) || ' ', it.name || ' ')))`,
  );
}

/** What somebody began by the same proof, or wants the same address for. */
const removeRegistrations = (tx: Context, { subjects, emails }: Person) =>
  rows(
    tx,
    sql`
      delete from links where user_id is null and (
        data #>> '{proof,subject}' = any(${subjects.map((it) => it.subject)})
        or data #>> '{proof,email}' = any(${emails}) or data #>> '{wish,email}' = any(${emails}))`,
  );
