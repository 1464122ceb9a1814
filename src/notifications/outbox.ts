import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import type { NotificationKind } from './messages.ts';

export const mailStates = ['QUEUED', 'SENT', 'SKIPPED', 'FAILED'] as const;
export type MailState = (typeof mailStates)[number];

/** Seconds after which a mail that a dead process had in hand is sent again: longer than sending takes. */
const leaseSeconds = 120;

/** Whether a user `u` gets a mail `m`: asked when it is written, and again when it is sent. */
export const isWanted = sql<boolean>`(u.state = 'ACTIVE' and u.email is not null and u.notifies
  and not (m.kind = any(u.muted_notifications)))`;

/** A mail that this process has in hand. */
export interface Claim {
  id: string;
  kind: NotificationKind;
  subject: string;
  body: string;
  /** This one among them. */
  attempts: number;
  createdAt: Date;
  /** The user's address of today. */
  address: string | null;
  isWanted: boolean;
}

/** How an attempt ended. */
export interface Ending {
  state: MailState;
  /** Why it was not sent; never with an address in it. */
  error?: string;
  /** Until it is tried again, if it is. */
  retrySeconds?: number;
}

/**
 * Takes the mail that is due longest and that nobody has in hand. One at a time, so that a process
 * that dies leaves no more than one of which nobody knows whether it was sent. The attempt counts
 * before it is made: what kills the process is not tried for ever.
 */
export async function claim(ctx: Context): Promise<Claim | undefined> {
  const [mail] = await rows(
    ctx,
    sql<Claim>`
      with due as (
        select id from mails where state = 'QUEUED' and due_at <= now()
        order by due_at limit 1 for update skip locked
      )
      update mails m set attempts = attempts + 1, updated_at = now(),
        due_at = now() + make_interval(secs => ${leaseSeconds})
      from due, users u where m.id = due.id and u.id = m.user_id
      returning m.id, m.kind, m.subject, m.body, m.attempts, m.created_at as "createdAt",
        u.email as address, ${isWanted} as "isWanted"`,
  );
  return mail;
}

/** Writes down how the attempt ended, unless somebody else has taken the mail over meanwhile. */
export async function settle(
  ctx: Context,
  { id, attempts }: Claim,
  { state, error, retrySeconds = 0 }: Ending,
): Promise<void> {
  await rows(
    ctx,
    sql`
      update mails set state = ${state}, error = ${error ?? null}, updated_at = now(),
        sent_at = case when ${state} = 'SENT' then now() end,
        due_at = now() + make_interval(secs => ${retrySeconds})
      where id = ${id} and state = 'QUEUED' and attempts = ${attempts}`,
  );
}

/** Removes what nobody will ask about: what was settled before the retention time. */
export async function retain(ctx: Context): Promise<void> {
  await rows(
    ctx,
    sql`
      delete from mails where state <> 'QUEUED'
        and updated_at < now() - make_interval(days => ${ctx.config.retentionDays})`,
  );
}
