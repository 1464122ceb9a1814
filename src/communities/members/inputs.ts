import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Payload } from '../../change.ts';
import type { Level } from '../../level.ts';
import { LevelEnum } from '../enums.ts';
import { CommunityType } from '../types.ts';
import { MemberType } from './types.ts';

@InputType({ description: 'Who is to become a member.' })
export class MemberRefInput {
  @Field(() => ID, { nullable: true, description: 'A user; for administrators.' })
  userId?: string | null;

  @Field(() => ID, { nullable: true, description: 'A role, with everybody in it.' })
  roleId?: string | null;
}

@InputType({ description: 'Who is to become a member of which community, and how.' })
export class AddCommunityMembersInput {
  @Field(() => ID, { description: 'The community.' })
  communityId!: string;

  @Field(() => [MemberRefInput], { description: 'Who; 1 to 100, all of them or none.' })
  members!: MemberRefInput[];

  @Field(() => LevelEnum, { description: 'What they may do; at most what the viewer may.' })
  level!: Level;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether those who are no members see them; false if absent, and for users only they themselves can say so.',
  })
  isVisible?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the people of the roles get e-mails; true if absent. Not for users.',
  })
  isNotified?: boolean | null;
}

@InputType({ description: 'What is to change of which members; one of the last three at least.' })
export class UpdateCommunityMembersInput {
  @Field(() => ID, { description: 'The community.' })
  communityId!: string;

  @Field(() => [ID], { description: 'The members; 1 to 100, all of them or none.' })
  memberIds!: string[];

  @Field(() => LevelEnum, {
    nullable: true,
    description:
      'What they may do. Nobody changes their own level, or gives or takes one above it. That of a group’s role stays as it is set here, whatever the group’s mapping becomes.',
  })
  level?: Level | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether those who are no members see them. Users can be hidden by who manages them, and shown by nobody but themselves.',
  })
  isVisible?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the people of the roles get e-mails. Not for users.',
  })
  isNotified?: boolean | null;
}

@InputType({ description: 'Who is to be a member of which community no longer.' })
export class RemoveCommunityMembersInput {
  @Field(() => ID, { description: 'The community.' })
  communityId!: string;

  @Field(() => [ID], {
    description:
      'The members; 1 to 100, all of them or none. One’s own membership, too: that is leaving. A role of the linked group comes back only when the community is linked to it anew.',
  })
  memberIds!: string[];
}

@InputType({ description: 'Which community is to be left.' })
export class LeaveCommunityInput {
  @Field(() => ID, { description: 'The community.' })
  communityId!: string;
}

@ObjectType({ description: 'What adding members came to.' })
export class AddCommunityMembersPayload extends Payload {
  @Field(() => CommunityType, { nullable: true, description: 'The community.' })
  community?: object | null;

  @Field(() => [MemberType], {
    nullable: true,
    description: 'The new members, as they were named.',
  })
  members?: object[] | null;
}

@ObjectType({ description: 'What changing members came to.' })
export class UpdateCommunityMembersPayload extends Payload {
  @Field(() => CommunityType, { nullable: true, description: 'The community.' })
  community?: object | null;

  @Field(() => [MemberType], { nullable: true, description: 'The members, as they were named.' })
  members?: object[] | null;
}

@ObjectType({ description: 'What removing members came to.' })
export class RemoveCommunityMembersPayload extends Payload {
  @Field(() => CommunityType, { nullable: true, description: 'The community.' })
  community?: object | null;

  @Field(() => [ID], { nullable: true, description: 'Who was removed, as they were named.' })
  removed?: string[] | null;
}

@ObjectType({ description: 'What leaving came to.' })
export class LeaveCommunityPayload extends Payload {
  @Field(() => CommunityType, {
    nullable: true,
    description: 'The community, as who left it saw it.',
  })
  community?: object | null;
}
