import type { Actor } from '../actor.ts';

/** Who may make two accounts one, and say which identities are whose: it decides who is let in as whom. */
export const mayArrange = (actor: Actor): boolean => actor.has('ADMINISTER');

/** Who may take an identity from an account. */
export const mayUnlink = (actor: Actor, userId: string): boolean =>
  mayArrange(actor) || actor.userId === userId;

/** Who may have all that is kept of a person. */
export const mayExport = (actor: Actor, userId: string): boolean =>
  actor.has('ADMINISTER') || actor.userId === userId;

/**
 * Who may have a person forgotten: administrators, and the person in a browser, where they have
 * signed in. A token that was lost is not to be the end of an account.
 */
export const mayErase = (actor: Actor, userId: string): boolean =>
  actor.userId === userId ? actor.by?.kind === 'SESSION' : actor.has('ADMINISTER');

/** Who may give a community another owner, without asking them. */
export const mayNameSuccessor = (actor: Actor): boolean => actor.has('ADMINISTER');

/** Who sees what became of an account that is no longer used. */
export const maySeeFate = (actor: Actor): boolean => actor.has('MODERATE');
