import { type RawBuilder, sql } from 'kysely';
import { type Context, load, rows } from '../../context.ts';
import type { Order } from '../../cursor.ts';
import { levels as allLevels, type Level } from '../../level.ts';
import { pageOf } from '../../page.ts';
import { managedBy } from '../../requests/policy.ts';
import {
  byActivity,
  matching,
  type RequestRow,
  requestColumns,
  stateNow,
} from '../../requests/queries.ts';
import { type RequestKind, type RequestState, requestStates } from '../../requests/request.ts';
import { unsearched } from '../../search/types.ts';
import { soughtAmong } from '../members/search.ts';
import { fullName } from '../members/sources.ts';
import type { JoiningArgs, JoiningFacets, JoiningSort } from './list-types.ts';

const orders: Partial<Record<JoiningSort, Order>> = {
  ACTIVITY: byActivity,
  NAME: {
    name: 'name',
    by: sql`(select lower(${fullName}) from users u where u.id = t.user_id)`,
    type: 'text',
  },
};

/** Those who were invited to a community, or who asked to join it, for those who answer for it. */
export async function joiningOf(
  ctx: Context,
  communityId: string,
  kind: RequestKind,
  { query, levels, states, isOpen, sort, ...args }: JoiningArgs,
) {
  const { parsedQuery, warnings, isUser } = await soughtAmong(ctx, query);
  const list = sql`from requests t where t.community_id = parent.id and t.kind = ${kind}
    and ${managedBy(ctx.actor, sql`parent.id`)} and ${isUser(sql`t.user_id`)}`;
  const isGiven = levels == null ? sql`true` : sql`t.level = any(${levels})`;
  const filter = [query, levels, states, isOpen, sort];
  const found = await pageOf<RequestRow>(
    ctx,
    communityId,
    args,
    `Community.joining ${kind} ${JSON.stringify(filter)}`,
    {
      kind: 'Request',
      columns: requestColumns,
      from: sql`${list} and ${isGiven} and ${matching({ states, isOpen })}`,
      newestFirst: sort === 'NEWEST',
      order: orders[sort],
    },
  );
  const countFacets = async () => {
    const key = `Community.joining.facets ${kind} ${JSON.stringify(query ?? null)}`;
    const read = (_: Context, ids: readonly string[]) => countIn(ctx, list, ids);
    return facetsOf((await load(ctx, read, communityId, key)) ?? [], { levels, states, isOpen });
  };
  return { ...unsearched(found), parsedQuery, warnings, countFacets };
}

interface Counted {
  id: string;
  level: Level;
  state: RequestState;
  count: number;
}

/** How many requests of each community there are of each level and state. */
async function countIn(ctx: Context, list: RawBuilder<unknown>, ids: readonly string[]) {
  const counted = await rows(
    ctx,
    sql<Counted>`
      select parent.id, t.level, t.state, count(*)::int as count
      from unnest(${ids}::uuid[]) as parent (id)
      cross join lateral (select t.level, ${stateNow} as state ${list}) t group by 1, 2, 3`,
  );
  return Map.groupBy(counted, (it) => it.id);
}

/** A choice does not change its own counts: each facet leaves its own filter out. */
function facetsOf(
  counted: readonly Counted[],
  { levels, states, isOpen }: Pick<JoiningArgs, 'levels' | 'states' | 'isOpen'>,
): JoiningFacets {
  const asked = counted.filter((it) => isOpen == null || isOpen === (it.state === 'SUBMITTED'));
  const sum = (is: (it: Counted) => boolean) =>
    asked.filter(is).reduce((total, it) => total + it.count, 0);
  return {
    levels: allLevels.map((level) => ({
      level,
      count: sum((it) => it.level === level && (states?.includes(it.state) ?? true)),
    })),
    states: requestStates.map((state) => ({
      state,
      count: sum((it) => it.state === state && (levels?.includes(it.level) ?? true)),
    })),
  };
}
