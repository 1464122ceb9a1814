import { GraphQLDateTimeISO } from 'graphql-scalars';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { LevelEnum } from '../communities/types.ts';
import { enumOf } from '../enums.ts';
import type { Level } from '../level.ts';
import { Node } from '../node.ts';
import { connectionOf } from '../page.ts';
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
  VANISHED: 'Nobody is in the group any more, and the service does not know it.',
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

@ObjectType({ description: 'One thing that a sync did, or would do.' })
export class SyncChange {
  @Field(() => SyncChangeKind, { description: 'What kind of change.' })
  kind!: ChangeKind;

  @Field(() => String, { nullable: true, description: 'The field that changes.' })
  field?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The value before; null too once it was redacted.',
  })
  before?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The value after; null too once it was redacted.',
  })
  after?: string | null;

  @Field(() => String, { nullable: true, description: 'The remote id of the group.' })
  group?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The membership category: with the group, a role.',
  })
  category?: string | null;

  @Field(() => ID, { nullable: true, description: 'The user who becomes a member.' })
  userId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The community.' })
  communityId?: string | null;

  @Field(() => LevelEnum, { nullable: true, description: 'The level in the community.' })
  level?: Level | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'The values were removed, for they were old.',
  })
  redacted?: boolean | null;
}

@ObjectType({ description: 'Something that a sync saw and left as it is.' })
export class SyncNote {
  @Field(() => String, { description: 'What it is about.' })
  field!: string;

  @Field(() => String, { description: 'Why it was left.' })
  message!: string;
}

@ObjectType({ description: 'What a sync would do now.' })
export class SyncPlan {
  @Field(() => [SyncChange], { description: 'What it would do.' })
  changes!: SyncChange[];

  @Field(() => [SyncNote], { description: 'What it would leave, and why.' })
  notes!: SyncNote[];
}

@ObjectType('SyncRun', {
  implements: Node,
  description: 'One look at a person or group of a service.',
})
export class SyncRunType extends Node {
  @Field(() => String, { description: 'The identity service, by its key.' })
  idp!: string;

  @Field(() => SyncSubjectKind, { description: 'What it is about.' })
  kind!: SubjectKind;

  @Field(() => String, { description: 'What the service calls the subject.' })
  remoteId!: string;

  @Field(() => SyncTrigger, { description: 'Why it was looked at.' })
  trigger!: Trigger;

  @Field(() => SyncOutcome, { description: 'How it stands, or ended.' })
  outcome!: Outcome;

  @Field(() => Int, { description: 'Which attempt this is.' })
  attempt!: number;

  @Field(() => [SyncChange], { description: 'What it did; of a held run, what it would do.' })
  changes!: SyncChange[];

  @Field(() => [SyncNote], { description: 'What it left as it is, and why.' })
  notes!: SyncNote[];

  @Field(() => [SyncBrake], { description: 'Why it is held.' })
  heldFor!: Brake[];

  @Field(() => String, { nullable: true, description: 'What went wrong.' })
  error!: string | null;

  @Field(() => GraphQLDateTimeISO, { description: 'When it was asked for, or begun.' })
  queuedAt!: Date;

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'When a worker took it.' })
  startedAt!: Date | null;

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'When it ended.' })
  finishedAt!: Date | null;
}

@ObjectType('SyncState', {
  implements: Node,
  description: 'How our copy of a person or group stands.',
})
export class SyncStateType extends Node {
  @Field(() => String, { description: 'The identity service, by its key.' })
  idp!: string;

  @Field(() => SyncSubjectKind, { description: 'What it is about.' })
  kind!: SubjectKind;

  @Field(() => String, { description: 'What the service calls the subject.' })
  remoteId!: string;

  @Field(() => SyncCondition, { description: 'How it stands.' })
  condition!: Condition;

  @Field(() => Int, { description: 'How often it was asked for.' })
  requested!: number;

  @Field(() => Int, { description: 'Up to which of these it was looked at.' })
  synced!: number;

  @Field(() => Int, { description: 'Attempts since the last answer.' })
  attempts!: number;

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Since when it waits.' })
  dirtySince!: Date | null;

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'When it is tried next.' })
  nextAttemptAt!: Date | null;

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'When it was last looked at.' })
  syncedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'What went wrong last.' })
  error!: string | null;
}

@ObjectType({ description: 'An identity service, and how it does.' })
export class RemoteService {
  @Field(() => String, { description: 'Its key.' })
  idp!: string;

  @Field(() => Int, { description: 'Failures in a row.' })
  failures!: number;

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Until then it is left alone.' })
  openUntil!: Date | null;

  @Field(() => String, { nullable: true, description: 'What went wrong last.' })
  lastError!: string | null;

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'When that was.' })
  lastFailureAt!: Date | null;

  @Field(() => Int, { description: 'Subjects that wait to be looked at.' })
  dirty!: number;

  @Field(() => Int, { description: 'Subjects that were given up.' })
  dead!: number;

  @Field(() => Int, { description: 'Subjects whose last run is held.' })
  held!: number;

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Since when the longest waits.' })
  oldestDirtySince!: Date | null;
}

export const SyncRunConnection = connectionOf(() => SyncRunType, 'SyncRun');
export const SyncStateConnection = connectionOf(() => SyncStateType, 'SyncState');
