import type { Actor } from '../actor.ts';

/** Who may look into the outbox. */
export const mayOperate = (actor: Actor): boolean => actor.has('ADMINISTER');
