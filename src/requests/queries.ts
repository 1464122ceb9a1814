import { type RawBuilder, sql } from 'kysely';
import { demand } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import type { Order } from '../cursor.ts';
import type { Level } from '../level.ts';
import { showAll } from '../node.ts';
import { page, pageOf } from '../page.ts';
import type { PageArgs } from '../page-args.ts';
import { type UserRow, userColumns } from '../users/queries.ts';
import type { RequestSort } from './enums.ts';
import { managedBy, onSide, visibleTo } from './policy.ts';
import type { EventKind, RequestKind, RequestState } from './request.ts';

export interface RequestRow {
  id: string;
  kind: RequestKind;
  state: RequestState;
  communityId: string;
  userId: string | null;
  childId: string | null;
  level: Level | null;
  createdById: string | null;
  expiresAt: Date | null;
  closedAt: Date | null;
  isLocked: boolean;
  lastActivityAt: Date;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** Which requests of a list. */
export interface RequestFilter {
  kinds?: readonly RequestKind[] | null;
  states?: readonly RequestState[] | null;
  isOpen?: boolean | null;
}

/** A request is expired at its moment; a job writes it down later. */
const isDue = sql<boolean>`(t.state = 'SUBMITTED' and coalesce(t.expires_at <= now(), false))`;
/** What became of `requests t`, to the moment. */
export const stateNow = sql<RequestState>`case when ${isDue} then 'EXPIRED' else t.state end`;
/** As a condition on `requests t`: nobody has answered yet, and there is still time to. */
export const isOpen = sql<boolean>`(t.state = 'SUBMITTED' and not ${isDue})`;

export const requestColumns = sql`
  t.id, t.kind, ${stateNow} as state, t.community_id as "communityId", t.user_id as "userId",
  t.child_id as "childId", t.level, t.created_by_id as "createdById", t.expires_at as "expiresAt",
  case when ${isDue} then t.expires_at else t.closed_at end as "closedAt",
  t.locked_at is not null as "isLocked",
  case when ${isDue} then greatest(t.expires_at, t.last_activity_at) else t.last_activity_at end
    as "lastActivityAt",
  t.version, t.created_at as "createdAt", t.updated_at as "updatedAt"`;

/** The filter as a condition on `requests t`. */
export function matching(filter: RequestFilter): RawBuilder<boolean> {
  const { kinds, states } = filter;
  const conditions = [sql<boolean>`true`];
  if (kinds != null) conditions.push(sql`t.kind = any(${kinds})`);
  if (states != null) conditions.push(sql`${stateNow} = any(${states})`);
  if (filter.isOpen != null) conditions.push(sql`${isOpen} = ${filter.isOpen}`);
  return sql.join(conditions, sql` and `);
}

interface Sorted {
  sort: RequestSort;
}
export const byActivity: Order = {
  name: 'activity',
  by: sql`t.last_activity_at`,
  type: 'timestamptz',
  isDescending: true,
};
const orders: Partial<Record<RequestSort, Order>> = { ACTIVITY: byActivity };

/** The requests that the actor can see; those in which they are on one side, if it is said. */
export function listRequests(
  ctx: Context,
  {
    kinds,
    states,
    isOpen,
    mine,
    sort,
    ...args
  }: PageArgs & RequestFilter & Sorted & { mine?: 'CREATED' | 'RECEIVED' | null },
) {
  demand(ctx.actor, ctx.actor.kind !== 'ANYONE');
  const side = { CREATED: 'creator', RECEIVED: 'receiver' } as const;
  const isMine = mine == null ? sql`true` : onSide(ctx.actor, side[mine]);
  return page<RequestRow>(ctx, args, {
    kind: 'Request',
    columns: requestColumns,
    from: sql`from requests t where ${visibleTo(ctx.actor)} and ${isMine} and ${matching({ kinds, states, isOpen })}`,
    newestFirst: sort === 'NEWEST',
    order: orders[sort],
  });
}

/** The requests on either side of a community, for those who answer for it. */
export const requestsOf = (
  ctx: Context,
  communityId: string,
  { kinds, states, isOpen, sort, ...args }: PageArgs & RequestFilter & Sorted,
) =>
  pageOf<RequestRow>(
    ctx,
    communityId,
    args,
    `Community.requests ${JSON.stringify([kinds, states, isOpen, sort])}`,
    {
      kind: 'Request',
      columns: requestColumns,
      from: sql`from requests t
        where (t.community_id = parent.id or t.child_id = parent.id)
          and ${managedBy(ctx.actor, sql`parent.id`)} and ${matching({ kinds, states, isOpen })}`,
      newestFirst: sort === 'NEWEST',
      order: orders[sort],
    },
  );

export async function readRequests(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<RequestRow>`
      select ${requestColumns} from requests t where t.id = any(${ids}) and ${visibleTo(ctx.actor)}`,
  );
  return showAll('Request', found);
}

/** Those who ask, are asked or speak: whoever sees a request sees them, also if they hide elsewhere. */
export async function readParties(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<UserRow>`select ${userColumns} from users t where t.id = any(${ids})`,
  );
  return showAll('User', found);
}

export interface EventRow {
  id: string;
  requestId: string;
  kind: EventKind;
  authorId: string | null;
  replyToId: string | null;
  content: string | null;
  details: { from?: Level; to?: Level };
  isEdited: boolean;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

const eventColumns = sql`
  t.id, t.request_id as "requestId", t.kind, t.author_id as "authorId",
  t.reply_to_id as "replyToId", t.content, t.details,
  t.kind = 'COMMENT' and t.version > 1 as "isEdited", t.version,
  t.created_at as "createdAt", t.updated_at as "updatedAt"`;

/** What was said and done about a request, oldest first, without the replies. */
export const timelineOf = (ctx: Context, requestId: string, args: PageArgs) =>
  pageOf<EventRow>(ctx, requestId, args, 'Request.timeline', {
    kind: 'RequestEvent',
    columns: eventColumns,
    from: sql`from request_events t where t.request_id = parent.id and t.reply_to_id is null`,
  });

/** The replies to a comment, oldest first. */
export const repliesTo = (ctx: Context, eventId: string, args: PageArgs) =>
  pageOf<EventRow>(ctx, eventId, args, 'RequestEvent.replies', {
    kind: 'RequestEvent',
    columns: eventColumns,
    from: sql`from request_events t where t.reply_to_id = parent.id`,
  });

export async function countReplies(ctx: Context, eventIds: readonly string[]) {
  const counted = await rows(
    ctx,
    sql<{ id: string; count: number }>`
      select reply_to_id as id, count(*)::int as count from request_events
      where reply_to_id = any(${eventIds}) group by reply_to_id`,
  );
  return new Map(counted.map((it) => [it.id, it.count]));
}

export async function readEvents(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<EventRow>`
      select ${eventColumns} from request_events t where t.id = any(${ids})
        and t.request_id in (select t.id from requests t where ${visibleTo(ctx.actor)})`,
  );
  return showAll('RequestEvent', found);
}
