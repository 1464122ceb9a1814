import { atLeast, highest } from '../../level.ts';
import {
  type GivenField,
  givenFields,
  type MergeChange,
  type MergeChangeKind,
  type Side,
} from './changes.ts';
import { closed, type Reference } from './references.ts';

/** Parts of one name: they go together, or not at all. */
const nameFields: readonly GivenField[] = ['fullName', 'givenName', 'familyName', 'nameParts'];

/**
 * All that makes two accounts of one person one. It changes nothing.
 * @param isSynced whether a service is asked for its people: it has one account for each.
 */
export function planMerge(
  from: Side,
  into: Side,
  isSynced: (idp: string) => boolean,
): MergeChange[] {
  return [
    ...planIdentities(from, into, isSynced),
    ...planRoles(from, into),
    ...planPlaces(from, into),
    ...planRequests(from, into),
    ...planFields(from, into),
    ...planRows(from),
  ];
}

/** The services that know both as somebody: who of the two it is now, only people can say. */
export const contested = (from: Side, into: Side, isSynced: (idp: string) => boolean): string[] =>
  [...new Set(live(from))].filter((it) => isSynced(it) && live(into).includes(it)).sort();

const live = ({ identities }: Side) => identities.filter((it) => !it.isGone).map((it) => it.idp);

/**
 * All go along, but for those that a service forgot while it knows the person as another: its word
 * that they are gone would take the roles away that it gives the other.
 */
function planIdentities(from: Side, into: Side, isSynced: (idp: string) => boolean): MergeChange[] {
  const change = (kind: MergeChangeKind, it: Side['identities'][number]): MergeChange => ({
    kind,
    identityId: it.id,
    idp: it.idp,
    subject: it.subject,
  });
  const isKnown = (side: Side, idp: string) => isSynced(idp) && live(side).includes(idp);
  const retired = into.identities.filter((it) => it.isGone && isKnown(from, it.idp));
  const taken = (idp: string) =>
    isSynced(idp) && into.identities.some((it) => it.idp === idp && !retired.includes(it));
  return [
    ...from.identities.map((it) => {
      const stays = it.isGone && (isKnown(from, it.idp) || taken(it.idp));
      return change(stays ? 'IDENTITY_RETIRED' : 'IDENTITY_MOVED', it);
    }),
    ...retired.map((it) => change('IDENTITY_RETIRED', it)),
  ];
}

function planRoles(from: Side, into: Side): MergeChange[] {
  const has = new Set(into.roles.map((it) => `${it.roleId} ${it.source}`));
  return from.roles.map((it) => ({
    kind: has.has(`${it.roleId} ${it.source}`) ? 'ROLE_DROPPED' : 'ROLE_MOVED',
    ...it,
  }));
}

/** The higher level wins; the place of the account that stays is kept. */
function planPlaces(from: Side, into: Side): MergeChange[] {
  const own = new Map(into.places.map((it) => [it.communityId, it]));
  return from.places.map(({ memberId, communityId, level }) => {
    const there = own.get(communityId);
    if (!there) return { kind: 'MEMBER_MOVED', memberId, communityId, after: level };
    const change = { memberId, communityId, before: there.level };
    if (atLeast(there.level, level)) {
      return { kind: 'MEMBER_DROPPED', ...change, after: there.level };
    }
    return { kind: 'MEMBER_RAISED', ...change, after: level };
  });
}

/** Nobody is asked, or asks, twice to join a community; nor where they are as much already. */
function planRequests(from: Side, into: Side): MergeChange[] {
  const levelIn = (id: string) =>
    highest(
      [...from.places, ...into.places].flatMap((it) => (it.communityId === id ? it.level : [])),
    );
  // What stays comes first: an invitation needs only a yes.
  const open = [...into.open, ...from.open].sort(
    (a, b) => Number(b.isInvitation) - Number(a.isInvitation),
  );
  const met = new Set<string>();
  return open.flatMap(({ requestId, communityId, level }): MergeChange[] => {
    const own = levelIn(communityId);
    const isMoot = own !== undefined && atLeast(own, level);
    if (!isMoot && !met.has(communityId)) {
      met.add(communityId);
      return [];
    }
    return [{ kind: 'REQUEST_CANCELLED', requestId, communityId }];
  });
}

function planFields(from: Side, into: Side): MergeChange[] {
  const isNamed = nameFields.some((it) => into.fields[it] !== null);
  const changes: MergeChange[] = [];
  const hasEmail = into.fields.email !== null;
  for (const field of givenFields) {
    const after = from.fields[field];
    if (after === null) continue;
    if (nameFields.includes(field) ? isNamed : into.fields[field] !== null) continue;
    // Whose address it is says nothing of another.
    if (field === 'emailVerifiedAt' && hasEmail) continue;
    changes.push({ kind: 'FIELD_FILLED', field, before: null, after });
  }
  // No two accounts have the same address, and the person may want theirs back.
  if (from.fields.email !== null) {
    changes.push({ kind: 'FIELD_CLEARED', field: 'email', before: from.fields.email, after: null });
  }
  return changes;
}

const planRows = ({ counts }: Side): MergeChange[] =>
  (Object.entries(counts) as [Reference, number][])
    .filter(([, count]) => count > 0)
    .map(([reference, count]) => ({
      kind: isDoor(reference) ? 'DOORS_CLOSED' : 'ROWS_MOVED',
      reference,
      count,
    }));

const isDoor = (reference: Reference) => closed.includes(reference);
