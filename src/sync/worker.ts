import { randomUUID } from 'node:crypto';
import { type Context, transact } from '../context.ts';
import type { Idp } from '../idps.ts';
import { enqueue } from '../jobs.ts';
import { RemoteError } from '../remote/http.ts';
import { type Claim, claim, heldUpUntil, inHand, release, reportCalls } from './claims.ts';
import { type Fetched, fetchAll } from './fetch.ts';
import { syncIdp } from './jobs.ts';
import { nothingVerified, type Verified, verify } from './leaving.ts';
import {
  applyLookAtGroup,
  applyLooksAtPeople,
  earliest,
  type Settled,
  settleFailures,
} from './looks.ts';
import { LostRace } from './meeting.ts';
import { type Ending, ended } from './runs.ts';

/** Attempts after which a subject is given up as a dead letter. */
const mostAttempts = 25;
/** Milliseconds after which a job hands on to another: the queue takes a long one for lost. */
const longestMs = 240_000;
/** Attempts at the same work when somebody else's write gets in between. */
const mostRaces = 5;

/** Looks at everything that is due in the hinted idps, batch after batch. */
export async function syncDue(ctx: Context, hints: { idp: string }[]): Promise<void> {
  const keys = new Set(hints.map((it) => it.idp));
  await Promise.all(
    [...keys].map(async (key) => {
      const idp = ctx.config.idps.get(key);
      if (idp) await syncIdpDue(ctx, idp);
    }),
  );
}

async function syncIdpDue(ctx: Context, idp: Idp): Promise<void> {
  const hint = (after?: Date) => enqueue(ctx, syncIdp, { idp: idp.key }, { after });
  let hasCalledForHelp = false;
  const until = Date.now() + longestMs;
  while (!ctx.stopping.aborted && Date.now() < until) {
    const claims = await claim(ctx, idp);
    if (claims.length === 0) break;
    const again = await inHand(ctx, claims, () => syncClaims(ctx, idp, claims));
    if (again) await hint(again);
    // Others help only now, so that few calls find out that a service is down.
    if (claims.length > 1 && !hasCalledForHelp) {
      hasCalledForHelp = true;
      await hint();
    }
  }
  const isUnfinished = ctx.stopping.aborted || Date.now() >= until;
  const next = isUnfinished ? new Date() : await heldUpUntil(ctx, idp.key);
  if (next) await hint(next);
}

/**
 * Fetches and applies what was claimed; one that fails does not fail the others.
 * @returns when one of them is to be looked at again.
 */
async function syncClaims(ctx: Context, idp: Idp, taken: Claim[]): Promise<Date | undefined> {
  // Whoever took these so often never came back: perhaps it is they who kill the process.
  const spent = taken.filter((it) => it.attempts > mostAttempts);
  const lost = new RemoteError('PERMANENT', 'The process did not survive them.');
  await fail(
    ctx,
    idp,
    spent.map((claim) => ({ claim, error: lost })),
  );
  const claims = taken.filter((it) => it.attempts <= mostAttempts);
  const { fetched, failed, untried, calls } = await fetchAll(ctx, idp, claims);
  const hadFailed = (claims[0]?.failures ?? 0) > 0;
  if (hadFailed || calls.failures > 0 || calls.pauseMs > 0) await reportCalls(ctx, idp.key, calls);
  await release(ctx, untried);

  const again = [await fail(ctx, idp, failed)];
  for (const it of fetched.filter((it) => it.claim.kind === 'GROUP')) {
    const apply = (tx: Context) => applyLookAtGroup(tx, idp, it);
    again.push(...(await applyOrFail(ctx, idp, [it], apply)).map((settled) => settled.again));
  }
  again.push(
    await syncPeople(
      ctx,
      idp,
      fetched.filter((it) => it.claim.kind === 'USER'),
    ),
  );
  return earliest(again);
}

/** Those who would leave a group are applied when the service was asked for the group. */
async function syncPeople(ctx: Context, idp: Idp, people: Fetched[]): Promise<Date | undefined> {
  const settled = await applyPeople(ctx, idp, people, nothingVerified);
  const unsure = settled.flatMap((it) => it.unsure);
  if (unsure.length === 0) return earliest(settled.map((it) => it.again));
  const verified = await verify(idp, new Set(unsure.flatMap((it) => it.groups)));
  const failed: { claim: Claim; error: RemoteError }[] = [];
  const sure: Fetched[] = [];
  for (const { fetched, groups } of unsure) {
    const error = groups.map((it) => verified.get(it)).find((it) => it instanceof RemoteError);
    if (error) failed.push({ claim: fetched.claim, error });
    else sure.push(fetched);
  }
  const fault = failed.find(({ error }) => error.isServiceFault || error.retryAfterMs)?.error;
  if (fault) {
    const calls = { successes: 0, failures: fault.isServiceFault ? 1 : 0, error: fault.message };
    await reportCalls(ctx, idp.key, { ...calls, pauseMs: fault.retryAfterMs ?? 0 });
  }
  settled.push(...(await applyPeople(ctx, idp, sure, verified)));
  return earliest([...settled.map((it) => it.again), await fail(ctx, idp, failed)]);
}

const applyPeople = (ctx: Context, idp: Idp, people: Fetched[], verified: Verified) =>
  applyOrFail(ctx, idp, people, (tx, some) => applyLooksAtPeople(tx, idp, some, verified));

/** Applies a batch in one transaction; if that fails, each of it alone, and who fails alone waits for a retry. */
async function applyOrFail(
  ctx: Context,
  idp: Idp,
  fetched: Fetched[],
  apply: (tx: Context, fetched: Fetched[]) => Promise<Settled>,
): Promise<Settled[]> {
  const [first, ...others] = fetched;
  if (!first) return [];
  for (let attempt = 1; ; attempt++) {
    try {
      return [await finish(ctx, idp, (tx) => apply(tx, fetched))];
    } catch (err) {
      if (others.length > 0) {
        const alone: Settled[] = [];
        for (const it of fetched) alone.push(...(await applyOrFail(ctx, idp, [it], apply)));
        return alone;
      }
      if (attempt < mostRaces && isRace(err)) continue;
      const errorId = randomUUID();
      ctx.log.error({ err, errorId, idp: idp.key }, 'a sync failed');
      const ending = retryOrGiveUp(first.claim, `Internal error ${errorId}.`);
      return [await finish(ctx, idp, (tx) => settleFailures(tx, idp, [ending]))];
    }
  }
}

/** A write that came in between: unique and foreign keys, serialization, deadlock. */
const isRace = (err: unknown) =>
  err instanceof LostRace ||
  ['23505', '23503', '40001', '40P01'].includes((err as { code?: string }).code ?? '');

async function fail(
  ctx: Context,
  idp: Idp,
  failed: { claim: Claim; error: RemoteError }[],
): Promise<Date | undefined> {
  if (failed.length === 0) return undefined;
  const endings = failed.map(({ claim, error }) =>
    error.fault === 'RETRYABLE'
      ? retryOrGiveUp(claim, error.message, error.retryAfterMs)
      : ended(claim, 'FAILED', { error: error.message }),
  );
  return (await finish(ctx, idp, (tx) => settleFailures(tx, idp, endings))).again;
}

/** Exponential backoff with full jitter, 2 s to 5 min, and never sooner than the service asks for. */
function retryOrGiveUp(claim: Claim, error: string, retryAfterMs = 0): Ending {
  if (claim.attempts >= mostAttempts) {
    return ended(claim, 'FAILED', { error: `Gave up after ${claim.attempts} attempts. ${error}` });
  }
  const backoff = Math.random() * Math.min(300_000, 2_000 * 2 ** Math.min(claim.attempts, 16));
  const retryAt = new Date(Date.now() + Math.max(backoff, retryAfterMs));
  return ended(claim, 'RETRYING', { error, retryAt });
}

/** Does the work in a transaction of its own, and tells the log of what was kept. */
async function finish(
  ctx: Context,
  idp: Idp,
  work: (tx: Context) => Promise<Settled>,
): Promise<Settled> {
  const settled = await transact({ ...ctx, em: ctx.em.fork() }, work);
  for (const { claim, outcome, changes, heldFor, error } of settled.endings) {
    ctx.remoteLog.write({
      event: 'task',
      idp: idp.key,
      kind: claim.kind,
      id: claim.remoteId,
      trigger: claim.trigger,
      outcome,
      changes: changes.length,
      ...(heldFor.length > 0 && { heldFor }),
      ...(error && { error }),
    });
  }
  return settled;
}
