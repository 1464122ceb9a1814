import { record } from '../../audit/service.ts';
import { type Context, transact } from '../../context.ts';
import { Refusal, valid } from '../../errors.ts';
import { changed } from '../../search/changes.ts';
import { User } from '../../users/user.ts';
import type { Community } from '../community.ts';
import { type Aim, findFor } from '../find.ts';
import { countOpenSubcommunityRequests, endRequestsOf } from '../joining/answers.ts';
import type { Act } from '../policy.ts';
import { tombstoneShape } from './shapes.ts';

/** What is said of a deletion; what is absent stays as it is. */
export interface TombstoneInput extends Aim {
  reason?: string | null;
  note?: string | null;
  citationText?: string | null;
  isVisible?: boolean;
}

/**
 * Deletes a community so that it can be restored. Its slug, members and logo stay with it; who was
 * invited or asked to join is told that it comes to nothing.
 * @throws Refusal CONFLICT while it has requests of other communities to answer.
 */
export function remove(ctx: Context, input: TombstoneInput): Promise<string> {
  return change(ctx, 'DELETE', input, async (tx, community) => {
    const tombstone = readTombstone(tx, community, input);
    const open = await countOpenSubcommunityRequests(tx, community.id);
    if (open > 0) {
      const are = open === 1 ? 'is 1 request' : `are ${open} requests`;
      throw new Refusal('CONFLICT', `There ${are} open for this community: answer first.`, [
        'input',
        'communityId',
      ]);
    }
    await endRequestsOf(tx, community.id);
    const removedBy = tx.actor.userId ? tx.em.getReference(User, tx.actor.userId) : null;
    tx.em.assign(community, { ...noTombstone, ...tombstone, removedBy, deletedAt: new Date() });
    return ['community.deleted', { reason: tombstone.removalReasonId ?? null }];
  });
}

/** Takes a deletion back. */
export const restore = (ctx: Context, input: Aim): Promise<string> =>
  change(ctx, 'RESTORE', input, (tx, community) => {
    tx.em.assign(community, { ...noTombstone, deletedAt: null });
    return ['community.restored', {}];
  });

/** Changes what is said of a deletion. */
export const editTombstone = (ctx: Context, input: TombstoneInput): Promise<string> =>
  change(ctx, 'EDIT_TOMBSTONE', input, (tx, community) => {
    const given = Object.entries(readTombstone(tx, community, input));
    const changed = given.filter(([key, value]) => community[key as keyof Community] !== value);
    if (changed.length === 0) return undefined;
    tx.em.assign(community, Object.fromEntries(changed));
    return ['community.tombstone_edited', { changed: changed.map(([key]) => key) }];
  });

/** Says that a deleted community is to be removed for good; it cannot be restored until that is taken back. */
export const markForPurge = (ctx: Context, input: Aim): Promise<string> =>
  change(ctx, 'MARK_FOR_PURGE', input, (tx, community) => {
    tx.em.assign(community, { purgeMarkedAt: new Date() });
    return ['community.marked_for_purge', {}];
  });

export const unmarkForPurge = (ctx: Context, input: Aim): Promise<string> =>
  change(ctx, 'UNMARK_FOR_PURGE', input, (tx, community) => {
    tx.em.assign(community, { purgeMarkedAt: null });
    return ['community.unmarked_for_purge', {}];
  });

/** What is written down; nothing if nothing is different. */
type Done = [act: string, details: Record<string, unknown>] | undefined;

function change(
  ctx: Context,
  act: Act,
  input: Aim,
  work: (tx: Context, community: Community) => Done | Promise<Done>,
): Promise<string> {
  return transact(ctx, async (tx) => {
    const community = await findFor(tx, act, input);
    const done = await work(tx, community);
    if (done) {
      await changed(tx, 'communities', [community.id], { isHidden: act === 'DELETE' });
      record(tx, done[0], { kind: 'Community', id: community.id }, done[1]);
    }
    return community.id;
  });
}

const noTombstone = {
  removalReasonId: null,
  removalNote: '',
  citationText: '',
  isTombstoneVisible: true,
  removedBy: null,
};

/** Only what was given. */
function readTombstone(tx: Context, community: Community, input: TombstoneInput) {
  const shape = tombstoneShape(tx.config, community);
  const { reason, note, citationText, isVisible } = valid(shape, input);
  return {
    ...(reason !== undefined && { removalReasonId: reason }),
    ...(note !== undefined && { removalNote: note ?? '' }),
    ...(citationText !== undefined && { citationText: citationText ?? '' }),
    ...(isVisible !== undefined && { isTombstoneVisible: isVisible }),
  };
}
