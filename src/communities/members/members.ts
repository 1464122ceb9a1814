import { z } from 'zod';
import { demand } from '../../actor.ts';
import { record } from '../../audit/service.ts';
import { type Context, transact } from '../../context.ts';
import { Refusal, Refusals, valid } from '../../errors.ts';
import { levels } from '../../level.ts';
import { type Community, Member } from '../community.ts';
import { demandAct, find } from '../find.ts';
import { canManage, may } from '../policy.ts';
import { findMembers, placeOf } from './find.ts';
import type {
  AddCommunityMembersInput,
  RemoveCommunityMembersInput,
  UpdateCommunityMembersInput,
} from './inputs.ts';
import { lockRoles, readNewcomers } from './newcomers.ts';
import { demandOwner } from './owners.ts';
import { isOwn, mayWith } from './policy.ts';

/** How many members one change is about, at most. */
const most = 100;

const several = <T extends z.ZodType>(one: T) =>
  z.array(one).min(1, 'names nobody').max(most, `names more than ${most} members`);

const newMembers = z.object({
  members: several(z.object({ userId: z.string().nullish(), roleId: z.string().nullish() })),
  level: z.enum(levels),
  isVisible: z.boolean().nullish(),
  isNotified: z.boolean().nullish(),
});
const changes = z
  .object({
    communityId: z.string(),
    memberIds: several(z.string()),
    level: z.enum(levels).nullish(),
    isVisible: z.boolean().nullish(),
    isNotified: z.boolean().nullish(),
  })
  .refine((it) => it.level != null || it.isVisible != null || it.isNotified != null, {
    error: 'says nothing that is to change: give `level`, `isVisible` or `isNotified`',
  });
const leavers = z.object({ communityId: z.string(), memberIds: several(z.string()) });

/** A community's members after a change. */
export interface Changed {
  communityId: string;
  memberIds: string[];
}

/**
 * Makes roles members of a community, and users where an administrator does; all of them or none.
 * @throws Refusals with whatever stands in the way of each of them; Denial.
 */
export function add(ctx: Context, input: AddCommunityMembersInput): Promise<Changed> {
  const { members: refs, level, ...settings } = valid(newMembers, input);
  return transact(ctx, async (tx) => {
    await lockRoles(tx, refs);
    const community = await find(tx, input.communityId);
    const { actor } = tx;
    demandAct(tx, 'ADD_ROLES', community, ['input', 'communityId']);
    demand(
      actor,
      refs.every((it) => it.userId == null) || may(actor, 'ADD_USERS', community),
      'Only administrators add people without asking them: invite them.',
    );
    demandManaged(tx, community, [level]);
    const { newcomers, problems } = await readNewcomers(tx, community, refs);
    for (const [index, it] of newcomers.entries()) {
      if (!it.user) continue;
      const path = ['input', 'members', `${index}`];
      const own = isOwn(actor, { userId: it.user });
      if (settings.isVisible && !own) problems.push(notTheirs(path));
      if (settings.isNotified != null) problems.push(notForUsers(path));
    }
    if (problems.length > 0) throw new Refusals(problems);
    const members = newcomers.map((it) =>
      tx.em.create(Member, {
        ...it,
        community,
        level,
        isVisible: settings.isVisible ?? false,
        isNotified: settings.isNotified ?? true,
      }),
    );
    await tx.em.flush();
    const added = members.map((it) => ({ id: it.id, user: it.user?.id, role: it.role?.id }));
    tell(tx, 'community.members_added', community, { level, members: added });
    return { communityId: community.id, memberIds: members.map((it) => it.id) };
  });
}

/**
 * Gives members of a community another level, shows or hides them; all of them or none. A level
 * that a group's mapping gave stays as it is set here, whatever the mapping becomes.
 */
export function update(ctx: Context, input: UpdateCommunityMembersInput): Promise<Changed> {
  const { level, isVisible, isNotified, ...aim } = valid(changes, input);
  return transact(ctx, async (tx) => {
    const { community, members } = await findMembers(tx, aim);
    const others = members.filter((it) => !isOwn(tx.actor, placeOf(it)));
    const given = level != null && others.length > 0 ? [level] : [];
    demandManaged(tx, community, [...others.map((it) => it.level), ...given]);
    const problems = members.flatMap((member, index) => {
      const place = placeOf(member);
      const path = ['input', 'memberIds', `${index}`];
      const found: Refusal[] = [];
      if (level != null && isOwn(tx.actor, place)) {
        found.push(new Refusal('CONFLICT', 'You cannot change your own level.', path));
      }
      const shows = isVisible != null && isVisible !== member.isVisible;
      if (shows && !mayWith(tx.actor, 'CHANGE_VISIBILITY', place)) found.push(notTheirs(path));
      if (isNotified != null && place.userId !== null) found.push(notForUsers(path));
      return found;
    });
    if (problems.length > 0) throw new Refusals(problems);
    const losesOwners = level != null && level !== 'OWNER' && isOwned(members);
    for (const it of members) {
      if (level != null) it.level = level;
      if (isVisible != null) it.isVisible = isVisible;
      if (isNotified != null) it.isNotified = isNotified;
    }
    if (losesOwners) await demandOwner(tx, community.id, ['input', 'memberIds']);
    const memberIds = members.map((it) => it.id);
    tell(tx, 'community.members_changed', community, {
      members: memberIds,
      ...(level != null && { level }),
      ...(isVisible != null && { isVisible }),
      ...(isNotified != null && { isNotified }),
    });
    return { communityId: community.id, memberIds };
  });
}

/**
 * Takes members out of a community; all of them or none. Oneself, too: that is leaving. A role of
 * the linked group stays away until the group is linked anew: a sync places roles that it never met.
 */
export function remove(ctx: Context, input: RemoveCommunityMembersInput): Promise<Changed> {
  const aim = valid(leavers, input);
  return transact(ctx, async (tx) => {
    const { community, members } = await findMembers(tx, aim);
    const others = members.filter((it) => !isOwn(tx.actor, placeOf(it)));
    demandManaged(
      tx,
      community,
      others.map((it) => it.level),
    );
    await takeOut(tx, community, members, ['input', 'memberIds']);
    const removed = members.map((it) => ({ id: it.id, user: it.user?.id, role: it.role?.id }));
    tell(tx, 'community.members_removed', community, { members: removed });
    return { communityId: community.id, memberIds: members.map((it) => it.id) };
  });
}

/** Takes members out of a community that is locked, if it keeps an owner. */
export async function takeOut(
  tx: Context,
  community: Community,
  members: Member[],
  path: string[],
): Promise<void> {
  for (const it of members) tx.em.remove(it);
  if (isOwned(members)) await demandOwner(tx, community.id, path);
}

const isOwned = (members: Member[]) => members.some((it) => it.level === 'OWNER');

function demandManaged(tx: Context, community: Community, some: Member['level'][]): void {
  const managed = some.every((it) => canManage(tx.actor, community.id, it));
  demand(tx.actor, managed, 'You may not give or take this level.');
}

const notTheirs = (path: string[]) =>
  new Refusal('CONFLICT', 'Only they themselves can show that they are a member.', path);

const notForUsers = (path: string[]) =>
  new Refusal('INVALID', 'is a user: only for roles is said whether they get e-mails.', path);

const tell = (tx: Context, act: string, { id }: Community, details: Record<string, unknown>) =>
  record(tx, act, { kind: 'Community', id }, details);
