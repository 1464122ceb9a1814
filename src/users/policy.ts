import { type RawBuilder, sql } from 'kysely';
import type { Actor, Right } from '../actor.ts';
import { all, either, none, type Tree, valued } from '../search/tree.ts';
import type { Visibility } from './user.ts';

/** Who may look through all accounts. */
export const mayList = (actor: Actor): boolean => actor.has('MODERATE') || actor.has('SYNC');

/** Who may look for people. */
export const mayFind = (actor: Actor): boolean => mayList(actor) || actor.userId !== undefined;

/**
 * The users that an actor can see, as a condition on `users t`: whoever is signed in sees those who
 * can be here and do not hide. To that actor the others do not exist.
 */
export function visibleTo(actor: Actor): RawBuilder<boolean> {
  if (mayList(actor)) return sql`true`;
  if (actor.userId === undefined) return sql`false`;
  return sql`(t.id = ${actor.userId} or (t.state = 'ACTIVE' and t.visibility = 'PUBLIC'))`;
}

/** The users that an actor can see (`visibleTo`), as what is looked for among all. */
export function seenBy(actor: Actor): Tree {
  if (mayList(actor)) return all;
  if (actor.userId === undefined) return none;
  return either(valued('audience', 'EVERYONE'), { is: 'ids', ids: [actor.userId] });
}

/** Who may see how an account stands, and how services know it. */
export const mayInspect = (actor: Actor, userId: string): boolean =>
  mayList(actor) || actor.userId === userId;

/** Whose identities an actor can see, as a condition on `identities`. */
export function identitiesVisibleTo(actor: Actor): RawBuilder<boolean> {
  return mayList(actor) ? sql`true` : sql`user_id = ${actor.userId ?? null}`;
}

/** Who may see the address of a user whom they can see. */
export const maySeeEmail = (
  actor: Actor,
  user: { uuid: string; emailVisibility: Visibility },
): boolean =>
  user.emailVisibility === 'PUBLIC' || actor.has('MODERATE') || actor.userId === user.uuid;

/** Who may see what a user chose to show of themselves, and what was said here of their name. */
export const maySeeChoices = (actor: Actor, userId: string): boolean =>
  actor.has('MODERATE') || actor.userId === userId;

/** Whose addresses an actor can see (`maySeeEmail`), as a condition on `users t` whom they can see. */
export function emailsVisibleTo(actor: Actor): RawBuilder<boolean> {
  if (actor.has('MODERATE')) return sql`true`;
  return sql`(t.email_visibility = 'PUBLIC' or t.id = ${actor.userId ?? null})`;
}

/** Who may look after the accounts of others. */
export const mayModerate = (actor: Actor): boolean => actor.has('MODERATE');

/** An account that is to be changed by somebody else, with all that its own roles let it do. */
export interface Target {
  id: string;
  rights: ReadonlySet<Right>;
}

/**
 * Who may change the account of somebody else, its roles and its fate: those who moderate, never
 * for themselves; that of an administrator, administrators only (Invenio's users policy).
 */
export const mayChange = (actor: Actor, target: Target): boolean =>
  mayModerate(actor) &&
  actor.userId !== target.id &&
  (actor.has('ADMINISTER') || !target.rights.has('ADMINISTER'));
