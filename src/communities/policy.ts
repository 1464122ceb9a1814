import { type RawBuilder, sql } from 'kysely';
import type { Actor } from '../actor.ts';
import type { Level } from '../level.ts';

/** The least level that each act needs; an administrator may do all of them. */
const least = {
  link: 'OWNER',
} as const satisfies Record<string, Level>;

export const may = (actor: Actor, act: keyof typeof least, community: { id: string }): boolean =>
  actor.has('ADMINISTER') || actor.isAtLeast(least[act], community.id);

/** Which communities an actor can see, as a condition on `communities t`. To that actor the others do not exist. */
export function visibleTo(actor: Actor): RawBuilder<boolean> {
  if (actor.has('ADMINISTER')) return sql`t.deleted_at is null`;
  return sql`t.deleted_at is null
    and (t.visibility = 'PUBLIC' or t.id = any(${[...actor.levels.keys()]}::uuid[]))`;
}

/** Whose places an actor can see, as a condition on `members t`: those in the actor's own communities. */
export function membersVisibleTo(actor: Actor): RawBuilder<boolean> {
  if (actor.has('ADMINISTER')) return sql`true`;
  return sql`t.community_id = any(${[...actor.levels.keys()]}::uuid[])`;
}
