import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { notFound, Refusal } from '../../errors.ts';
import { readRoles } from '../../groups/queries.ts';
import { uuidOf } from '../../ids.ts';
import { readUsers } from '../../users/queries.ts';
import type { Community } from '../community.ts';
import { openRequestsOf } from '../joining/open-requests.ts';

interface Ref {
  userId?: string | null;
  roleId?: string | null;
}

/** Who is to become a member: a user or a role, by UUID. */
export interface Newcomer {
  user?: string;
  role?: string;
}

/** The roles before their community, as everywhere: then no group goes away with one of them meanwhile. */
export async function lockRoles(tx: Context, refs: Ref[]): Promise<void> {
  const ids = refs.flatMap(({ roleId }) => uuidOf('Role', roleId ?? '') ?? []);
  await rows(tx, sql`select id from roles where id = any(${ids}) order by id for key share`);
}

/** Who is meant, and why some of them cannot become members of the community, which is locked. */
export async function readNewcomers(
  tx: Context,
  community: Community,
  refs: Ref[],
): Promise<{ newcomers: Newcomer[]; problems: Refusal[] }> {
  const newcomers = refs.map(({ userId, roleId }): Newcomer => {
    if (userId != null) return { user: uuidOf('User', userId) };
    return { role: uuidOf('Role', roleId ?? '') };
  });
  const keys = newcomers.map(({ user, role }) => user ?? role);
  const userIds = newcomers.flatMap((it) => it.user ?? []);
  const roleIds = newcomers.flatMap((it) => it.role ?? []);
  const users = await readUsers(tx, userIds);
  const roles = await readRoles(tx, roleIds);
  const here = await membersAmong(tx, community, keys);
  const asked = await openRequestsOf(tx, community.id, userIds);
  const problems = refs.flatMap(({ userId }, index) => {
    const key = keys[index] ?? '';
    const path = ['input', 'members', `${index}`];
    if (!users.has(key) && !roles.has(key))
      return notFound(userId == null ? 'role' : 'user', ...path);
    if (keys.indexOf(key) < index) return new Refusal('INVALID', 'is named twice.', path);
    if (here.has(key)) return new Refusal('CONFLICT', 'is a member already.', path);
    if (!asked.has(key)) return [];
    return new Refusal(
      'CONFLICT',
      'is invited, or has asked to join: that is to be answered.',
      path,
    );
  });
  return { newcomers, problems };
}

async function membersAmong(
  tx: Context,
  community: Community,
  ids: (string | undefined)[],
): Promise<Set<string>> {
  const some = ids.filter((it) => it !== undefined);
  const found = await rows(
    tx,
    sql<{ id: string }>`
      select coalesce(user_id, role_id) as id from members
      where community_id = ${community.id} and (user_id = any(${some}) or role_id = any(${some}))`,
  );
  return new Set(found.map((it) => it.id));
}
