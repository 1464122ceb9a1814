import { type RawBuilder, sql } from 'kysely';
import type { Actor } from '../actor.ts';

/** Who may look through all groups and roles. */
export const mayList = (actor: Actor): boolean => actor.has('SYNC') || actor.has('MODERATE');

/** The groups that an actor can see, as a condition on `groups t`: all, or those that they are in. */
export function groupsVisibleTo(actor: Actor): RawBuilder<boolean> {
  if (mayList(actor)) return sql`true`;
  return sql`exists (select from roles r join assignments a on a.role_id = r.id
    where r.group_id = t.id and a.user_id = ${actor.userId ?? null})`;
}

/** The roles that an actor can see, as a condition on `roles t`: all, or those that they have. */
export function rolesVisibleTo(actor: Actor): RawBuilder<boolean> {
  if (mayList(actor)) return sql`true`;
  return sql`exists (select from assignments a
    where a.role_id = t.id and a.user_id = ${actor.userId ?? null})`;
}
