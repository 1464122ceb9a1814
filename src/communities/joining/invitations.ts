import { sql } from 'kysely';
import { z } from 'zod';
import { demand } from '../../actor.ts';
import { type Context, rows, transact } from '../../context.ts';
import { notFound, Refusal, Refusals, valid } from '../../errors.ts';
import { saying, submit } from '../../requests/service.ts';
import { findUsers } from '../../users/refs.ts';
import { findFor } from '../find.ts';
import { canManage } from '../policy.ts';
import { tell } from './news.ts';
import { openRequestsOf } from './open-requests.ts';
import type { InviteToCommunityInput } from './types.ts';

const shape = z.object({
  users: z
    .array(z.unknown())
    .min(1, 'is empty')
    .max(100, 'are more than 100: invite them one hundred at a time'),
  message: saying.nullish(),
});

/**
 * Invites users to a community: all of them, or none if anything is wrong with one. Who accepts
 * becomes a member at the level. @returns the requests' UUIDs, in the order of the users.
 */
export function invite(ctx: Context, input: InviteToCommunityInput): Promise<string[]> {
  return transact(ctx, async (tx) => {
    const { id: communityId } = await findFor(tx, 'INVITE', { communityId: input.communityId });
    const { level } = input;
    demand(tx.actor, canManage(tx.actor, communityId, level), 'Only owners may invite owners.');
    const { message } = valid(shape, input);
    const userIds = await findInvitable(tx, communityId, input.users);
    const expiresAt = inDays(tx.config.requestDays);
    const requests = userIds.map((userId) => {
      const parties = { kind: 'INVITATION', communityId, userId, childId: null, level } as const;
      return submit(tx, { ...parties, expiresAt, message });
    });
    await tell(tx, requests, 'SUBMITTED', message);
    return requests.map((it) => it.id);
  });
}

/** When so many days will have passed. */
export const inDays = (days: number): Date => new Date(Date.now() + days * 86_400_000);

/** The UUIDs of those who can be invited. @throws Refusals with everything that is wrong with the others. */
async function findInvitable(
  tx: Context,
  communityId: string,
  refs: InviteToCommunityInput['users'],
): Promise<string[]> {
  const found = await findUsers(tx, refs);
  const ids = found.filter((it) => it !== undefined);
  const members = await rows(
    tx,
    sql<{ userId: string }>`
      select user_id as "userId" from members
      where community_id = ${communityId} and user_id = any(${ids})`,
  );
  const isMember = new Set(members.map((it) => it.userId));
  const isPending = await openRequestsOf(tx, communityId, ids);
  const problems: Refusal[] = [];
  for (const [place, id] of found.entries()) {
    const path = ['input', 'users', String(place)];
    const refuse = (code: 'CONFLICT' | 'INVALID', message: string) =>
      problems.push(new Refusal(code, message, path));
    if (id === undefined) problems.push(notFound('user', ...path));
    else if (found.indexOf(id) < place) refuse('INVALID', 'The user is in the list already.');
    else if (isMember.has(id)) refuse('CONFLICT', 'The user is a member already.');
    else if (isPending.has(id))
      refuse('CONFLICT', 'The user is invited, or asks to join, already.');
  }
  if (problems.length > 0) throw new Refusals(problems);
  return ids;
}
