import { sql } from 'kysely';
import { demand, type Right } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import { notFound } from '../errors.ts';
import { uuidOf } from '../ids.ts';
import { mayChange, mayModerate, type Target } from './policy.ts';

/**
 * What the local roles of users let them do, whatever those who ask bring along. It counts only
 * for users that the transaction has locked: roles are given and taken under the same lock.
 */
export async function readRights(
  tx: Context,
  userIds: readonly string[],
): Promise<Map<string, Set<Right>>> {
  const found = await rows(
    tx,
    sql<{ id: string; right: Right }>`
      select distinct a.user_id as id, it as right
      from assignments a join roles r on r.id = a.role_id, unnest(r.rights) as it
      where a.user_id = any(${userIds}) and r.group_id is null`,
  );
  const rights = Map.groupBy(found, (it) => it.id);
  return new Map(userIds.map((id) => [id, new Set(rights.get(id)?.map((it) => it.right))]));
}

/** Keeps accounts to this transaction, in the order in which everybody does. @returns those that are there. */
export async function lockUsers(tx: Context, ids: readonly string[]): Promise<Set<string>> {
  const found = await rows(
    tx,
    sql<{ id: string }>`
      select id from users where id = any(${ids}) order by id for no key update`,
  );
  return new Set(found.map((it) => it.id));
}

/**
 * The account of somebody else, locked, if the actor may change it.
 * @param path where in the arguments its id is.
 * @throws Denial if the actor does not moderate, means themselves, or an administrator without
 * being one; Refusal NOT_FOUND.
 */
export async function targetFor(
  tx: Context,
  userId: string,
  path = ['input', 'userId'],
): Promise<Target> {
  const { actor } = tx;
  demand(actor, mayModerate(actor));
  const id = uuidOf('User', userId);
  if (id === undefined || !(await lockUsers(tx, [id])).has(id)) throw notFound('user', ...path);
  const target = { id, rights: (await readRights(tx, [id])).get(id) ?? new Set<Right>() };
  demand(actor, actor.userId !== id, 'This is your own account: somebody else must do that.');
  demand(actor, mayChange(actor, target), 'Only administrators change an administrator’s account.');
  return target;
}
