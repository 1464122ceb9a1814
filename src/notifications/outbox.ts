import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { type AccountMessageKind, accountMessages } from './account-messages.ts';
import type { NotificationKind } from './messages.ts';

export const mailStates = ['QUEUED', 'SENT', 'SKIPPED', 'FAILED'] as const;
export type MailState = (typeof mailStates)[number];

/** What an e-mail tells of: something that its reader may mute, or of their account. */
export type MailKind = NotificationKind | AccountMessageKind;

/** Seconds after which a mail that a dead process had in hand is sent again: longer than sending takes. */
const leaseSeconds = 120;

/** Whether a user `u` gets a mail `m`: asked when it is written, and again when it is sent. */
export const isWanted = sql<boolean>`(u.state = 'ACTIVE' and u.email is not null and u.notifies
  and not (m.kind = any(u.muted_notifications)))`;

/** A mail that this process has in hand. */
export interface Claim {
  id: string;
  kind: MailKind;
  subject: string;
  body: string;
  /** This one among them. */
  attempts: number;
  createdAt: Date;
  /** That of the mail, else the user's of today. */
  address: string | null;
  isWanted: boolean;
  /** What it says holds no longer. */
  isStale: boolean;
}

/** How an attempt ended. */
export interface Ending {
  state: MailState;
  /** Why it was not sent; never with an address in it. */
  error?: string;
  /** Until it is tried again, if it is. */
  retrySeconds?: number;
}

/** Minutes for which each kind of e-mail holds, if it does not for ever. */
const lives = JSON.stringify(
  Object.fromEntries(Object.entries(accountMessages).map(([kind, { minutes }]) => [kind, minutes])),
);

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
      ), taken as (
        update mails m set attempts = attempts + 1, updated_at = now(),
          due_at = now() + make_interval(secs => ${leaseSeconds})
        from due where m.id = due.id
        returning m.*
      )
      select m.id, m.kind, m.subject, m.body, m.attempts, m.created_at as "createdAt",
        coalesce(m.address, u.email) as address,
        m.address is not null or coalesce(${isWanted}, false) as "isWanted",
        coalesce(m.created_at + make_interval(mins => (${lives}::jsonb ->> m.kind)::int) < now(), false)
          as "isStale"
      from taken m left join users u on u.id = m.user_id`,
  );
  return mail;
}

/**
 * Writes down how the attempt ended, unless somebody else has taken the mail over meanwhile. Once it
 * is settled, nothing is left of what a mail to an address said, which may let somebody in, and of
 * the address, whose owner may have no account.
 */
export async function settle(
  ctx: Context,
  { id, attempts }: Claim,
  { state, error, retrySeconds = 0 }: Ending,
): Promise<void> {
  const isOver = state !== 'QUEUED';
  await rows(
    ctx,
    sql`
      update mails set state = ${state}, error = ${error ?? null}, updated_at = now(),
        sent_at = case when ${state} = 'SENT' then now() end,
        due_at = now() + make_interval(secs => ${retrySeconds}),
        body = case when ${isOver} and address is not null then '' else body end,
        address = case when ${isOver} and address is not null then '' else address end
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
