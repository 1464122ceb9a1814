import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { hashOf } from './secret.ts';
import { Session } from './session.ts';

/** Whose session, and by which identity; by none if they came by a link. */
export interface Arrival {
  userId: string;
  identityId?: string;
}

/**
 * Begins a session of somebody who has shown who they are, in the current transaction.
 * @returns what the cookie is to hold: 256 bits that are kept nowhere.
 */
export function beginSession(tx: Context, { userId, identityId }: Arrival): string {
  const secret = randomBytes(32).toString('base64url');
  tx.em.create(Session, {
    user: userId,
    identity: identityId,
    hash: hashOf(secret),
    ip: tx.caller?.ip,
    userAgent: tx.caller?.userAgent?.slice(0, 500),
    endsAt: new Date(Date.now() + tx.config.sessions.days * 86_400_000),
  });
  return secret;
}

/** Ends all sessions of users, in the current transaction; answers how many there were. */
export async function endSessionsOf(tx: Context, userIds: readonly string[]): Promise<number> {
  const ended = await rows(
    tx,
    sql`delete from sessions where user_id = any(${userIds}) returning 1`,
  );
  return ended.length;
}
