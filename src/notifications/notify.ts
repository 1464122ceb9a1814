import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { newId } from '../ids.ts';
import { enqueue } from '../jobs.ts';
import type { Names } from './about.ts';
import { sendMails } from './jobs.ts';
import { write } from './letter.ts';
import type { About, NotificationKind } from './messages.ts';
import { isWanted } from './outbox.ts';

/** Whom to tell of what. */
export interface Notice<K extends NotificationKind> {
  /** The users' UUIDs, in any order and as often as you like: each gets one e-mail. */
  to: Iterable<string>;
  about: About<K>;
  /** Whoever did it knows; they get an e-mail only if this is true. */
  alsoToActor?: boolean;
}

/**
 * Puts e-mails into the outbox, in the transaction of what they tell of: if that is not kept, nobody
 * hears of it. Those who do not want such e-mails or cannot get any are left out.
 */
export async function notify<K extends NotificationKind>(
  tx: Context,
  kind: K,
  { to, about, alsoToActor = false }: Notice<K>,
): Promise<void> {
  const userIds = new Set(to);
  if (!alsoToActor && tx.actor.userId) userIds.delete(tx.actor.userId);
  if (userIds.size === 0) return;
  const names = await namesIn(tx, 'userId' in about ? about.userId : undefined);
  const { subject, body } = write(kind, about, names, tx.config.publicUrl);
  const written = await rows(
    tx,
    sql`
      insert into mails (id, user_id, kind, subject, body)
      select m.id, u.id, m.kind, ${subject}, ${body}
      from (
        select id, user_id, ${kind}::text as kind
        from unnest(${[...userIds].map(newId)}::uuid[], ${[...userIds]}::uuid[]) as it (id, user_id)
      ) m
      join users u on u.id = m.user_id where ${isWanted}
      returning 1`,
  );
  if (written.length > 0) await enqueue(tx, sendMails, {});
}

/** What the actor and whom it is about are called. */
async function namesIn(tx: Context, userId: string | undefined): Promise<Names> {
  const ids = { by: tx.actor.userId, user: userId };
  const found = await rows(
    tx,
    sql<{ id: string; name: string }>`
      select id, coalesce(nullif(btrim(full_name), ''), username) as name from users
      where id = any(${[...new Set(Object.values(ids))].filter((it) => it !== undefined)}::uuid[])`,
  );
  const names = new Map(found.map((it) => [it.id, it.name]));
  return {
    by: names.get(ids.by ?? '') ?? 'Collegium',
    user: names.get(ids.user ?? '') ?? 'Somebody',
  };
}
