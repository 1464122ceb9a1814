import { sql } from 'kysely';
import { type Context, load, rows } from '../../context.ts';
import { type Level, levels } from '../../level.ts';
import { parents } from '../../page.ts';
import { seesMembers } from '../policy.ts';
import type { MemberFilter } from './queries.ts';
import type { Sought } from './search.ts';
import { sources } from './sources.ts';
import type { MemberFacets } from './types.ts';

/** How many members of a community there are of one kind. */
interface Counted {
  id: string;
  level: Level;
  isVisible: boolean;
  count: number;
}

/** How many members of a community are sought, of each kind. Nobody's name is needed to count them. */
export async function countOf(
  ctx: Context,
  communityId: string,
  query: MemberFilter['query'],
  sought: Sought,
): Promise<readonly Counted[]> {
  if (!seesMembers(ctx.actor, communityId)) return [];
  const each = sources.map(
    (it) => sql`select m.level, m.is_visible from members m
      where m.community_id = parent.id and ${it.isOfKind} and ${it.isAmong(sought)}`,
  );
  const read = async (_: Context, ids: readonly string[]) => {
    const counted = await rows(
      ctx,
      sql<Counted>`
        select parent.id, t.level, t.is_visible as "isVisible", count(*)::int as count
        from ${parents(ids)}
        cross join lateral (${sql.join(each, sql` union all `)}) t group by 1, 2, 3`,
    );
    return Map.groupBy(counted, (it) => it.id);
  };
  const key = `Community.members.counts ${JSON.stringify(query ?? null)}`;
  return (await load(ctx, read, communityId, key)) ?? [];
}

const sum = (counted: readonly Counted[]) => counted.reduce((total, it) => total + it.count, 0);

const isOfLevel = ({ level }: Counted, filter: MemberFilter) =>
  filter.levels?.includes(level) ?? true;
const isAsVisible = ({ isVisible }: Counted, filter: MemberFilter) =>
  (filter.isVisible ?? isVisible) === isVisible;

export const totalOf = (counted: readonly Counted[], filter: MemberFilter): number =>
  sum(counted.filter((it) => isOfLevel(it, filter) && isAsVisible(it, filter)));

/** A choice does not change its own counts: each facet leaves its own filter out. */
export const facetsOf = (counted: readonly Counted[], filter: MemberFilter): MemberFacets => ({
  levels: levels.map((level) => ({
    level,
    count: sum(counted.filter((it) => it.level === level && isAsVisible(it, filter))),
  })),
  visibility: [true, false].map((isVisible) => ({
    isVisible,
    count: sum(counted.filter((it) => it.isVisible === isVisible && isOfLevel(it, filter))),
  })),
});

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
