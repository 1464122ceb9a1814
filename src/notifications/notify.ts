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
 * Puts e-mails of a kind into the outbox, in the transaction of what they tell of: if that is not
 * kept, nobody hears of it. Those who do not want such e-mails or cannot get any are left out.
 */
export async function notify<K extends NotificationKind>(
  tx: Context,
  kind: K,
  notices: readonly Notice<K>[],
): Promise<void> {
  const addressed = notices.map(({ to, about, alsoToActor = false }) => {
    const userIds = new Set(to);
    if (!alsoToActor && tx.actor.userId) userIds.delete(tx.actor.userId);
    return { userIds: [...userIds], about };
  });
  const told = addressed.filter((it) => it.userIds.length > 0);
  if (told.length === 0) return;
  const namesOf = await readNames(tx, told);
  const letters = told.map(({ about }) => write(kind, about, namesOf(about), tx.config.publicUrl));
  // A letter is sent once, be it for thousands.
  const mails = told.flatMap(({ userIds }, letter) =>
    userIds.map((userId) => ({ userId, letter })),
  );
  const written = await rows(
    tx,
    sql`
      insert into mails (id, user_id, kind, subject, body)
      select m.id, u.id, m.kind, l.subject, l.body
      from (
        select id, user_id, letter, ${kind}::text as kind
        from unnest(${mails.map(newId)}::uuid[], ${mails.map((it) => it.userId)}::uuid[],
          ${mails.map((it) => it.letter + 1)}::int[]) as it (id, user_id, letter)
      ) m
      join unnest(${letters.map((it) => it.subject)}::text[], ${letters.map((it) => it.body)}::text[])
        with ordinality as l (subject, body, place) on l.place = m.letter
      join users u on u.id = m.user_id where ${isWanted}
      returning 1`,
  );
  if (written.length > 0) await enqueue(tx, sendMails, {});
}

/** What the actor and whom each notice is about are called. */
async function readNames(
  tx: Context,
  told: readonly { about: object }[],
): Promise<(about: object) => Names> {
  const userOf = (about: object) =>
    'userId' in about && typeof about.userId === 'string' ? about.userId : undefined;
  const ids = [tx.actor.userId, ...told.map((it) => userOf(it.about))];
  const found = await rows(
    tx,
    sql<{ id: string; name: string }>`
      select id, coalesce(nullif(btrim(full_name), ''), username) as name from users
      where id = any(${[...new Set(ids)].filter((it) => it !== undefined)}::uuid[])`,
  );
  const names = new Map(found.map((it) => [it.id, it.name]));
  return (about) => ({
    by: names.get(tx.actor.userId ?? '') ?? 'Collegium',
    user: names.get(userOf(about) ?? '') ?? 'Somebody',
  });
}
