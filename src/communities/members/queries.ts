import { type RawBuilder, sql } from 'kysely';
import { type Context, load, rows } from '../../context.ts';
import type { Order } from '../../cursor.ts';
import { type Level, levels } from '../../level.ts';
import { showAll } from '../../node.ts';
import { emptyPage, pageOf } from '../../page.ts';
import type { PageArgs } from '../../page-args.ts';
import { unsearched } from '../../search/types.ts';
import { membersVisibleTo, seesMembers, visibleTo } from '../policy.ts';
import { type Sought, soughtAmong } from './search.ts';
import { byName, type Source, sources } from './sources.ts';
import type { MemberFacets, MemberSort } from './types.ts';

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

/** Members of one kind as `t`, with the names of whom they stand for. */
const members = (source: Source, where: RawBuilder<boolean>) => sql`(
  select m.id, m.community_id, m.user_id, m.role_id, m.level, m.is_visible,
    ${source.isNotified} as is_notified, ${source.name} as name, ${source.description} as description,
    ${source.avatar} as avatar, m.created_at,
    (select c.deleted_at is null from communities c where c.id = m.community_id) as is_live
  from ${source.from} and ${where}) t`;

const columns = sql`
  t.id, t.community_id as "communityId", t.user_id as "userId", t.role_id as "roleId", t.level,
  t.is_visible as "isVisible", t.is_notified as "isNotified", t.name, t.description, t.avatar,
  t.created_at as "createdAt", t.is_live as "isLive"`;

/** Members by their own ids, as far as the actor can see them. */
export async function readMembers(ctx: Context, ids: readonly string[]) {
  const isOne = sql<boolean>`m.id = any(${ids}) and m.community_id in (
    select t.id from communities t where ${visibleTo(ctx.actor)})`;
  const parts = sources.map(
    (it) => sql`select ${columns} from ${members(it, isOne)} where ${membersVisibleTo(ctx.actor)}`,
  );
  const found = await rows(ctx, sql<MemberRow>`${sql.join(parts, sql` union all `)}`);
  return showAll('Member', found);
}

const orders: Partial<Record<MemberSort, Order>> = { NAME: byName };

/** The members of a community, for those who may see them, and how many there are of which kind. */
export async function membersOf(
  ctx: Context,
  communityId: string,
  args: PageArgs,
  filter: MemberFilter,
  sort: MemberSort,
) {
  const order = orders[sort];
  const sought = await soughtAmong(ctx, filter.query);
  const { parsedQuery, warnings } = sought;
  const countFacets = () => facetsOf(ctx, communityId, filter, sought);
  const told = { parsedQuery, warnings, countFacets };
  if (!seesMembers(ctx.actor, communityId)) {
    return { ...unsearched(emptyPage<MemberRow>(args, { kind: 'Member', order })), ...told };
  }
  const name = `Community.members ${sort} ${JSON.stringify(filter)}`;
  const found = await pageOf<MemberRow>(ctx, communityId, args, name, {
    kind: 'Member',
    columns,
    from: membersIn(sought).map(
      (it) => sql`
        from ${it} where ${isAmong('level', filter.levels)}
          and ${isAmong('is_visible', visibilities(filter))}`,
    ),
    newestFirst: sort === 'NEWEST',
    order,
  });
  // Nobody's name is needed to count everybody.
  const countAll = async () => (await countMembers(ctx, communityId)) ?? 0;
  const isWhole = Object.values(filter).every((it) => it == null);
  return { ...unsearched({ ...found, count: isWhole ? countAll : found.count }), ...told };
}

/** The members of the community `parent`, as `t`, of each kind. */
const membersIn = (sought: Sought) =>
  sources.map((it) => members(it, sql`m.community_id = parent.id and ${it.isAmong(sought)}`));

const isAmong = (column: string, values: unknown[] | null | undefined): RawBuilder<boolean> =>
  values == null ? sql`true` : sql`${sql.ref(`t.${column}`)} = any(${values})`;

const visibilities = ({ isVisible }: MemberFilter) => (isVisible == null ? null : [isVisible]);

/** A choice does not change its own counts: each facet leaves its own filter out. */
async function facetsOf(
  ctx: Context,
  communityId: string,
  filter: MemberFilter,
  sought: Sought,
): Promise<MemberFacets> {
  const whole = sql`(select * from members where community_id = parent.id) t`;
  const lists = sought.parsedQuery === null ? [whole] : membersIn(sought);
  const all = lists.map((it) => sql`select t.level, t.is_visible from ${it}`);
  const read = async (_: Context, ids: readonly string[]) => {
    const counted = await rows(
      ctx,
      sql<{ id: string; level: Level; isVisible: boolean; count: number }>`
        select parent.id, t.level, t.is_visible as "isVisible", count(*)::int as count
        from unnest(${ids}::uuid[]) as parent (id)
        cross join lateral (${sql.join(all, sql` union all `)}) t group by 1, 2, 3`,
    );
    return Map.groupBy(counted, (it) => it.id);
  };
  const key = `Community.members.facets ${JSON.stringify(filter.query ?? null)}`;
  const isSeen = seesMembers(ctx.actor, communityId);
  const counted = (isSeen && (await load(ctx, read, communityId, key))) || [];
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

/** How many members a community has; null if the actor cannot see all of them. */
export const countMembers = (ctx: Context, communityId: string) =>
  seesMembers(ctx.actor, communityId) ? load(ctx, readMemberCounts, communityId) : null;

async function readMemberCounts(ctx: Context, ids: readonly string[]) {
  const counted = await rows(
    ctx,
    sql<{ id: string; count: number }>`
      select it.id, (select count(*)::int from members where community_id = it.id) as count
      from unnest(${ids}::uuid[]) as it (id)`,
  );
  return new Map(counted.map((it) => [it.id, it.count]));
}
