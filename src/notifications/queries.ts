import { sql } from 'kysely';
import { demand } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import { showAll } from '../node.ts';
import { page } from '../page.ts';
import type { PageArgs } from '../page-args.ts';
import type { MailKind, MailState } from './outbox.ts';
import { mayOperate } from './policy.ts';

export interface MailRow {
  id: string;
  /** Null if it went to an address that had no account. */
  userId: string | null;
  kind: MailKind;
  state: MailState;
  attempts: number;
  error: string | null;
  createdAt: Date;
  dueAt: Date | null;
  sentAt: Date | null;
}

const columns = sql`
  t.id, t.user_id as "userId", t.kind, t.state, t.attempts, t.error, t.created_at as "createdAt",
  case when t.state = 'QUEUED' then t.due_at end as "dueAt", t.sent_at as "sentAt"`;

/** The e-mails of the outbox, newest first. What is in them is between them and their readers. */
export function listMails(ctx: Context, args: PageArgs, state?: MailState | null) {
  demand(ctx.actor, mayOperate(ctx.actor));
  return page<MailRow>(ctx, args, {
    kind: 'Mail',
    columns,
    from: sql`from mails t where ${state == null ? sql`true` : sql`t.state = ${state}`}`,
    newestFirst: true,
  });
}

export async function readMails(ctx: Context, ids: readonly string[]) {
  if (!mayOperate(ctx.actor)) return new Map();
  const found = await rows(
    ctx,
    sql<MailRow>`select ${columns} from mails t where t.id = any(${ids})`,
  );
  return showAll('Mail', found);
}
