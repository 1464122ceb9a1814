import { LockMode } from '@mikro-orm/core';
import { type Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { uuidOf } from '../ids.ts';
import { mayRead, type Parties } from './policy.ts';
import { Request, RequestEvent } from './request.ts';

/** The request, if the actor can see it, locked. */
export async function findRequest(tx: Context, globalId: string): Promise<Request> {
  const request = await lockRequest(tx, uuidOf('Request', globalId) ?? null);
  if (!request || !mayRead(tx.actor, partiesOf(request))) {
    throw notFound('request', 'input', 'requestId');
  }
  return request;
}

const lockRequest = (tx: Context, id: string | null) =>
  tx.em.findOne(Request, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });

/** The comment with its request, if the actor can see it, both locked. */
export async function findComment(
  tx: Context,
  globalId: string,
): Promise<{ comment: RequestEvent; request: Request }> {
  const absent = notFound('comment', 'input', 'commentId');
  const found = await tx.em.findOne(RequestEvent, { id: uuidOf('RequestEvent', globalId) ?? null });
  const request = found && (await lockRequest(tx, found.request.id));
  if (!request || !mayRead(tx.actor, partiesOf(request))) throw absent;
  await tx.em.refresh(found);
  if (found.kind !== 'COMMENT') throw absent;
  return { comment: found, request };
}

/** What policies ask about. */
export const partiesOf = ({ kind, communityId, userId, childId, level }: Asked): Parties => ({
  kind,
  communityId,
  userId: userId ?? null,
  childId: childId ?? null,
  level: level ?? null,
});

/** A request as it is stored, or as it was read. */
export type Asked = Pick<Request, 'kind' | 'communityId' | 'userId' | 'childId' | 'level'>;
