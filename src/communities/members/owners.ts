import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { Refusal } from '../../errors.ts';

/**
 * Whether a member `m` of the level OWNER owns anything: a person whose account can be used, or a
 * role with such a person in it.
 */
export const isAlive = sql<boolean>`
  exists (select from users u where u.state = 'ACTIVE' and (u.id = m.user_id
    or u.id in (select a.user_id from assignments a where a.role_id = m.role_id)))`;

/**
 * Goes on if the community, which is locked, has an owner after what was done to it.
 * @throws Refusal CONFLICT; nothing is kept then.
 */
export async function demandOwner(tx: Context, communityId: string, path: string[]): Promise<void> {
  await tx.em.flush();
  const found = await rows(
    tx,
    sql`
      select from members m
      where m.community_id = ${communityId} and m.level = 'OWNER' and ${isAlive} limit 1`,
  );
  if (found.length > 0) return;
  throw new Refusal('CONFLICT', 'A community must have at least one owner.', path);
}
