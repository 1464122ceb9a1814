import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { uuidOf } from '../ids.ts';
import { cleaned } from '../text.ts';
import type { UserRefInput } from './inputs.ts';
import { visibleTo } from './policy.ts';

/**
 * The UUIDs of the users that are meant, in the order of the references; undefined where there is
 * nobody to see, or more than one. Addresses that are not public find nobody but their owner.
 * @param inAnyState whether accounts that cannot be used are meant as well.
 */
export async function findUsers(
  tx: Context,
  refs: readonly UserRefInput[],
  { inAnyState = false } = {},
): Promise<(string | undefined)[]> {
  const text = (it: string | undefined) => (it == null ? null : cleaned(it.toWellFormed()));
  const wanted = refs.map((ref, place) => ({
    place,
    id: ref.id == null ? null : (uuidOf('User', ref.id) ?? null),
    username: text(ref.username),
    email: text(ref.email),
    orcid: text(ref.orcid)
      ?.replace(/^https?:\/\/orcid\.org\//i, '')
      .toUpperCase(),
  }));
  const isTold = tx.actor.has('MODERATE')
    ? sql`true`
    : sql`(t.email_visibility = 'PUBLIC' or t.id = ${tx.actor.userId ?? null})`;
  const found = await rows(
    tx,
    sql<{ place: number; id: string }>`
      with wanted as (
        select * from jsonb_to_recordset(${JSON.stringify(wanted)})
          as it (place int, id uuid, username text, email text, orcid text))
      select w.place, t.id from (
        select w.place, t.id from wanted w join users t on t.id = w.id
        union all
        select w.place, t.id from wanted w join users t on lower(t.username) = lower(w.username)
        union all
        select w.place, t.id from wanted w join users t on lower(t.email) = lower(w.email)
        where t.email is not null and ${isTold}
        union all
        select w.place, t.id from wanted w join users t on t.orcid = w.orcid
      ) w join users t on t.id = w.id
      where ${inAnyState ? sql`true` : sql`t.state = 'ACTIVE'`} and ${visibleTo(tx.actor)}`,
  );
  const byPlace = Map.groupBy(found, (it) => it.place);
  return refs.map((_, place) => {
    const meant = byPlace.get(place) ?? [];
    return meant.length === 1 ? meant[0]?.id : undefined;
  });
}
