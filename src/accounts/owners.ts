import { type RawBuilder, sql } from 'kysely';
import { demand } from '../actor.ts';
import { record } from '../audit/service.ts';
import { maySee, type Subject } from '../communities/policy.ts';
import { type Context, rows } from '../context.ts';
import { Refusal, Refusals } from '../errors.ts';
import { newId } from '../ids.ts';
import { mayNameSuccessor } from './policy.ts';

/** A community that would have nobody to own it. */
export interface Orphan extends Subject {
  slug: string;
  title: string;
}

const orphanColumns = sql`
  c.id, c.slug, c.title, c.visibility, c.members_visibility as "membersVisibility",
  c.member_policy as "memberPolicy", c.record_submission_policy as "recordSubmissionPolicy",
  c.review_policy as "reviewPolicy"`;

/** The roles of users. */
const rolesOf = (userIds: readonly string[]) =>
  sql`select role_id from assignments where user_id = any(${userIds})`;

/** Locks the live communities to which the condition on `members m` applies, by id as everywhere. */
export async function lockWhere(tx: Context, condition: RawBuilder<boolean>): Promise<string[]> {
  const locked = await rows(
    tx,
    sql<{ id: string }>`
      select c.id from communities c where c.deleted_at is null and c.id in (
        select m.community_id from members m where ${condition})
      order by c.id for update`,
  );
  return locked.map((it) => it.id);
}

/** Those of the communities that nobody owns who can use their account, but for these users. */
export const readOrphans = (
  tx: Context,
  communityIds: readonly string[],
  without: readonly string[] = [],
): Promise<Orphan[]> =>
  rows(
    tx,
    sql<Orphan>`
      select ${orphanColumns} from communities c
      where c.id = any(${communityIds}::uuid[]) and not exists (
        select from members m join users u on u.id = m.user_id
          or u.id in (select a.user_id from assignments a where a.role_id = m.role_id)
        where m.community_id = c.id and m.level = 'OWNER' and u.state = 'ACTIVE'
          and u.id <> all(${without}::uuid[]))
      order by c.title, c.id`,
  );

/** Each community that would have no owner, by its name where the actor may know it. */
export function refusalsOf(tx: Context, orphans: Orphan[], path: string[]): Refusals {
  const known = orphans.filter((it) => maySee(tx.actor, it));
  const hidden = orphans.length - known.length;
  const way = mayNameSuccessor(tx.actor)
    ? 'make somebody else its owner first, or name a successor'
    : 'an administrator has to give it another owner first';
  const refusals = known.map(
    ({ title, slug }) =>
      new Refusal('CONFLICT', `“${title}” (${slug}) would have no owner: ${way}.`, path),
  );
  if (hidden > 0) {
    const some = hidden === 1 ? 'A community' : `${hidden} communities`;
    refusals.push(
      new Refusal('CONFLICT', `${some} that you do not see would have no owner: ${way}.`, path),
    );
  }
  return new Refusals(refusals);
}

/**
 * Goes on if every community of these users has an owner without them; or gives those that would
 * have none to their successor, whose account is locked. The communities stay locked.
 * @returns the UUIDs of the communities that the successor got.
 * @throws Refusals CONFLICT with each of the communities; Denial.
 */
export async function handOver(
  tx: Context,
  userIds: readonly string[],
  successorId?: string,
): Promise<string[]> {
  if (successorId !== undefined) {
    demand(tx.actor, mayNameSuccessor(tx.actor), 'Only administrators name a successor.');
  }
  const owned = await lockWhere(
    tx,
    sql`m.level = 'OWNER' and (m.user_id = any(${userIds}) or m.role_id in (${rolesOf(userIds)}))`,
  );
  const orphans = await readOrphans(tx, owned, userIds);
  if (orphans.length === 0) return [];
  if (successorId === undefined) throw refusalsOf(tx, orphans, ['input', 'userId']);
  const ids = orphans.map((it) => it.id);
  await rows(
    tx,
    sql`
      insert into members (id, community_id, user_id, level)
      select it.id, it.community, ${successorId}, 'OWNER'
      from unnest(${ids.map(newId)}::uuid[], ${ids}::uuid[]) as it (id, community)
      on conflict (community_id, user_id) do update set level = 'OWNER', updated_at = now()`,
  );
  for (const id of ids) {
    record(
      tx,
      'community.handed_over',
      { kind: 'Community', id },
      { from: userIds[0], to: successorId },
    );
  }
  return ids;
}
