import { sql } from 'kysely';
import { z } from 'zod';
import { type Context, rows, transact } from '../../context.ts';
import { hashOf } from '../../credentials/secret.ts';
import { Refusal, Refusals } from '../../errors.ts';
import { confirmationMinutes } from '../../notifications/account-messages.ts';
import { mailTo } from '../../notifications/mail-to.ts';
import type { Provider } from '../../providers.ts';
import { takenClaims } from '../../users/kept.ts';
import { newUser } from '../../users/shapes.ts';
import { addressShape, demandPost, ownerOf } from '../email/address.ts';
import { enter } from '../entering.ts';
import type { Registration } from '../links/link.ts';
import { isGood, makeLink, newSecret, readLink } from '../links/links.ts';
import { type Proof, SignInError } from '../provider.ts';
import { freeUsername, provisionUser } from '../provision.ts';
import { home } from '../return-to.ts';

const wish = z.object({ username: newUser.shape.username, email: addressShape });
export type Wish = z.output<typeof wish>;

/** Minutes that somebody has to ask for an account, and again to confirm the address. */
const patienceMinutes = confirmationMinutes;

const isOver = () =>
  new SignInError(
    'EXPIRED',
    'This browser has no registration under way: it was finished, its time is over, or it was begun elsewhere. Sign in again to begin anew.',
  );

const haveAccount = () =>
  new SignInError('CONFLICT', 'You have an account by now. Sign in once more to use it.');

/**
 * Keeps what a provider proved of somebody who is to have an account and has told no address yet,
 * in the current transaction.
 * @returns what the registration cookie is to hold; the browser then goes to `/sign-in/register`.
 */
export const beginRegistration = (
  tx: Context,
  { key }: Provider,
  proof: Proof,
  returnTo: string,
): Promise<string> =>
  makeLink(tx, {
    purpose: 'REGISTRATION',
    data: { provider: key, proof, returnTo },
    minutes: patienceMinutes,
  });

/** What a form begins with: what was asked for last, else what the proof says. */
export async function readSuggestion(ctx: Context, secret?: string): Promise<Partial<Wish>> {
  const { proof, wish } = await readRegistration(ctx, secret);
  return wish ?? { username: await freeUsername(ctx, proof), email: proof.email };
}

/** What is under way in a browser. @throws SignInError if it is nothing. */
async function readRegistration(ctx: Context, secret = ''): Promise<Registration> {
  const begun = await readLink(ctx, 'REGISTRATION', secret);
  if (!begun) throw isOver();
  return begun.data;
}

/**
 * Asks for an account: whoever reads the address gets an e-mail, with a link that confirms it, or
 * with the word that there is an account with it. Which of them, only the e-mail tells.
 * @returns the address.
 * @throws SignInError if no registration is under way; Refusals with all that is wrong; Denial if
 * it is too often.
 */
export async function askForAccount(
  ctx: Context,
  secret: string | undefined,
  input: object,
): Promise<string> {
  await readRegistration(ctx, secret);
  const wanted = await readWish(ctx, input);
  await demandPost(ctx, wanted.email);
  await transact(ctx, async (tx) => {
    const confirmation = newSecret();
    await keepWish(tx, secret ?? '', wanted, confirmation);
    const owner = await ownerOf(tx, wanted.email);
    if (owner) {
      await mailTo(tx, 'ADDRESS_IN_USE', { address: owner.address, userId: owner.id }, owner);
    } else {
      const link = `${tx.config.publicUrl}/sign-in/register/confirm?token=${confirmation}`;
      await mailTo(tx, 'REGISTRATION', { address: wanted.email }, { link });
    }
  });
  return wanted.email;
}

/** What is asked for, if it can be had. Usernames are public, so that a taken one may be told of. */
async function readWish(ctx: Context, input: object): Promise<Wish> {
  const { data, error } = wish.safeParse(input);
  const problems = (error?.issues ?? []).map(
    (it) => new Refusal('INVALID', it.message, ['input', ...it.path.map(String)]),
  );
  const username = newUser.shape.username.safeParse((input as Partial<Wish>).username).data;
  problems.push(...(await takenClaims(ctx, { username })));
  if (!data || problems.length > 0) throw new Refusals(problems);
  return data;
}

/** What was asked for before is forgotten, and what would have confirmed it. */
async function keepWish(
  tx: Context,
  secret: string,
  wanted: Wish,
  confirmation: string,
): Promise<void> {
  const kept = { wish: { ...wanted, confirmation: hashOf(confirmation).toString('base64url') } };
  const [found] = await rows(
    tx,
    sql`
      update links l set data = data || ${JSON.stringify(kept)}::jsonb, updated_at = now(),
        expires_at = now() + make_interval(mins => ${patienceMinutes})
      where ${isGood('REGISTRATION', secret)} returning 1`,
  );
  if (!found) throw isOver();
}

/** What a link in an e-mail confirms in the browser in which it was asked for. @throws SignInError */
export async function readConfirmation(
  ctx: Context,
  secret: string | undefined,
  token: string,
): Promise<Wish> {
  const { wish } = await readRegistration(ctx, secret);
  if (wish?.confirmation === hashOf(token).toString('base64url')) return wish;
  throw new SignInError(
    'EXPIRED',
    'This link is not good any more: you asked for another one since, or it is not whole.',
  );
}

/**
 * Makes the account whose address is confirmed by this, and signs its owner in. The link alone is
 * not enough: somebody else could have had it sent, to get an account with the reader's address.
 * @param former what the session cookie held.
 * @returns what it is to hold now, and where to go on.
 * @throws SignInError if the link is not good here, or they got an account in another way; a unique
 * violation if the username or the address is somebody's by now. The registration goes on then.
 */
export async function confirmRegistration(
  ctx: Context,
  secret: string | undefined,
  token: string,
  former?: string,
): Promise<{ session: string; returnTo: string }> {
  const made = transact(ctx, async (tx) => {
    const [taken] = await rows(
      tx,
      sql<{ data: Registration }>`
        delete from links l where ${isGood('REGISTRATION', secret ?? '')}
          and data #>> '{wish,confirmation}' = ${hashOf(token).toString('base64url')}
        returning data`,
    );
    // Says why.
    if (!taken) await readConfirmation(tx, secret, token);
    const { provider: key, proof, returnTo, wish } = taken?.data ?? {};
    const provider = tx.config.signIn.get(key ?? '');
    if (!provider || !proof || !wish) throw isOver();
    const { username, email } = wish;
    const account = await provisionUser(tx, provider, { ...proof, email }, username);
    return { session: await enter(tx, account, former), returnTo: returnTo ?? home };
  });
  return made.catch((error) => {
    throw error.constraint === 'identities_idp_subject_unique' ? haveAccount() : error;
  });
}
