import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { type Credential, demand } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, rows, transact } from '../context.ts';
import { notFound } from '../errors.ts';
import { uuidOf } from '../ids.ts';
import { readUsers } from '../users/queries.ts';
import { keptBy, mayKeep } from './policy.ts';
import { isUnderWay } from './queries.ts';
import { hashOf } from './secret.ts';
import { Session } from './session.ts';

/** Whose session, and by which identity; by none if they came by a link. */
export interface Arrival {
  userId: string;
  identityId?: string;
}

/**
 * Begins a session of somebody who has shown who they are, in the current transaction; answers its
 * UUID, and what the cookie is to hold: 256 bits that are kept nowhere.
 */
export async function beginSession(
  tx: Context,
  { userId, identityId }: Arrival,
): Promise<{ id: string; secret: string }> {
  const secret = randomBytes(32).toString('base64url');
  const session = tx.em.create(Session, {
    user: userId,
    identity: identityId,
    hash: hashOf(secret),
    ip: tx.caller?.ip,
    userAgent: tx.caller?.userAgent?.slice(0, 500),
    endsAt: new Date(Date.now() + tx.config.sessions.days * 86_400_000),
  });
  await tx.em.flush();
  return { id: session.id, secret };
}

/** Ends all sessions of users, in the current transaction; answers how many there were. */
export async function endSessionsOf(
  tx: Context,
  userIds: readonly string[],
  except?: Credential,
): Promise<number> {
  const ended = await rows(
    tx,
    sql`
      delete from sessions
      where user_id = any(${userIds}) and id is distinct from ${idOf('SESSION', except)}::uuid
      returning 1`,
  );
  return ended.length;
}

/**
 * Has nothing that users were let in by until now let them in any more, in the current transaction:
 * no session, no token of theirs, and no JSON web token that was signed before.
 * @param except a session or token that stays.
 */
export async function lockOut(
  tx: Context,
  userIds: readonly string[],
  except?: Credential,
): Promise<{ sessions: number; tokens: number }> {
  // First, for whoever makes a token now holds on to the user until it is there.
  await rows(
    tx,
    sql`
      update users set locked_out_at = clock_timestamp() where id in (
        select id from users where id = any(${userIds}) order by id for no key update)`,
  );
  const sessions = await endSessionsOf(tx, userIds, except);
  const revoked = await rows(
    tx,
    sql`
      update tokens set revoked_at = now(), updated_at = now()
      where user_id = any(${userIds}) and revoked_at is null and expires_at > now()
        and id is distinct from ${idOf('TOKEN', except)}::uuid
      returning 1`,
  );
  return { sessions, tokens: revoked.length };
}

const idOf = (kind: Credential['kind'], it?: Credential) => (it?.kind === kind ? it.id : null);

/** Ends one session; answers its UUID. */
export function endSession(ctx: Context, input: { sessionId: string }): Promise<string> {
  const id = uuidOf('Session', input.sessionId) ?? null;
  return transact(ctx, async (tx) => {
    const [ended] = await rows(
      tx,
      sql<{ id: string; userId: string }>`
        delete from sessions t where t.id = ${id} and ${isUnderWay(tx)} and ${keptBy(tx.actor)}
        returning t.id, t.user_id as "userId"`,
    );
    if (!ended) throw notFound('session', 'input', 'sessionId');
    record(tx, 'session.ended', { kind: 'Session', id: ended.id }, { user: ended.userId });
    return ended.id;
  });
}

/** Whose sessions end, and whether all else that lets them in ends too. */
export interface SigningOut {
  userId?: string | null;
  withTokens?: boolean | null;
}

/** Ends all sessions of a user but the one that is asked by. @returns whose and how many they were. */
export function endOtherSessions(ctx: Context, { userId: of, withTokens }: SigningOut) {
  const { actor } = ctx;
  const userId = of == null ? actor.userId : uuidOf('User', of);
  return transact(ctx, async (tx) => {
    const isThere = userId !== undefined && (await readUsers(tx, [userId])).has(userId);
    if (!isThere) throw notFound('user', 'input', 'userId');
    demand(actor, mayKeep(actor, userId), 'Only they and administrators may sign them out.');
    const ended = withTokens
      ? await lockOut(tx, [userId], actor.by)
      : { sessions: await endSessionsOf(tx, [userId], actor.by), tokens: 0 };
    record(tx, 'user.signed_out', { kind: 'User', id: userId }, ended);
    return { userId, ...ended };
  });
}
