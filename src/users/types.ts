import { GraphQLDateTimeISO } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import { connectionOf } from '../connection.ts';
import { enumOf } from '../enums.ts';
import { Node } from '../node.ts';
import type { UserState } from './user.ts';

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

@ObjectType('User', { implements: Node, description: 'An account here.' })
export class UserType extends Node {
  @Field(() => String, { description: 'Unique ignoring case, shown as typed.' })
  username!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The address; null if it is not yours to see.',
  })
  email!: string | null;

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

  @Field(() => String, { nullable: true, description: 'The preferred language (BCP 47).' })
  locale!: string | null;

  @Field(() => String, { nullable: true, description: 'The time zone (IANA).' })
  timeZone!: string | null;

  @Field(() => [String], { description: 'Fields that were edited here: a sync leaves them alone.' })
  lockedFields!: string[];

  @Field(() => UserStateEnum, { description: 'Whether the account can be used.' })
  state!: UserState;

  @Field(() => Int, { description: 'Grows with each change; send it back as `expectedVersion`.' })
  version!: number;

  @Field(() => GraphQLDateTimeISO, { description: 'When the account was made.' })
  createdAt!: Date;

  @Field(() => GraphQLDateTimeISO, { description: 'When it was last changed.' })
  updatedAt!: Date;
}

export const UserConnection = connectionOf(() => UserType, 'User');
