import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import type { Level } from '../level.ts';
import { type Shown, show, showAll } from '../node.ts';
import { type PageArgs, page, pageOf } from '../page.ts';
import type { Visibility } from '../users/user.ts';
import { membersVisibleTo, visibleTo } from './policy.ts';

export interface CommunityRow {
  id: string;
  slug: string;
  title: string;
  visibility: Visibility;
  groupId: string | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface MemberRow {
  id: string;
  communityId: string;
  userId: string | null;
  roleId: string | null;
  level: Level;
}

const columns = sql`
  t.id, t.slug, t.title, t.visibility, t.group_id as "groupId", t.version,
  t.created_at as "createdAt", t.updated_at as "updatedAt"`;

export const listCommunities = (ctx: Context, args: PageArgs) =>
  page<CommunityRow>(ctx, args, {
    kind: 'Community',
    columns,
    from: sql`from communities t where ${visibleTo(ctx.actor)}`,
    newestFirst: true,
  });

export async function readCommunities(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<CommunityRow>`
      select ${columns} from communities t where t.id = any(${ids}) and ${visibleTo(ctx.actor)}`,
  );
  return showAll('Community', found);
}

export async function findCommunity(
  ctx: Context,
  slug: string,
): Promise<Shown<CommunityRow> | undefined> {
  const [found] = await rows(
    ctx,
    sql<CommunityRow>`
      select ${columns} from communities t
      where t.slug = ${slug.toLowerCase()} and ${visibleTo(ctx.actor)}`,
  );
  return found && show('Community', found);
}

/** The community of each group. */
export async function readCommunitiesOfGroups(ctx: Context, groupIds: readonly string[]) {
  const found = await rows(
    ctx,
    sql<CommunityRow & { groupId: string }>`
      select ${columns} from communities t
      where t.group_id = any(${groupIds}) and ${visibleTo(ctx.actor)}`,
  );
  return new Map(found.map((it) => [it.groupId, show('Community', it)]));
}

const memberColumns = sql`
  t.id, t.community_id as "communityId", t.user_id as "userId", t.role_id as "roleId", t.level`;

export async function readMembers(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<MemberRow>`
      select ${memberColumns} from members t where t.id = any(${ids})
        and ${membersVisibleTo(ctx.actor)}
        and t.community_id in (select t.id from communities t where ${visibleTo(ctx.actor)})`,
  );
  return showAll('Member', found);
}

/** The members of a community, for those who may see them. */
export const membersOf = (ctx: Context, communityId: string, args: PageArgs) =>
  pageOf<MemberRow>(ctx, communityId, args, 'Community.members', {
    kind: 'Member',
    columns: memberColumns,
    from: sql`from members t where t.community_id = parent.id and ${membersVisibleTo(ctx.actor)}`,
  });

/** A reason why a user is in a role, and what the role gives them in a community. */
export interface ReasonRow {
  userId: string;
  roleId: string;
  source: string;
  since: Date;
  communityId: string | null;
  level: Level | null;
}

/** Every chain from a source through a role, and on to the communities that the role is in. */
export const readReasons = (ctx: Context, userId: string, roleId?: string): Promise<ReasonRow[]> =>
  rows(
    ctx,
    sql<ReasonRow>`
      select a.user_id as "userId", a.role_id as "roleId", a.source, a.created_at as since,
        m.community_id as "communityId", m.level
      from assignments a left join members m on m.role_id = a.role_id
      where a.user_id = ${userId} and (${roleId ?? null}::uuid is null or a.role_id = ${roleId ?? null})
      order by a.role_id, a.source, m.community_id limit 1000`,
  );
