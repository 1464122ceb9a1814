import { sql } from 'kysely';
import { demand } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import { messages, type NotificationKind } from './messages.ts';

/** Which e-mails somebody gets. */
export interface Preferences {
  enabled: boolean;
  muted: NotificationKind[];
}

interface Changes {
  enabled?: boolean | null;
  muted?: NotificationKind[] | null;
}

const kinds = Object.keys(messages);

/** The preferences of users, for these users alone. */
export async function readPreferences(ctx: Context, userIds: readonly string[]) {
  const found = await rows(
    ctx,
    sql<Preferences & { id: string }>`
      select id, notifies as enabled,
        array(select it from unnest(${kinds}::text[]) with ordinality as kind (it, position)
          where it = any(muted_notifications) order by position) as muted
      from users where id = any(${userIds}) and id = ${ctx.actor.userId ?? null}`,
  );
  return new Map(found.map(({ id, ...preferences }) => [id, preferences]));
}

/**
 * Changes which e-mails the actor gets; what is absent stays as it is. It is in force for what
 * waits in the outbox, too.
 * @returns the actor's UUID.
 */
export async function updatePreferences(ctx: Context, input: Changes): Promise<string> {
  const { userId } = ctx.actor;
  demand(ctx.actor, userId !== undefined);
  const { enabled = null, muted = null } = input;
  await rows(
    ctx,
    sql`
      update users set notifies = coalesce(${enabled}::boolean, notifies),
        muted_notifications = coalesce(${muted && [...new Set(muted)]}::text[], muted_notifications)
      where id = ${userId}`,
  );
  return userId as string;
}
