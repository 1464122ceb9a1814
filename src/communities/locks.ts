import { type RawBuilder, sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { uuidOf } from '../ids.ts';

/** Locks communities in the order in which everybody locks them: that of their ids. */
const lockWhere = (tx: Context, condition: RawBuilder<boolean>) =>
  rows(tx, sql`select c.id from communities c where ${condition} order by c.id for update`);

/** Locks several communities before they are looked at one by one. */
export const lockCommunities = (tx: Context, globalIds: readonly string[]) => {
  const ids = globalIds.map((it) => uuidOf('Community', it)).filter((it) => it !== undefined);
  return lockWhere(tx, sql`c.id = any(${ids}::uuid[])`);
};

/** Locks the communities of a request, which is locked after them. */
export const lockCommunitiesOf = (tx: Context, requestId: string) =>
  lockWhere(
    tx,
    sql`c.id in (select unnest(array[community_id, child_id]) from requests
      where id = ${uuidOf('Request', requestId) ?? null})`,
  );
