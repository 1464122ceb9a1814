import type { Actor, Right } from '../actor.ts';

/** The right that each act needs. */
const needed = {
  /** Look again, preview, redrive, reconcile. */
  sync: 'SYNC',
  /** Let a held run take people's roles away, or not. */
  approve: 'ADMINISTER',
  /** Read states, runs and deliveries. */
  inspect: 'SYNC',
} as const satisfies Record<string, Right>;

export const may = (actor: Actor, act: keyof typeof needed): boolean => actor.has(needed[act]);
