import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { slugOf } from '../groups/naming.ts';
import { newId } from '../ids.ts';
import { changed } from '../search/changes.ts';
import type { Plan } from './changes.ts';
import type { Loaded, RoleIds } from './people.ts';
import type { RoleKey } from './plan-roles.ts';

/** A person with what is to be done about them. */
export interface PlannedPerson {
  subject: string;
  person: Loaded;
  plan: Plan;
  /** The roles that were met while the batch was planned; those that are made are added. */
  roleIds: RoleIds;
}

/** Somebody else wrote between our read and our write; the same work done again will see it. */
export class LostRace extends Error {}

/** Makes the groups and roles that were met, and lets linked communities take the roles in. */
export async function meetGroups(
  tx: Context,
  idp: string,
  planned: PlannedPerson[],
): Promise<void> {
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
    .map((it) => ({ ...(it as RoleKey), id: newId() }));
  const members = changes
    .filter((it) => it.kind === 'MEMBER_ADDED')
    .map((it) => ({ ...(it as RoleKey), id: newId(), community: it.communityId, level: it.level }));
  if (groups.length > 0) {
    const met = await rows(
      tx,
      sql<{ id: string }>`
        insert into groups (id, idp, remote_id, name, slug)
        select id, ${idp}, remote, name, slug
        from jsonb_to_recordset(${JSON.stringify(groups)}) as it (id uuid, remote text, name text, slug text)
        order by remote
        -- One that was deleted begins anew: what the service said of it then may be true no more.
        on conflict (idp, remote_id) do update set deleted_at = null, name = excluded.name,
          slug = excluded.slug, url = null, avatar = null, description = null, visibility = null,
          upload_categories = null, moderate_categories = null, version = groups.version + 1,
          updated_at = now()
          where groups.deleted_at is not null
        returning id`,
    );
    await changed(
      tx,
      'groups',
      met.map((it) => it.id),
    );
  }
  if (roles.length > 0) {
    await insertRoles(tx, idp, roles, planned);
    await demandLinks(tx, idp, roles, members);
  }
  if (members.length > 0) {
    await rows(
      tx,
      sql`
        insert into members (id, community_id, role_id, level, mapped_level)
        select id, community, role, level, level
        from jsonb_to_recordset(${JSON.stringify(members.map((it) => ({ ...it, role: roleOf(planned, it) })))}) as it (
          id uuid, community uuid, role uuid, level text)
        order by community, role
        on conflict (community_id, role_id) do nothing`,
    );
  }
}

/** @throws LostRace if one of the groups was deleted since it was loaded. */
async function insertRoles(
  tx: Context,
  idp: string,
  roles: (RoleKey & { id: string })[],
  planned: PlannedPerson[],
): Promise<void> {
  const made = await rows(
    tx,
    sql<RoleKey & { id: string }>`
      with there as materialized (
        select id, remote_id from groups
        where idp = ${idp} and remote_id = any(${roles.map((it) => it.group)}) and deleted_at is null
        order by remote_id for share
      )
      insert into roles as r (id, group_id, category)
      select it.id, there.id, it.category
      from jsonb_to_recordset(${JSON.stringify(roles)}) as it (id uuid, "group" text, category text)
      join there on there.remote_id = it."group"
      order by it."group", it.category
      on conflict (group_id, category) do update set updated_at = r.updated_at
      returning id, category, (select remote_id from there where there.id = r.group_id) as "group"`,
  );
  if (made.length < roles.length) throw new LostRace('a group was deleted meanwhile');
  for (const it of made) planned[0]?.roleIds.set(it, it.id);
  await changed(
    tx,
    'roles',
    made.map((it) => it.id),
  );
}

/** @throws LostRace if a group got or lost its community since it was loaded: its new roles belong there. */
async function demandLinks(
  tx: Context,
  idp: string,
  roles: RoleKey[],
  members: (RoleKey & { community?: string })[],
): Promise<void> {
  const linked = await rows(
    tx,
    sql<{ group: string; community: string }>`
      select g.remote_id as "group", c.id as community
      from groups g join communities c on c.group_id = g.id
      where g.idp = ${idp} and g.remote_id = any(${roles.map((it) => it.group)})`,
  );
  const actual = new Map(linked.map((it) => [it.group, it.community]));
  const expected = new Map(members.map((it) => [it.group, it.community]));
  if (roles.some((it) => actual.get(it.group) !== expected.get(it.group))) {
    throw new LostRace('a group was linked or parted meanwhile');
  }
}

/** @throws LostRace if the role was deleted since it was loaded. */
export function roleOf(planned: PlannedPerson[], key: RoleKey): string {
  const id = planned[0]?.roleIds.get(key);
  if (!id) throw new LostRace('a role was deleted meanwhile');
  return id;
}
