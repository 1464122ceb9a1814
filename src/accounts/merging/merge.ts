import { sql } from 'kysely';
import { demand } from '../../actor.ts';
import { record } from '../../audit/service.ts';
import { settleExpired } from '../../communities/joining/open-requests.ts';
import { type Context, rows, transact } from '../../context.ts';
import { notFound, Refusal, Refusals, valid } from '../../errors.ts';
import { uuidOf } from '../../ids.ts';
import { changed } from '../../search/changes.ts';
import { demandPatience } from '../../users/brake.ts';
import { lockUsers } from '../../users/target.ts';
import { readAccounts, whyOver } from '../account.ts';
import { withReason } from '../closing.ts';
import { mayArrange } from '../policy.ts';
import { applyMerge } from './apply.ts';
import { keyOf, type MergeChange, type Side } from './changes.ts';
import { loadSide } from './load.ts';
import { contested, planMerge } from './plan.ts';
import type { MergeUsersInput, PreviewMergeInput } from './types.ts';

/** A merge: as it would be done, or as it was. */
export interface Merge {
  intoId: string;
  key: string;
  changes: MergeChange[];
}

const fromPath = ['input', 'fromUserId'];
const intoPath = ['input', 'intoUserId'];

/** What a merge would do. @throws Refusals with whatever stands in its way; Denial. */
export async function preview(ctx: Context, input: PreviewMergeInput): Promise<Merge> {
  const [from, into] = await idsOf(ctx, input);
  return transact(ctx, async (tx) => (await plan(tx, from, into)).merge);
}

/**
 * Makes two accounts of one person one, as it was seen in the preview; all of it or nothing.
 * @throws Refusals with whatever stands in its way, or if the plan is another by now; Denial.
 */
export async function merge(ctx: Context, input: MergeUsersInput): Promise<Merge> {
  const { reason } = valid(withReason, input);
  const [fromId, intoId] = await idsOf(ctx, input);
  await demandPatience(ctx);
  return transact(ctx, async (tx) => {
    await lock(tx, fromId, intoId);
    const { merge, from, into } = await plan(tx, fromId, intoId);
    if (merge.key !== input.expectedPlan) {
      throw new Refusal(
        'CONFLICT',
        'The accounts are not as they were when the merge was previewed: preview it again.',
        ['input', 'expectedPlan'],
      );
    }
    await applyMerge(tx, from, into, merge.changes);
    await changed(tx, 'users', [intoId]);
    await changed(tx, 'users', [fromId], { isHidden: true });
    // With all that it takes to undo it by hand.
    const details = { changes: merge.changes, ...(reason != null && { reason }) };
    record(tx, 'user.merged_into', { kind: 'User', id: fromId }, { into: intoId, ...details });
    record(tx, 'user.merged', { kind: 'User', id: intoId }, { from: fromId, ...details });
    return merge;
  });
}

/** Those who are meant, if the actor may make them one. */
async function idsOf({ actor }: Context, input: PreviewMergeInput): Promise<[string, string]> {
  demand(actor, mayArrange(actor));
  const ids = [uuidOf('User', input.fromUserId), uuidOf('User', input.intoUserId)] as const;
  const isOwn = actor.userId !== undefined && ids.includes(actor.userId);
  demand(actor, !isOwn, 'This is your own account: somebody else must do that.');
  const [from, into] = ids;
  const unknown = [
    ...(from === undefined ? [notFound('user', ...fromPath)] : []),
    ...(into === undefined ? [notFound('user', ...intoPath)] : []),
  ];
  if (from === undefined || into === undefined) throw new Refusals(unknown);
  return [from, into];
}

/** Keeps all that the merge is about: in the order of syncs, which come before it or after it. */
async function lock(tx: Context, fromId: string, intoId: string): Promise<void> {
  const both = [fromId, intoId];
  await rows(
    tx,
    sql`
      select s.id from sync_states s join identities i
        on i.idp = s.idp and s.kind = 'USER' and i.subject = s.remote_id
      where i.user_id = any(${both}) order by s.idp, s.kind, s.remote_id for update of s`,
  );
  await lockUsers(tx, both);
  await rows(
    tx,
    sql`
      select r.id from roles r where r.id in (select role_id from assignments where user_id = any(${both}))
      order by r.id for key share`,
  );
  await rows(
    tx,
    sql`
      select c.id from communities c where c.id in (
        select community_id from members where user_id = any(${both})
        union select community_id from requests where user_id = any(${both}) and state = 'SUBMITTED')
      order by c.id for update`,
  );
  await settleExpired(tx, sql`t.user_id = any(${both})`);
}

async function plan(
  tx: Context,
  fromId: string,
  intoId: string,
): Promise<{ merge: Merge; from: Side; into: Side }> {
  await demandFit(tx, fromId, intoId);
  const [from, into] = [await loadSide(tx, fromId), await loadSide(tx, intoId)];
  const isSynced = (idp: string) => tx.config.idps.get(idp)?.users !== undefined;
  const both = contested(from, into, isSynced);
  if (both.length > 0) {
    throw new Refusals(
      both.map(
        (it) =>
          new Refusal(
            'CONFLICT',
            `${it} knows both, as two people: unlink the identity that is no longer used, or have it deleted there.`,
            fromPath,
          ),
      ),
    );
  }
  const changes = planMerge(from, into, isSynced);
  return { merge: { intoId, key: keyOf(from, into, changes), changes }, from, into };
}

/** Goes on if the two can become one. */
async function demandFit(tx: Context, fromId: string, intoId: string): Promise<void> {
  const accounts = await readAccounts(tx, [fromId, intoId]);
  const [from, into] = [accounts.get(fromId), accounts.get(intoId)];
  const refusals: Refusal[] = [];
  if (from) refusals.push(...whyOver(from, fromPath));
  else refusals.push(notFound('user', ...fromPath));
  if (!into) refusals.push(notFound('user', ...intoPath));
  else if (fromId === intoId) {
    refusals.push(new Refusal('CONFLICT', 'This is one account already.', intoPath));
  } else {
    const over = whyOver(into, intoPath);
    const isClosed = over.length === 0 && into.state !== 'ACTIVE';
    refusals.push(...over);
    if (isClosed) {
      refusals.push(
        new Refusal(
          'CONFLICT',
          'The account that is to stay is closed: activate it first.',
          intoPath,
        ),
      );
    }
  }
  if (refusals.length > 0) throw new Refusals(refusals);
}
