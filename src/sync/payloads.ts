import { Field, Int, ObjectType } from 'type-graphql';
import { Payload } from '../change.ts';
import { GroupType } from '../groups/types.ts';
import { UserType } from '../users/types.ts';
import { SyncPlan, SyncRunType } from './types.ts';

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
