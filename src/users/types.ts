import { GraphQLDateTimeISO } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Payload } from '../change.ts';
import { connectionOf } from '../connection.ts';
import { enumOf } from '../enums.ts';
import { Node } from '../node.ts';
import type { UserState, Visibility } from './user.ts';

export const UserStateEnum = enumOf('UserState', 'Whether an account can be used.', {
  ACTIVE: 'It can.',
  SUSPENDED:
    'Its identity service no longer knows the person; a sync brings it back if it does again.',
  DEACTIVATED: 'Somebody closed it; no sync opens it.',
});

export const VisibilityEnum = enumOf('Visibility', 'Who can see that a thing exists.', {
  PUBLIC: 'Everyone.',
  RESTRICTED: 'Only those who belong to it.',
});

@ObjectType('Identity', { implements: Node, description: 'How an identity service knows a user.' })
export class IdentityType extends Node {
  @Field(() => String, { description: 'The identity service, by its key.' })
  idp!: string;

  @Field(() => String, { description: 'What the service calls the user.' })
  subject!: string;

  @Field(() => GraphQLDateTimeISO, {
    nullable: true,
    description: 'When the service said that it no longer knows the user.',
  })
  goneAt!: Date | null;
}

const private_ = 'null if it is not yours to see';

@ObjectType('User', { implements: Node, description: 'An account here.' })
export class UserType extends Node {
  @Field(() => String, { description: 'Unique ignoring case, shown as typed.' })
  username!: string;

  @Field(() => String, {
    nullable: true,
    description: `The address; ${private_}.`,
  })
  email!: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: `Whether somebody showed that the address is theirs; ${private_}.`,
  })
  isEmailVerified!: boolean | null;

  @Field(() => String, { nullable: true, description: 'The whole name.' })
  fullName!: string | null;

  @Field(() => String, { nullable: true, description: 'The name that was given.' })
  givenName!: string | null;

  @Field(() => String, { nullable: true, description: 'The name of the family.' })
  familyName!: string | null;

  @Field(() => String, { nullable: true, description: 'The institution.' })
  affiliation!: string | null;

  @Field(() => String, { nullable: true, description: 'The ORCID iD, as 0000-0002-1825-0097.' })
  orcid!: string | null;

  @Field(() => String, {
    nullable: true,
    description: `The preferred language (BCP 47); ${private_}.`,
  })
  locale!: string | null;

  @Field(() => String, { nullable: true, description: `The time zone (IANA); ${private_}.` })
  timeZone!: string | null;

  @Field(() => VisibilityEnum, {
    nullable: true,
    description: `Whether other users see and find them; ${private_}.`,
  })
  visibility!: Visibility | null;

  @Field(() => VisibilityEnum, {
    nullable: true,
    description: `Whether they see the address; ${private_}.`,
  })
  emailVisibility!: Visibility | null;

  @Field(() => [String], {
    description:
      'Fields that were edited here: a sync leaves them alone. Empty if they are not yours to see.',
  })
  lockedFields!: string[];

  @Field(() => UserStateEnum, {
    nullable: true,
    description: `Whether the account can be used; ${private_}.`,
  })
  state!: UserState | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether a moderator said that the person is who they say; null for those who do not moderate.',
  })
  isVerified!: boolean | null;

  @Field(() => Int, { description: 'Grows with each change; send it back as `expectedVersion`.' })
  version!: number;

  @Field(() => GraphQLDateTimeISO, {
    nullable: true,
    description: `When the account was made; ${private_}.`,
  })
  createdAt!: Date | null;

  @Field(() => GraphQLDateTimeISO, {
    nullable: true,
    description: `When it was last changed; ${private_}.`,
  })
  updatedAt!: Date | null;
}

export const UserConnection = connectionOf(() => UserType, 'User');

@InputType({ description: 'Whose account is to be verified, or no longer.' })
export class VerifyUserInput {
  @Field(() => ID, { description: 'Whose.' })
  userId!: string;

  @Field(() => Boolean, { description: 'Whether the person is who they say.' })
  isVerified!: boolean;
}

@ObjectType({ description: 'What verifying a user answers.' })
export class VerifyUserPayload extends Payload {
  @Field(() => UserType, { nullable: true, description: 'The user.' })
  user!: UserType | null;
}
