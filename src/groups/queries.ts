import { type RawBuilder, sql } from 'kysely';
import type { Actor, Right } from '../actor.ts';
import { type Context, load, rows } from '../context.ts';
import { Refusal } from '../errors.ts';
import { uuidOf } from '../ids.ts';
import { type Shown, showAll } from '../node.ts';
import { type Listed, pageOf } from '../page.ts';
import type { PageArgs } from '../page-args.ts';
import { visibleTo as usersVisibleTo } from '../users/policy.ts';
import { type UserRow, userColumns } from '../users/queries.ts';
import { administrators } from './administrators.ts';
import type { GroupVisibility } from './group.ts';
import { assignmentsVisibleTo, groupsVisibleTo, rolesVisibleTo } from './policy.ts';

export interface GroupRow {
  id: string;
  idp: string;
  remoteId: string;
  name: string | null;
  slug: string;
  url: string | null;
  avatar: string | null;
  description: string | null;
  visibility: GroupVisibility | null;
  deletedAt: Date | null;
  version: number;
}

export interface RoleRow {
  id: string;
  name: string;
  groupId: string | null;
  category: string | null;
  title: string | null;
  description: string | null;
  rights: Right[];
  isProtected: boolean;
  version: number;
}

export interface AssignmentRow {
  id: string;
  roleId: string;
  userId: string;
  source: string;
  since: Date;
}

export const groupColumns = sql`
  t.id, t.idp, t.remote_id as "remoteId", t.name, t.slug, t.url, t.avatar, t.description,
  t.visibility, t.deleted_at as "deletedAt", t.version`;

/** A remote role's name is made here, in the form that the ancestor gave it. */
export const roleColumns = sql`
  t.id, t.group_id as "groupId", t.category, t.title, t.description, t.rights, t.version,
  t.name is not distinct from ${administrators} as "isProtected",
  coalesce(t.name, (select g.idp || '---' || g.slug || '|' || g.remote_id || '|' || t.category
    from groups g where g.id = t.group_id)) as name`;

export async function readGroups(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<GroupRow>`
      select ${groupColumns} from groups t
      where t.id = any(${ids}) and ${groupsVisibleTo(ctx.actor)}`,
  );
  return showAll('Group', found);
}

export async function findGroupId(
  ctx: Context,
  idp: string,
  remoteId: string,
): Promise<string | undefined> {
  const [found] = await rows(
    ctx,
    sql<{ id: string }>`select id from groups where idp = ${idp} and remote_id = ${remoteId}`,
  );
  return found?.id;
}

export async function readRoles(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<RoleRow>`
      select ${roleColumns} from roles t
      where t.id = any(${ids}) and ${rolesVisibleTo(ctx.actor)}`,
  );
  return showAll('Role', found);
}

/**
 * The role of this id, or the one that is shown under this name: names are compared as they are
 * shown, never taken apart.
 */
export async function findRole(
  ctx: Context,
  { id, name }: { id?: string | null; name?: string | null },
): Promise<Shown<RoleRow> | undefined> {
  if ((id == null) === (name == null))
    throw new Refusal('INVALID', 'takes one of the two, `id` or `name`.', ['id']);
  const key = id == null ? await findRoleId(ctx, name as string) : uuidOf('Role', id);
  return key === undefined ? undefined : load(ctx, readRoles, key);
}

async function findRoleId(ctx: Context, name: string): Promise<string | undefined> {
  // The database takes no NUL, and no name holds one.
  if (name.includes('\0')) return undefined;
  const [found] = await rows(
    ctx,
    sql<{ id: string }>`
      select id from (select ${roleColumns} from roles t where ${rolesVisibleTo(ctx.actor)}) named
      where name = ${name}`,
  );
  return found?.id;
}

export const rolesOfUser = (ctx: Context, userId: string, args: PageArgs) =>
  pageOf<RoleRow>(ctx, userId, args, 'User.roles', {
    kind: 'Role',
    columns: roleColumns,
    from: sql`from roles t where ${rolesVisibleTo(ctx.actor)}
      and exists (select from assignments mine where mine.role_id = t.id and mine.user_id = parent.id)`,
  });

export const rolesOfGroup = (ctx: Context, groupId: string, args: PageArgs) =>
  pageOf<RoleRow>(ctx, groupId, args, 'Group.roles', {
    kind: 'Role',
    columns: roleColumns,
    from: sql`from roles t where t.group_id = parent.id and ${rolesVisibleTo(ctx.actor)}`,
  });

export const usersOfRole = (ctx: Context, roleId: string, args: PageArgs) =>
  pageOf<UserRow>(ctx, roleId, args, 'Role.users', {
    kind: 'User',
    columns: userColumns,
    from: sql`from users t where ${usersVisibleTo(ctx.actor)}
      and exists (select from assignments its where its.user_id = t.id and its.role_id = parent.id)`,
  });

export const usersOfGroup = (ctx: Context, groupId: string, args: PageArgs) =>
  pageOf<UserRow>(ctx, groupId, args, 'Group.users', {
    kind: 'User',
    columns: userColumns,
    from: sql`from users t where ${usersVisibleTo(ctx.actor)}
      and t.id in (select a.user_id from assignments a join roles r on r.id = a.role_id
        where r.group_id = parent.id)`,
  });

/**
 * An assignment has no id of its own: one is made of what it is, for pages to begin after it. Nobody
 * is shown it, so it does not matter of which kind it is.
 */
const assignments = (ofParent: RawBuilder<boolean>, actor: Actor): Listed => ({
  kind: 'Role',
  columns: sql`t.id, t.role_id as "roleId", t.user_id as "userId", t.source, t.created_at as since`,
  from: sql`from (
      select md5(a.role_id || ' ' || a.user_id || ' ' || a.source)::uuid as id, a.*
      from assignments a where ${ofParent}) t
    where ${assignmentsVisibleTo(actor)}`,
  order: { name: 'since', by: sql`t.created_at`, type: 'timestamptz' },
});

export const assignmentsOfRole = (ctx: Context, roleId: string, args: PageArgs) => {
  const listed = assignments(sql`a.role_id = parent.id`, ctx.actor);
  return pageOf<AssignmentRow>(ctx, roleId, args, 'Role.assignments', listed);
};

export const assignmentsOfUser = (ctx: Context, userId: string, args: PageArgs) => {
  const listed = assignments(sql`a.user_id = parent.id`, ctx.actor);
  return pageOf<AssignmentRow>(ctx, userId, args, 'User.assignments', listed);
};
