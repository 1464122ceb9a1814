import { demand } from '../../actor.ts';
import { record } from '../../audit/service.ts';
import { type Context, transact } from '../../context.ts';
import { notFound, Refusal } from '../../errors.ts';
import { findUser } from '../../users/queries.ts';
import { enter } from '../entering.ts';
import { SignInError } from '../provider.ts';
import { makeLink, readLink, useLink } from './links.ts';

/** What a link that is not good is answered with: whether there ever was one is nobody's business. */
export const noLink = () =>
  new SignInError(
    'EXPIRED',
    'This link is not good any more: it was used, its time is over, or it is not whole. Ask for a new one.',
  );

/**
 * Makes an address that signs a user in once, by whoever opens it first. For the command line.
 * @throws Refusal if there is no such user, or they may not come in.
 */
export async function createSignInLink(
  ctx: Context,
  username: string,
  minutes = 15,
): Promise<string> {
  demand(ctx.actor, ctx.actor.has('ADMINISTER'));
  return transact(ctx, async (tx) => {
    const user = await findUser(tx, username);
    if (!user) throw notFound(`user as ${username}`, 'input', 'username');
    if (user.state !== 'ACTIVE')
      throw new Refusal('CONFLICT', `The account of ${user.username} is not active.`, [
        'input',
        'username',
      ]);
    const secret = await makeLink(tx, {
      purpose: 'SIGN_IN',
      userId: user.uuid,
      data: {},
      minutes,
    });
    record(tx, 'user.sign_in_link_created', { kind: 'User', id: user.uuid }, { minutes });
    return `${tx.config.publicUrl}/sign-in/link?token=${secret}`;
  });
}

/** Whom a link signs in. @throws SignInError if the link is not good. */
export async function readSignInLink(ctx: Context, secret: string): Promise<string> {
  const link = await readLink(ctx, 'SIGN_IN', secret);
  if (!link?.username) throw noLink();
  return link.username;
}

/**
 * Signs in whoever comes with a link.
 * @param former what the session cookie held.
 * @returns what it is to hold now.
 * @throws SignInError if the link is not good.
 */
export function signInByLink(ctx: Context, secret: string, former?: string): Promise<string> {
  return transact(ctx, async (tx) => {
    const link = await useLink(tx, 'SIGN_IN', secret);
    if (!link?.userId) throw noLink();
    return enter(tx, { userId: link.userId }, former);
  });
}
