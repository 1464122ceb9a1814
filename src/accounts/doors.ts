import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { lockOut } from '../credentials/sessions.ts';

/** How many doors were closed. */
export interface Closed {
  sessions: number;
  tokens: number;
}

/**
 * Takes from users everything that lets them in, for good: sessions, personal tokens, links, and
 * sign-ins under way; what others sign for them, and did until now, counts no more either.
 */
export async function closeDoors(tx: Context, userIds: readonly string[]): Promise<Closed> {
  const closed = await lockOut(tx, userIds);
  await rows(tx, sql`delete from links where user_id = any(${userIds})`);
  await rows(tx, sql`delete from sign_ins where user_id = any(${userIds})`);
  return closed;
}
