import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { transact } from '../../src/context.ts';
import { newId } from '../../src/ids.ts';
import { enqueue } from '../../src/jobs.ts';
import type { Joining } from '../../src/notifications/about.ts';
import { sendMails } from '../../src/notifications/jobs.ts';
import type { NotificationKind } from '../../src/notifications/messages.ts';
import { type Notice, notify } from '../../src/notifications/notify.ts';
import { startWorld, type World, type WorldOptions } from '../helpers/world.ts';
import { until } from '../sync/kit.ts';
import { type MailServer, startMailServer } from './mail-server.ts';

export interface Reader {
  id: string;
  username: string;
  token: string;
  address: string;
}

/** A world of its own that sends its e-mails to a mail server of its own. */
export async function openPost(
  options: WorldOptions = {},
  given?: MailServer,
): Promise<{ world: World; server: MailServer }> {
  const server = given ?? (await startMailServer());
  onTestFinished(() => server.stop());
  const world = await startWorld({ ...options, env: { SMTP_URL: server.url, ...options.env } });
  onTestFinished(() => world.stop());
  return { world, server };
}

/** A user who can get e-mails. */
export async function makeReader(
  { makeUser, sql }: World,
  { fullName, address }: { fullName?: string; address?: string } = {},
): Promise<Reader> {
  const user = await makeUser();
  const email = address ?? `${user.username}@readers.example`;
  await sql('update users set email = $2, full_name = $3 where id = $1', [
    user.id,
    email,
    fullName ?? null,
  ]);
  return { ...user, address: email };
}

/** So many of them at once; they cannot sign in. */
export async function makeReaders({ sql }: World, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, newId);
  await sql(
    `insert into users (id, username, email)
     select id, 'r' || replace(id::text, '-', ''), replace(id::text, '-', '') || '@readers.example'
     from unnest($1::uuid[]) as it (id)`,
    [ids],
  );
  return ids;
}

export const community = { title: 'Mycology', slug: 'mycology' };

/** An invitation to a community. */
export const invitation = (userId: string, more: Partial<Joining> = {}): Joining => ({
  community,
  requestId: randomUUID(),
  level: 'CURATOR',
  userId,
  ...more,
});

/** Tells people of something, as a feature does, in a transaction of its own. */
export const tell = <K extends NotificationKind>(
  { app }: World,
  kind: K,
  notice: Notice<K>,
  actorId?: string,
) =>
  transact(app.begin(actorId ? Actor.user(actorId, [], []) : Actor.system), (tx) =>
    notify(tx, kind, [notice]),
  );

/** Invites people, each in an e-mail of their own. */
export const invite = (world: World, ...userIds: string[]) =>
  tell(world, 'INVITATION_SUBMITTED', { to: userIds, about: invitation(userIds[0] ?? '') });

export interface MailRow {
  id: string;
  userId: string;
  kind: string;
  subject: string;
  body: string;
  state: string;
  attempts: number;
  error: string | null;
  /** Seconds from now on. */
  dueIn: number;
}

/** The outbox as the database has it, in the order in which it was written. */
export const mailsOf = ({ sql }: World) =>
  sql<MailRow>(
    `select id, user_id as "userId", kind, subject, body, state, attempts, error,
       extract(epoch from due_at - now())::float8 as "dueIn"
     from mails order by id`,
  );

/** Waits until every e-mail is in one of these states, and was tried so often. */
export const outcome = (world: World, states: string[], attempts = 0) =>
  until(async () => {
    const mails = await mailsOf(world);
    return mails.every((it) => states.includes(it.state) && it.attempts >= attempts) && mails;
  }, 30_000);

/** Waits until nothing is to be sent any more. */
export const settled = (world: World) => outcome(world, ['SENT', 'SKIPPED', 'FAILED']);

/** Has everything that waits tried now, whatever it waits for. */
export async function hurry(world: World): Promise<void> {
  await world.sql(`update mails set due_at = now() where state = 'QUEUED'`);
  await enqueue(world.app.begin(Actor.system), sendMails, {});
}
