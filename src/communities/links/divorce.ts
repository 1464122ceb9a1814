import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { newId } from '../../ids.ts';
import { atLeast, type Level } from '../../level.ts';
import { isAlive } from '../members/owners.ts';

/** A role of the group that is a member of a community. */
export interface Placement {
  communityId: string;
  roleId: string;
  category: string;
  level: Level;
  mappedLevel: Level | null;
}

/** A user with a level in a community. */
export interface Place {
  communityId: string;
  userId: string;
  level: Level;
}

/** What a group's roles give to whom, and what those people have of their own. */
export interface Marriage {
  placements: Placement[];
  /** Everybody in a placed role, with the role's level: somebody in two roles stands here twice. */
  throughRoles: Place[];
  individuals: Place[];
}

export interface Divorce {
  added: Place[];
  raised: (Place & { from: Level })[];
  removed: Placement[];
}

/**
 * How a group's roles leave their communities without anyone losing their place: whoever was in by a
 * role becomes a member at the highest of the levels they had.
 */
export function planDivorce({ placements, throughRoles, individuals }: Marriage): Divorce {
  const key = (it: Place) => `${it.communityId} ${it.userId}`;
  const own = new Map(individuals.map((it) => [key(it), it.level]));
  const best = new Map<string, Place>();
  for (const it of throughRoles) {
    const known = best.get(key(it));
    if (!known || !atLeast(known.level, it.level)) best.set(key(it), it);
  }
  const added: Divorce['added'] = [];
  const raised: Divorce['raised'] = [];
  for (const [place, it] of best) {
    const from = own.get(place);
    if (from === undefined) added.push(it);
    else if (!atLeast(from, it.level)) raised.push({ ...it, from });
  }
  return { added, raised, removed: placements };
}

/** The communities that would have no owner left, of those that have one now by a role. */
export function leftWithoutOwner(
  { added, raised, removed }: Divorce,
  owned: Set<string>,
): string[] {
  const kept = new Set(
    [...added, ...raised].filter((it) => it.level === 'OWNER').map((it) => it.communityId),
  );
  const losing = removed.filter((it) => it.level === 'OWNER').map((it) => it.communityId);
  return [...new Set(losing)].filter((it) => !kept.has(it) && !owned.has(it));
}

/**
 * What is to be divorced, with the communities locked so that nobody joins or leaves meanwhile.
 * `owned` are those that need none of the group's owners: they have another, or are deleted.
 * @param communityId only this one; otherwise every community that a role of the group is in.
 */
export async function loadMarriage(
  tx: Context,
  groupId: string,
  communityId?: string,
): Promise<Marriage & { owned: Set<string> }> {
  // The roles first: nobody gets or loses one from here on, and the communities stay as they are.
  await rows(tx, sql`select id from roles where group_id = ${groupId} order by id for update`);
  await rows(
    tx,
    sql`
      select c.id from communities c
      where (c.group_id = ${groupId} or c.id in (select m.community_id from members m
        join roles r on r.id = m.role_id where r.group_id = ${groupId})) and (${communityId ?? null}::uuid is null or c.id = ${communityId ?? null})
      order by c.id for update`,
  );
  const placements = await rows(
    tx,
    sql<Placement>`
      select m.community_id as "communityId", m.role_id as "roleId", r.category, m.level,
        m.mapped_level as "mappedLevel"
      from members m join roles r on r.id = m.role_id
      where r.group_id = ${groupId} and (${communityId ?? null}::uuid is null or m.community_id = ${communityId ?? null})
      order by m.community_id, r.category`,
  );
  const roleIds = placements.map((it) => it.roleId);
  const communityIds = [...new Set(placements.map((it) => it.communityId))];
  const throughRoles = await rows(
    tx,
    sql<Place>`
      select distinct m.community_id as "communityId", a.user_id as "userId", m.level
      from members m join assignments a on a.role_id = m.role_id
      where m.role_id = any(${roleIds}) and m.community_id = any(${communityIds})
      order by 1, 2, 3`,
  );
  const individuals = await rows(
    tx,
    sql<Place>`
      select community_id as "communityId", user_id as "userId", level
      from members where community_id = any(${communityIds}) and user_id is not null`,
  );
  const owners = await rows(
    tx,
    sql<{ communityId: string }>`
      select distinct m.community_id as "communityId" from members m
      where m.community_id = any(${communityIds}) and m.level = 'OWNER'
        and (m.role_id is null or m.role_id <> all(${roleIds})) and ${isAlive}
      union
      select id from communities where id = any(${communityIds}) and deleted_at is not null`,
  );
  return {
    placements,
    throughRoles,
    individuals,
    owned: new Set(owners.map((it) => it.communityId)),
  };
}

/** Writes a divorce, a statement for each kind of change however many people there are. */
export async function applyDivorce(
  tx: Context,
  { added, raised, removed }: Divorce,
): Promise<void> {
  const places = [...added, ...raised].map((it) => ({ id: newId(), ...it }));
  await rows(
    tx,
    sql`
      insert into members as m (id, community_id, user_id, level)
      select id, "communityId", "userId", level
      from jsonb_to_recordset(${JSON.stringify(places)}) as it (
        id uuid, "communityId" uuid, "userId" uuid, level text)
      on conflict (community_id, user_id) do update set level = excluded.level, updated_at = now()`,
  );
  await rows(
    tx,
    sql`
      delete from members m
      using jsonb_to_recordset(${JSON.stringify(removed)}) as it ("communityId" uuid, "roleId" uuid)
      where m.community_id = it."communityId" and m.role_id = it."roleId"`,
  );
}
