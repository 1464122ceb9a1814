import { Field, ID, InputType, Int } from 'type-graphql';
import { NamePartsInput } from './name-types.ts';
import { VisibilityEnum } from './types.ts';
import type { Visibility } from './user.ts';

@InputType({ description: 'What can be said of a person.' })
abstract class PersonFields {
  @Field(() => String, { nullable: true, description: 'The whole name, 1 to 250 characters.' })
  fullName?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The name that was given, 1 to 250 characters.',
  })
  givenName?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The name of the family, 1 to 250 characters.',
  })
  familyName?: string | null;

  @Field(() => String, { nullable: true, description: 'The institution, 1 to 500 characters.' })
  affiliation?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The ORCID iD, as 0000-0002-1825-0097 or its address. It is taken at its word, unless somebody else signs in by it.',
  })
  orcid?: string | null;

  @Field(() => NamePartsInput, {
    nullable: true,
    description: 'The parts of the name; no sync touches them.',
  })
  nameParts?: NamePartsInput | null;
}

@InputType({ description: 'What is to be different: what is absent stays, null clears.' })
export class UpdateProfileInput extends PersonFields {
  @Field(() => String, {
    nullable: true,
    description:
      '1 to 64 letters, digits, ".", "_" or "-". Not for those whose identity service says what it is.',
  })
  username?: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'Of the `lockedFields` those that the identity service is to fill in again, from the next sync on.',
  })
  unlockFields?: string[] | null;

  @Field(() => Int, { nullable: true, description: 'The version of you that was seen.' })
  expectedVersion?: number | null;
}

@InputType({ description: 'What is to be different: what is absent stays, null clears.' })
export class UpdatePreferencesInput {
  @Field(() => VisibilityEnum, {
    nullable: true,
    description: 'Whether other users see and find you.',
  })
  visibility?: Visibility;

  @Field(() => VisibilityEnum, { nullable: true, description: 'Whether they see your address.' })
  emailVisibility?: Visibility;

  @Field(() => String, { nullable: true, description: 'A language tag (BCP 47), as de-CH.' })
  locale?: string | null;

  @Field(() => String, { nullable: true, description: 'A time zone (IANA), as Europe/Zurich.' })
  timeZone?: string | null;

  @Field(() => Int, { nullable: true, description: 'The version of you that was seen.' })
  expectedVersion?: number | null;
}

@InputType({ description: 'What else can be said of an account by those who look after it.' })
abstract class AccountFields extends PersonFields {
  @Field(() => String, {
    nullable: true,
    description: 'The address; one that is new counts as not verified.',
  })
  email?: string | null;

  @Field(() => VisibilityEnum, {
    nullable: true,
    description: 'Whether other users see and find them.',
  })
  visibility?: Visibility;

  @Field(() => VisibilityEnum, { nullable: true, description: 'Whether they see the address.' })
  emailVisibility?: Visibility;

  @Field(() => String, { nullable: true, description: 'A language tag (BCP 47), as de-CH.' })
  locale?: string | null;

  @Field(() => String, { nullable: true, description: 'A time zone (IANA), as Europe/Zurich.' })
  timeZone?: string | null;
}

@InputType({ description: 'What is to be different: what is absent stays, null clears.' })
export class UpdateUserInput extends AccountFields {
  @Field(() => ID, { description: 'Whose account.' })
  userId!: string;

  @Field(() => String, {
    nullable: true,
    description: '1 to 64 letters, digits, ".", "_" or "-".',
  })
  username?: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'Of the `lockedFields` those that the identity service is to fill in again, from the next sync on.',
  })
  unlockFields?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why; kept in the audit log, 1 to 1,000 characters.',
  })
  reason?: string | null;

  @Field(() => Int, { nullable: true, description: 'The version of the user that was seen.' })
  expectedVersion?: number | null;
}

@InputType({ description: 'An account to be made.' })
export class CreateUserInput extends AccountFields {
  @Field(() => String, { description: '1 to 64 letters, digits, ".", "_" or "-".' })
  username!: string;
}
