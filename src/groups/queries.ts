import { sql } from 'kysely';
import type { Right } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import { showAll } from '../node.ts';
import { pageOf } from '../page.ts';
import type { PageArgs } from '../page-args.ts';
import { visibleTo as usersVisibleTo } from '../users/policy.ts';
import { type UserRow, userColumns } from '../users/queries.ts';
import type { GroupVisibility } from './group.ts';
import { groupsVisibleTo, rolesVisibleTo } from './policy.ts';

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
  rights: Right[];
}

export const groupColumns = sql`
  t.id, t.idp, t.remote_id as "remoteId", t.name, t.slug, t.url, t.avatar, t.description,
  t.visibility, t.deleted_at as "deletedAt", t.version`;

/** A remote role's name is made here, in the form that the ancestor gave it. */
export const roleColumns = sql`
  t.id, t.group_id as "groupId", t.category, t.rights,
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

/** The role that is shown under this name: names are compared as they are shown, never taken apart. */
export async function findRoleId(ctx: Context, name: string): Promise<string | undefined> {
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
