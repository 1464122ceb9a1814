import type { Context } from '../../context.ts';
import { notFound, Refusal, Refusals } from '../../errors.ts';
import { uuidOf } from '../../ids.ts';
import { type Community, Member } from '../community.ts';
import { demandAct, find } from '../find.ts';
import { isOwn, type Place } from './policy.ts';

/** A member as policies see it. */
export const placeOf = (member: Member): Place => ({
  communityId: member.community.id,
  userId: member.user?.id ?? null,
  level: member.level,
  isVisible: member.isVisible,
});

/**
 * The members for a change, with their community locked: if the actor manages members there, or
 * they are but the actor's own membership.
 * @throws Refusals with every id that is no member, or twice there; Denial.
 */
export async function findMembers(
  tx: Context,
  input: { communityId: string; memberIds: string[] },
): Promise<{ community: Community; members: Member[] }> {
  const community = await find(tx, input.communityId);
  const ids = input.memberIds.map((it) => uuidOf('Member', it));
  const found = await tx.em.find(
    Member,
    { id: { $in: ids.filter((it) => it !== undefined) }, community },
    { refresh: true },
  );
  const byId = new Map(found.map((it) => [it.id, it]));
  const members = ids.map((it) => byId.get(it ?? ''));
  const areOwn = members.every((it) => it && isOwn(tx.actor, placeOf(it)));
  demandAct(tx, areOwn ? 'LEAVE' : 'MANAGE_MEMBERS', community, ['input', 'communityId']);
  const problems = ids.flatMap((id, index) => {
    const at = ['input', 'memberIds', `${index}`];
    if (!members[index]) return notFound('member', ...at);
    return ids.indexOf(id) < index ? new Refusal('INVALID', 'is named twice.', at) : [];
  });
  if (problems.length > 0) throw new Refusals(problems);
  return { community, members: members.filter((it) => it !== undefined) };
}
