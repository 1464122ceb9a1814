import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { slugOf } from '../groups/naming.ts';
import { newId } from '../ids.ts';
import type { Plan } from './changes.ts';
import type { Loaded } from './people.ts';
import { type UserFields, userFields } from './plan-user.ts';

/** A person with what is to be done about them. */
export interface PlannedPerson {
  subject: string;
  person: Loaded;
  plan: Plan;
}

/** Somebody else wrote between our read and our write; the same work done again will see it. */
export class LostRace extends Error {}

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
  await insertUsers(tx, idp, planned, users);
  await updateUsers(tx, planned);
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

/** Makes the groups and roles that were met, and lets linked communities take the roles in. */
async function meetGroups(tx: Context, idp: string, planned: PlannedPerson[]): Promise<void> {
  const changes = planned.flatMap((it) => it.plan.changes);
  const groups = changes
    .filter((it) => it.kind === 'GROUP_CREATED')
    .map((it) => ({
      id: newId(),
      remote: it.group,
      name: it.after,
      slug: slugOf(it.after, it.group ?? ''),
    }));
  const roles = changes
    .filter((it) => it.kind === 'ROLE_CREATED')
    .map((it) => ({ id: newId(), remote: it.group, category: it.category }));
  const members = changes
    .filter((it) => it.kind === 'MEMBER_ADDED')
    .map((it) => ({
      id: newId(),
      remote: it.group,
      category: it.category,
      community: it.communityId,
      level: it.level,
    }));
  if (groups.length > 0) {
    await rows(
      tx,
      sql`
        insert into groups (id, idp, remote_id, name, slug)
        select id, ${idp}, remote, name, slug
        from jsonb_to_recordset(${JSON.stringify(groups)}) as it (id uuid, remote text, name text, slug text)
        order by remote
        on conflict (idp, remote_id) do update set deleted_at = null, updated_at = now()
          where groups.deleted_at is not null`,
    );
  }
  if (roles.length > 0) {
    await rows(
      tx,
      sql`
        insert into roles (id, group_id, category)
        select it.id, g.id, it.category
        from jsonb_to_recordset(${JSON.stringify(roles)}) as it (id uuid, remote text, category text)
        join groups g on g.idp = ${idp} and g.remote_id = it.remote
        order by it.remote, it.category
        on conflict (group_id, category) do nothing`,
    );
  }
  if (members.length > 0) {
    await rows(
      tx,
      sql`
        insert into members (id, community_id, role_id, level, mapped_level)
        select it.id, it.community, r.id, it.level, it.level
        from jsonb_to_recordset(${JSON.stringify(members)}) as it (
          id uuid, remote text, category text, community uuid, level text)
        join groups g on g.idp = ${idp} and g.remote_id = it.remote
        join roles r on r.group_id = g.id and r.category = it.category
        order by it.remote, it.category
        on conflict (community_id, role_id) do nothing`,
    );
  }
}

async function changeAssignments(
  tx: Context,
  idp: string,
  planned: PlannedPerson[],
  users: ReadonlyMap<string, string>,
): Promise<void> {
  const of = (kind: string) =>
    planned.flatMap(({ subject, plan }) =>
      plan.changes
        .filter((it) => it.kind === kind)
        .map((it) => ({ user: users.get(subject), remote: it.group, category: it.category })),
    );
  const removed = of('ROLE_UNASSIGNED');
  if (removed.length > 0) {
    await rows(
      tx,
      sql`
        delete from assignments a
        using jsonb_to_recordset(${JSON.stringify(removed)}) as it ("user" uuid, remote text, category text)
        join groups g on g.idp = ${idp} and g.remote_id = it.remote
        join roles r on r.group_id = g.id and r.category = it.category
        where a.user_id = it."user" and a.role_id = r.id and a.source = ${idp}`,
    );
  }
  const added = of('ROLE_ASSIGNED');
  if (added.length === 0) return;
  await rows(
    tx,
    sql`
      insert into assignments (role_id, user_id, source)
      select r.id, it."user", ${idp}
      from jsonb_to_recordset(${JSON.stringify(added)}) as it ("user" uuid, remote text, category text)
      join groups g on g.idp = ${idp} and g.remote_id = it.remote
      join roles r on r.group_id = g.id and r.category = it.category
      on conflict do nothing`,
  );
}
