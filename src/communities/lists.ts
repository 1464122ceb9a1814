import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { page, pageOf } from '../page.ts';
import type { PageArgs } from '../page-args.ts';
import { visibleTo } from './policy.ts';
import { type CommunityRow, communityColumns } from './queries.ts';
import { isNow } from './settings/featured.ts';

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
