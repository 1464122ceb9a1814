import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { hashOf } from '../../credentials/secret.ts';
import { demandRoom } from '../../limits.ts';
import { newUser } from '../../users/shapes.ts';

/** An e-mail address as people type it. */
export const addressShape = newUser.shape.email.unwrap().unwrap();

/** Confirmations that one address gets, and that one place or user asks for. */
const toAddress = { name: 'confirmations-to', most: 3, seconds: 3600 };
const fromOne = { name: 'confirmations-from', most: 10, seconds: 3600 };

/**
 * Goes on if somebody may have one more e-mail sent to an address that need not be theirs: nobody's
 * mailbox is filled by it, whether it has an account or not.
 * @throws Denial with the seconds to wait.
 */
export async function demandPost(ctx: Context, address: string): Promise<void> {
  await demandRoom(ctx, fromOne, ctx.actor.userId ?? ctx.caller?.ip ?? 'nowhere');
  // Brakes are no place to keep addresses in.
  const key = hashOf(address.toLowerCase()).toString('base64url');
  await demandRoom(ctx, toAddress, key);
}

/** Whoever has an address, with the address as they wrote it. */
export async function ownerOf(
  tx: Context,
  address: string,
): Promise<{ id: string; username: string; address: string } | undefined> {
  const [owner] = await rows(
    tx,
    sql<{ id: string; username: string; address: string }>`
      select id, username, email as address from users where lower(email) = lower(${address})`,
  );
  return owner;
}
