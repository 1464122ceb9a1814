import { LockMode } from '@mikro-orm/core';
import { sql } from 'kysely';
import { z } from 'zod';
import { demand } from '../../actor.ts';
import { record } from '../../audit/service.ts';
import { type Context, rows, transact } from '../../context.ts';
import { Refusal, refusalsIn, valid } from '../../errors.ts';
import { confirmationMinutes } from '../../notifications/account-messages.ts';
import { mailTo } from '../../notifications/mail-to.ts';
import { edit } from '../../users/edit.ts';
import { keepersOf, whyKept } from '../../users/kept.ts';
import { User } from '../../users/user.ts';
import { makeLink, readLink, useLink } from '../links/links.ts';
import { noLink } from '../links/sign-in-links.ts';
import { SignInError } from '../provider.ts';
import { asUser } from '../provision.ts';
import { addressShape, demandPost, ownerOf } from './address.ts';

const wanted = z.object({ email: addressShape });

/**
 * Asks for another address, or has the one that is there confirmed. It changes once whoever reads it
 * says so; the old address is told at once. Whether somebody else has it, only its owner hears.
 * @returns the actor's UUID.
 * @throws Refusals; Denial if it is too often.
 */
export async function changeEmail(ctx: Context, input: object): Promise<string> {
  const { userId = '' } = ctx.actor;
  demand(ctx.actor, ctx.actor.userId !== undefined);
  const { email } = valid(wanted, input);
  await demandPost(ctx, email);
  return transact(ctx, async (tx) => {
    const user = await lock(tx, userId);
    if (user.email === email && user.emailVerifiedAt)
      throw new Refusal('CONFLICT', 'It is your address already.', ['input', 'email']);
    const kept = whyKept(tx, await keepersOf(tx, userId), 'email', true);
    if (kept) throw kept;
    // Who typed it wrong asks again: what went to the wrong address is good no more.
    await rows(tx, sql`delete from links where user_id = ${userId} and purpose = 'EMAIL'`);
    const secret = await makeLink(tx, {
      purpose: 'EMAIL',
      userId,
      data: { email },
      minutes: confirmationMinutes,
    });
    const { username } = user;
    const owner = await ownerOf(tx, email);
    if (owner && owner.id !== userId) {
      await mailTo(tx, 'ADDRESS_IN_USE', { address: owner.address, userId: owner.id }, owner);
    } else {
      const link = `${tx.config.publicUrl}/confirm-email?token=${secret}`;
      // It is not theirs yet. Nor may their own data tell that nobody else has it.
      await mailTo(tx, 'ADDRESS_CONFIRMATION', { address: email }, { link, username });
    }
    if (user.email && user.email !== email)
      await mailTo(tx, 'ADDRESS_CHANGE_ASKED', { address: user.email, userId }, { username });
    record(tx, 'user.email_change_asked', { kind: 'User', id: userId });
    return userId;
  });
}

const lock = (tx: Context, id: string) =>
  tx.em.findOneOrFail(User, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });

/** Which address a link confirms, and whose it is to be. @throws SignInError if the link is not good. */
export async function readEmailChange(ctx: Context, secret: string) {
  const link = await readLink(ctx, 'EMAIL', secret);
  if (!link?.username) throw noLink();
  return { email: link.data.email, username: link.username };
}

/**
 * Gives a user the address that a link confirms: from now on no sync changes it.
 * @returns the address.
 * @throws SignInError if the link is not good, or the address is somebody else's by now.
 */
export function confirmEmail(ctx: Context, secret: string): Promise<string> {
  const confirmed = transact(ctx, async (tx) => {
    const link = await useLink(tx, 'EMAIL', secret);
    if (!link?.userId) throw noLink();
    const { userId } = link;
    const { email } = link.data;
    const mine = { ...tx, actor: asUser(userId) };
    const user = await lock(tx, userId);
    const former = user.email;
    await edit(mine, user, { email });
    user.emailVerifiedAt = new Date();
    // Also from services that get to know them later.
    user.lockedFields = [...new Set([...user.lockedFields, 'email'])];
    if (former && former !== email)
      await mailTo(tx, 'ADDRESS_CHANGED', { address: former, userId }, user);
    record(mine, 'user.email_confirmed', { kind: 'User', id: userId });
    return email;
  });
  return confirmed.catch((error) => {
    const why = refusalsIn(error)?.map((it) => it.message);
    throw why ? new SignInError('CONFLICT', why.join(' '), { cause: error }) : error;
  });
}

/** The addresses that users asked for and that are not confirmed yet, for these users alone. */
export async function readPendingEmails(ctx: Context, userIds: readonly string[]) {
  const found = await rows(
    ctx,
    sql<{ userId: string; email: string }>`
      select user_id as "userId", data->>'email' as email from links
      where purpose = 'EMAIL' and user_id = any(${userIds}) and user_id = ${ctx.actor.userId ?? null}
        and expires_at > now()`,
  );
  return new Map(found.map((it) => [it.userId, it.email]));
}
