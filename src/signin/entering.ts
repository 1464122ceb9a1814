import { sql } from 'kysely';
import { record } from '../audit/service.ts';
import { type Context, rows, transact } from '../context.ts';
import { hashOf } from '../credentials/secret.ts';
import { type Arrival, beginSession } from '../credentials/sessions.ts';
import { asUser } from './provision.ts';

/**
 * Begins the session of somebody who has shown who they are, in the current transaction. What the
 * browser had before ends, whoever's it was: nobody goes on in a session that another knows of.
 * @param former what the session cookie held.
 * @returns what it is to hold now.
 */
export async function enter(tx: Context, arrival: Arrival, former?: string): Promise<string> {
  const { id, secret } = await beginSession(tx, arrival);
  const { userId, identityId } = arrival;
  const mine = { ...tx, actor: asUser(userId, id) };
  record(mine, 'session.begun', { kind: 'Session', id }, { user: userId, identity: identityId });
  await leave(mine, former, 'another began');
  return secret;
}

/** Ends the session of which a cookie holds the secret, in the current transaction, if there is one. */
async function leave(tx: Context, secret: string | undefined, why: string): Promise<void> {
  if (!secret) return;
  const ended = await rows(
    tx,
    sql<{ id: string; userId: string }>`
      delete from sessions where hash = ${hashOf(secret)} returning id, user_id as "userId"`,
  );
  for (const { id, userId } of ended) {
    const actor = tx.actor.userId === undefined ? asUser(userId, id) : tx.actor;
    record({ ...tx, actor }, 'session.ended', { kind: 'Session', id }, { user: userId, why });
  }
}

/** Ends the session of which a cookie holds the secret. */
export const signOut = (ctx: Context, secret: string | undefined): Promise<void> =>
  transact(ctx, (tx) => leave(tx, secret, 'signed out'));
