import { enumOf } from '../enums.ts';
import type { ChangeKind } from './changes.ts';
import type { Condition } from './queries.ts';
import type { Brake, Outcome, SubjectKind, Trigger } from './state.ts';

export const SyncSubjectKind = enumOf<SubjectKind>('SyncSubjectKind', 'What a sync is about.', {
  USER: 'A person, as a service knows them.',
  GROUP: 'A group of a service.',
});

export const SyncTrigger = enumOf<Trigger>('SyncTrigger', 'Why somebody looked again.', {
  WEBHOOK: 'The service said that something changed.',
  REQUEST: 'A person asked.',
  REDELIVERY: 'A person had a webhook taken in once more.',
  APPROVAL: 'A person approved a held run.',
  REDRIVE: 'A person had a dead letter tried once more.',
  RECONCILIATION: 'It was not looked at for long.',
  VANISHED: 'Somebody was no longer listed in the group, and the service did not know it.',
  SIGN_IN: 'The person signed in.',
});

export const SyncOutcome = enumOf<Outcome>('SyncOutcome', 'How a run stands, or ended.', {
  QUEUED: 'It waits for a worker.',
  RUNNING: 'A worker has it in hand.',
  CHANGED: 'Something was changed.',
  UNCHANGED: 'All was as the service says.',
  COALESCED: 'Another run did its work.',
  HELD: 'It would take away suspiciously much and waits for `approveSync` or `rejectSync`.',
  REJECTED: 'It was held, and somebody rejected it.',
  SUPERSEDED: 'It was held, and a newer run took its place.',
  RETRYING: 'The service gave no answer; it is tried again.',
  FAILED: 'It was given up; `redriveSync` tries it once more.',
});

export const SyncBrake = enumOf<Brake>('SyncBrake', 'Why a run is held.', {
  ALL_OF_A_USER: 'Somebody who was in several groups would be in none.',
  SHARE_OF_GROUP: 'A group would lose a large share of its people within a day.',
  SHARE_OF_IDP: 'All groups of the service together would lose a large share within a day.',
  ABSENT: 'The service does not know the subject, and did not announce its deletion.',
  LAST_OWNER: 'A community would have no owner: make somebody one first.',
});

export const SyncCondition = enumOf<Condition>(
  'SyncCondition',
  'How our copy of a subject stands.',
  {
    CLEAN: 'As the service said when it was last looked at.',
    DIRTY: 'To be looked at again.',
    HELD: 'Its last run waits for somebody’s word.',
    DEAD: 'Given up after a fault that repeating does not mend.',
  },
);

export const SyncChangeKind = enumOf<ChangeKind>('SyncChangeKind', 'One thing that a sync does.', {
  USER_PROVISIONED: 'An account is made.',
  USER_FIELD_CHANGED: 'A field of the account changes.',
  USER_SUSPENDED: 'The account can no longer be used.',
  USER_REACTIVATED: 'The account can be used again.',
  IDENTITY_GONE: 'The service no longer knows the user.',
  IDENTITY_BACK: 'The service knows the user again.',
  ROLE_ASSIGNED: 'The user gets a role.',
  ROLE_UNASSIGNED: 'The user loses a role.',
  GROUP_CREATED: 'A group is met for the first time.',
  GROUP_FIELD_CHANGED: 'A field of the group changes.',
  GROUP_DELETED: 'The group is gone.',
  ROLE_CREATED: 'A category of a group is met for the first time.',
  ROLE_DELETED: 'A role is gone with its group.',
  MEMBER_ADDED: 'A user or a role becomes a member of a community.',
  MEMBER_LEVEL_CHANGED: 'A member gets another level.',
  MEMBER_REMOVED: 'A role is no longer a member of a community.',
  COMMUNITY_UNLINKED: 'A community is parted from its group.',
  COMMUNITY_DELETED: 'A community is deleted with its group.',
});
