import { isDeepStrictEqual } from 'node:util';
import { demand } from '../../actor.ts';
import { record } from '../../audit/service.ts';
import { type Context, transact } from '../../context.ts';
import { Refusal, valid } from '../../errors.ts';
import { toGlobalId } from '../../ids.ts';
import * as search from '../../search/changes.ts';
import type { Community } from '../community.ts';
import { findFor } from '../find.ts';
import { lockCommunities } from '../locks.ts';
import { type Act, may, maySee } from '../policy.ts';
import { readChildCount } from '../queries.ts';
import type { UpdateCommunityInput } from './inputs.ts';
import { demandFitting, parentFor } from './parents.ts';
import { communityChanges } from './shapes.ts';

/**
 * Changes what is said of a community: what is absent stays, null clears.
 * @returns the community's UUID.
 */
export function update(ctx: Context, input: UpdateCommunityInput): Promise<string> {
  return transact(ctx, async (tx) => {
    if (input.parentId != null) await lockCommunities(tx, [input.communityId, input.parentId]);
    const community = await findFor(tx, 'UPDATE', input);
    const shape = communityChanges(tx.config, community);
    const { access = {}, parentId, ...data } = valid(shape, input);
    const given = defined({ ...data, ...access });
    const changed = Object.keys(given).filter(
      (key) => !isDeepStrictEqual(given[key], community[key as keyof Community]),
    );
    for (const [key, act] of Object.entries(extraActs)) {
      if (changed.includes(key)) demand(tx.actor, may(tx.actor, act, community));
    }
    tx.em.assign(community, Object.fromEntries(changed.map((key) => [key, given[key]])));
    if (await changeParent(tx, community, parentId)) changed.push('parent');
    await demandNoOrphans(tx, community, changed);
    if (changed.length > 0) {
      const isHidden = changed.includes('visibility') && community.visibility === 'RESTRICTED';
      await search.changed(tx, 'communities', [community.id], { isHidden });
      record(tx, 'community.updated', { kind: 'Community', id: community.id }, { changed });
    }
    return community.id;
  });
}

/** Fields that need more than the right to update; sending what they are already needs nothing. */
const extraActs: Record<string, Act> = {
  visibility: 'MANAGE_ACCESS',
  theme: 'SET_THEME',
  allowsChildren: 'MANAGE_CHILDREN',
};

const defined = (all: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));

async function changeParent(
  tx: Context,
  community: Community,
  parentId: string | null | undefined,
): Promise<boolean> {
  const now = await seenParent(tx, community);
  if (parentId === undefined || parentId === now) return false;
  demand(tx.actor, may(tx.actor, 'MANAGE_PARENT', community));
  const parent = parentId === null ? null : await parentFor(tx, parentId);
  if (parent) demandFitting(parent, community, ['input', 'parentId']);
  tx.em.assign(community, { parent });
  return true;
}

/** What the actor was shown as its parent: sending that back changes nothing. */
async function seenParent(tx: Context, { parent }: Community): Promise<string | null> {
  const found = await parent?.load();
  return found && maySee(tx.actor, found) ? toGlobalId('Community', found.id) : null;
}

/** Whoever has children goes on accepting them, and nobody who has a parent begins to. */
async function demandNoOrphans(
  tx: Context,
  community: Community,
  changed: string[],
): Promise<void> {
  if (!changed.includes('allowsChildren')) return;
  const path = ['input', 'allowsChildren'];
  if (community.allowsChildren) {
    if (!community.parent) return;
    throw new Refusal(
      'CONFLICT',
      'A community that has a parent cannot accept subcommunities.',
      path,
    );
  }
  if ((await readChildCount(tx, community.id)) > 0) {
    throw new Refusal('CONFLICT', 'The community has subcommunities.', path);
  }
}
