import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../../context.ts';
import { type Level, levels as ranks } from '../../level.ts';
import { pageOf } from '../../page.ts';
import type { PageArgs } from '../../page-args.ts';
import { visibleTo } from '../policy.ts';
import { type CommunityRow, communityColumns } from '../queries.ts';
import { placesVisibleTo, publicMembersVisibleTo } from './policy.ts';
import { isPublicUser } from './sources.ts';

/** The places of the user `parent`, by themselves or by a role. */
const places = sql`
  select community_id, level from members where user_id = parent.id
  union all
  select community_id, level from members where role_id = any(
    array(select role_id from assignments where user_id = parent.id))`;

/**
 * The communities that a user is in, newest first: all of them for the user and for administrators.
 * Others learn of those that they share, and of those where the user wants to be seen, but not of
 * the levels there.
 */
export function communitiesOfUser(
  ctx: Context,
  userId: string,
  args: PageArgs,
  levels: Level[] | null | undefined,
) {
  const isOf: RawBuilder<boolean> =
    levels == null ? sql`true` : sql`(array[${sql.join(ranks)}])[max(p.rank)] = any(${levels})`;
  const isSeen: RawBuilder<boolean> =
    levels == null
      ? sql`t.id in (select c.id from communities c join members m on m.community_id = c.id
          join users u on u.id = m.user_id
          where m.user_id = parent.id and m.is_visible and ${isPublicUser}
            and ${publicMembersVisibleTo(ctx.actor)})`
      : sql`false`;
  return pageOf<CommunityRow>(ctx, userId, args, `User.communities ${JSON.stringify(levels)}`, {
    kind: 'Community',
    columns: communityColumns,
    // In the order of the page: then only as many communities are read as it has.
    from: sql`from (
        select p.community_id from (
          select community_id, array_position(array[${sql.join(ranks)}], level) as rank
          from (${places}) p) p
        group by p.community_id having ${isOf} order by p.community_id desc) p
      join communities t on t.id = p.community_id
      where t.deleted_at is null and ${visibleTo(ctx.actor)}
        and (${placesVisibleTo(ctx.actor)} or ${isSeen})`,
    newestFirst: true,
  });
}
