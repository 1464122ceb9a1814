import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { newId } from '../ids.ts';
import { enqueue } from '../jobs.ts';
import {
  type AccountAbout,
  type AccountMessage,
  type AccountMessageKind,
  accountMessages,
} from './account-messages.ts';
import { sendMails } from './jobs.ts';

/** Where an e-mail goes. */
export interface Addressee {
  address: string;
  /** Whose account it is about; absent while there is none. */
  userId?: string;
}

/**
 * Puts an e-mail about an account into the outbox, in the current transaction. It goes to the
 * address that is given, whatever anybody wants or muted. What it says may be secret, so it is kept
 * no longer than until it is settled (`settle`).
 */
export async function mailTo<K extends AccountMessageKind>(
  tx: Context,
  kind: K,
  { address, userId }: Addressee,
  about: AccountAbout<K>,
): Promise<void> {
  // Which writer goes with which data is known where the kind is: in the caller's types.
  const { write, why } = accountMessages[kind] as unknown as AccountMessage<AccountAbout<K>>;
  const { subject, text } = write(about);
  const body = `Hello,\n\n${text}\n\n-- \nYou get this e-mail because ${why}.\n`;
  await rows(
    tx,
    sql`
      insert into mails (id, user_id, address, kind, subject, body)
      values (${newId()}, ${userId ?? null}, ${address}, ${kind}, ${subject}, ${body})`,
  );
  await enqueue(tx, sendMails, {});
}
