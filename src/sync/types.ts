import { GraphQLDateTimeISO } from 'graphql-scalars';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { LevelEnum } from '../communities/enums.ts';
import { connectionOf } from '../connection.ts';
import type { Level } from '../level.ts';
import { Node } from '../node.ts';
import type { ChangeKind } from './changes.ts';
import {
  SyncBrake,
  SyncChangeKind,
  SyncCondition,
  SyncOutcome,
  SyncSubjectKind,
  SyncTrigger,
} from './enums.ts';
import type { Condition } from './queries.ts';
import type { Brake, Outcome, SubjectKind, Trigger } from './state.ts';

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
