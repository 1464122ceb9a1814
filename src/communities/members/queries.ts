import { type RawBuilder, sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import type { Order } from '../../cursor.ts';
import type { Level } from '../../level.ts';
import { showAll } from '../../node.ts';
import { emptyPage, pageOf } from '../../page.ts';
import type { PageArgs } from '../../page-args.ts';
import { unsearched } from '../../search/types.ts';
import { membersVisibleTo, seesMembers, visibleTo } from '../policy.ts';
import { countMembers, countOf, facetsOf, totalOf } from './counts.ts';
import { soughtAmong } from './search.ts';
import { byName, type Source, sources } from './sources.ts';
import type { MemberSort } from './types.ts';

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
  const counted = () => countOf(ctx, communityId, filter.query, sought);
  const countFacets = async () => facetsOf(await counted(), filter);
  const told = { parsedQuery, warnings, countFacets };
  if (!seesMembers(ctx.actor, communityId)) {
    return { ...unsearched(emptyPage<MemberRow>(args, { kind: 'Member', order })), ...told };
  }
  const name = `Community.members ${sort} ${JSON.stringify(filter)}`;
  const found = await pageOf<MemberRow>(ctx, communityId, args, name, {
    kind: 'Member',
    columns,
    from: sources.map(
      (it) => sql`
        from ${members(it, sql`m.community_id = parent.id and ${it.isAmong(sought)}`)}
        where ${isAmong('level', filter.levels)}
          and ${isAmong('is_visible', visibilities(filter))}`,
    ),
    newestFirst: sort === 'NEWEST',
    order,
  });
  const isWhole = Object.values(filter).every((it) => it == null);
  const count = async () =>
    isWhole ? ((await countMembers(ctx, communityId)) ?? 0) : totalOf(await counted(), filter);
  return { ...unsearched({ ...found, count }), ...told };
}

const isAmong = (column: string, values: unknown[] | null | undefined): RawBuilder<boolean> =>
  values == null ? sql`true` : sql`${sql.ref(`t.${column}`)} = any(${values})`;

const visibilities = ({ isVisible }: MemberFilter) => (isVisible == null ? null : [isVisible]);
