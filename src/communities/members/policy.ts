import { type RawBuilder, sql } from 'kysely';
import type { Actor } from '../../actor.ts';
import type { Level } from '../../level.ts';
import { canManage } from '../policy.ts';

/** What of a member a policy has to know. */
export interface Place {
  communityId: string;
  /** The user; null for a role. */
  userId: string | null;
  level: Level;
  isVisible: boolean;
}

export const memberActs = [
  'CHANGE_LEVEL',
  'CHANGE_VISIBILITY',
  'CHANGE_NOTIFIED',
  'REMOVE',
  'LEAVE',
] as const;
export type MemberAct = (typeof memberActs)[number];

/** Whether a membership is the actor's own, and not one that a role gives. */
export const isOwn = (actor: Actor, { userId }: Pick<Place, 'userId'>): boolean =>
  userId !== null && userId === actor.userId;

/** Whether an actor may do this with a member of a community that is live. */
export function mayWith(actor: Actor, act: MemberAct, member: Place): boolean {
  const own = isOwn(actor, member);
  const isRole = member.userId === null;
  const manages = canManage(actor, member.communityId, member.level);
  const rules: Record<MemberAct, boolean> = {
    CHANGE_LEVEL: manages && !own,
    // That a person is somewhere is theirs to say: others can only hide it.
    CHANGE_VISIBILITY: own || (manages && (isRole || member.isVisible)),
    CHANGE_NOTIFIED: manages && isRole,
    REMOVE: manages && !own,
    LEAVE: own,
  };
  return rules[act];
}

/** What an actor may do with a member of a community that is live. */
export const permissionsWith = (actor: Actor, member: Place): MemberAct[] =>
  memberActs.filter((it) => mayWith(actor, it, member));

/** Where an actor sees the members who want to be seen (`SEE_PUBLIC_MEMBERS`), as a condition on `communities c`. */
export function publicMembersVisibleTo(actor: Actor): RawBuilder<boolean> {
  if (actor.has('ADMINISTER')) return sql`c.deleted_at is null`;
  return sql`(c.deleted_at is null and (c.visibility = 'PUBLIC' and c.members_visibility = 'PUBLIC'
    or c.id = any(${[...actor.levels.keys()]}::uuid[])))`;
}

/** Where an actor sees every place of the user `parent`, as a condition on `communities t`: in their own communities, and of themselves. */
export function placesVisibleTo(actor: Actor): RawBuilder<boolean> {
  if (actor.has('ADMINISTER')) return sql`true`;
  return sql`(parent.id = ${actor.userId ?? null} or t.id = any(${[...actor.levels.keys()]}::uuid[]))`;
}
