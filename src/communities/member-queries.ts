import { type RawBuilder, sql } from 'kysely';
import type { Actor } from '../actor.ts';
import { type Context, load, rows } from '../context.ts';
import type { Order } from '../cursor.ts';
import { type Level, levels } from '../level.ts';
import { showAll } from '../node.ts';
import { type PageArgs, pageOf } from '../page.ts';
import { emailsVisibleTo, visibleTo as usersVisibleTo } from '../users/policy.ts';
import { matchesEmail, matchesWords } from './member-search.ts';
import { byName, memberDescription, memberName, memberSources } from './member-sources.ts';
import type { MemberFacets, MemberSort } from './member-types.ts';
import { membersVisibleTo, visibleTo } from './policy.ts';

export interface MemberRow {
  id: string;
  communityId: string;
  userId: string | null;
  roleId: string | null;
  level: Level;
  isVisible: boolean;
  /** Null for users. */
  isNotified: boolean | null;
  name: string;
  description: string | null;
  avatar: string | null;
  createdAt: Date;
  /** Whether the community is there, so that something can be done. */
  isLive: boolean;
}

/** Which members of a list. */
export interface MemberFilter {
  query?: string | null;
  levels?: Level[] | null;
  isVisible?: boolean | null;
}

/** Members as `t`, with the names of whom they stand for. */
const members = (where: RawBuilder<boolean>) => sql`(
  select m.id, m.community_id, m.user_id, m.role_id, m.level, m.is_visible,
    case when m.role_id is not null then m.is_notified end as is_notified, ${memberName} as name,
    ${memberDescription} as description, g.avatar, m.created_at, c.deleted_at is null as is_live
  from ${memberSources} where ${where}) t`;

const columns = sql`
  t.id, t.community_id as "communityId", t.user_id as "userId", t.role_id as "roleId", t.level,
  t.is_visible as "isVisible", t.is_notified as "isNotified", t.name, t.description, t.avatar,
  t.created_at as "createdAt", t.is_live as "isLive"`;

/** Members by their own ids, as far as the actor can see them. */
export async function readMembers(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<MemberRow>`
      select ${columns} from ${members(sql`m.id = any(${ids})`)} where ${membersVisibleTo(ctx.actor)}
        and t.community_id in (select t.id from communities t where ${visibleTo(ctx.actor)})`,
  );
  return showAll('Member', found);
}

/** Words of the name, username or institution, or the beginning of an address that the actor can see. */
const matches = (actor: Actor, query: string | null | undefined): RawBuilder<boolean> =>
  query == null
    ? sql`true`
    : sql`(${matchesWords(sql`concat_ws(' ', u.full_name, u.username, u.affiliation, g.name, r.name)`, query)}
        or exists (select from users t where t.id = m.user_id and ${usersVisibleTo(actor)}
          and ${emailsVisibleTo(actor)} and ${matchesEmail(sql`t.email`, query)}))`;

const orders: Partial<Record<MemberSort, Order>> = { NAME: byName };

/** The members of a community, for those who may see them, and how many there are of which kind. */
export async function membersOf(
  ctx: Context,
  communityId: string,
  args: PageArgs,
  filter: MemberFilter,
  sort: MemberSort,
) {
  const found = await pageOf<MemberRow>(
    ctx,
    communityId,
    args,
    `Community.members ${sort} ${JSON.stringify(filter)}`,
    {
      kind: 'Member',
      columns,
      from: sql`from ${membersIn(ctx.actor, filter.query)}
        where ${isAmong('level', filter.levels)} and ${isAmong('is_visible', visibilities(filter))}`,
      newestFirst: sort === 'NEWEST',
      order: orders[sort],
    },
  );
  return { ...found, countFacets: () => facetsOf(ctx, communityId, filter) };
}

/** Those members of the community `parent` that the actor can see, as `t`. */
const membersIn = (actor: Actor, query: MemberFilter['query']) =>
  sql`(select * from ${members(sql`m.community_id = parent.id and ${matches(actor, query)}`)}
    where ${membersVisibleTo(actor)}) t`;

const isAmong = (column: string, values: unknown[] | null | undefined): RawBuilder<boolean> =>
  values == null ? sql`true` : sql`${sql.ref(`t.${column}`)} = any(${values})`;

const visibilities = ({ isVisible }: MemberFilter) => (isVisible == null ? null : [isVisible]);

/** A choice does not change its own counts: each facet leaves its own filter out. */
async function facetsOf(
  ctx: Context,
  communityId: string,
  filter: MemberFilter,
): Promise<MemberFacets> {
  const read = async (_: Context, ids: readonly string[]) => {
    const counted = await rows(
      ctx,
      sql<{ id: string; level: Level; isVisible: boolean; count: number }>`
        select parent.id, t.level, t.is_visible as "isVisible", count(*)::int as count
        from unnest(${ids}::uuid[]) as parent (id)
        cross join lateral ${membersIn(ctx.actor, filter.query)} group by 1, 2, 3`,
    );
    return Map.groupBy(counted, (it) => it.id);
  };
  const key = `Community.members.facets ${JSON.stringify(filter.query ?? null)}`;
  const counted = (await load(ctx, read, communityId, key)) ?? [];
  const sum = (is: (it: (typeof counted)[number]) => boolean) =>
    counted.filter(is).reduce((total, it) => total + it.count, 0);
  return {
    levels: levels.map((level) => ({
      level,
      count: sum((it) => it.level === level && (filter.isVisible ?? it.isVisible) === it.isVisible),
    })),
    visibility: [true, false].map((isVisible) => ({
      isVisible,
      count: sum((it) => it.isVisible === isVisible && (filter.levels?.includes(it.level) ?? true)),
    })),
  };
}

/** How many members each community has, of those whose members the actor can see. */
export async function readMemberCounts(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<{ id: string; count: number }>`
      select t.community_id as id,
        (select count(*)::int from members m where m.community_id = t.community_id) as count
      from unnest(${ids}::uuid[]) as t (community_id) where ${membersVisibleTo(ctx.actor)}`,
  );
  return new Map(found.map((it) => [it.id, it.count]));
}
