import { createHash } from 'node:crypto';
import type { Level } from '../../level.ts';
import type { Reference } from './references.ts';

/** The fields that one account can give another that has none. */
export const givenFields = [
  'fullName',
  'givenName',
  'familyName',
  'nameParts',
  'email',
  'emailVerifiedAt',
  'affiliation',
  'orcid',
  'locale',
  'timeZone',
  'verifiedAt',
] as const;
export type GivenField = (typeof givenFields)[number];
/** What there is of one of the two accounts. */
export interface Side {
  id: string;
  username: string;
  version: number;
  /** As texts; null where there is nothing. */
  fields: Record<GivenField, string | null>;
  lockedFields: string[];
  identities: { id: string; idp: string; subject: string; isGone: boolean }[];
  places: { memberId: string; communityId: string; level: Level }[];
  roles: { roleId: string; source: string }[];
  /** Requests about the user that nobody has answered. */
  open: { requestId: string; communityId: string; isInvitation: boolean; level: Level }[];
  /** How many rows refer to the account otherwise. */
  counts: Partial<Record<Reference, number>>;
}

export const mergeChangeKinds = [
  'IDENTITY_MOVED',
  'IDENTITY_RETIRED',
  'ROLE_MOVED',
  'ROLE_DROPPED',
  'MEMBER_MOVED',
  'MEMBER_RAISED',
  'MEMBER_DROPPED',
  'REQUEST_CANCELLED',
  'FIELD_FILLED',
  'FIELD_CLEARED',
  'ROWS_MOVED',
  'DOORS_CLOSED',
] as const;
export type MergeChangeKind = (typeof mergeChangeKinds)[number];

/** One thing that a merge does. */
export interface MergeChange {
  kind: MergeChangeKind;
  identityId?: string;
  idp?: string;
  subject?: string;
  roleId?: string;
  source?: string;
  communityId?: string;
  memberId?: string;
  requestId?: string;
  field?: string;
  before?: string | null;
  after?: string | null;
  /** What refers to the account, and how often. */
  reference?: Reference;
  count?: number;
}

/**
 * Says which plan was seen: another text for another plan. Mails that come and go are not in it, nor
 * is whatever else only counts.
 */
export function keyOf(from: Side, into: Side, changes: readonly MergeChange[]): string {
  const decided = changes
    .filter((it) => it.count === undefined)
    .map((it) => JSON.stringify(Object.entries(it).sort(([a], [b]) => (a < b ? -1 : 1))))
    .sort();
  const seen = JSON.stringify([from.id, from.version, into.id, into.version, decided]);
  return createHash('sha256').update(seen).digest('base64url');
}
