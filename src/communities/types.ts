import { GraphQLDateTimeISO, GraphQLJSONObject } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import { connectionOf } from '../connection.ts';
import { Node } from '../node.ts';
import { VisibilityEnum } from '../users/types.ts';
import type { Visibility } from '../users/user.ts';
import type { MemberPolicy, ReviewPolicy, SubmissionPolicy } from './community.ts';
import { MemberPolicyEnum, ReviewPolicyEnum, SubmissionPolicyEnum } from './enums.ts';

@ObjectType({ description: 'What names a thing elsewhere.' })
export class Identifier {
  @Field(() => String, { description: 'As `03yrm5c26`.' })
  identifier!: string;

  @Field(() => String, { description: 'As `ror`, `isni`, `doi`; `other` if nobody knows.' })
  scheme!: string;
}

@ObjectType({ description: 'An organisation, or who pays.' })
export class Organization {
  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => [Identifier], { description: 'What names it elsewhere.' })
  identifiers!: Identifier[];
}

@ObjectType({ description: 'What was granted.' })
export class Award {
  @Field(() => String, { nullable: true, description: 'Its title.' })
  title!: string | null;

  @Field(() => String, { nullable: true, description: 'Its number.' })
  number!: string | null;

  @Field(() => [Identifier], { description: 'What names it elsewhere.' })
  identifiers!: Identifier[];
}

@ObjectType({ description: 'Who pays, and by which award.' })
export class Funding {
  @Field(() => Organization, { description: 'Who pays.' })
  funder!: Organization;

  @Field(() => Award, { nullable: true, description: 'What was granted.' })
  award!: Award | null;
}

@ObjectType({ description: 'Who may do what.' })
export class CommunityAccess {
  @Field(() => VisibilityEnum, { description: 'Who can see the community.' })
  visibility!: Visibility;

  @Field(() => VisibilityEnum, { description: 'Who can see those members who want to be seen.' })
  membersVisibility!: Visibility;

  @Field(() => MemberPolicyEnum, { description: 'Who may ask to join.' })
  memberPolicy!: MemberPolicy;

  @Field(() => SubmissionPolicyEnum, { description: 'Who may submit records.' })
  recordSubmissionPolicy!: SubmissionPolicy;

  @Field(() => ReviewPolicyEnum, { description: 'Whose records need no review.' })
  reviewPolicy!: ReviewPolicy;
}

@ObjectType({ description: 'How a community looks.' })
export class CommunityTheme {
  @Field(() => String, { nullable: true, description: 'The name of the brand.' })
  brand!: string | null;

  @Field(() => Boolean, { description: 'Whether it is used.' })
  isEnabled!: boolean;

  @Field(() => GraphQLJSONObject, { description: 'Letters and colours, as they were set.' })
  style!: Record<string, unknown>;
}

@ObjectType('Community', {
  implements: Node,
  description: 'A place that gathers research: settings and members.',
})
export class CommunityType extends Node {
  @Field(() => String, { description: 'Its name in addresses.' })
  slug!: string;

  @Field(() => String, { description: 'Its name for people.' })
  title!: string;

  @Field(() => String, { nullable: true, description: 'What it is about.' })
  description!: string | null;

  @Field(() => String, { nullable: true, description: 'Its own page elsewhere.' })
  website!: string | null;

  @Field(() => [Organization], { description: 'Who stands behind it.' })
  organizations!: Organization[];

  @Field(() => [Funding], { description: 'Who pays for it.' })
  funding!: Funding[];

  @Field(() => GraphQLJSONObject, { description: 'The instance’s own fields, by name.' })
  customFields!: Record<string, unknown>;

  @Field(() => CommunityTheme, { nullable: true, description: 'How it looks.' })
  theme!: CommunityTheme | null;

  @Field(() => Boolean, { description: 'Whether others may become its children.' })
  allowsChildren!: boolean;

  @Field(() => Int, { description: 'Grows with each change; send it back as `expectedVersion`.' })
  version!: number;

  @Field(() => GraphQLDateTimeISO, { description: 'When it was founded.' })
  createdAt!: Date;

  @Field(() => GraphQLDateTimeISO, { description: 'When it was last changed.' })
  updatedAt!: Date;

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'When it was deleted.' })
  deletedAt!: Date | null;
}

export const CommunityConnection = connectionOf(() => CommunityType, 'Community');
