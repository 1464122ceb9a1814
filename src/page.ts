import { type RawBuilder, sql } from 'kysely';
import type { Page } from './connection.ts';
import { type Context, load, rows } from './context.ts';
import { cursorOf, keySql, keyText, keyValue, type Order, type Place } from './cursor.ts';
import type { Kind } from './ids.ts';
import { show } from './node.ts';
import { type PageArgs, pageInfoOf, readArgs, type Wanted } from './page-args.ts';

/** What a list is made of. */
export interface Listed {
  kind: Kind;
  /** What a row has; `id` must be among it. */
  columns: RawBuilder<unknown>;
  /**
   * The rest of the statement with its conditions, `where` included; the listed table is `t`. A list
   * that is put together from several is read from each in its order, only as far as a page goes.
   */
  from: RawBuilder<unknown> | readonly RawBuilder<unknown>[];
  newestFirst?: boolean;
  /** Instead of the order of birth. */
  order?: Order;
}

/** What a row of a list in another order than birth has beside its columns. */
interface Keyed {
  orderKey?: string;
}

/** A page of a list, in the order of birth or another. */
export async function page<Row extends { id: string }>(
  ctx: Context,
  args: PageArgs,
  listed: Listed,
): Promise<Page<Row>> {
  const wanted = readArgs(args, listed.order);
  const found = await rows(ctx, sql<Row & Keyed>`${pageSql(wanted, listed)}`);
  return cut<Row>(found, wanted, listed, async () => {
    const [counted] = await rows(ctx, sql<{ count: number }>`select ${countSql(listed)} as count`);
    return counted?.count ?? 0;
  });
}

/**
 * A page of a list that hangs on another thing, read together with its neighbours' pages. The
 * list's conditions name the other thing's UUID as `parent.id`.
 */
export async function pageOf<Row extends { id: string }>(
  ctx: Context,
  parentId: string,
  args: PageArgs,
  name: string,
  listed: Listed,
): Promise<Page<Row>> {
  const wanted = readArgs(args, listed.order);
  const readPages = async (_: Context, ids: readonly string[]) => {
    const found = await rows(
      ctx,
      sql<Row & Keyed & { under: string }>`
        select parent.id as "under", page.* from ${parents(ids)}
        cross join lateral (${pageSql(wanted, listed)}) page`,
    );
    return Map.groupBy(found, (it) => it.under);
  };
  const readCounts = async (_: Context, ids: readonly string[]) => {
    const counted = await rows(
      ctx,
      sql<{ id: string; count: number }>`
        select parent.id, ${countSql(listed)} as count from ${parents(ids)}`,
    );
    return new Map(counted.map((it) => [it.id, it.count]));
  };
  const { order } = listed;
  const key = `${name} ${order?.name} ${order?.isDescending} ${JSON.stringify(args)}`;
  const found = (await load(ctx, readPages, parentId, key)) ?? [];
  return cut<Row>(found, wanted, listed, async () => {
    return (await load(ctx, readCounts, parentId, `count ${name}`)) ?? 0;
  });
}

/** The page of a list of which nothing is there for the actor. */
export const emptyPage = <Row extends { id: string }>(
  args: PageArgs,
  listed: Pick<Listed, 'kind' | 'order'>,
): Page<Row> => cut<Row>([], readArgs(args, listed.order), listed, async () => 0);

/** One row more than wanted tells whether there are more. */
function pageSql(wanted: Wanted, { columns, from, newestFirst = false, order }: Listed) {
  const { size, isBackward, after, before } = wanted;
  const isDescending = order ? order.isDescending === true : newestFirst;
  const past = (place: Place | undefined, isUpper: boolean) => {
    if (!place) return sql`true`;
    const sign = isUpper !== isDescending ? sql`<` : sql`>`;
    if (!order) return sql`t.id ${sign} ${place.id}`;
    const [key, value] = [keySql(order), keyValue(order, place.key)];
    // The first half says nothing new, but an index on the key alone can answer it.
    return sql`${key} ${sign}= ${value} and (${key}, t.id) ${sign} (${value}, ${place.id}::uuid)`;
  };
  const direction = isDescending !== isBackward ? sql`desc` : sql`asc`;
  const read = (from: RawBuilder<unknown>) => sql`
    select ${columns}${order ? sql`, ${keyText(order)} as "orderKey"` : sql``}
    ${from} and ${past(after, false)} and ${past(before, true)}
    order by ${order ? sql`${keySql(order)} ${direction}, ` : sql``}t.id ${direction}
    limit ${size + 1}`;
  const lists = listsOf(from);
  if (lists.length === 1) return read(lists[0] as RawBuilder<unknown>);
  const key = order && keySql({ ...order, by: sql`t."orderKey"` });
  return sql`
    select * from (${sql.join(
      lists.map((it) => sql`(${read(it)})`),
      sql` union all `,
    )}) t
    order by ${key ? sql`${key} ${direction}, ` : sql``}t.id ${direction} limit ${size + 1}`;
}

/**
 * Things that lists hang on, as the table `parent`. One is written as itself: then the database plans
 * for it, be it ever so much larger than others.
 */
export const parents = (ids: readonly string[]): RawBuilder<unknown> =>
  ids.length === 1
    ? sql`(select ${ids[0]}::uuid as id) as parent`
    : sql`unnest(${ids}::uuid[]) as parent (id)`;

/** How many items the whole list has. */
const countSql = ({ from }: Listed) =>
  sql.join(
    listsOf(from).map((it) => sql`(select count(*)::int ${it})`),
    sql` + `,
  );

const listsOf = (from: Listed['from']): readonly RawBuilder<unknown>[] => [from].flat();

function cut<Row extends { id: string }>(
  found: (Row & Keyed)[],
  wanted: Wanted,
  { kind, order }: Pick<Listed, 'kind' | 'order'>,
  count: () => Promise<number>,
): Page<Row> {
  const { size, isBackward } = wanted;
  const items = found.slice(0, size);
  if (isBackward) items.reverse();
  const cursors = items.map(({ id, orderKey }) => cursorOf({ id, key: orderKey }, order));
  return {
    nodes: items.map((it) => show(kind, it)),
    cursors,
    pageInfo: pageInfoOf(wanted, found.length > size, cursors),
    count,
  };
}
