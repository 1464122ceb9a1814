import type { World } from '../helpers/world.ts';
import { drained, type KindName } from './kept.ts';

/** Writes everything of some kinds into the indexes, what tests put there past the server too. */
export async function indexAll(world: World, ...kinds: KindName[]): Promise<void> {
  for (const kind of kinds) {
    await world.sql(
      `insert into search_changes (index_id, id)
       select i.id, it.id from search_indexes i cross join ${kind} it where i.kind = $1
       on conflict do nothing`,
      [kind],
    );
  }
  await drained(world);
}
