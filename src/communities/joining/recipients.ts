import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';

/**
 * Who answers for each of these communities: owners and managers, by themselves or by a role, who
 * want to be told.
 */
export async function keepersOf(
  tx: Context,
  communityIds: readonly string[],
): Promise<Map<string, string[]>> {
  if (communityIds.length === 0) return new Map();
  const found = await rows(
    tx,
    sql<{ communityId: string; userId: string }>`
      with keepers as (
        select community_id, user_id, role_id from members
        where community_id = any(${communityIds}::uuid[]) and level in ('OWNER', 'MANAGER')
          and is_notified)
      select community_id as "communityId", user_id as "userId" from keepers
      where user_id is not null
      union
      select k.community_id, a.user_id from keepers k join assignments a on a.role_id = k.role_id`,
  );
  const keepers = Map.groupBy(found, (it) => it.communityId);
  return new Map([...keepers].map(([id, them]) => [id, them.map((it) => it.userId)]));
}
