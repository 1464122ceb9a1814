import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { Refusal } from '../errors.ts';
import type { Level } from '../level.ts';

/*
 * What roles give in communities, which come after roles in the order of the features: only what
 * giving, taking and deleting a role has to know of them.
 */

/** Where a role is a member. */
export interface Place {
  communityId: string;
  title: string;
  level: Level;
  isDeleted: boolean;
  /** Whether it is for its members alone. */
  isRestricted: boolean;
}

/** The places of each role, in the order of the communities' titles. */
export async function readPlaces(
  ctx: Context,
  roleIds: readonly string[],
): Promise<Map<string, Place[]>> {
  const found = await rows(
    ctx,
    sql<Place & { roleId: string }>`
      select m.role_id as "roleId", c.id as "communityId", c.title, m.level,
        c.deleted_at is not null as "isDeleted", c.visibility = 'RESTRICTED' as "isRestricted"
      from members m join communities c on c.id = m.community_id
      where m.role_id = any(${roleIds}) order by lower(c.title), c.id`,
  );
  return Map.groupBy(found, (it) => it.roleId);
}

/**
 * Takes people out of a role that owns communities, which are locked for that.
 * @throws Refusal CONFLICT with those that would have no owner left; nothing is kept then.
 */
export async function keepingOwners<T>(
  tx: Context,
  places: readonly Place[],
  path: string[],
  work: () => Promise<T>,
): Promise<T> {
  const owned = places.filter((it) => it.level === 'OWNER' && !it.isDeleted);
  if (owned.length === 0) return work();
  const ids = owned.map((it) => it.communityId);
  await rows(tx, sql`select id from communities where id = any(${ids}) order by id for update`);
  const before = await ownedAmong(tx, ids);
  const done = await work();
  const after = await ownedAmong(tx, ids);
  const lost = owned.filter((it) => before.has(it.communityId) && !after.has(it.communityId));
  if (lost.length === 0) return done;
  throw new Refusal(
    'CONFLICT',
    `${named(lost)} would have no owner left: give ${lost.length === 1 ? 'it' : 'them'} another first.`,
    path,
  );
}

/** Those of the communities that somebody owns who can use their account. */
async function ownedAmong(tx: Context, ids: string[]): Promise<Set<string>> {
  const found = await rows(
    tx,
    sql<{ id: string }>`
      select c.id from communities c
      where c.id = any(${ids}) and (c.deleted_at is not null or exists (
        select from members m join users u on u.state = 'ACTIVE' and (u.id = m.user_id
          or u.id in (select a.user_id from assignments a where a.role_id = m.role_id))
        where m.community_id = c.id and m.level = 'OWNER'))`,
  );
  return new Set(found.map((it) => it.id));
}

const listed = new Intl.ListFormat('en');

/** Communities by their titles, as many as somebody reads; `others` are told by their number alone. */
export function named(places: readonly Pick<Place, 'title'>[], others = 0): string {
  const most = 10;
  const titles = places.slice(0, most).map((it) => `“${it.title}”`);
  const rest = Math.max(0, places.length - most) + others;
  const more = `${rest} ${titles.length > 0 ? 'other ' : ''}${rest === 1 ? 'community' : 'communities'}`;
  return listed.format(rest > 0 ? [...titles, more] : titles);
}
