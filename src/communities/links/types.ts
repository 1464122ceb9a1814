import { GraphQLDateTimeISO } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Payload } from '../../change.ts';
import { GroupType, RoleType } from '../../groups/types.ts';
import type { Level } from '../../level.ts';
import { VisibilityEnum } from '../../users/types.ts';
import type { Visibility } from '../../users/user.ts';
import { LevelEnum } from '../enums.ts';
import { CommunityType } from '../types.ts';

@ObjectType({
  description:
    'Why somebody is in a role, and what that gives them: service, group, role, community.',
})
export class MembershipReason {
  @Field(() => String, {
    description:
      '`LOCAL`, or the key of the identity service that says so; a sync touches only its own.',
  })
  source!: string;

  @Field(() => GroupType, {
    nullable: true,
    description: 'The remote group; null for a local role.',
  })
  group!: object | null;

  @Field(() => RoleType, { description: 'The role.' })
  role!: object;

  @Field(() => CommunityType, {
    nullable: true,
    description: 'A community that the role is a member of.',
  })
  community!: object | null;

  @Field(() => LevelEnum, { nullable: true, description: 'The level that the role has there.' })
  level!: Level | null;

  @Field(() => GraphQLDateTimeISO, { description: 'Since when the source says so.' })
  since!: Date;
}

@InputType({ description: 'A community that is to be made.' })
export class NewLinkedCommunityInput {
  @Field(() => String, {
    nullable: true,
    description: 'Its name for people; the name of the group if absent.',
  })
  title?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Its name in addresses; made of the name of the group if absent, with a number if that is taken.',
  })
  slug?: string | null;

  @Field(() => VisibilityEnum, {
    nullable: true,
    description: 'Who can see it; if absent, public for a public group and restricted for others.',
  })
  visibility?: Visibility | null;
}

@InputType({ description: 'Either a community that is there, or one to be made.' })
export class CommunityRefInput {
  @Field(() => ID, { nullable: true, description: 'A community that is there.' })
  id?: string;

  @Field(() => NewLinkedCommunityInput, { nullable: true, description: 'A community to be made.' })
  create?: NewLinkedCommunityInput;
}

@InputType({ description: 'Which community is to be linked to which group.' })
export class LinkCommunityToGroupInput {
  @Field(() => ID, { description: 'The group.' })
  groupId!: string;

  @Field(() => CommunityRefInput, { description: 'The community, or what it is to be.' })
  community!: CommunityRefInput;

  @Field(() => Int, { nullable: true, description: 'The version of the community that was seen.' })
  expectedVersion?: number | null;
}

@InputType({ description: 'Which community is to be parted from its group.' })
export class UnlinkCommunityFromGroupInput {
  @Field(() => ID, { description: 'The community.' })
  communityId!: string;

  @Field(() => Int, { nullable: true, description: 'The version of the community that was seen.' })
  expectedVersion?: number | null;
}

@ObjectType({ description: 'What linking came to.' })
export class LinkCommunityToGroupPayload extends Payload {
  @Field(() => CommunityType, { nullable: true, description: 'The community, linked.' })
  community?: object | null;
}

@ObjectType({ description: 'What parting came to.' })
export class UnlinkCommunityFromGroupPayload extends Payload {
  @Field(() => CommunityType, { nullable: true, description: 'The community, on its own.' })
  community?: object | null;
}
