import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { notFound, Refusal } from '../errors.ts';
import { uuidOf } from '../ids.ts';
import { lockUsers } from '../users/target.ts';
import type { UserState } from '../users/user.ts';

/** How an account stands. */
export interface Account {
  id: string;
  username: string;
  state: UserState;
  version: number;
  /** The username of the account that it went into. */
  mergedInto: string | null;
  isErased: boolean;
}

/** Accounts as they stand, by their UUIDs. */
export async function readAccounts(
  ctx: Context,
  ids: readonly string[],
): Promise<Map<string, Account>> {
  const found = await rows(
    ctx,
    sql<Account>`
      select u.id, u.username, u.state, u.version, m.username as "mergedInto",
        u.erased_at is not null as "isErased"
      from users u left join users m on m.id = u.merged_into_id where u.id = any(${ids}::uuid[])`,
  );
  return new Map(found.map((it) => [it.id, it]));
}

/** An account, kept to this transaction. @throws Refusal NOT_FOUND. */
export async function lockAccount(
  tx: Context,
  globalId: string,
  path = ['input', 'userId'],
): Promise<Account> {
  const id = uuidOf('User', globalId);
  if (id !== undefined) await lockUsers(tx, [id]);
  const account = id === undefined ? undefined : (await readAccounts(tx, [id])).get(id);
  if (!account) throw notFound('user', ...path);
  return account;
}

/** Why nothing can be done with an account any more; nothing if something can. */
export function whyOver({ mergedInto, isErased }: Account, path: string[]): Refusal[] {
  if (isErased) return [new Refusal('CONFLICT', 'The account was erased.', path)];
  if (mergedInto === null) return [];
  return [new Refusal('CONFLICT', `The account was merged into ${mergedInto} already.`, path)];
}
