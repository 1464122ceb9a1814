import { sql } from 'kysely';
import { Actor } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, rows, transact } from '../context.ts';

/** Ends the sessions of those whom services signed out; what is known to other services is not theirs to end. */
export function logOut(
  ctx: Context,
  idps: readonly string[],
  name: string,
): Promise<{ users: number; sessions: number }> {
  return transact(ctx, async (tx) => {
    const users = await rows(
      tx,
      sql<{ id: string; idp: string }>`
        select distinct on (u.id) u.id, i.idp from identities i join users u on u.id = i.user_id
        where i.idp = any(${idps}) and (i.subject = ${name} or lower(u.username) = lower(${name}))
        order by u.id, i.idp`,
    );
    const ended = await rows(
      tx,
      sql<{ id: string; userId: string }>`
        delete from sessions where user_id = any(${users.map((it) => it.id)})
        returning id, user_id as "userId"`,
    );
    const idpOf = new Map(users.map((it) => [it.id, it.idp]));
    for (const { id, userId } of ended) {
      const actor = senderOf(idpOf.get(userId) ?? '');
      const why = 'signed out by the service';
      record({ ...tx, actor }, 'session.ended', { kind: 'Session', id }, { user: userId, why });
    }
    return { users: users.length, sessions: ended.length };
  });
}

const senderOf = (idp: string) =>
  new Actor('SERVICE', idp, new Set(), new Map(), { kind: 'SENDER', id: idp });
