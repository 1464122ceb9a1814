import { LockMode } from '@mikro-orm/core';
import { sql } from 'kysely';
import { z } from 'zod';
import { demand } from '../../actor.ts';
import { record } from '../../audit/service.ts';
import { type Context, rows, transact } from '../../context.ts';
import { notFound, Refusal, Refusals, valid } from '../../errors.ts';
import { uuidOf } from '../../ids.ts';
import { Request } from '../../requests/request.ts';
import { close } from '../../requests/service.ts';
import { changed } from '../../search/changes.ts';
import { demandPatience } from '../../users/brake.ts';
import { lockUsers } from '../../users/target.ts';
import { type Account, readAccounts, whyOver } from '../account.ts';
import { demandAdministrator, successorOf } from '../closing.ts';
import { handOver } from '../owners.ts';
import { mayErase } from '../policy.ts';
import { forgetSubjects } from '../subjects.ts';
import type { EraseUserInput } from '../types.ts';
import { blanks, deleted } from './fates.ts';
import { type Person, readPerson } from './person.ts';
import { redact } from './redact.ts';
import { forgetWords, readWords } from './words.ts';

const aim = z.object({
  userId: z.string(),
  confirmUsername: z.string(),
  successorId: z.string().nullish(),
  removesComments: z.boolean(),
});
const path = ['input', 'userId'];

/**
 * Removes all that tells of a person, of the accounts that were merged into theirs, too. What is left
 * says that somebody was here, so that what others did with them still makes sense.
 * @returns the user's UUID.
 * @throws Refusals with each community that would have no owner, among others; Denial.
 */
export async function erase(ctx: Context, input: EraseUserInput): Promise<string> {
  const { userId, confirmUsername, successorId, removesComments } = valid(aim, input);
  const id = uuidOf('User', userId) ?? '';
  const { actor } = ctx;
  demand(
    actor,
    mayErase(actor, id),
    actor.userId === id
      ? 'Sign in with a browser to have your account erased: a token does not do.'
      : undefined,
  );
  await demandPatience(ctx);
  return transact(ctx, async (tx) => {
    const person = await lockPerson(tx, id, successorId);
    const account = (await readAccounts(tx, [id])).get(id) as Account;
    demandFit(account, confirmUsername);
    await demandAdministrator(tx, id);
    const successor = await successorOf(tx, id, successorId);
    await handOver(tx, person.ids, successor);
    await cancelRequests(tx, person.ids);
    const words = await readWords(tx, person.ids);
    await empty(tx, person, removesComments);
    await redact(tx, person);
    await changed(tx, 'users', person.ids, { isHidden: true });
    await forgetWords(tx, words);
    // Where they were when they asked for it tells of them, too.
    record({ ...tx, caller: undefined }, 'user.erased', { kind: 'User', id });
    return id;
  });
}

/** Who is to be forgotten, kept to this transaction; no sync that began before writes anything after it. */
async function lockPerson(tx: Context, id: string, successorId?: string | null): Promise<Person> {
  const known = id === '' ? undefined : (await readAccounts(tx, [id])).get(id);
  if (!known) throw notFound('user', ...path);
  const { ids, subjects } = await readPerson(tx, id);
  await forgetSubjects(tx, subjects);
  const successor = successorId == null ? undefined : uuidOf('User', successorId);
  await lockUsers(tx, [...ids, ...(successor ? [successor] : [])]);
  return readPerson(tx, id);
}

function demandFit(account: Account, confirmUsername: string): void {
  const over = whyOver(account, path);
  if (over.length > 0) throw new Refusals(over);
  if (confirmUsername === account.username) return;
  throw new Refusal('INVALID', 'is not the username of this account.', [
    'input',
    'confirmUsername',
  ]);
}

/** Nobody waits any longer for an answer of somebody who is not there. */
async function cancelRequests(tx: Context, userIds: string[]): Promise<void> {
  const open = await tx.em.find(
    Request,
    { userId: userIds, state: 'SUBMITTED' },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  );
  for (const it of open) close(tx, it, 'CANCELLED');
  await tx.em.flush();
}

async function empty(tx: Context, { ids }: Person, removesComments: boolean): Promise<void> {
  if (removesComments) {
    await rows(
      tx,
      sql`
        update request_events set kind = 'COMMENT_DELETED', content = null, version = version + 1,
          updated_at = now()
        where author_id = any(${ids}) and kind = 'COMMENT'`,
    );
  }
  for (const [table, column] of deleted) {
    await rows(tx, sql`delete from ${sql.table(table)} where ${sql.ref(column)} = any(${ids})`);
  }
  const set = Object.entries(blanks).map(
    ([column, it]) => sql`${sql.ref(column)} = ${sql.raw(it)}`,
  );
  await rows(
    tx,
    // The end of an id (version 7) is random: nobody has the name by chance.
    sql`
      update users set username = 'erased-' || right(id::text, 12), ${sql.join(set)}
      where id = any(${ids})`,
  );
}
