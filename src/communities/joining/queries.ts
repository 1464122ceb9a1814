import { sql } from 'kysely';
import { type Context, load, rows } from '../../context.ts';
import { type RequestRow, readRequests } from '../../requests/queries.ts';
import type { RequestKind } from '../../requests/request.ts';
import { readActor } from '../find.ts';
import { readCommunities } from '../queries.ts';

/** What communities are called, also those that the actor may not see: who is asked to come is told where. */
export async function readNames(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<{ id: string; slug: string; title: string }>`
      select id, slug, title from communities where id = any(${ids})`,
  );
  return new Map(found.map((it) => [it.id, it]));
}

const begins: Record<RequestKind, string> = {
  INVITATION: 'Invitation to join',
  MEMBERSHIP: 'Request to join',
  SUBCOMMUNITY: 'Inclusion of subcommunity',
  SUBCOMMUNITY_INVITATION: 'Inclusion of subcommunity',
};

/**
 * What a request is called: a rendering, so that it follows the community's name. Once it is closed,
 * what the community is called since is no business of those for whom it is not there.
 */
export async function titleOf(
  ctx: Context,
  { kind, state, communityId, childId }: RequestRow,
): Promise<string> {
  const read = state === 'SUBMITTED' ? readNames : readCommunities;
  const named = await load<string, { title: string }>(ctx, read, childId ?? communityId);
  return named ? `${begins[kind]} "${named.title}"` : begins[kind];
}

/**
 * A request after a change, which may have given the actor a place in a community: whatever else is
 * asked in this request is answered by the level that it has now.
 */
export async function requestBack(ctx: Context, id: string) {
  const places = await rows(
    ctx,
    sql<{ id: string }>`
      select unnest(array_remove(array[community_id, child_id], null)) as id from requests
      where id = ${id}`,
  );
  for (const it of places) await readActor(ctx, it.id);
  return load(ctx, readRequests, id);
}
