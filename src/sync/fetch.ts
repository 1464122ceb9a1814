import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import type { Idp } from '../idps.ts';
import { findGroup, type RemoteGroup } from '../remote/group.ts';
import { RemoteError } from '../remote/http.ts';
import { findPerson, type RemotePerson } from '../remote/person.ts';
import { breakerThreshold, type Calls, type Claim } from './claims.ts';

/** What a service answered about a subject: undefined is "there is no such thing". */
export interface Fetched {
  claim: Claim;
  person?: RemotePerson;
  group?: RemoteGroup;
}

export interface FetchedBatch {
  fetched: Fetched[];
  failed: { claim: Claim; error: RemoteError }[];
  /** Not tried: the service failed too often in the meantime, or the process is to stop. */
  untried: Claim[];
  calls: Calls;
}

/** Calls of one batch under way at once. */
const atOnce = 100;

/** Asks about all subjects of a batch, no faster than the service allows; no transaction is open. */
export async function fetchAll(ctx: Context, idp: Idp, claims: Claim[]): Promise<FetchedBatch> {
  const batch: FetchedBatch = {
    fetched: [],
    failed: [],
    untried: [],
    calls: { successes: 0, failures: 0, pauseMs: 0 },
  };
  const ids = await askedIds(ctx, idp, claims);
  const begun = performance.now();
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < claims.length; index = next++) {
      const claim = claims[index] as Claim;
      const wait = begun + claim.waitMs + (index * 1000) / idp.rate - performance.now();
      if (wait > 1) await sleep(wait);
      const id =
        claim.kind === 'USER' ? (ids.get(claim.remoteId) ?? claim.remoteId) : claim.remoteId;
      await fetchOne(ctx, idp, claim, id, batch);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, claims.length) }, lane));
  // Who answered first must not decide who makes a role or gets a name.
  batch.fetched.sort((a, b) => (a.claim.remoteId < b.claim.remoteId ? -1 : 1));
  return batch;
}

async function fetchOne(
  ctx: Context,
  idp: Idp,
  claim: Claim,
  id: string,
  batch: FetchedBatch,
): Promise<void> {
  const { calls } = batch;
  const isDown = calls.successes === 0 && calls.failures >= breakerThreshold;
  if (isDown || calls.pauseMs > 0 || ctx.stopping.aborted) {
    batch.untried.push(claim);
    return;
  }
  try {
    batch.fetched.push({ claim, ...(await ask(idp, claim.kind, id)) });
    calls.successes++;
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    calls.error = error.message;
    batch.failed.push({ claim, error });
    if (error.isServiceFault) calls.failures++;
    else calls.successes++;
    calls.pauseMs = Math.max(calls.pauseMs, error.retryAfterMs ?? 0);
  }
}

/**
 * Asks a service about one person or group.
 * @throws RemoteError if it gives no usable answer, or is not asked for that kind at all.
 */
export async function ask(
  idp: Idp,
  kind: Claim['kind'],
  id: string,
): Promise<{ person?: RemotePerson; group?: RemoteGroup }> {
  const endpoint = kind === 'USER' ? idp.users : idp.groups;
  if (!endpoint) throw new RemoteError('PERMANENT', `${idp.key} has no endpoint for this kind`);
  return kind === 'USER'
    ? { person: await findPerson(endpoint, id) }
    : { group: await findGroup(endpoint, id) };
}

/** What to ask for: the subject, or the property of our user that the configuration names. */
export async function askedIds(
  ctx: Context,
  idp: Idp,
  claims: Pick<Claim, 'kind' | 'remoteId'>[],
): Promise<Map<string, string>> {
  const property = idp.users?.identifier ?? 'id';
  const subjects = claims.filter((it) => it.kind === 'USER').map((it) => it.remoteId);
  if (property === 'id' || subjects.length === 0) return new Map();
  const found = await rows(
    ctx,
    sql<{ subject: string; value: string | null }>`
      select i.subject, u.${sql.ref(property)} as value
      from identities i join users u on u.id = i.user_id
      where i.idp = ${idp.key} and i.subject = any(${subjects})`,
  );
  return new Map(found.flatMap(({ subject, value }) => (value ? [[subject, value]] : [])));
}
