import { sql } from 'kysely';
import { z } from 'zod';
import { demand } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, rows } from '../context.ts';
import { Refusal } from '../errors.ts';
import { newId } from '../ids.ts';
import type { Level } from '../level.ts';
import { writing } from '../text.ts';
import { partiesOf } from './find.ts';
import { fits, may, type Parties, type RequestAct } from './policy.ts';
import { type ClosedState, type EventKind, Request, RequestEvent } from './request.ts';

/** What somebody says about a request: HTML with something to read in it. */
export const saying = writing(50_000);
/** The same, where nothing needs to be said. */
export const maySay = z.object({ comment: saying.nullish() });

/** Puts a request before who is to answer it; what is said with it begins its timeline. */
export function submit(
  tx: Context,
  { message, ...parties }: Parties & { expiresAt: Date | null; message: string | null | undefined },
): Request {
  const request = tx.em.create(Request, {
    id: newId(),
    createdById: tx.actor.userId ?? null,
    ...parties,
  });
  if (message != null) say(tx, request, message);
  audit(tx, 'submitted', request);
  return request;
}

/** Ends a request: a log event, and a comment if something is to be said. */
export function close(
  tx: Context,
  request: Request,
  state: ClosedState,
  comment?: string | null,
): void {
  const now = new Date();
  tx.em.assign(request, { state, closedAt: now, lastActivityAt: now });
  // Both are of the same moment: their ids keep them in this order.
  const [first, second] = [newId(), newId()].sort();
  log(tx, request, state, {}, first);
  if (comment != null) say(tx, request, comment, { id: second });
  audit(tx, state.toLowerCase(), request);
}

/** Gives a request another level, and says so where somebody was told the former one. */
export function changeLevel(tx: Context, request: Request, level: Level): void {
  const from = request.level;
  tx.em.assign(request, { level, lastActivityAt: new Date() });
  if (request.kind === 'INVITATION') log(tx, request, 'LEVEL_CHANGED', { from, to: level });
  audit(tx, 'level_changed', request, { from, to: level });
}

/** Adds a line of the log to the timeline. */
export function log(
  tx: Context,
  request: Request,
  kind: EventKind,
  details: Record<string, unknown> = {},
  id = newId(),
): void {
  tx.em.create(RequestEvent, { id, request, kind, authorId: tx.actor.userId ?? null, details });
}

/** Adds a comment to the timeline. */
export function say(
  tx: Context,
  request: Request,
  content: string,
  { id = newId(), replyToId = null as string | null } = {},
): RequestEvent {
  const authorId = tx.actor.userId ?? null;
  return tx.em.create(RequestEvent, { id, request, kind: 'COMMENT', authorId, replyToId, content });
}

/** Remembers when a request last saw something happen; what was not changed keeps its version. */
export const touch = (tx: Context, { id }: Request) =>
  rows(tx, sql`update requests set last_activity_at = now() where id = ${id}`);

export const audit = (tx: Context, act: string, request: Request, details = {}): void =>
  record(tx, `request.${act}`, { kind: 'Request', id: request.id }, details);

/**
 * Goes on only if the actor may do this with the request, and if it is in a state for it. Who may
 * not is not told the state.
 */
export async function demandAct(tx: Context, act: RequestAct, request: Request): Promise<void> {
  demand(tx.actor, may(tx.actor, act, partiesOf(request)));
  const isLocked = request.lockedAt != null;
  const state = (await isDue(tx, request)) ? 'EXPIRED' : request.state;
  if (fits(act, { state, isLocked })) return;
  const words =
    act === 'COMMENT'
      ? 'Commenting is locked.'
      : act === 'LOCK' || act === 'UNLOCK'
        ? `The request is ${isLocked ? 'locked already' : 'not locked'}.`
        : `The request is ${state.toLowerCase()} already.`;
  throw new Refusal('CONFLICT', words, ['input', 'requestId']);
}

/** By the database's clock, and not by when the transaction began: a lock may have been long in coming. */
async function isDue(tx: Context, { state, expiresAt }: Request): Promise<boolean> {
  if (state !== 'SUBMITTED' || expiresAt == null) return false;
  const [found] = await rows(
    tx,
    sql<{ isDue: boolean }>`select ${expiresAt}::timestamptz <= clock_timestamp() as "isDue"`,
  );
  return found?.isDue === true;
}
