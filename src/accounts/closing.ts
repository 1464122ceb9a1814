import { sql } from 'kysely';
import { z } from 'zod';
import { demand } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, rows, transact } from '../context.ts';
import { notFound, Refusal, Refusals, valid } from '../errors.ts';
import { lastAdministrators } from '../groups/administrators.ts';
import { uuidOf } from '../ids.ts';
import { changed } from '../search/changes.ts';
import { paragraph } from '../text.ts';
import { demandPatience } from '../users/brake.ts';
import { mayModerate } from '../users/policy.ts';
import { lockUsers, targetFor } from '../users/target.ts';
import type { UserState } from '../users/user.ts';
import { type Account, readAccounts, whyOver } from './account.ts';
import { closeDoors } from './doors.ts';
import { handOver } from './owners.ts';
import type { ActivateUserInput, DeactivateUserInput } from './types.ts';

export const withReason = z.object({ reason: paragraph(500).nullish() });
const path = ['input', 'userId'];

/**
 * Closes an account: in the very next request nothing lets its person in any more. Its memberships
 * and roles stay for the day on which it is opened again.
 * @returns the user's UUID.
 * @throws Refusals with each community that would have no owner; Denial.
 */
export async function deactivate(ctx: Context, input: DeactivateUserInput): Promise<string> {
  const { reason } = valid(withReason, input);
  demand(ctx.actor, mayModerate(ctx.actor));
  await demandPatience(ctx);
  return transact(ctx, async (tx) => {
    const account = await find(tx, input.userId, input.successorId);
    if (account.state === 'DEACTIVATED') return account.id;
    await demandAdministrator(tx, account.id);
    const successorId = await successorOf(tx, account.id, input.successorId);
    // Whoever cannot use their account owns nothing that could lose them.
    const handedOver =
      account.state === 'ACTIVE' ? await handOver(tx, [account.id], successorId) : [];
    const closed = await closeDoors(tx, [account.id]);
    await setState(tx, account.id, 'DEACTIVATED');
    await changed(tx, 'users', [account.id], { isHidden: true });
    record(tx, 'user.deactivated', subject(account), {
      from: account.state,
      ...closed,
      ...(handedOver.length > 0 && { successor: successorId, handedOver }),
      ...(reason != null && { reason }),
    });
    return account.id;
  });
}

/**
 * Opens an account that a person closed or a sync suspended. Nothing that let its person in before
 * does so again: also not what a request that was under way made after the account was closed.
 * @returns the user's UUID.
 */
export async function activate(ctx: Context, input: ActivateUserInput): Promise<string> {
  const { reason } = valid(withReason, input);
  demand(ctx.actor, mayModerate(ctx.actor));
  await demandPatience(ctx);
  return transact(ctx, async (tx) => {
    const account = await find(tx, input.userId);
    if (account.state === 'ACTIVE') return account.id;
    const over = whyOver(account, path);
    if (over.length > 0) throw new Refusals(over);
    if (account.state === 'DEACTIVATED') await closeDoors(tx, [account.id]);
    await setState(tx, account.id, 'ACTIVE');
    await changed(tx, 'users', [account.id]);
    record(tx, 'user.activated', subject(account), {
      from: account.state,
      ...(reason != null && { reason }),
    });
    return account.id;
  });
}

const subject = ({ id }: Account) => ({ kind: 'User' as const, id });

/** The account of somebody else, which the actor may close; locked, in the order of ids with whoever is named beside it. */
async function find(tx: Context, userId: string, besideId?: string | null): Promise<Account> {
  const ids = [userId, besideId ?? ''].flatMap((it) => uuidOf('User', it) ?? []);
  await lockUsers(tx, ids);
  const { id } = await targetFor(tx, userId);
  return (await readAccounts(tx, [id])).get(id) as Account;
}

/** Who is to own what would have no owner, if somebody is named who can. @throws Refusal. */
export async function successorOf(
  tx: Context,
  userId: string,
  globalId: string | null | undefined,
): Promise<string | undefined> {
  if (globalId == null) return undefined;
  const successorPath = ['input', 'successorId'];
  const id = uuidOf('User', globalId) ?? '';
  const successor = id === '' ? undefined : (await readAccounts(tx, [id])).get(id);
  if (!successor) throw notFound('user', ...successorPath);
  if (successor.id === userId) {
    throw new Refusal('CONFLICT', 'Nobody succeeds themselves.', successorPath);
  }
  if (successor.state !== 'ACTIVE') {
    throw new Refusal('CONFLICT', 'The account of the successor is closed.', successorPath);
  }
  return successor.id;
}

/** Goes on if somebody else can administer the instance. */
export async function demandAdministrator(tx: Context, userId: string): Promise<void> {
  if (!(await lastAdministrators(tx, [userId])).has(userId)) return;
  throw new Refusal(
    'CONFLICT',
    'Nobody else could administer this server: make somebody else an administrator first.',
    path,
  );
}

const setState = (tx: Context, id: string, state: UserState) =>
  rows(
    tx,
    sql`
      update users set state = ${state}, version = version + 1, updated_at = now()
      where id = ${id}`,
  );
