import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Order } from '../cursor.ts';
import { uuidOf } from '../ids.ts';
import { page, pageOf } from '../page.ts';
import type { PageArgs } from '../page-args.ts';
import type { CommunityFilterInput, CommunitySort } from './list-types.ts';
import { type DeletionState, visibleTo } from './policy.ts';
import { type CommunityRow, communityColumns } from './queries.ts';
import { isNow } from './settings/featured.ts';

/** The communities that are there for the actor. */
export const listCommunities = (
  ctx: Context,
  args: PageArgs,
  filter: CommunityFilterInput = {},
  sort: CommunitySort = 'NEWEST',
) =>
  page<CommunityRow>(ctx, args, {
    kind: 'Community',
    columns: communityColumns,
    from: sql`from communities t where ${matches(ctx, filter)} and ${visibleTo(ctx.actor)}`,
    newestFirst: sort === 'NEWEST',
    order: orders[sort],
  });

const orders: Partial<Record<CommunitySort, Order>> = {
  UPDATED: { name: 'updated', by: sql`t.updated_at`, type: 'timestamptz', isDescending: true },
  TITLE: { name: 'title', by: sql`lower(t.title)`, type: 'text' },
};

/** When a community `t` is put forward: only what everyone can see is. */
export const isFeatured = sql<boolean>`
  (t.visibility = 'PUBLIC' and t.deleted_at is null and exists (
    select from featured_entries f where f.community_id = t.id and ${isNow}))`;

const states: Record<DeletionState, RawBuilder<boolean>> = {
  LIVE: sql`t.deleted_at is null`,
  DELETED: sql`(t.deleted_at is not null and t.purge_marked_at is null)`,
  MARKED_FOR_PURGE: sql`t.purge_marked_at is not null`,
};

function matches({ actor }: Context, filter: CommunityFilterInput): RawBuilder<boolean> {
  const { visibilities, deletionStates, allowsChildren, parentId } = filter;
  const wanted = (deletionStates ?? ['LIVE']).map((it) => states[it]);
  const conditions = [sql<boolean>`(${sql.join([sql`false`, ...wanted], sql` or `)})`];
  // No word holds a NUL, and the database takes none.
  const types = filter.types?.filter((it) => !it.includes('\0'));
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

/** The children of a community that are there for the actor. */
export const childrenOf = (ctx: Context, communityId: string, args: PageArgs) =>
  pageOf<CommunityRow>(ctx, communityId, args, 'Community.children', {
    kind: 'Community',
    columns: communityColumns,
    from: sql`from communities t
      where t.parent_id = parent.id and t.deleted_at is null and ${visibleTo(ctx.actor)}`,
  });

/** What is put forward now, what began last first. */
export const listFeatured = (ctx: Context, args: PageArgs) =>
  page<CommunityRow>(ctx, args, {
    kind: 'Community',
    columns: communityColumns,
    from: sql`from (
        select c.*, f.featured_since
        from communities c join (
          select f.community_id, max(f.starts_at) as featured_since from featured_entries f
          where ${isNow} group by f.community_id
        ) f on f.community_id = c.id
        where c.visibility = 'PUBLIC' and c.deleted_at is null) t
      where true`,
    order: {
      name: 'featured',
      by: sql`t.featured_since`,
      type: 'timestamptz',
      isDescending: true,
    },
  });
