import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { type Context, rows, transact } from '../context.ts';
import type { Provider } from '../providers.ts';
import { syncAtSignIn } from '../sync/at-sign-in.ts';
import { lockUsers } from '../users/target.ts';
import type { UserState } from '../users/user.ts';
import type { Attempt } from './attempts.ts';
import { enter } from './entering.ts';
import { braked, proofsOf } from './limits.ts';
import type { Proof } from './provider.ts';
import {
  type Account,
  addIdentity,
  freeUsername,
  isAddressTaken,
  provisionUser,
} from './provision.ts';
import {
  addressTaken,
  askedForAnother,
  closed,
  identityTaken,
  otherIdentity,
  signedOutMeanwhile,
  unknown,
} from './refused.ts';
import { beginRegistration } from './registration/registration.ts';

/** What the browser gets: a session, or a registration to go through first. */
export type Arrived = { session: string } | { registration: string };

type Way = Pick<Attempt, 'returnTo' | 'userId'> & {
  /** What the session cookie held. */
  former?: string;
};

/** Milliseconds after which nobody waits for the sync any more, whatever holds it up. */
const patienceMs = 1_000;
/** Times that a race against somebody else is run. */
const mostRaces = 3;

/**
 * Lets somebody in whom a provider knows. Accounts are found by (idp, subject) alone: an address
 * proves nothing but that mail gets there.
 * @throws SignInError if that is not to be; Denial if it was not too often lately.
 */
export function arrive(ctx: Context, provider: Provider, proof: Proof, way: Way): Promise<Arrived> {
  return braked(ctx, proofsOf, `${provider.idp}:${proof.subject}`, async () => {
    const met = await racing(ctx, (tx) => meet(tx, provider, proof, way));
    if ('registration' in met) return met;
    await look(ctx, provider, proof);
    return transact(fresh(ctx), async (tx) => {
      await demandOpen(tx, met);
      return { session: await enter(tx, met, way.former) };
    });
  });
}

const fresh = (ctx: Context): Context => ({ ...ctx, em: ctx.em.fork() });

/** Somebody else may take the name or the identity in between: then there is something new to see. */
async function racing<T>(ctx: Context, work: (tx: Context) => Promise<T>): Promise<T> {
  for (let race = 1; ; race++) {
    try {
      return await transact(fresh(ctx), work);
    } catch (err) {
      if ((err as { code?: string }).code !== '23505' || race === mostRaces) throw err;
    }
  }
}

/** Who it is, or who it is to be from now on. */
async function meet(
  tx: Context,
  provider: Provider,
  proof: Proof,
  { returnTo, userId }: Way,
): Promise<Account | { registration: string }> {
  const known = await find(tx, provider, proof);
  if (userId !== undefined) return link(tx, provider, proof, userId, known);
  if (known?.state === 'DEACTIVATED') throw closed();
  if (known) return known;
  if (!provider.provision) throw unknown(provider);
  if (proof.email !== undefined && (await isAddressTaken(tx, proof.email)))
    throw addressTaken(provider);
  if (proof.email === undefined && !tx.config.idps.get(provider.idp)?.users)
    return { registration: await beginRegistration(tx, provider, proof, returnTo) };
  return provisionUser(tx, provider, proof, await freeUsername(tx, proof));
}

async function find(tx: Context, { idp }: Provider, { subject }: Proof) {
  const [known] = await rows(
    tx,
    sql<Account & { state: UserState }>`
      select i.id as "identityId", u.id as "userId", u.state
      from identities i join users u on u.id = i.user_id
      where i.idp = ${idp} and i.subject = ${subject}`,
  );
  return known;
}

/** Both are proven: the account by the session that is still there, the identity by the provider. */
async function link(
  tx: Context,
  provider: Provider,
  proof: Proof,
  userId: string,
  known: Account | undefined,
): Promise<Account> {
  if (tx.actor.userId !== userId) throw signedOutMeanwhile();
  if (known && known.userId !== userId) throw identityTaken(provider);
  if (known) return known;
  await demandRoomFor(tx, provider, proof, userId);
  return { userId, identityId: await addIdentity(tx, provider, proof, userId) };
}

/**
 * A service that is asked for its people has one account for each: what it says of two would not
 * agree. And what it is asked by must be the person's own, or it would tell of somebody else.
 */
async function demandRoomFor(
  tx: Context,
  provider: Provider,
  proof: Proof,
  userId: string,
): Promise<void> {
  const { idp } = provider;
  const service = tx.config.idps.get(idp)?.users;
  const asked = service && service.identifier !== 'id' ? service.identifier : undefined;
  await lockUsers(tx, [userId]);
  const [user] = await rows(
    tx,
    sql<{ state: UserState; isKnown: boolean; asked: string | null }>`
      select state, ${asked ? sql.ref(asked) : sql`null`} as asked,
        exists (select from identities where user_id = ${userId} and idp = ${idp}) as "isKnown"
      from users where id = ${userId}`,
  );
  if (user?.state !== 'ACTIVE') throw closed();
  if (service && user.isKnown) throw otherIdentity(provider);
  if (asked && user.asked !== null && user.asked !== proof[asked])
    throw askedForAnother(provider, asked);
}

/** What their service says of them counts from the first page on, if it says so in time. */
async function look(ctx: Context, { idp }: Provider, { subject }: Proof): Promise<void> {
  const looked = syncAtSignIn(fresh(ctx), { idp, subject }).catch((err) =>
    ctx.log.warn({ err, idp }, 'no sync at a sign-in'),
  );
  const enough = new AbortController();
  await Promise.race([
    looked,
    sleep(patienceMs, undefined, { signal: enough.signal }).catch(() => {}),
  ]);
  enough.abort();
}

/** Waits for whoever closes the account at this time. A service that forgot the identity shuts it as well. */
async function demandOpen(tx: Context, { userId, identityId }: Account): Promise<void> {
  const [open] = await rows(
    tx,
    sql`
      select 1 from users u join identities i on i.user_id = u.id
      where u.id = ${userId} and i.id = ${identityId} and u.state = 'ACTIVE' and i.gone_at is null
      for share of u`,
  );
  if (!open) throw closed();
}
