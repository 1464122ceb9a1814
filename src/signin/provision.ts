import { sql } from 'kysely';
import { Actor } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, rows } from '../context.ts';
import type { Provider } from '../providers.ts';
import { changed } from '../search/changes.ts';
import { Identity, User } from '../users/user.ts';
import type { Proof } from './provider.ts';

/** An account, and the identity by which somebody came to it. */
export interface Account {
  userId: string;
  identityId: string;
}

/** The user, as who is asking from now on. */
export const asUser = (userId: string, sessionId?: string): Actor =>
  Actor.user(userId, [], [], { kind: 'SESSION', id: sessionId });

/**
 * Makes the account of somebody who was never here, with the identity that they came by, in the
 * current transaction. An address is taken for theirs: who asks has seen to it that it is.
 * @throws a unique violation if another has the name, the address or the identity.
 */
export async function provisionUser(
  tx: Context,
  { idp }: Provider,
  proof: Proof,
  username: string,
): Promise<Account> {
  const { subject, email, fullName, givenName, familyName, orcid } = proof;
  const user = tx.em.create(User, {
    username,
    email,
    emailVerifiedAt: email ? new Date() : undefined,
    fullName: fullName ?? ([givenName, familyName].filter(Boolean).join(' ') || undefined),
    givenName,
    familyName,
    orcid,
  });
  const identity = tx.em.create(Identity, { idp, subject, user });
  await tx.em.flush();
  await changed(tx, 'users', [user.id]);
  record(
    { ...tx, actor: asUser(user.id) },
    'user.provisioned',
    { kind: 'User', id: user.id },
    { idp },
  );
  return { userId: user.id, identityId: identity.id };
}

/** Adds an identity to an account, in the current transaction; answers its UUID. @throws a unique violation */
export async function addIdentity(
  tx: Context,
  { idp }: Provider,
  { subject }: Proof,
  userId: string,
): Promise<string> {
  const identity = tx.em.create(Identity, { idp, subject, user: userId });
  await tx.em.flush();
  await changed(tx, 'users', [userId]);
  const details = { id: identity.id, idp, subject };
  record(tx, 'user.identity_linked', { kind: 'User', id: userId }, details);
  return identity.id;
}

/** Whether an account has the address, in any case. */
export async function isAddressTaken(ctx: Context, email: string): Promise<boolean> {
  const found = await rows(ctx, sql`select 1 from users where lower(email) = lower(${email})`);
  return found.length > 0;
}

/** A name that nobody has yet, as near as can be to what the proof says: `anna`, `anna-2`, … */
export async function freeUsername(ctx: Context, proof: Proof): Promise<string> {
  const name = nameFrom(proof);
  const numbered = [name, ...Array.from({ length: 98 }, (_, n) => `${name}-${n + 2}`)];
  const taken = await rows(
    ctx,
    sql<{ name: string }>`
      select lower(username) as name from users
      where lower(username) in (select lower(it) from unnest(${numbered}::text[]) as it)`,
  );
  const names = new Set(taken.map((it) => it.name));
  const free = numbered.find((it) => !names.has(it.toLowerCase()));
  return free ?? `${name}-${Date.now().toString(36)}`;
}

/** The first of what the proof says that leaves something of a name. */
function nameFrom({ username, fullName, givenName, familyName, email, subject }: Proof): string {
  const wishes = [username, fullName, [givenName, familyName].join(' '), email, subject];
  return wishes.map((it) => asName(it ?? '')).find(Boolean) ?? 'user';
}

/** A text as a username has it (users/service.ts), with room for a number; of an address what is before the `@`. */
const asName = (text: string): string =>
  [
    ...text
      .normalize('NFC')
      .replace(/@.*$/s, '')
      .replace(/[^\p{L}\p{N}._-]+/gu, '-'),
  ]
    .slice(0, 50)
    .join('')
    .replace(/^[._-]+|[._-]+$/g, '');
