import { z } from 'zod';
import { demand } from '../actor.ts';
import { type Context, transact } from '../context.ts';
import { demandVersion, notFound, Refusal, valid } from '../errors.ts';
import { uuidOf } from '../ids.ts';
import { findComment, findRequest } from './find.ts';
import { mayChangeWords, mayEdit } from './policy.ts';
import { type Request, RequestEvent } from './request.ts';
import { audit, demandAct, log, say, saying, touch } from './service.ts';
import type {
  CommentOnRequestInput,
  DeleteCommentInput,
  LockRequestInput,
  UpdateCommentInput,
} from './types.ts';

const content = z.object({ content: saying });

/** Says something about a request, closed ones too; whoever can read it may, unless it is locked. */
export async function comment(
  tx: Context,
  input: CommentOnRequestInput,
): Promise<{ request: Request; said: RequestEvent }> {
  const words = valid(content, input).content;
  const request = await findRequest(tx, input.requestId);
  await demandAct(tx, 'COMMENT', request);
  const replyToId = input.replyToId == null ? null : await findTop(tx, request, input.replyToId);
  const said = say(tx, request, words, { replyToId });
  await touch(tx, request);
  return { request, said };
}

/** The comment that is to be replied to. */
async function findTop(tx: Context, request: Request, globalId: string): Promise<string> {
  const path = ['input', 'replyToId'];
  const id = uuidOf('RequestEvent', globalId) ?? null;
  const top = await tx.em.findOne(RequestEvent, { id, request });
  if (!top) throw notFound('comment', ...path);
  if (top.kind !== 'COMMENT') {
    throw new Refusal('INVALID', 'Only to comments that are there can be replied.', path);
  }
  if (top.replyToId) {
    throw new Refusal('INVALID', 'There are no replies to replies: reply to the comment.', path);
  }
  return top.id;
}

/** Changes what somebody said. @returns the UUID of the comment. */
export function updateComment(ctx: Context, input: UpdateCommentInput): Promise<string> {
  return transact(ctx, async (tx) => {
    const { comment, request } = await findComment(tx, input.commentId);
    demand(tx.actor, mayEdit(tx.actor, { authorId: comment.authorId ?? null }));
    const words = valid(content, input).content;
    demandVersion(comment, input.expectedVersion);
    if (!mayChangeWords(tx.actor, request.lockedAt != null)) {
      throw new Refusal('CONFLICT', 'Commenting is locked.', ['input', 'commentId']);
    }
    if (words === comment.content) return comment.id;
    tx.em.assign(comment, { content: words });
    audit(tx, 'comment_updated', request, { comment: comment.id, author: comment.authorId });
    return comment.id;
  });
}

/** Takes back what somebody said: the place of it stays, with the replies. @returns the UUID of the comment. */
export function deleteComment(ctx: Context, input: DeleteCommentInput): Promise<string> {
  return transact(ctx, async (tx) => {
    const { comment, request } = await findComment(tx, input.commentId);
    demand(tx.actor, mayEdit(tx.actor, { authorId: comment.authorId ?? null }));
    tx.em.assign(comment, { kind: 'COMMENT_DELETED', content: null });
    audit(tx, 'comment_deleted', request, { comment: comment.id, author: comment.authorId });
    return comment.id;
  });
}

/** Ends or opens again the conversation about a request. @returns the UUID of the request. */
export function setLock(
  ctx: Context,
  input: LockRequestInput,
  act: 'LOCK' | 'UNLOCK',
): Promise<string> {
  return transact(ctx, async (tx) => {
    const request = await findRequest(tx, input.requestId);
    await demandAct(tx, act, request);
    const now = new Date();
    tx.em.assign(request, { lockedAt: act === 'LOCK' ? now : null, lastActivityAt: now });
    log(tx, request, `${act}ED`);
    audit(tx, `${act.toLowerCase()}ed`, request);
    return request.id;
  });
}
