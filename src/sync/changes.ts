import type { Level } from '../level.ts';

/** One thing that a sync does; a run is a list of them. `before` and `after` are texts, for people to read. */
export const changeKinds = [
  'USER_PROVISIONED',
  'USER_FIELD_CHANGED',
  'USER_SUSPENDED',
  'USER_REACTIVATED',
  'IDENTITY_GONE',
  'IDENTITY_BACK',
  'ROLE_ASSIGNED',
  'ROLE_UNASSIGNED',
  'GROUP_CREATED',
  'ROLE_CREATED',
  'GROUP_FIELD_CHANGED',
  'GROUP_DELETED',
  'ROLE_DELETED',
  'MEMBER_ADDED',
  'MEMBER_LEVEL_CHANGED',
  'MEMBER_REMOVED',
  'COMMUNITY_UNLINKED',
  'COMMUNITY_DELETED',
] as const;
export type ChangeKind = (typeof changeKinds)[number];

export interface Change {
  kind: ChangeKind;
  /** The field of the user or the group. */
  field?: string;
  before?: string | null;
  after?: string | null;
  /** The remote group's id and the category: a role. */
  group?: string;
  category?: string;
  userId?: string;
  communityId?: string;
  level?: Level;
}

/** What a sync saw and left as it is, with the reason. */
export interface Note {
  field: string;
  message: string;
}

export interface Plan {
  changes: Change[];
  notes: Note[];
}
