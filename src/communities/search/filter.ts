import { type RawBuilder, sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { uuidOf } from '../../ids.ts';
import type { Request } from '../../search/engine.ts';
import { both, either, none, not, type Tree, valued } from '../../search/tree.ts';
import type { CommunityFilterInput } from '../list-types.ts';
import { type DeletionState, visibleTo } from '../policy.ts';
import { isNow } from '../settings/featured.ts';
import { lookUp } from './look-up.ts';

export const statesOf = ({ deletionStates }: CommunityFilterInput): DeletionState[] =>
  deletionStates ?? ['LIVE'];

/** No word holds a NUL, and the database takes none. */
const typesOf = ({ types }: CommunityFilterInput) => types?.filter((it) => !it.includes('\0'));

/** When a community `t` is put forward: only what everyone can see is. */
const isFeatured = sql<boolean>`
  (t.visibility = 'PUBLIC' and t.deleted_at is null and exists (
    select from featured_entries f where f.community_id = t.id and ${isNow}))`;

const states: Record<DeletionState, RawBuilder<boolean>> = {
  LIVE: sql`t.deleted_at is null`,
  DELETED: sql`(t.deleted_at is not null and t.purge_marked_at is null)`,
  MARKED_FOR_PURGE: sql`t.purge_marked_at is not null`,
};

/** Which communities a filter means, as a condition on `communities t`. */
export function matches({ actor }: Context, filter: CommunityFilterInput): RawBuilder<boolean> {
  const { visibilities, allowsChildren, parentId } = filter;
  const wanted = statesOf(filter).map((it) => states[it]);
  const conditions = [sql<boolean>`(${sql.join([sql`false`, ...wanted], sql` or `)})`];
  const types = typesOf(filter);
  if (types) conditions.push(sql`t.type = any(${types})`);
  if (visibilities) conditions.push(sql`t.visibility = any(${visibilities})`);
  if (allowsChildren != null) conditions.push(sql`t.allows_children = ${allowsChildren}`);
  if (parentId != null) {
    // Who cannot see the parent is not told by its children that there is one.
    conditions.push(sql`t.parent_id in (select t.id from communities t
      where t.id = ${uuidOf('Community', parentId) ?? null} and ${visibleTo(actor)})`);
  }
  if (filter.isFeatured != null)
    conditions.push(filter.isFeatured ? isFeatured : sql`not ${isFeatured}`);
  return sql`${sql.join(conditions, sql` and `)}`;
}

/** Which communities a filter means, as an engine is told: what can be chosen from apart. */
export async function limitsOf(
  ctx: Context,
  filter: CommunityFilterInput,
): Promise<Pick<Request, 'within' | 'choices'>> {
  const { visibilities, allowsChildren, parentId } = filter;
  const limits = [either(...statesOf(filter).map(isIn))];
  if (allowsChildren != null) limits.push(valued('allows_children', String(allowsChildren)));
  if (parentId != null) limits.push(await childrenIn(ctx, parentId));
  if (filter.isFeatured != null) {
    const featured = await featuredNow(ctx);
    limits.push(filter.isFeatured ? featured : not(featured));
  }
  const types = typesOf(filter);
  return {
    within: both(...limits),
    choices: { ...(types && { type: types }), ...(visibilities && { visibility: visibilities }) },
  };
}

/** What is there for everyone is live: no engine need look which of it is. */
const isIn = (state: DeletionState): Tree =>
  state === 'LIVE'
    ? either(valued('audience', 'EVERYONE'), valued('state', state))
    : valued('state', state);

async function childrenIn(ctx: Context, parentId: string): Promise<Tree> {
  if (!uuidOf('Community', parentId)) return none;
  const found = await lookUp(ctx, 'parent', [parentId]);
  return { is: 'ids', ids: found.get(parentId) ?? [] };
}

/** Few are put forward at a time. */
async function featuredNow(ctx: Context): Promise<Tree> {
  const found = await rows(
    ctx,
    sql<{ id: string }>`
      select t.id from communities t
      where ${isFeatured} and t.id in (select f.community_id from featured_entries f)`,
  );
  return { is: 'ids', ids: found.map((it) => it.id) };
}
