import { type RawBuilder, sql } from 'kysely';

/** Another order of a list than that of birth, as its cursors have it. */
export interface CursorOrder {
  /** One word, which tells its cursors from those of other orders. */
  name: string;
  /** What its keys are: a time is between the years 1 and 9999, a rank two whole numbers. */
  type: 'text' | 'timestamptz' | 'rank';
}

/** Another order of a list than that of birth, which then decides between equals. */
export interface Order extends CursorOrder {
  /** What the items `t` are ordered by; never null. */
  by: RawBuilder<unknown>;
  type: 'text' | 'timestamptz';
  isDescending?: boolean;
}

/** Where an item stands in a list: its UUID, and its key in a list of another order than birth. */
export interface Place {
  id: string;
  key?: string;
}

/** The place as text; opaque, and of use when the item is gone. */
export const cursorOf = ({ id, key }: Place, order?: CursorOrder): string =>
  Buffer.from(order ? `2 ${order.name} ${id} ${key}` : `1 ${id}`).toString('base64url');

/** The place in a cursor; undefined if it is none of such a list. */
export function placeOf(cursor: string | null | undefined, order?: CursorOrder): Place | undefined {
  const text = Buffer.from(cursor ?? '', 'base64url').toString();
  const begin = order ? `2 ${order.name} ` : '1 ';
  const [, id, key] = /^([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})(?: ([^\0]*))?$/s.exec(
    text.startsWith(begin) ? text.slice(begin.length) : '',
  ) ?? [undefined, undefined, undefined];
  if (id === undefined || (key === undefined) === (order !== undefined)) return undefined;
  if (order?.type === 'timestamptz' && !isTime(key)) return undefined;
  return order?.type === 'rank' && !/^\d{1,4} \d{1,4}$/.test(key ?? '') ? undefined : { id, key };
}

/** A time as `keyText` writes it: a day that there is, to the microsecond. */
function isTime(text = ''): boolean {
  if (!/^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(text)) return false;
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString().slice(0, 19) === text.slice(0, 19);
}

/**
 * What to order and compare by. Text is put in the order of the Unicode root collation, which every
 * PostgreSQL with ICU has, whatever the database's own; without ICU `ä` would come after `z`.
 */
export const keySql = ({ by, type }: Order): RawBuilder<unknown> =>
  type === 'text' ? sql`(${by}) collate "und-x-icu"` : by;

/** The key as text, for cursors: as exact as the database has it. */
export const keyText = ({ by, type }: Order): RawBuilder<string> =>
  type === 'text'
    ? sql`(${by})::text`
    : sql`to_char((${by}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** A key out of a cursor, as the database compares it. */
export const keyValue = ({ type }: Order, key: string | undefined): RawBuilder<unknown> =>
  type === 'text' ? sql`${key}::text` : sql`${key}::timestamptz`;
