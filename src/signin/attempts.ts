import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { type Context, rows, transact } from '../context.ts';
import { hashOf } from '../credentials/secret.ts';
import type { Provider } from '../providers.ts';
import type { Checks } from './provider.ts';
import { SignIn } from './sign-in.ts';

/** Milliseconds that somebody has at the provider. */
const patienceMs = 10 * 60_000;

/** A sign-in under way. */
export interface Attempt {
  checks: Checks;
  returnTo: string;
  /** Who is signed in already, and adds an identity. */
  userId?: string;
}

/** Keeps a sign-in until the browser is back; answers what its cookie is to hold, kept nowhere. */
export async function keepAttempt(
  ctx: Context,
  { key }: Provider,
  { checks, returnTo, userId }: Attempt,
): Promise<string> {
  const secret = randomBytes(32).toString('base64url');
  await transact(ctx, async ({ em }) => {
    const expiresAt = new Date(Date.now() + patienceMs);
    em.create(SignIn, {
      hash: hashOf(secret),
      provider: key,
      checks,
      returnTo,
      user: userId,
      expiresAt,
    });
  });
  return secret;
}

/**
 * Takes the sign-in that a browser comes back to: once, in one statement, so that of two answers at
 * the same time one finds nothing. Where the protocol has a `state`, an answer with another one is
 * an older tab's, for the newest has the cookie: it finds nothing, and the newest keeps its own.
 * @param is `proven` for one whose answer has been read already, which no other may pass for.
 */
export async function takeAttempt(
  ctx: Context,
  { key }: Provider,
  secret: string | undefined,
  is: { state: string | null } | 'proven',
): Promise<Attempt | undefined> {
  if (!secret) return undefined;
  const fits =
    is === 'proven'
      ? sql`checks->>'proof' is not null`
      : sql`checks->>'proof' is null
          and coalesce(checks->>'state' = ${is.state}::text, checks->>'state' is null)`;
  const [taken] = await rows(
    ctx,
    sql<Omit<Attempt, 'userId'> & { userId: string | null }>`
      delete from sign_ins
      where hash = ${hashOf(secret)} and provider = ${key} and expires_at > now() and ${fits}
      returning checks, return_to as "returnTo", user_id as "userId"`,
  );
  return taken && { ...taken, userId: taken.userId ?? undefined };
}
