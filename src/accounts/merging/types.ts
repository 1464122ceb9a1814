import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Payload } from '../../change.ts';
import { UserType } from '../../users/types.ts';
import { MergeChangeKindEnum } from '../enums.ts';
import type { MergeChangeKind } from './changes.ts';

@ObjectType({ description: 'One thing that a merge did, or would do.' })
export class MergeChangeType {
  @Field(() => MergeChangeKindEnum, { description: 'What kind of change.' })
  kind!: MergeChangeKind;

  @Field(() => ID, { nullable: true, description: 'The identity.' })
  identityId!: string | null;

  @Field(() => String, { nullable: true, description: 'The identity service, by its key.' })
  idp!: string | null;

  @Field(() => String, { nullable: true, description: 'What the service calls the user.' })
  subject!: string | null;

  @Field(() => ID, { nullable: true, description: 'The role.' })
  roleId!: string | null;

  @Field(() => String, { nullable: true, description: 'Who gave the role: `LOCAL`, or a service.' })
  source!: string | null;

  @Field(() => ID, { nullable: true, description: 'The community.' })
  communityId!: string | null;

  @Field(() => ID, { nullable: true, description: 'The membership of the account that is closed.' })
  memberId!: string | null;

  @Field(() => ID, { nullable: true, description: 'The request.' })
  requestId!: string | null;

  @Field(() => String, { nullable: true, description: 'The field of the user.' })
  field!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The value before, or the level of the account that stays.',
  })
  before!: string | null;

  @Field(() => String, { nullable: true, description: 'The value, or the level, after it.' })
  after!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What refers to the account, as `request_events.author_id`.',
  })
  reference!: string | null;

  @Field(() => Int, { nullable: true, description: 'How many of them there are.' })
  count!: number | null;
}

@ObjectType({ description: 'All that a merge does.' })
export class MergePlan {
  @Field(() => String, {
    description: 'Says which plan this is: send it back as `expectedPlan`.',
  })
  key!: string;

  @Field(() => [MergeChangeType], { description: 'Everything that is written.' })
  changes!: MergeChangeType[];
}

@InputType({ description: 'Which two accounts are one person’s.' })
export class PreviewMergeInput {
  @Field(() => ID, { description: 'The account that is to be closed.' })
  fromUserId!: string;

  @Field(() => ID, { description: 'The account that is to stay.' })
  intoUserId!: string;
}

@InputType({ description: 'Which two accounts are to become one.' })
export class MergeUsersInput {
  @Field(() => ID, { description: 'The account that is to be closed.' })
  fromUserId!: string;

  @Field(() => ID, { description: 'The account that is to stay.' })
  intoUserId!: string;

  @Field(() => String, {
    description:
      'The `key` of the plan that `previewMerge` showed: nothing else is done than that.',
  })
  expectedPlan!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Why, for the audit log; at most 500 characters.',
  })
  reason?: string | null;
}

@ObjectType({ description: 'What a merge would do.' })
export class PreviewMergePayload extends Payload {
  @Field(() => MergePlan, { nullable: true, description: 'The plan; nothing was written.' })
  plan!: MergePlan | null;
}

@ObjectType({ description: 'What a merge did.' })
export class MergeUsersPayload extends Payload {
  @Field(() => UserType, { nullable: true, description: 'The account that stayed.' })
  user!: UserType | null;

  @Field(() => MergePlan, { nullable: true, description: 'What was written.' })
  plan!: MergePlan | null;
}
