import { LockMode } from '@mikro-orm/core';
import { sql } from 'kysely';
import { demand } from '../../actor.ts';
import { type Context, rows, transact } from '../../context.ts';
import { demandVersion, Refusal, valid } from '../../errors.ts';
import { comment } from '../../requests/comments.ts';
import { findRequest, partiesOf } from '../../requests/find.ts';
import { mayGrant } from '../../requests/policy.ts';
import { Request, type RequestKind } from '../../requests/request.ts';
import { changeLevel, close, demandAct, maySay } from '../../requests/service.ts';
import type { CommentOnRequestInput } from '../../requests/types.ts';
import { readActor } from '../find.ts';
import { lockCommunitiesOf } from '../locks.ts';
import { adopt, join } from './effects.ts';
import { tell } from './news.ts';
import { settleExpired } from './open-requests.ts';
import type {
  AcceptRequestInput,
  CancelRequestInput,
  ChangeRequestLevelInput,
  DeclineRequestInput,
} from './types.ts';

/** What comes of a request that is accepted; the communities are locked. */
const effects: Record<RequestKind, (tx: Context, request: Request) => Promise<void>> = {
  INVITATION: join,
  MEMBERSHIP: join,
  SUBCOMMUNITY: adopt,
  SUBCOMMUNITY_INVITATION: adopt,
};

/** Says yes to a request, and does what is asked. @returns the request's UUID. */
export function accept(ctx: Context, input: AcceptRequestInput): Promise<string> {
  const said = valid(maySay, input).comment;
  return transact(ctx, async (tx) => {
    const request = await findNow(tx, input.requestId);
    const { level } = input;
    const isGranted = level == null || mayGrant(tx.actor, level, partiesOf(request));
    demand(tx.actor, request.kind !== 'MEMBERSHIP' || isGranted);
    await demandAct(tx, 'ACCEPT', request);
    if (level != null && request.kind !== 'MEMBERSHIP') {
      throw new Refusal('INVALID', 'Only who asks to join can be granted another level.', [
        'input',
        'level',
      ]);
    }
    demandVersion(request, input.expectedVersion);
    if (level != null) tx.em.assign(request, { level });
    await complete(tx, request, said);
    return request.id;
  });
}

/** The request, if the actor can see it, locked after its communities, where the actor is what they are now. */
async function findNow(tx: Context, requestId: string): Promise<Request> {
  for (const { id } of await lockCommunitiesOf(tx, requestId)) await readActor(tx, id);
  return findRequest(tx, requestId);
}

/** Does what was asked and closes the request. */
export async function complete(tx: Context, request: Request, said?: string | null): Promise<void> {
  await effects[request.kind](tx, request);
  close(tx, request, 'ACCEPTED', said);
  await tell(tx, [request], 'ACCEPTED', said);
}

/** Says no to a request. @returns the request's UUID. */
export const decline = (ctx: Context, input: DeclineRequestInput): Promise<string> =>
  refuse(ctx, input, 'DECLINE', 'DECLINED');

/** Takes a request back. @returns the request's UUID. */
export const cancel = (ctx: Context, input: CancelRequestInput): Promise<string> =>
  refuse(ctx, input, 'CANCEL', 'CANCELLED');

function refuse(
  ctx: Context,
  input: DeclineRequestInput,
  act: 'DECLINE' | 'CANCEL',
  state: 'DECLINED' | 'CANCELLED',
): Promise<string> {
  const said = valid(maySay, input).comment;
  return transact(ctx, async (tx) => {
    const request = await findNow(tx, input.requestId);
    await demandAct(tx, act, request);
    demandVersion(request, input.expectedVersion);
    close(tx, request, state, said);
    await tell(tx, [request], state, said);
    return request.id;
  });
}

/** Lets a request give another level: both must be the actor's to give. @returns the request's UUID. */
export function setLevel(ctx: Context, input: ChangeRequestLevelInput): Promise<string> {
  return transact(ctx, async (tx) => {
    const request = await findNow(tx, input.requestId);
    demand(tx.actor, mayGrant(tx.actor, input.level, partiesOf(request)));
    await demandAct(tx, 'CHANGE_LEVEL', request);
    demandVersion(request, input.expectedVersion);
    if (request.level !== input.level) changeLevel(tx, request, input.level);
    return request.id;
  });
}

/** Says something about a request, and tells both sides. @returns the comment's UUID. */
export function commentOn(ctx: Context, input: CommentOnRequestInput): Promise<string> {
  return transact(ctx, async (tx) => {
    const { request, said } = await comment(tx, input);
    await tell(tx, [request], 'COMMENTED', said.content);
    return said.id;
  });
}

/** Ends what comes to nothing once a community is gone: who would join it, and what it asks or is asked. */
export async function endRequestsOf(tx: Context, communityId: string): Promise<void> {
  await settleExpired(tx, sql`(t.community_id = ${communityId} or t.child_id = ${communityId})`);
  const open = await tx.em.find(
    Request,
    { state: 'SUBMITTED', $or: [{ communityId }, { childId: communityId }] },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  );
  for (const request of open) close(tx, request, 'CANCELLED');
  const { DECLINED, CANCELLED } = Object.groupBy(open, (it) =>
    // For who asked the community, it is the community that says no.
    isAsked(it, communityId) ? 'DECLINED' : 'CANCELLED',
  );
  await tell(tx, DECLINED ?? [], 'DECLINED');
  await tell(tx, CANCELLED ?? [], 'CANCELLED');
}

/** Whether it is this community's to answer. */
const isAsked = ({ kind, communityId }: Request, id: string): boolean =>
  kind === 'SUBCOMMUNITY_INVITATION'
    ? communityId !== id
    : kind !== 'INVITATION' && communityId === id;

/** How many requests of other communities wait for an answer of this one. */
export async function countOpenSubcommunityRequests(
  tx: Context,
  communityId: string,
): Promise<number> {
  const [counted] = await rows(
    tx,
    sql<{ count: number }>`
      select count(*)::int as count from requests
      where state = 'SUBMITTED' and coalesce(expires_at > clock_timestamp(), true)
        and (kind = 'SUBCOMMUNITY' and community_id = ${communityId}
          or kind = 'SUBCOMMUNITY_INVITATION' and child_id = ${communityId})`,
  );
  return counted?.count ?? 0;
}
