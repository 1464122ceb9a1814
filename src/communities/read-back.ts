import type { Context } from '../context.ts';
import { readActor } from './find.ts';
import { readCommunities } from './queries.ts';

/**
 * The community after a change, which may have given the actor a place that it had not before, or
 * taken one: whatever else is asked in this request is answered by the level that it has now.
 * @returns null if it is not there for the actor any more.
 */
export async function readBack(ctx: Context, id: string) {
  await readActor(ctx, id);
  const [changed] = (await readCommunities(ctx, [id])).values();
  return changed ?? null;
}
