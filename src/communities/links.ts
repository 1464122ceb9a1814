import { sql } from 'kysely';
import { z } from 'zod';
import { demand } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, rows, transact } from '../context.ts';
import { Refusal, valid } from '../errors.ts';
import { Group } from '../groups/group.ts';
import { levelOf, slugOf } from '../groups/naming.ts';
import { User } from '../users/user.ts';
import { Community, Member } from './community.ts';
import { applyDivorce, leftWithoutOwner, loadMarriage, planDivorce } from './divorce.ts';
import { find, findGroup, lockGroupOf, speaksFor } from './find.ts';
import { may } from './policy.ts';
import { freeSlug, isReserved } from './slugs.ts';
import type { LinkCommunityToGroupInput, UnlinkCommunityFromGroupInput } from './types.ts';

const newCommunity = z.object({
  title: z.string().trim().min(1, 'is empty').max(250, 'is longer than 250 characters').nullish(),
  slug: z
    .string()
    .toLowerCase()
    .regex(
      /^(?=.*[a-z0-9])[a-z0-9_-]{1,100}$/,
      'needs 1 to 100 letters, digits, "-" or "_", and a letter or digit among them',
    )
    .refine((it) => !isReserved(it), 'is a word of ours')
    .nullish(),
  visibility: z.enum(['PUBLIC', 'RESTRICTED']).nullish(),
});
const newLinked = z.object({ community: z.object({ create: newCommunity }) });

/**
 * Gives a group its community: the group's roles become members of it at the levels that their
 * categories map to. Makes the community when asked; whoever makes it owns it.
 * @returns the community's UUID.
 */
export function link(ctx: Context, input: LinkCommunityToGroupInput): Promise<string> {
  demand(ctx.actor, ctx.actor.kind !== 'ANYONE');
  const { id: communityId } = input.community;
  return transact(ctx, async (tx) => {
    const group = await findGroup(tx, input.groupId);
    if (await tx.em.findOne(Community, { group })) {
      throw new Refusal('CONFLICT', 'The group has a community already.', ['input', 'groupId']);
    }
    const community = communityId
      ? await find(tx, communityId, ['input', 'community', 'id'], input.expectedVersion)
      : await make(tx, group, valid(newLinked, input).community.create);
    if (communityId) demand(tx.actor, may(tx.actor, 'link', community));
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
    record(
      tx,
      'community.linked',
      { kind: 'Community', id: community.id },
      { idp: group.idp, group: group.remoteId },
    );
    return community.id;
  });
}

/**
 * Parts a community from its group: whoever was in by one of the group's roles becomes a member at
 * the same level. The group and its roles stay, for it may have another community one day.
 * @returns the community's UUID.
 */
export function unlink(ctx: Context, input: UnlinkCommunityFromGroupInput): Promise<string> {
  demand(ctx.actor, ctx.actor.kind !== 'ANYONE');
  return transact(ctx, async (tx) => {
    await lockGroupOf(tx, input.communityId);
    const community = await find(
      tx,
      input.communityId,
      ['input', 'communityId'],
      input.expectedVersion,
    );
    demand(tx.actor, may(tx.actor, 'link', community));
    const group = await community.group?.loadOrFail();
    if (!group)
      throw new Refusal('CONFLICT', 'The community is not linked to a group.', [
        'input',
        'communityId',
      ]);
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
    return community.id;
  });
}

async function make(
  tx: Context,
  group: Group,
  { title, slug, visibility }: z.output<typeof newCommunity>,
): Promise<Community> {
  demand(tx.actor, tx.actor.has('ADMINISTER'));
  const community = tx.em.create(Community, {
    title: title ?? group.name ?? group.slug,
    slug: await freeSlug(tx, slug ?? slugOf(group.name, group.remoteId), slug != null),
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
