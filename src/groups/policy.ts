import { type RawBuilder, sql } from 'kysely';
import type { Actor } from '../actor.ts';
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
