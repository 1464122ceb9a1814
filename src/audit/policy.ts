import type { Actor } from '../actor.ts';

/** Who may see all that was done, by what the actors were known, and from where. */
export const maySeeAll = (actor: Actor): boolean => actor.has('ADMINISTER');
