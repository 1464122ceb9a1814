import { type RawBuilder, sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { uuidOf } from '../ids.ts';

/** Locks communities in the order in which everybody locks them: that of their ids. */
const lockWhere = (tx: Context, condition: RawBuilder<boolean>) =>
  rows(
    tx,
    sql<{ id: string }>`
      select c.id from communities c where ${condition} order by c.id for update`,
  );

/** Locks several communities before they are looked at one by one. */
export const lockCommunities = (tx: Context, globalIds: readonly string[]) => {
  const ids = globalIds.map((it) => uuidOf('Community', it)).filter((it) => it !== undefined);
  return lockWhere(tx, sql`c.id = any(${ids}::uuid[])`);
};

/** Locks the communities of a request, which is locked after them. */
export const lockCommunitiesOf = (tx: Context, requestId: string) =>
  lockWhere(
    tx,
    sql`c.id in (select unnest(array[community_id, child_id]) from requests
      where id = ${uuidOf('Request', requestId) ?? null})`,
  );

/**
 * Locks what giving a group a community changes, the roles first: a community that it has already is
 * deleted, and is parted from it.
 */
export async function lockForLink(tx: Context, groupId: string, globalId?: string | null) {
  await rows(
    tx,
    sql`
      select r.id from roles r
      where r.group_id = ${groupId} and exists (select from communities where group_id = ${groupId})
      order by r.id for update`,
  );
  const id = globalId == null ? null : (uuidOf('Community', globalId) ?? null);
  await lockWhere(tx, sql`(c.group_id = ${groupId} or c.id = ${id})`);
}

/** Locks a community's group and its roles before it: then no sync puts a new role into what is being parted. */
export async function lockGroupOf(tx: Context, globalId: string): Promise<void> {
  const [group] = await rows(
    tx,
    sql<{ id: string }>`
      select g.id from groups g join communities c on c.group_id = g.id
      where c.id = ${uuidOf('Community', globalId) ?? null} for update of g`,
  );
  if (!group) return;
  await rows(tx, sql`select id from roles where group_id = ${group.id} order by id for update`);
}
