import { type RawBuilder, sql } from 'kysely';
import type { Actor, Right } from '../actor.ts';
import { type Level, leastToManage } from '../level.ts';
import { all, none, type Tree } from '../search/tree.ts';

/** Who may look through all groups and roles. */
export const mayList = (actor: Actor): boolean => actor.has('SYNC') || actor.has('MODERATE');

/** Those groups, or roles, among which an actor may search. */
export const seenBy = (actor: Actor): Tree => (mayList(actor) ? all : none);

/** The groups that an actor can see, as a condition on `groups t`: all, or those that they are in. */
export function groupsVisibleTo(actor: Actor): RawBuilder<boolean> {
  if (mayList(actor)) return sql`true`;
  return sql`exists (select from roles r join assignments a on a.role_id = r.id
    where r.group_id = t.id and a.user_id = ${actor.userId ?? null})`;
}

/**
 * The roles that an actor can see, as a condition on `roles t`: all, or those that they have and
 * the other roles of their groups.
 */
export function rolesVisibleTo(actor: Actor): RawBuilder<boolean> {
  if (mayList(actor)) return sql`true`;
  const mine = sql`from assignments a join roles r on r.id = a.role_id
    where a.user_id = ${actor.userId ?? null}`;
  return sql`(t.id in (select r.id ${mine}) or t.group_id in (select r.group_id ${mine}))`;
}

/** Which assignments an actor can see, as a condition on `assignments t`: all, or their own. */
export const assignmentsVisibleTo = (actor: Actor): RawBuilder<boolean> =>
  mayList(actor) ? sql`true` : sql`t.user_id = ${actor.userId ?? null}`;

/** What of a role a policy has to know. */
export interface RoleSubject {
  rights: readonly Right[];
}

/** Who may look after local roles (Invenio's matrix: those who moderate). */
export const mayManage = (actor: Actor): boolean => actor.has('MODERATE');

/** Who may give these rights in the whole instance: nobody gives what is above their own. */
export const mayGive = (actor: Actor, rights: readonly Right[]): boolean =>
  rights.length === 0 || actor.has('ADMINISTER');

/** Who may change a local role and who is in it, as far as the instance goes. */
export const mayChange = (actor: Actor, { rights }: RoleSubject): boolean =>
  mayManage(actor) && mayGive(actor, rights);

/**
 * Who may give and take a role that is a member of communities: whoever could give and take its
 * level in each of them. Else those who moderate could let themselves in wherever a role is.
 */
export const mayPlace = (
  actor: Actor,
  places: readonly { communityId: string; level: Level; isDeleted: boolean }[],
): boolean =>
  actor.has('ADMINISTER') ||
  places.length === 0 ||
  (actor.allows('COMMUNITIES') &&
    places.every((it) => actor.isAtLeast(leastToManage(it.level), it.communityId)));

/** Who may know that a role is a member of a live community: whoever sees the community. */
export const seesPlace = (
  actor: Actor,
  { communityId, isRestricted }: { communityId: string; isRestricted: boolean },
): boolean => !isRestricted || actor.has('ADMINISTER') || actor.levels.has(communityId);

/** What can be done with a role. */
export const roleActs = ['UPDATE', 'SET_RIGHTS', 'ASSIGN', 'DELETE'] as const;
export type RoleAct = (typeof roleActs)[number];

/** What an actor may do with a role now: nothing with a remote one, for its service keeps it. */
export function roleActsOf(
  actor: Actor,
  role: RoleSubject & { isLocal: boolean; isProtected: boolean },
  places: readonly { communityId: string; level: Level; isDeleted: boolean }[],
): RoleAct[] {
  if (!role.isLocal || !mayChange(actor, role)) return [];
  const rules: Record<RoleAct, boolean> = {
    UPDATE: true,
    SET_RIGHTS: actor.has('ADMINISTER'),
    ASSIGN: mayPlace(actor, places),
    DELETE: !role.isProtected && places.every((it) => it.isDeleted),
  };
  return roleActs.filter((it) => rules[it]);
}
