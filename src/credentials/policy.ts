import { type RawBuilder, sql } from 'kysely';
import { type Actor, type Scope, scopes } from '../actor.ts';

/** Who may see what lets a user in, and take it away. */
export const mayKeep = (actor: Actor, userId: string): boolean =>
  actor.userId === userId || actor.has('ADMINISTER');

/** What an actor may see and take away (`mayKeep`), as a condition on a table `t` of things of users. */
export function keptBy(actor: Actor): RawBuilder<boolean> {
  if (actor.has('ADMINISTER')) return sql`true`;
  return sql`t.user_id = ${actor.userId ?? null}`;
}

/** What an actor may give a token of their own: scopes only narrow. */
export const givable = (actor: Actor): Scope[] => scopes.filter((it) => actor.allows(it));
