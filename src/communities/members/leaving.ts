import { sql } from 'kysely';
import { record } from '../../audit/service.ts';
import { type Context, rows, transact } from '../../context.ts';
import { Refusal } from '../../errors.ts';
import { Member } from '../community.ts';
import { demandAct, find } from '../find.ts';
import type { LeaveCommunityInput } from './inputs.ts';
import { takeOut } from './members.ts';

const path = ['input', 'communityId'];

/**
 * Ends the actor's own membership. Whoever is in by a role stays in by it: that is left at its group.
 * @returns the community's UUID.
 */
export function leave(ctx: Context, input: LeaveCommunityInput): Promise<string> {
  return transact(ctx, async (tx) => {
    const community = await find(tx, input.communityId);
    demandAct(tx, 'LEAVE', community, path);
    const user = tx.actor.userId ?? null;
    const own = await tx.em.findOne(Member, { community, user }, { refresh: true });
    if (!own) throw await onlyByRoles(tx, community.id, user);
    await takeOut(tx, community, [own], path);
    record(tx, 'community.left', { kind: 'Community', id: community.id }, { user });
    return community.id;
  });
}

async function onlyByRoles(tx: Context, communityId: string, userId: string | null) {
  const found = await rows(
    tx,
    sql<{ name: string; isRemote: boolean }>`
      select distinct coalesce(g.name, g.slug, r.name) as name, g.id is not null as "isRemote"
      from members m join assignments a on a.role_id = m.role_id join roles r on r.id = m.role_id
      left join groups g on g.id = r.group_id
      where m.community_id = ${communityId} and a.user_id = ${userId} order by name`,
  );
  if (found.length === 0) return new Refusal('CONFLICT', 'You are not a member.', path);
  const by = found.map(({ name, isRemote }) => `the ${isRemote ? 'group' : 'role'} “${name}”`);
  return new Refusal(
    'CONFLICT',
    `You are a member by ${by.join(' and ')}: to leave the community, leave that.`,
    path,
  );
}
