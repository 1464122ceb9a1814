import { sql } from 'kysely';
import { z } from 'zod';
import { demand } from '../../actor.ts';
import { record } from '../../audit/service.ts';
import { type Context, rows, transact } from '../../context.ts';
import { Refusal, valid } from '../../errors.ts';
import { Group } from '../../groups/group.ts';
import { levelOf, slugOf } from '../../groups/naming.ts';
import { changed } from '../../search/changes.ts';
import { line } from '../../text.ts';
import { User, visibilities } from '../../users/user.ts';
import { Community, Member } from '../community.ts';
import { findFor, findGroup, speaksFor } from '../find.ts';
import { lockForLink, lockGroupOf } from '../locks.ts';
import { slugShape } from '../settings/shapes.ts';
import { freeSlug, takeSlug } from '../settings/slugs.ts';
import { applyDivorce, leftWithoutOwner, loadMarriage, planDivorce } from './divorce.ts';
import type { LinkCommunityToGroupInput, UnlinkCommunityFromGroupInput } from './types.ts';

const newLinked = z.object({
  community: z.object({
    create: z.object({
      title: line(250).nullish(),
      slug: slugShape.nullish(),
      visibility: z.enum(visibilities).nullish(),
    }),
  }),
});

/**
 * Gives a group its community: the group's roles become members of it at the levels that their
 * categories map to. Makes the community when asked; whoever makes it owns it.
 * @returns the community's UUID.
 */
export function link(ctx: Context, input: LinkCommunityToGroupInput): Promise<string> {
  const { id: communityId } = input.community;
  return transact(ctx, async (tx) => {
    const group = await findGroup(tx, input.groupId);
    const { expectedVersion } = input;
    await lockForLink(tx, group.id, communityId);
    const community = communityId
      ? await findFor(tx, 'LINK', { communityId, expectedVersion }, ['input', 'community', 'id'])
      : await make(tx, group, valid(newLinked, input).community.create);
    const freed = await freeGroup(tx, group);
    demand(tx.actor, await speaksFor(tx, group), 'Only those who manage the group may do this.');
    if (community.group) {
      throw new Refusal('CONFLICT', 'The community is linked to a group already.', [
        'input',
        'community',
        'id',
      ]);
    }
    tx.em.assign(community, { group });
    await tx.em.flush();
    await placeRoles(tx, group, community);
    await changed(tx, 'communities', [community.id, ...freed]);
    const subject = { kind: 'Community', id: community.id } as const;
    if (!communityId) record(tx, 'community.created', subject, { slug: community.slug });
    record(tx, 'community.linked', subject, { idp: group.idp, group: group.remoteId });
    return community.id;
  });
}

/**
 * Parts a community from its group: whoever was in by one of the group's roles becomes a member at
 * the same level. The group and its roles stay, for it may have another community one day.
 * @returns the community's UUID.
 */
export function unlink(ctx: Context, input: UnlinkCommunityFromGroupInput): Promise<string> {
  return transact(ctx, async (tx) => {
    await lockGroupOf(tx, input.communityId);
    const community = await findFor(tx, 'LINK', input);
    const group = await community.group?.loadOrFail();
    if (!group)
      throw new Refusal('CONFLICT', 'The community is not linked to a group.', [
        'input',
        'communityId',
      ]);
    await part(tx, group, community);
    await changed(tx, 'communities', [community.id]);
    return community.id;
  });
}

/** Everybody stays at their level; the community must have an owner then. */
async function part(tx: Context, group: Group, community: Community): Promise<void> {
  const { owned, ...marriage } = await loadMarriage(tx, group.id, community.id);
  const divorce = planDivorce(marriage);
  if (leftWithoutOwner(divorce, owned).length > 0) {
    throw new Refusal('CONFLICT', 'The community would have no owner: make somebody one first.', [
      'input',
      'communityId',
    ]);
  }
  await applyDivorce(tx, divorce);
  tx.em.assign(community, { group: null });
  record(
    tx,
    'community.unlinked',
    { kind: 'Community', id: community.id },
    { idp: group.idp, group: group.remoteId, name: group.name },
  );
}

/**
 * A community that was deleted does not keep its group from having another.
 * @returns the community that was parted from the group, if there was one.
 */
async function freeGroup(tx: Context, group: Group): Promise<string[]> {
  const now = await tx.em.findOne(Community, { group });
  if (!now) return [];
  if (!now.deletedAt) {
    throw new Refusal('CONFLICT', 'The group has a community already.', ['input', 'groupId']);
  }
  await part(tx, group, now);
  await tx.em.flush();
  return [now.id];
}

async function make(
  tx: Context,
  group: Group,
  { title, slug, visibility }: z.output<typeof newLinked>['community']['create'],
): Promise<Community> {
  demand(tx.actor, tx.actor.has('ADMINISTER'));
  if (slug) await takeSlug(tx, slug, ['input', 'community', 'create', 'slug']);
  const community = tx.em.create(Community, {
    title: title ?? group.name ?? group.slug,
    slug: slug ?? (await freeSlug(tx, slugOf(group.name, group.remoteId))),
    visibility:
      visibility ??
      (group.visibility === 'PUBLIC' || group.visibility === null ? 'PUBLIC' : 'RESTRICTED'),
  });
  if (tx.actor.userId) {
    const user = tx.em.getReference(User, tx.actor.userId);
    tx.em.create(Member, { community, user, level: 'OWNER' });
  }
  return community;
}

async function placeRoles(tx: Context, group: Group, community: Community): Promise<void> {
  const roles = await rows(
    tx,
    sql<{ id: string; category: string; isIn: boolean }>`
      select r.id, r.category, m.id is not null as "isIn" from roles r
      left join members m on m.role_id = r.id and m.community_id = ${community.id}
      where r.group_id = ${group.id} order by r.category`,
  );
  const idp = tx.config.idps.get(group.idp);
  for (const { id: role, category, isIn } of roles) {
    if (isIn) continue;
    const level = levelOf(idp, group, category);
    tx.em.create(Member, { community, role, level, mappedLevel: level });
  }
}
