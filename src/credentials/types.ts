import { GraphQLDateTimeISO } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Scope } from '../actor.ts';
import { Payload } from '../change.ts';
import { connectionOf } from '../connection.ts';
import { enumOf } from '../enums.ts';
import { Node } from '../node.ts';

export const ScopeEnum = enumOf(
  'Scope',
  'What a token may change. It reads what its owner reads without rights in the whole instance, and goes no further than its owner.',
  {
    COMMUNITIES: 'Communities: their settings, members, invitations and requests.',
    ACCOUNT: 'The account of its owner, with its tokens and sessions.',
    SYNC: 'Looks at identity services; brings along the right to sync, if the owner has it.',
    MODERATE: 'Accounts of others; brings along the right to moderate, if the owner has it.',
    ADMINISTER: 'The whole instance; brings along the right to administer it, if the owner has it.',
  } satisfies Record<Scope, string>,
);

@ObjectType('Token', {
  implements: Node,
  description: 'A personal token, by which a program acts for a user.',
})
export class TokenType extends Node {
  @Field(() => String, { description: 'What its owner calls it.' })
  name!: string;

  @Field(() => String, { description: 'Its last four characters, by which it is known again.' })
  hint!: string;

  @Field(() => [ScopeEnum], { description: 'What it may change.' })
  scopes!: Scope[];

  @Field(() => GraphQLDateTimeISO, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => GraphQLDateTimeISO, { description: 'When it is of no use any more.' })
  expiresAt!: Date;

  @Field(() => GraphQLDateTimeISO, {
    nullable: true,
    description: 'When it was last used, to the minute; null if it never was.',
  })
  lastUsedAt!: Date | null;

  @Field(() => String, {
    nullable: true,
    description: 'The IP address from which it was used then.',
  })
  lastUsedFrom!: string | null;

  @Field(() => GraphQLDateTimeISO, {
    nullable: true,
    description: 'When it was revoked; null if it was not.',
  })
  revokedAt!: Date | null;
}

export const TokenConnection = connectionOf(() => TokenType, 'Token');

@InputType({ description: 'What a new token is to be.' })
export class CreateTokenInput {
  @Field(() => String, { description: 'What you call it: 1 to 100 characters.' })
  name!: string;

  @Field(() => [ScopeEnum], {
    description: 'What it may change; nothing if it is empty. No more than what you ask by may.',
  })
  scopes!: Scope[];

  @Field(() => Int, {
    nullable: true,
    description:
      'After how many days it expires: 1 to 366; 90 if nothing is said. No later than the token that you ask by.',
  })
  days?: number | null;

  @Field(() => GraphQLDateTimeISO, {
    nullable: true,
    description: 'When it expires, instead of `days`.',
  })
  expiresAt?: Date | null;
}

@ObjectType({ description: 'What making a token answers.' })
export class CreateTokenPayload extends Payload {
  @Field(() => TokenType, { nullable: true, description: 'The token, without its secret.' })
  token!: TokenType | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What to send as `Authorization: Bearer …`. It is shown this once and kept nowhere.',
  })
  secret!: string | null;
}

@InputType({ description: 'What to change of a token.' })
export class UpdateTokenInput {
  @Field(() => ID, { description: 'Which.' })
  tokenId!: string;

  @Field(() => String, { description: 'What you call it: 1 to 100 characters.' })
  name!: string;
}

@ObjectType({ description: 'What changing a token answers.' })
export class UpdateTokenPayload extends Payload {
  @Field(() => TokenType, { nullable: true, description: 'The token.' })
  token!: TokenType | null;
}

@InputType({ description: 'Which token is to be revoked.' })
export class RevokeTokenInput {
  @Field(() => ID, { description: 'Which.' })
  tokenId!: string;
}

@ObjectType({ description: 'What revoking a token answers.' })
export class RevokeTokenPayload extends Payload {
  @Field(() => TokenType, { nullable: true, description: 'The token.' })
  token!: TokenType | null;
}
