import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import type { Idp } from '../idps.ts';
import { applyPeople } from './apply-people.ts';
import { RemovalBrake } from './brake.ts';
import type { Change, Plan } from './changes.ts';
import type { Claim } from './claims.ts';
import type { Fetched } from './fetch.ts';
import { applyGroup, loadGroup } from './groups.ts';
import { groupsLeft, placesOf, type Verified } from './leaving.ts';
import { lockFresh, writeDown } from './ledger.ts';
import { Owners } from './owners.ts';
import { groupBrakes, planGroup } from './plan-group.ts';
import { planPeople } from './plan-people.ts';
import { type Ending, ended } from './runs.ts';
import { request } from './service.ts';
import type { Brake } from './state.ts';

/** What a transaction answers when it is kept. */
export interface Settled {
  endings: Ending[];
  /** When a subject among them is to be looked at again. */
  again?: Date;
  /** Who would leave a group that has to be asked for first; nothing was done about them. */
  unsure: { fetched: Fetched; groups: string[] }[];
}

/** Writes failures down, of those only that nobody synced further meanwhile. */
export async function settleFailures(tx: Context, idp: Idp, endings: Ending[]): Promise<Settled> {
  const claims = endings.map((it) => it.claim);
  const fresh = new Set(await lockFresh(tx, claims));
  const own = endings.filter((it) => fresh.has(it.claim));
  return settle(tx, idp, own);
}

/** Writes endings down. */
async function settle(tx: Context, idp: Idp, endings: Ending[]): Promise<Settled> {
  const isAskedAgain = await writeDown(tx, idp.key, endings);
  const retries = endings.map((it) => it.retryAt);
  // Who asked meanwhile waits for the subject's rest to be over.
  const asked = isAskedAgain ? new Date(Date.now() + 500) : undefined;
  return { endings, again: earliest([...retries, asked]), unsure: [] };
}

export const earliest = (dates: (Date | undefined)[]): Date | undefined =>
  dates.filter((it) => it !== undefined).sort((a, b) => a.getTime() - b.getTime())[0];

/**
 * Makes our copies of people what the service says, as far as the brake lets it.
 * @param verified what the service said of groups that people would leave.
 */
export async function applyLooksAtPeople(
  tx: Context,
  idp: Idp,
  fetched: Fetched[],
  verified: Verified,
): Promise<Settled> {
  const fresh = new Set(await lockFresh(tx, claimsOf(fetched)));
  const mine = fetched.filter((it) => fresh.has(it.claim));
  const told = mine.map(({ claim, person }) => ({ subject: claim.remoteId, remote: person }));
  const planned = await planPeople(tx, idp, told, verified);
  const looks = planned.map((it, index) => ({ ...it, fetched: mine[index] as Fetched }));
  const unsure = await unsureOf(tx, idp, looks, verified);
  const sure = looks.filter((look) => !unsure.some((it) => it.fetched === look.fetched));

  const approved = await approvedChanges(tx, claimsOf(mine));
  const brake = await RemovalBrake.open(
    tx,
    idp,
    sure.map((it) => it.plan),
  );
  const owners = await Owners.open(tx, idp.key, sure);
  const braked = sure.map((look) => {
    const { deletionAnnounced, approvedRunId } = look.fetched.claim;
    const changes = approved.get(approvedRunId ?? '') ?? [];
    // Nobody can approve of a community without an owner: that needs one first.
    const reasons: Brake[] = owners.wouldMiss(look) ? ['LAST_OWNER'] : [];
    const heldFor = brake.check(look.plan, look.person.roles, deletionAnnounced, changes, reasons);
    if (heldFor.length === 0) owners.count(look);
    return { ...look, heldFor };
  });
  await brake.close(tx);
  const passing = braked.filter((it) => it.heldFor.length === 0 && it.plan.changes.length > 0);
  const users = await applyPeople(tx, idp.key, passing);
  await requestVanished(tx, idp, verified);
  const endings = braked.map(({ fetched, subject, person, plan, heldFor }) => {
    const userId = users.get(subject) ?? person.user?.id;
    return endingOf(fetched.claim, plan, heldFor, { userId });
  });
  return { ...(await settle(tx, idp, endings)), unsure };
}

const claimsOf = (fetched: Fetched[]): Claim[] => fetched.map((it) => it.claim);

/** Those whose plan takes a place by leaving a group of which the service was not asked yet. */
async function unsureOf(
  tx: Context,
  idp: Idp,
  looks: { fetched: Fetched; plan: Plan }[],
  verified: Verified,
): Promise<Settled['unsure']> {
  const leaving = looks.map(({ fetched, plan }) => ({
    fetched,
    groups: groupsLeft(plan, fetched.person).filter((it) => !verified.has(it)),
  }));
  const places = await placesOf(tx, idp, [...new Set(leaving.flatMap((it) => it.groups))]);
  return leaving
    .map(({ fetched, groups }) => ({ fetched, groups: groups.filter((it) => places.has(it)) }))
    .filter((it) => it.groups.length > 0);
}

/** A group that is gone is looked at: its deletion was perhaps not told, or will be in a moment. */
async function requestVanished(tx: Context, idp: Idp, verified: Verified): Promise<void> {
  const vanished = [...verified].filter(([, it]) => it === 'VANISHED');
  await request(
    tx,
    vanished.map(([remoteId]) => ({ idp: idp.key, kind: 'GROUP', remoteId })),
    'VANISHED',
  );
}

/** Makes our copy of a group what the service says, unless that needs somebody's word. */
export async function applyLookAtGroup(tx: Context, idp: Idp, fetched: Fetched): Promise<Settled> {
  const [claim] = await lockFresh(tx, [fetched.claim]);
  if (!claim) return { endings: [], unsure: [] };
  const local = await loadGroup(tx, idp.key, claim.remoteId);
  const plan = planGroup(local, fetched.group, { idp, remoteId: claim.remoteId });
  const approved = (await approvedChanges(tx, [claim])).get(claim.approvedRunId ?? '') ?? [];
  // With the brake off a group may go unannounced, but never with a community's last owner.
  const isExpected = claim.deletionAnnounced || !idp.removalBrake;
  const heldFor = groupBrakes(local, plan, isExpected, approved);
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
    sql<{ id: string; changes: Change[] }>`
      select id, changes from sync_runs where id = any(${ids}) and outcome <> 'REJECTED'`,
  );
  return new Map(found.map((it) => [it.id, it.changes]));
}
