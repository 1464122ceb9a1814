import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Idp } from '../config.ts';
import { type Context, rows, transact } from '../context.ts';
import { enqueue } from '../jobs.ts';
import type { RemoteError } from '../remote/http.ts';
import { applyPeople, LostRace, type PlannedPerson } from './apply-people.ts';
import { RemovalBrake } from './brake.ts';
import type { Change, Plan } from './changes.ts';
import { type Claim, claim, heldUpUntil, release, reportCalls } from './claims.ts';
import { type Fetched, fetchAll } from './fetch.ts';
import { applyGroup, loadGroup } from './groups.ts';
import { syncIdp } from './jobs.ts';
import { type Ending, ended, lockFresh, writeDown } from './ledger.ts';
import { groupBrakes, planGroup } from './plan-group.ts';
import { planPeople } from './plan-people.ts';

/** Attempts after which a subject is given up as a dead letter. */
const mostAttempts = 25;
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
  while (!ctx.stopping.aborted) {
    const claims = await claim(ctx, idp);
    if (claims.length === 0) break;
    if (claims.length > 1 && !hasCalledForHelp) {
      hasCalledForHelp = true;
      await hint();
    }
    const again = await syncClaims(ctx, idp, claims);
    if (again) await hint(again);
  }
  const until = ctx.stopping.aborted ? new Date() : await heldUpUntil(ctx, idp.key);
  if (until) await hint(until);
}

/**
 * Fetches and applies what was claimed; one that fails does not fail the others.
 * @returns when one of them is to be looked at again.
 */
async function syncClaims(ctx: Context, idp: Idp, claims: Claim[]): Promise<Date | undefined> {
  const { fetched, failed, untried, calls } = await fetchAll(ctx, idp, claims);
  await release(ctx, untried);
  const hadFailed = (claims[0]?.failures ?? 0) > 0;
  if (hadFailed || calls.failures > 0 || calls.pauseMs > 0) await reportCalls(ctx, idp.key, calls);

  const people = fetched.filter((it) => it.claim.kind === 'USER');
  const groups = fetched.filter((it) => it.claim.kind === 'GROUP');
  const retries: (Date | undefined)[] = [];
  if (failed.length > 0) {
    const endings = failed.map(({ claim, error }) => failure(claim, error));
    retries.push(await finish(ctx, idp, (tx) => settle(tx, idp, endings)));
  }
  for (const it of groups) retries.push(await applyOrFail(ctx, idp, [it], applyGroupOf));
  if (people.length > 0) retries.push(await applyOrFail(ctx, idp, people, applyPeopleOf));
  return earliest(retries);
}

const earliest = (dates: (Date | undefined)[]): Date | undefined =>
  dates.filter((it) => it !== undefined).sort((a, b) => a.getTime() - b.getTime())[0];

/** What a transaction answers when it is kept: the endings to log, and when to look again. */
interface Settled {
  endings: Ending[];
  again?: Date;
}

type Apply = (tx: Context, idp: Idp, fetched: Fetched[]) => Promise<Settled>;

/** Applies a batch in one transaction; if that fails, each of it alone, and who fails alone waits for a retry. */
async function applyOrFail(
  ctx: Context,
  idp: Idp,
  fetched: Fetched[],
  apply: Apply,
): Promise<Date | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await finish(ctx, idp, (tx) => apply(tx, idp, fetched));
    } catch (err) {
      if (fetched.length > 1) {
        const alone: (Date | undefined)[] = [];
        for (const it of fetched) alone.push(await applyOrFail(ctx, idp, [it], apply));
        return earliest(alone);
      }
      if (attempt < mostRaces && isRace(err)) continue;
      const errorId = randomUUID();
      ctx.log.error({ err, errorId, idp: idp.key }, 'a sync failed');
      const [first] = fetched as [Fetched];
      const ending = retryOrGiveUp(first.claim, `Internal error ${errorId}.`);
      return finish(ctx, idp, (tx) => settle(tx, idp, [ending]));
    }
  }
}

/** A write that came in between: unique and foreign keys, serialization, deadlock. */
const isRace = (err: unknown) =>
  err instanceof LostRace ||
  ['23505', '23503', '40001', '40P01'].includes((err as { code?: string }).code ?? '');

async function finish(
  ctx: Context,
  idp: Idp,
  work: (tx: Context) => Promise<Settled>,
): Promise<Date | undefined> {
  const { endings, again } = await transact({ ...ctx, em: ctx.em.fork() }, work);
  for (const { claim, outcome, changes, heldFor, error } of endings) {
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
  return again;
}

/** Writes endings down, and says when a subject among them is to be looked at again. */
async function settle(tx: Context, idp: Idp, endings: Ending[]): Promise<Settled> {
  const isAskedAgain = await writeDown(tx, idp.key, endings);
  const retries = endings.map((it) => it.retryAt);
  // Who asked meanwhile waits for the subject's rest to be over.
  const asked = isAskedAgain ? new Date(Date.now() + 500) : undefined;
  return { endings, again: earliest([...retries, asked]) };
}

async function applyPeopleOf(tx: Context, idp: Idp, fetched: Fetched[]): Promise<Settled> {
  const fresh = new Set(
    await lockFresh(
      tx,
      fetched.map((it) => it.claim),
    ),
  );
  const mine = fetched.filter((it) => fresh.has(it.claim));
  const planned = await planPeople(
    tx,
    idp,
    mine.map(({ claim, person }) => ({ subject: claim.remoteId, remote: person })),
  );
  const approved = await approvedChanges(
    tx,
    mine.map((it) => it.claim),
  );
  const brake = await RemovalBrake.open(
    tx,
    idp,
    planned.map((it) => it.plan),
  );
  const passing: PlannedPerson[] = [];
  const heldFor = mine.map(({ claim }, index) => {
    const it = planned[index] as PlannedPerson;
    const reasons = brake.check(
      it.plan,
      it.person.roles,
      claim.deletionAnnounced,
      approved.get(claim.approvedRunId ?? '') ?? [],
    );
    if (reasons.length === 0 && it.plan.changes.length > 0) passing.push(it);
    return reasons;
  });
  await brake.close(tx);
  const users = await applyPeople(tx, idp.key, passing);
  const endings = mine.map(({ claim }, index) => {
    const { subject, person, plan } = planned[index] as PlannedPerson;
    const userId = users.get(subject) ?? person.user?.id;
    return endingOf(claim, plan, heldFor[index] ?? [], { userId });
  });
  return settle(tx, idp, endings);
}

async function applyGroupOf(tx: Context, idp: Idp, [it]: Fetched[]): Promise<Settled> {
  const [claim] = await lockFresh(tx, it ? [it.claim] : []);
  if (!claim || !it) return { endings: [] };
  const local = await loadGroup(tx, idp.key, claim.remoteId);
  const plan = planGroup(local, it.group, { idp, remoteId: claim.remoteId });
  const approved = (await approvedChanges(tx, [claim])).get(claim.approvedRunId ?? '') ?? [];
  const heldFor = idp.removalBrake
    ? groupBrakes(local, plan, claim.deletionAnnounced, approved)
    : [];
  const groupId =
    heldFor.length === 0 ? await applyGroup(tx, idp.key, claim.remoteId, local, plan) : local.id;
  return settle(tx, idp, [endingOf(claim, plan, heldFor, { groupId })]);
}

function endingOf(
  claim: Claim,
  plan: Plan,
  heldFor: Ending['heldFor'],
  about: Partial<Ending>,
): Ending {
  const outcome = heldFor.length > 0 ? 'HELD' : plan.changes.length > 0 ? 'CHANGED' : 'UNCHANGED';
  return ended(claim, outcome, { ...plan, heldFor, ...about });
}

/** The changes of the held runs that somebody approved. */
async function approvedChanges(tx: Context, claims: Claim[]): Promise<Map<string, Change[]>> {
  const ids = claims.flatMap((it) => it.approvedRunId ?? []);
  if (ids.length === 0) return new Map();
  const found = await rows(
    tx,
    sql<{
      id: string;
      changes: Change[];
    }>`select id, changes from sync_runs where id = any(${ids})`,
  );
  return new Map(found.map((it) => [it.id, it.changes]));
}

function failure(claim: Claim, error: RemoteError): Ending {
  return error.fault === 'RETRYABLE'
    ? retryOrGiveUp(claim, error.message, error.retryAfterMs)
    : ended(claim, 'FAILED', { error: error.message });
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
