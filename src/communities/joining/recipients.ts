import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';

/** Who answers for these communities: owners and managers, by themselves or by a role, who want to be told. */
export async function keepersOf(tx: Context, communityIds: readonly string[]): Promise<string[]> {
  const found = await rows(
    tx,
    sql<{ userId: string }>`
      with keepers as (
        select user_id, role_id from members
        where community_id = any(${communityIds}::uuid[]) and level in ('OWNER', 'MANAGER')
          and is_notified)
      select user_id as "userId" from keepers where user_id is not null
      union
      select a.user_id from keepers k join assignments a on a.role_id = k.role_id`,
  );
  return found.map((it) => it.userId);
}
