import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { endSessionsOf } from '../credentials/sessions.ts';
import { newId } from '../ids.ts';
import { changed } from '../search/changes.ts';
import type { Plan } from './changes.ts';
import { LostRace, meetGroups, type PlannedPerson, roleOf } from './meeting.ts';
import type { RoleKey } from './plan-roles.ts';
import { type UserFields, userFields } from './plan-user.ts';

/**
 * Writes the plans of up to 100 people, one statement for each kind of row however many they are
 * (a unit of work would take thirty times as long for the same).
 * @returns the user of each subject, provisioned ones included.
 * @throws LostRace if a user was changed since it was loaded; nothing is kept then.
 */
export async function applyPeople(
  tx: Context,
  idp: string,
  planned: PlannedPerson[],
): Promise<Map<string, string>> {
  const users = new Map<string, string>();
  for (const { subject, person } of planned) if (person.user) users.set(subject, person.user.id);
  // First those who are here: a name that one of them gives up may be a newcomer's.
  await updateUsers(tx, planned);
  await insertUsers(tx, idp, planned, users);
  await noteUsers(tx, planned, users);
  await markIdentities(tx, idp, planned);
  await meetGroups(tx, idp, planned);
  await changeAssignments(tx, idp, planned, users);
  return users;
}

/** The fields of a user after a plan. */
function fieldsAfter({ person, plan }: PlannedPerson): UserFields {
  const fields = Object.fromEntries(
    Object.keys(userFields).map((field) => [
      field,
      person.user?.[field as keyof UserFields] ?? null,
    ]),
  ) as UserFields;
  for (const { kind, field, after } of plan.changes) {
    if (kind === 'USER_FIELD_CHANGED') fields[field as keyof UserFields] = after ?? null;
    if (kind === 'USER_PROVISIONED') fields.username = after ?? null;
  }
  return fields;
}

const has = (plan: Plan, ...kinds: string[]) => plan.changes.some((it) => kinds.includes(it.kind));

async function insertUsers(
  tx: Context,
  idp: string,
  planned: PlannedPerson[],
  users: Map<string, string>,
): Promise<void> {
  const fresh = planned
    .filter((it) => has(it.plan, 'USER_PROVISIONED'))
    .map((it) => ({ id: newId(), identity: newId(), subject: it.subject, ...fieldsAfter(it) }));
  if (fresh.length === 0) return;
  for (const it of fresh) users.set(it.subject, it.id);
  await rows(
    tx,
    sql`
      with given as (
        select * from jsonb_to_recordset(${JSON.stringify(fresh)}) as it (
          id uuid, identity uuid, subject text, username text, email text, "fullName" text,
          "givenName" text, "familyName" text, affiliation text, orcid text, locale text,
          "timeZone" text)
      ), made as (
        insert into users (id, username, email, full_name, given_name, family_name, affiliation,
          orcid, locale, time_zone)
        select id, username, email, "fullName", "givenName", "familyName", affiliation, orcid,
          locale, "timeZone" from given
      )
      insert into identities (id, idp, subject, user_id)
      select identity, ${idp}, subject, id from given`,
  );
}

async function updateUsers(tx: Context, planned: PlannedPerson[]): Promise<void> {
  const changed = planned
    .filter((it) => it.person.user)
    .filter((it) => has(it.plan, 'USER_FIELD_CHANGED', 'USER_SUSPENDED', 'USER_REACTIVATED'))
    .map((it) => ({
      id: it.person.user?.id,
      version: it.person.version,
      state:
        it.plan.changes.find((change) => /^USER_(SUSPENDED|REACTIVATED)$/.test(change.kind))
          ?.after ?? it.person.user?.state,
      ...fieldsAfter(it),
    }));
  if (changed.length === 0) return;
  const written = await rows(
    tx,
    sql`
      update users u set username = it.username, email = it.email, full_name = it."fullName",
        given_name = it."givenName", family_name = it."familyName", affiliation = it.affiliation,
        orcid = it.orcid, locale = it.locale, time_zone = it."timeZone", state = it.state,
        -- Whoever confirmed the old address has not shown that the new one is theirs.
        email_verified_at = case when it.email is not distinct from u.email then u.email_verified_at end,
        version = u.version + 1, updated_at = now()
      from jsonb_to_recordset(${JSON.stringify(changed)}) as it (
        id uuid, version int, state text, username text, email text, "fullName" text,
        "givenName" text, "familyName" text, affiliation text, orcid text, locale text,
        "timeZone" text)
      where u.id = it.id and u.version = it.version
      returning u.id`,
  );
  if (written.length !== changed.length) throw new LostRace('a user was changed meanwhile');
}

/** Who was provisioned or changed is found as they are now; who was suspended, by nobody in between, and is signed in no more. */
async function noteUsers(
  tx: Context,
  planned: PlannedPerson[],
  users: ReadonlyMap<string, string>,
): Promise<void> {
  const idsOf = (some: PlannedPerson[]) => some.flatMap((it) => users.get(it.subject) ?? []);
  const suspended = planned.filter((it) => has(it.plan, 'USER_SUSPENDED'));
  const others = planned.filter(
    (it) =>
      !suspended.includes(it) &&
      has(it.plan, 'USER_PROVISIONED', 'USER_FIELD_CHANGED', 'USER_REACTIVATED'),
  );
  await changed(tx, 'users', idsOf(others));
  await changed(tx, 'users', idsOf(suspended), { isHidden: true });
  if (suspended.length > 0) await endSessionsOf(tx, idsOf(suspended));
}

async function markIdentities(tx: Context, idp: string, planned: PlannedPerson[]): Promise<void> {
  const marked = planned
    .filter((it) => has(it.plan, 'IDENTITY_GONE', 'IDENTITY_BACK'))
    .map((it) => ({ subject: it.subject, gone: has(it.plan, 'IDENTITY_GONE') }));
  if (marked.length === 0) return;
  await rows(
    tx,
    sql`
      update identities i set gone_at = case when it.gone then now() end, updated_at = now()
      from jsonb_to_recordset(${JSON.stringify(marked)}) as it (subject text, gone boolean)
      where i.idp = ${idp} and i.subject = it.subject`,
  );
}

async function changeAssignments(
  tx: Context,
  idp: string,
  planned: PlannedPerson[],
  users: ReadonlyMap<string, string>,
): Promise<void> {
  const of = (kind: string) => {
    const pairs = planned.flatMap(({ subject, plan }) =>
      plan.changes
        .filter((it) => it.kind === kind)
        .map((it) => ({ user: users.get(subject), role: roleOf(planned, it as RoleKey) })),
    );
    return { users: pairs.map((it) => it.user), roles: pairs.map((it) => it.role) };
  };
  const removed = of('ROLE_UNASSIGNED');
  if (removed.users.length > 0) {
    await rows(
      tx,
      sql`
        delete from assignments a
        using unnest(${removed.users}::uuid[], ${removed.roles}::uuid[]) as it (user_id, role_id)
        where a.user_id = it.user_id and a.role_id = it.role_id and a.source = ${idp}`,
    );
  }
  const added = of('ROLE_ASSIGNED');
  if (added.users.length === 0) return;
  await rows(
    tx,
    sql`
      insert into assignments (user_id, role_id, source)
      select it.user_id, it.role_id, ${idp}
      from unnest(${added.users}::uuid[], ${added.roles}::uuid[]) as it (user_id, role_id)
      on conflict do nothing`,
  );
}
