import { sql } from 'kysely';
import { demand } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, rows, transact } from '../context.ts';
import { notFound, Refusal } from '../errors.ts';
import { uuidOf } from '../ids.ts';
import { enqueue } from '../jobs.ts';
import { sendMails } from './jobs.ts';
import type { MailState } from './outbox.ts';
import { mayOperate } from './policy.ts';

/**
 * Puts a mail that failed or was skipped into the outbox again.
 * @returns its UUID.
 */
export function retry(ctx: Context, globalId: string): Promise<string> {
  demand(ctx.actor, mayOperate(ctx.actor));
  return transact(ctx, async (tx) => {
    const path = ['input', 'mailId'];
    const id = uuidOf('Mail', globalId) ?? null;
    const [mail] = await rows(
      tx,
      sql<{ id: string; state: MailState; isGone: boolean }>`
        select id, state, address is not null as "isGone" from mails where id = ${id} for update`,
    );
    if (!mail) throw notFound('e-mail', ...path);
    if (mail.state === 'SENT') throw new Refusal('CONFLICT', 'The e-mail was sent.', path);
    if (mail.state === 'QUEUED') throw new Refusal('CONFLICT', 'The e-mail is on its way.', path);
    if (mail.isGone)
      throw new Refusal(
        'CONFLICT',
        'What it said was not kept. Whoever asked for it can ask again.',
        path,
      );
    await rows(
      tx,
      sql`
        update mails set state = 'QUEUED', attempts = 0, due_at = now(), error = null, updated_at = now()
        where id = ${mail.id}`,
    );
    await enqueue(tx, sendMails, {});
    record(tx, 'mail.retried', { kind: 'Mail', id: mail.id });
    return mail.id;
  });
}
