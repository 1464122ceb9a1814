import { sql } from 'kysely';
import { z } from 'zod';
import { demand } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, rows, transact } from '../context.ts';
import { Refusal, Refusals, valid } from '../errors.ts';
import { newId, uuidOf } from '../ids.ts';
import { changed } from '../search/changes.ts';
import { request } from '../sync/service.ts';
import { line } from '../text.ts';
import { demandPatience } from '../users/brake.ts';
import { lockAccount, whyOver } from './account.ts';
import { mayArrange } from './policy.ts';
import type { LinkIdentityInput } from './types.ts';

const newIdentity = z.object({ userId: z.string(), idp: z.string(), subject: line(255) });

/**
 * Says that a service knows a user as somebody: an administrator's word, which has to be good, for
 * whoever signs in there as that comes in here as the user.
 * @returns the user's UUID.
 * @throws Refusal CONFLICT with the way out if another account has it; Denial.
 */
export async function link(ctx: Context, input: LinkIdentityInput): Promise<string> {
  const { userId, idp, subject } = valid(newIdentity, input);
  const isOwn = ctx.actor.userId !== undefined && uuidOf('User', userId) === ctx.actor.userId;
  if (isOwn) throw signInThere(ctx, idp);
  demand(ctx.actor, mayArrange(ctx.actor));
  demandIdp(ctx, idp);
  await demandPatience(ctx);
  return transact(ctx, async (tx) => {
    const account = await lockAccount(tx, userId);
    const over = whyOver(account, ['input', 'userId']);
    if (over.length > 0) throw new Refusals(over);
    const known = await holderOf(tx, idp, subject);
    if (known?.userId === account.id) return account.id;
    if (known) throw taken(known.username);
    await demandRoomAt(tx, account.id, idp);
    const id = newId();
    const made = await rows(
      tx,
      sql`
        insert into identities (id, idp, subject, user_id) values (${id}, ${idp}, ${subject}, ${account.id})
        on conflict (idp, subject) do nothing returning 1`,
    );
    // Somebody was faster: a sync that provisioned, or a sign-in.
    if (made.length === 0) throw taken((await holderOf(tx, idp, subject))?.username ?? 'another');
    if (tx.config.idps.get(idp)?.users) {
      await request(tx, [{ idp, kind: 'USER', remoteId: subject }], 'REQUEST');
    }
    await changed(tx, 'users', [account.id]);
    record(tx, 'user.identity_linked', { kind: 'User', id: account.id }, { id, idp, subject });
    return account.id;
  });
}

/** Whoever adds an identity to their own account shows that it is theirs. */
function signInThere({ config }: Context, idp: string): Refusal {
  const provider = [...config.signIn.values()].find((it) => it.idp === idp);
  const way = provider
    ? `add ${provider.title} on your page, ${config.publicUrl}/console, and sign in there`
    : 'ask an administrator';
  return new Refusal('CONFLICT', `To show that this identity is yours, ${way}.`, [
    'input',
    'userId',
  ]);
}

/** Goes on if the service is one that tells of people, or where they sign in. */
function demandIdp({ config }: Context, idp: string): void {
  const known = new Set([
    ...config.idps.keys(),
    ...[...config.signIn.values()].map((it) => it.idp),
    ...config.issuers.map((it) => it.idp),
  ]);
  if (known.has(idp)) return;
  throw new Refusal('NOT_FOUND', 'There is no such identity service.', ['input', 'idp']);
}

async function holderOf(tx: Context, idp: string, subject: string) {
  const [found] = await rows(
    tx,
    sql<{ id: string; userId: string; username: string }>`
      select i.id, u.id as "userId", u.username from identities i join users u on u.id = i.user_id
      where i.idp = ${idp} and i.subject = ${subject}`,
  );
  return found;
}

const taken = (username: string) =>
  new Refusal(
    'CONFLICT',
    `It belongs to the account ${username}: if both are of one person, merge them (previewMerge, mergeUsers).`,
    ['input', 'subject'],
  );

/** A service that is asked for its people has one account for each: what it says of two would not agree. */
async function demandRoomAt(tx: Context, userId: string, idp: string): Promise<void> {
  if (!tx.config.idps.get(idp)?.users) return;
  const [known] = await rows(
    tx,
    sql<{ subject: string }>`
      select subject from identities where user_id = ${userId} and idp = ${idp} order by id limit 1`,
  );
  if (!known) return;
  throw new Refusal(
    'CONFLICT',
    `${idp} knows the account as ${known.subject} already: unlink that identity first.`,
    ['input', 'idp'],
  );
}
