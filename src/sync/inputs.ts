import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import { SyncCondition, SyncOutcome, SyncSubjectKind } from './enums.ts';
import type { Condition } from './queries.ts';
import type { Outcome, SubjectKind } from './state.ts';

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
