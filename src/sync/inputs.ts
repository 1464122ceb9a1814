import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Payload } from '../change.ts';
import { GroupType } from '../groups/types.ts';
import { UserType } from '../users/types.ts';
import type { Condition } from './queries.ts';
import type { Outcome, SubjectKind } from './state.ts';
import { SyncCondition, SyncOutcome, SyncPlan, SyncRunType, SyncSubjectKind } from './types.ts';

@InputType({ description: 'A thing by what its service calls it.' })
export class RemoteIdInput {
  @Field(() => String, { description: 'The identity service, by its key.' })
  idp!: string;

  @Field(() => String, { description: 'What the service calls it.' })
  subject!: string;
}

@InputType({ description: 'A person: by their account here, or by what a service calls them.' })
export class RemoteUserRefInput {
  @Field(() => ID, { nullable: true, description: 'The account; its one identity is meant.' })
  userId?: string;

  @Field(() => RemoteIdInput, { nullable: true, description: 'What a service calls them.' })
  remote?: RemoteIdInput;
}

@InputType({ description: 'A group: by its id here, or by what a service calls it.' })
export class RemoteGroupRefInput {
  @Field(() => ID, { nullable: true, description: 'The group as it is known here.' })
  groupId?: string;

  @Field(() => RemoteIdInput, { nullable: true, description: 'What a service calls it.' })
  remote?: RemoteIdInput;
}

const waitOptions = {
  defaultValue: 0,
  description:
    'Milliseconds to wait for the end, at most 10,000; with 0 the run is answered as it is queued.',
};

@InputType({ description: 'Whom to look at again.' })
export class SyncRemoteUserInput {
  @Field(() => RemoteUserRefInput, { description: 'Whom.' })
  user!: RemoteUserRefInput;

  @Field(() => Int, waitOptions)
  waitMs!: number;
}

@InputType({ description: 'Which group to look at again.' })
export class SyncRemoteGroupInput {
  @Field(() => RemoteGroupRefInput, { description: 'Which.' })
  group!: RemoteGroupRefInput;

  @Field(() => Int, waitOptions)
  waitMs!: number;
}

@InputType({ description: 'Whose sync is to be planned.' })
export class PreviewRemoteUserInput {
  @Field(() => RemoteUserRefInput, { description: 'Whom.' })
  user!: RemoteUserRefInput;
}

@InputType({ description: 'Which group’s sync is to be planned.' })
export class PreviewRemoteGroupInput {
  @Field(() => RemoteGroupRefInput, { description: 'Which.' })
  group!: RemoteGroupRefInput;
}

@InputType({ description: 'Which held runs may do what they would do.' })
export class ApproveSyncInput {
  @Field(() => [ID], { description: '1 to 100 held runs; all of them or none.' })
  runIds!: string[];
}

@InputType({ description: 'Which held runs may not.' })
export class RejectSyncInput {
  @Field(() => [ID], { description: '1 to 100 held runs; all of them or none.' })
  runIds!: string[];
}

@InputType({ description: 'Which dead letters are to be tried once more.' })
export class RedriveSyncInput {
  @Field(() => String, { description: 'The identity service, by its key.' })
  idp!: string;

  @Field(() => [ID], {
    nullable: true,
    description: 'Sync states, 1 to 100; all that are dead if absent.',
  })
  stateIds?: string[] | null;
}

@InputType({ description: 'Which service’s people and groups are to be looked at again.' })
export class ReconcileInput {
  @Field(() => String, { description: 'The identity service, by its key.' })
  idp!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Also those who were looked at a short while ago.',
  })
  everyone!: boolean;
}

@ArgsType()
export class SyncRunFilterArgs {
  @Field(() => String, { nullable: true, description: 'Only of this identity service.' })
  idp?: string;

  @Field(() => SyncSubjectKind, { nullable: true, description: 'Only about these.' })
  kind?: SubjectKind;

  @Field(() => String, { nullable: true, description: 'Only about what the service calls so.' })
  remoteId?: string;

  @Field(() => [SyncOutcome], { nullable: true, description: 'Only with one of these outcomes.' })
  outcomes?: Outcome[];
}

@ArgsType()
export class SyncStateFilterArgs {
  @Field(() => String, { nullable: true, description: 'Only of this identity service.' })
  idp?: string;

  @Field(() => SyncSubjectKind, { nullable: true, description: 'Only about these.' })
  kind?: SubjectKind;

  @Field(() => String, { nullable: true, description: 'Only about what the service calls so.' })
  remoteId?: string;

  @Field(() => SyncCondition, { nullable: true, description: 'Only those that stand so.' })
  condition?: Condition;
}

@ObjectType({ description: 'The look that was asked for.' })
export class SyncRemoteUserPayload extends Payload {
  @Field(() => UserType, {
    nullable: true,
    description: 'The account after it; null if there is none.',
  })
  user?: object | null;

  @Field(() => SyncRunType, {
    nullable: true,
    description: 'The look; query it again to follow it.',
  })
  run?: object | null;
}

@ObjectType({ description: 'The look that was asked for.' })
export class SyncRemoteGroupPayload extends Payload {
  @Field(() => GroupType, {
    nullable: true,
    description: 'The group after it; null if there is none.',
  })
  group?: object | null;

  @Field(() => SyncRunType, {
    nullable: true,
    description: 'The look; query it again to follow it.',
  })
  run?: object | null;
}

@ObjectType({ description: 'What a sync would do.' })
export class PreviewRemoteUserPayload extends Payload {
  @Field(() => SyncPlan, { nullable: true, description: 'The plan; nothing was written.' })
  plan?: SyncPlan | null;
}

@ObjectType({ description: 'What a sync would do.' })
export class PreviewRemoteGroupPayload extends Payload {
  @Field(() => SyncPlan, { nullable: true, description: 'The plan; nothing was written.' })
  plan?: SyncPlan | null;
}

@ObjectType({ description: 'The runs that do what was approved.' })
export class ApproveSyncPayload extends Payload {
  @Field(() => [SyncRunType], { nullable: true, description: 'They ask the service once more.' })
  runs?: object[] | null;
}

@ObjectType({ description: 'The runs that were rejected.' })
export class RejectSyncPayload extends Payload {
  @Field(() => [SyncRunType], { nullable: true, description: 'They do nothing.' })
  runs?: object[] | null;
}

@ObjectType({ description: 'What redriving came to.' })
export class RedriveSyncPayload extends Payload {
  @Field(() => Int, { nullable: true, description: 'How many dead letters live again.' })
  revivedCount?: number | null;
}

@ObjectType({ description: 'What asking for a reconciliation came to.' })
export class ReconcilePayload extends Payload {
  @Field(() => String, { nullable: true, description: 'The service that is being reconciled.' })
  idp?: string | null;
}
