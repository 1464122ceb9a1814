import { LockMode } from '@mikro-orm/core';
import { type RawBuilder, sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { Request } from '../../requests/request.ts';
import { close } from '../../requests/service.ts';
import { closeDoors } from '../doors.ts';
import type { GivenField, MergeChange, MergeChangeKind, Side } from './changes.ts';
import { moved, placeOf } from './references.ts';

/** Writes exactly a plan; everything that it names is locked. */
export async function applyMerge(
  tx: Context,
  from: Side,
  into: Side,
  changes: readonly MergeChange[],
): Promise<void> {
  const of = (...kinds: MergeChangeKind[]) => changes.filter((it) => kinds.includes(it.kind));
  // First what is no longer wanted: what is moved has room then.
  await cancel(tx, ids(of('REQUEST_CANCELLED'), 'requestId'));
  await moveIdentities(tx, ids(of('IDENTITY_MOVED'), 'identityId'), into.id);
  await moveIdentities(tx, ids(of('IDENTITY_RETIRED'), 'identityId'), from.id);
  await moveRoles(tx, from.id, into.id, of('ROLE_MOVED'));
  await movePlaces(tx, into.id, of);
  await fill(tx, from, into, of('FIELD_FILLED'));
  for (const reference of moved) await move(tx, placeOf(reference), from.id, into.id);
  await closeDoors(tx, [from.id]);
  await rows(
    tx,
    sql`
      update users set state = 'DEACTIVATED', merged_into_id = ${into.id}, version = version + 1,
        updated_at = now()
      where id = ${from.id}`,
  );
}

const ids = (changes: MergeChange[], key: 'identityId' | 'memberId' | 'requestId') =>
  changes.flatMap((it) => it[key] ?? []);

async function cancel(tx: Context, requestIds: string[]): Promise<void> {
  const found = await tx.em.find(
    Request,
    { id: requestIds },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  );
  for (const it of found) close(tx, it, 'CANCELLED');
  await tx.em.flush();
}

const moveIdentities = (tx: Context, identityIds: string[], userId: string) =>
  rows(
    tx,
    sql`
      update identities set user_id = ${userId}, updated_at = now()
      where id = any(${identityIds}) and user_id <> ${userId}`,
  );

/** With the day on which they were given. What is dropped is there already. */
async function moveRoles(tx: Context, from: string, into: string, changes: MergeChange[]) {
  const [roles, sources] = [changes.map((it) => it.roleId), changes.map((it) => it.source)];
  await rows(
    tx,
    sql`
      update assignments a set user_id = ${into}
      from unnest(${roles}::uuid[], ${sources}::text[]) as it (role_id, source)
      where a.user_id = ${from} and a.role_id = it.role_id and a.source = it.source`,
  );
  await rows(tx, sql`delete from assignments where user_id = ${from}`);
}

async function movePlaces(
  tx: Context,
  into: string,
  of: (...kinds: MergeChangeKind[]) => MergeChange[],
): Promise<void> {
  const raised = of('MEMBER_RAISED');
  const [places, levels] = [raised.map((it) => it.communityId), raised.map((it) => it.after)];
  await rows(
    tx,
    sql`
      update members m set level = it.level, updated_at = now()
      from unnest(${places}::uuid[], ${levels}::text[]) as it (community_id, level)
      where m.community_id = it.community_id and m.user_id = ${into}`,
  );
  await rows(
    tx,
    sql`delete from members where id = any(${ids(of('MEMBER_RAISED', 'MEMBER_DROPPED'), 'memberId')})`,
  );
  await rows(
    tx,
    sql`
      update members set user_id = ${into}, updated_at = now()
      where id = any(${ids(of('MEMBER_MOVED'), 'memberId')})`,
  );
}

const types: Partial<Record<GivenField, string>> = {
  nameParts: 'jsonb',
  emailVerifiedAt: 'timestamptz',
  verifiedAt: 'timestamptz',
};

/** Fields that the person edited stay as they were edited, wherever they are. */
async function fill(tx: Context, from: Side, into: Side, filled: MergeChange[]): Promise<void> {
  await rows(
    tx,
    sql`update users set email = null, email_verified_at = null where id = ${from.id}`,
  );
  const set: RawBuilder<unknown>[] = filled.map(({ field = '', after }) => {
    const column = field.replace(/[A-Z]/g, (it) => `_${it.toLowerCase()}`);
    const type = types[field as GivenField] ?? 'text';
    return sql`${sql.ref(column)} = ${after}::${sql.raw(type)}`;
  });
  const locked = from.lockedFields.filter((it) => filled.some(({ field }) => field === it));
  const all = [...new Set([...into.lockedFields, ...locked])];
  await rows(
    tx,
    sql`
      update users set ${sql.join([...set, sql`locked_fields = ${all}`])}, version = version + 1,
        updated_at = now()
      where id = ${into.id}`,
  );
}

const move = (tx: Context, [table, column]: [string, string], from: string, into: string) =>
  rows(
    tx,
    sql`
      update ${sql.table(table)} set ${sql.ref(column)} = ${into} where ${sql.ref(column)} = ${from}`,
  );
