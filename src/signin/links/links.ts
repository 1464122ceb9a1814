import { randomBytes } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { hashOf } from '../../credentials/secret.ts';
import { newId } from '../../ids.ts';
import { lockUsers } from '../../users/target.ts';
import type { LinkData, LinkPurpose } from './link.ts';

/** A link that is to be made. */
export interface NewLink<P extends LinkPurpose> {
  purpose: P;
  /** Whose it is; absent if there is no account. */
  userId?: string;
  data: LinkData[P];
  /** How long it is good. */
  minutes: number;
}

/** A link that is good. */
export interface GoodLink<P extends LinkPurpose> {
  userId: string | null;
  data: LinkData[P];
}

/** 256 bits: nobody guesses them, and they need no quoting in an address. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** Makes a link, in the current transaction; answers its secret, which is kept nowhere. */
export async function makeLink<P extends LinkPurpose>(
  tx: Context,
  { purpose, userId, data, minutes }: NewLink<P>,
): Promise<string> {
  const secret = newSecret();
  await rows(
    tx,
    sql`
      insert into links (id, hash, purpose, user_id, data, expires_at)
      values (${newId()}, ${hashOf(secret)}, ${purpose}, ${userId ?? null}, ${JSON.stringify(data)},
        now() + make_interval(mins => ${minutes}))`,
  );
  return secret;
}

/**
 * Whether a link `l` is the one of a secret, and good: its time is not over, and its user may come
 * in and was not locked out after it was made.
 */
export const isGood = (purpose: LinkPurpose, secret: string): RawBuilder<boolean> => sql`(
  l.purpose = ${purpose} and l.hash = ${hashOf(secret)} and l.expires_at > now()
  and (l.user_id is null or exists (select 1 from users u where u.id = l.user_id
    and u.state = 'ACTIVE' and coalesce(u.locked_out_at, '-infinity') < l.created_at)))`;

/** The link of a secret, if it is good, to show what it is for and whose: it stays good. */
export async function readLink<P extends LinkPurpose>(
  ctx: Context,
  purpose: P,
  secret: string,
): Promise<(GoodLink<P> & { username: string | null }) | undefined> {
  const [link] = await rows(
    ctx,
    sql<GoodLink<P> & { username: string | null }>`
      select user_id as "userId", data, (select username from users where id = l.user_id) as username
      from links l where ${isGood(purpose, secret)}`,
  );
  return link;
}

/**
 * Takes the link of a secret, if it is good, in the current transaction. In one statement: of two
 * who come with it at once, one finds nothing. Its user is kept first, as whoever closes or locks
 * out an account does, so that one of the two sees what the other did.
 */
export async function useLink<P extends LinkPurpose>(
  tx: Context,
  purpose: P,
  secret: string,
): Promise<GoodLink<P> | undefined> {
  const seen = await readLink(tx, purpose, secret);
  if (seen?.userId) await lockUsers(tx, [seen.userId]);
  const [link] = await rows(
    tx,
    sql<GoodLink<P>>`
      delete from links l where ${isGood(purpose, secret)} returning user_id as "userId", data`,
  );
  return link;
}
