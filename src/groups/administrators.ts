import { type RawBuilder, sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { Refusal } from '../errors.ts';

/** The local role whose people may do everything; the first migration made it, and it stays so. */
export const administrators = 'administrators';

/**
 * Locks roles in the order of their ids, and the administrators with them: no two transactions that
 * take somebody's right to administer count on each other's administrator then.
 */
export async function lockRoles(tx: Context, which: RawBuilder<boolean>): Promise<void> {
  await rows(
    tx,
    sql`select id from roles where ${which} or name = ${administrators} order by id for update`,
  );
}

/** Which of these users is the only active one who may administer the instance, and stays so till the commit. */
export async function lastAdministrators(tx: Context, userIds: string[]): Promise<Set<string>> {
  if (userIds.length === 0) return new Set();
  const isConcerned = (it: string) => userIds.includes(it);
  if (!(await activeAdministrators(tx)).some(isConcerned)) return new Set();
  await lockRoles(tx, sql`'ADMINISTER' = any(rights)`);
  const active = await activeAdministrators(tx);
  return new Set(active.every(isConcerned) ? active : []);
}

/**
 * Does what may take the right to administer from people; the roles are locked.
 * @throws Refusal CONFLICT if nobody who can use their account has it after that; nothing is kept then.
 */
export async function keepingAdministrators<T>(
  tx: Context,
  path: string[],
  work: () => Promise<T>,
): Promise<T> {
  const before = await activeAdministrators(tx);
  const done = await work();
  await tx.em.flush();
  if (before.length === 0 || (await activeAdministrators(tx)).length > 0) return done;
  throw new Refusal(
    'CONFLICT',
    'Nobody could administer this server then: make somebody else an administrator first.',
    path,
  );
}

async function activeAdministrators(tx: Context): Promise<string[]> {
  const found = await rows(
    tx,
    sql<{ id: string }>`
      select distinct u.id from roles r
      join assignments a on a.role_id = r.id join users u on u.id = a.user_id
      where r.group_id is null and 'ADMINISTER' = any(r.rights) and u.state = 'ACTIVE'`,
  );
  return found.map((it) => it.id);
}
