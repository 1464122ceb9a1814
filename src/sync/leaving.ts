import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import type { Idp } from '../idps.ts';
import { RemoteError } from '../remote/http.ts';
import type { RemotePerson } from '../remote/person.ts';
import type { Plan } from './changes.ts';
import { ask } from './fetch.ts';

/*
 * Somebody who left a group loses what it gave them. But when the group itself was deleted, the
 * service names it in nobody's groups any more, often before it tells us of the deletion, and then
 * its people are to keep their places. So before a place is taken, the group is asked for.
 */

/** What the service said of groups that people would leave. */
export type Verified = ReadonlyMap<string, 'THERE' | 'VANISHED' | RemoteError>;

export const nothingVerified: Verified = new Map();

/** The groups that a plan would have somebody leave altogether. */
export function groupsLeft(plan: Plan, remote: RemotePerson | undefined): string[] {
  if (!remote?.groups) return [];
  const stays = new Set(remote.groups.map((it) => it.groupId));
  const left = plan.changes.flatMap((it) =>
    it.kind === 'ROLE_UNASSIGNED' ? (it.group ?? []) : [],
  );
  return [...new Set(left)].filter((it) => !stays.has(it));
}

/** Those of the groups whose roles give somebody a place in a community. */
export async function placesOf(tx: Context, idp: Idp, groups: string[]): Promise<Set<string>> {
  if (groups.length === 0 || !idp.groups) return new Set();
  const found = await rows(
    tx,
    sql<{ remoteId: string }>`
      select g.remote_id as "remoteId" from groups g
      where g.idp = ${idp.key} and g.remote_id = any(${groups})
        and exists (select from roles r join members m on m.role_id = r.id where r.group_id = g.id)`,
  );
  return new Set(found.map((it) => it.remoteId));
}

/**
 * Asks the service whether groups are there, one after the other at the service's rate; no
 * transaction is open. After a fault of the service the rest is not asked, and shares its fate.
 */
export async function verify(idp: Idp, groups: Iterable<string>): Promise<Verified> {
  const verified = new Map<string, 'THERE' | 'VANISHED' | RemoteError>();
  let fault: RemoteError | undefined;
  for (const group of groups) {
    if (fault) {
      verified.set(group, fault);
      continue;
    }
    await sleep(verified.size > 0 ? 1000 / idp.rate : 0);
    try {
      verified.set(group, (await ask(idp, 'GROUP', group)).group ? 'THERE' : 'VANISHED');
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      // A group of which the service will never tell is no reason to take places, nor to stop a person.
      verified.set(group, error.fault === 'PERMANENT' ? 'VANISHED' : error);
      if (error.isServiceFault || error.retryAfterMs) fault = error;
    }
  }
  return verified;
}
