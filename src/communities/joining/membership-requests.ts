import { sql } from 'kysely';
import { z } from 'zod';
import { demand } from '../../actor.ts';
import { type Context, rows, transact } from '../../context.ts';
import { Refusal, valid } from '../../errors.ts';
import { saying, submit } from '../../requests/service.ts';
import { findFor } from '../find.ts';
import { inDays } from './invitations.ts';
import { tell } from './news.ts';
import { openRequestsOf } from './open-requests.ts';
import type { RequestMembershipInput } from './types.ts';

const shape = z.object({ message: saying.nullish() });

/** Asks a community to become a member of it. @returns the request's UUID. */
export function askToJoin(ctx: Context, input: RequestMembershipInput): Promise<string> {
  return transact(ctx, async (tx) => {
    const path = ['input', 'communityId'];
    const { id: communityId } = await findFor(tx, 'REQUEST_MEMBERSHIP', {
      communityId: input.communityId,
    });
    const userId = tx.actor.userId as string;
    demand(tx.actor, !(await isMember(tx, communityId, userId)));
    const { message } = valid(shape, input);
    if ((await openRequestsOf(tx, communityId, [userId])).size > 0) {
      throw new Refusal('CONFLICT', 'You are invited, or ask to join, already.', path);
    }
    const request = submit(tx, {
      kind: 'MEMBERSHIP',
      communityId,
      userId,
      childId: null,
      level: 'READER',
      expiresAt: inDays(tx.config.requestDays),
      message,
    });
    await tell(tx, [request], 'SUBMITTED', message);
    return request.id;
  });
}

/** By themselves or by a role, also if only since the actor's levels were read. */
async function isMember(tx: Context, communityId: string, userId: string): Promise<boolean> {
  const found = await rows(
    tx,
    sql`
      select from members where community_id = ${communityId} and user_id = ${userId}
      union all
      select from members m join assignments a on a.role_id = m.role_id
      where m.community_id = ${communityId} and a.user_id = ${userId}`,
  );
  return found.length > 0;
}
