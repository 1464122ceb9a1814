import { GraphQLJSONObject } from 'graphql-scalars';
import { Field, ID, InputType, Int } from 'type-graphql';
import { VisibilityEnum } from '../../users/types.ts';
import type { Visibility } from '../../users/user.ts';
import type { MemberPolicy, ReviewPolicy, SubmissionPolicy } from '../community.ts';
import { MemberPolicyEnum, ReviewPolicyEnum, SubmissionPolicyEnum } from '../enums.ts';
import { CommunityThemeInput } from './theme-input.ts';

@InputType({ description: 'What names a thing elsewhere.' })
export class IdentifierInput {
  @Field(() => String, { description: 'As `03yrm5c26` or `https://ror.org/03yrm5c26`.' })
  identifier!: string;

  @Field(() => String, {
    nullable: true,
    description:
      '`ror`, `isni`, `grid`, `wikidata`, `doi`, `crossreffunderid`, `url` are checked, others kept as they are; found out if absent.',
  })
  scheme?: string | null;
}

@InputType({ description: 'An organisation, or who pays.' })
export class OrganizationInput {
  @Field(() => String, { description: 'Its name, 1 to 250 characters.' })
  name!: string;

  @Field(() => [IdentifierInput], { nullable: true, description: 'What names it elsewhere.' })
  identifiers?: IdentifierInput[] | null;
}

@InputType({ description: 'What was granted: a title, a number or an identifier is needed.' })
export class AwardInput {
  @Field(() => String, { nullable: true, description: 'Its title, up to 500 characters.' })
  title?: string | null;

  @Field(() => String, { nullable: true, description: 'Its number, up to 100 characters.' })
  number?: string | null;

  @Field(() => [IdentifierInput], { nullable: true, description: 'What names it elsewhere.' })
  identifiers?: IdentifierInput[] | null;
}

@InputType({ description: 'Who pays, and by which award.' })
export class FundingInput {
  @Field(() => OrganizationInput, { description: 'Who pays.' })
  funder!: OrganizationInput;

  @Field(() => AwardInput, { nullable: true, description: 'What was granted.' })
  award?: AwardInput | null;
}

@InputType({ description: 'Who may do what; what is absent stays as it is.' })
export class CommunityAccessInput {
  @Field(() => VisibilityEnum, { nullable: true, description: 'Who can see the community.' })
  visibility?: Visibility;

  @Field(() => VisibilityEnum, {
    nullable: true,
    description: 'Who can see those members who want to be seen.',
  })
  membersVisibility?: Visibility;

  @Field(() => MemberPolicyEnum, { nullable: true, description: 'Who may ask to join.' })
  memberPolicy?: MemberPolicy;

  @Field(() => SubmissionPolicyEnum, { nullable: true, description: 'Who may submit records.' })
  recordSubmissionPolicy?: SubmissionPolicy;

  @Field(() => ReviewPolicyEnum, { nullable: true, description: 'Whose records need no review.' })
  reviewPolicy?: ReviewPolicy;
}

@InputType({ description: 'What can be said of a community.' })
abstract class CommunityFields {
  @Field(() => String, { nullable: true, description: 'What it is about, up to 2,000 characters.' })
  description?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What is accepted and how: HTML, up to 50,000 characters; unsafe parts are removed.',
  })
  curationPolicy?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The page about it: HTML, up to 50,000 characters; unsafe parts are removed.',
  })
  page?: string | null;

  @Field(() => String, { nullable: true, description: 'An http(s) address.' })
  website?: string | null;

  @Field(() => String, { nullable: true, description: 'A word of the community types.' })
  type?: string | null;

  @Field(() => [OrganizationInput], {
    nullable: true,
    description: 'Who stands behind it; up to 100.',
  })
  organizations?: OrganizationInput[] | null;

  @Field(() => [FundingInput], { nullable: true, description: 'Who pays for it; up to 100.' })
  funding?: FundingInput[] | null;

  @Field(() => CommunityAccessInput, { nullable: true, description: 'Who may do what.' })
  access?: CommunityAccessInput;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: 'The instance’s own fields by name, all of them at once: see `customFields`.',
  })
  customFields?: Record<string, unknown> | null;

  @Field(() => CommunityThemeInput, {
    nullable: true,
    description: 'How it looks. For administrators to change.',
  })
  theme?: CommunityThemeInput | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether others may become its children. For administrators to change.',
  })
  allowsChildren?: boolean;

  @Field(() => ID, {
    nullable: true,
    description: 'The community that it is a child of. For administrators to change.',
  })
  parentId?: string | null;
}

@InputType({ description: 'A community to be founded.' })
export class CreateCommunityInput extends CommunityFields {
  @Field(() => String, {
    description:
      'Its name in addresses: 1 to 100 letters, digits, "-" or "_", written in lower case; no two communities have the same.',
  })
  slug!: string;

  @Field(() => String, { description: 'Its name for people, 1 to 250 characters.' })
  title!: string;
}

@InputType({ description: 'What is to be different: what is absent stays, null clears.' })
export class UpdateCommunityInput extends CommunityFields {
  @Field(() => ID, { description: 'The community.' })
  communityId!: string;

  @Field(() => Int, { nullable: true, description: 'The version of it that was seen.' })
  expectedVersion?: number | null;

  @Field(() => String, { nullable: true, description: 'Its name for people, 1 to 250 characters.' })
  title?: string;
}

@InputType({ description: 'Which community, and the version of it that was seen.' })
export abstract class CommunityAim {
  @Field(() => ID, { description: 'The community.' })
  communityId!: string;

  @Field(() => Int, { nullable: true, description: 'The version of it that was seen.' })
  expectedVersion?: number | null;
}
