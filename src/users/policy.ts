import { type RawBuilder, sql } from 'kysely';
import type { Actor } from '../actor.ts';

/** Who may look through all accounts. */
export const mayList = (actor: Actor): boolean => actor.has('MODERATE') || actor.has('SYNC');

/** The users that an actor can see, as a condition on `users t`. To that actor the others do not exist. */
export function visibleTo(actor: Actor): RawBuilder<boolean> {
  if (mayList(actor)) return sql`true`;
  return actor.userId === undefined ? sql`false` : sql`t.id = ${actor.userId}`;
}

/** Who may see what is nobody else's business: the address. */
export const maySeePrivate = (actor: Actor, userId: string): boolean =>
  actor.has('MODERATE') || actor.userId === userId;
