import { GraphQLJSONObject } from 'graphql-scalars';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Payload } from '../change.ts';
import { UserType } from '../users/types.ts';
import { ExportSection } from './enums.ts';
import type { Section } from './export/sections.ts';

const why = { nullable: true, description: 'Why, for the audit log; at most 500 characters.' };
const successor = {
  nullable: true,
  description:
    'Who becomes the owner of the communities that nobody else owns. Only administrators name one.',
};

@InputType({ description: 'Whose account is to be closed.' })
export class DeactivateUserInput {
  @Field(() => ID, { description: 'Whose.' })
  userId!: string;

  @Field(() => ID, successor)
  successorId?: string | null;

  @Field(() => String, why)
  reason?: string | null;
}

@InputType({ description: 'Whose account is to be opened.' })
export class ActivateUserInput {
  @Field(() => ID, { description: 'Whose.' })
  userId!: string;

  @Field(() => String, why)
  reason?: string | null;
}

@InputType({ description: 'Which identity is whose.' })
export class LinkIdentityInput {
  @Field(() => ID, { description: 'Whose.' })
  userId!: string;

  @Field(() => String, { description: 'The identity service, by its key.' })
  idp!: string;

  @Field(() => String, { description: 'What the service calls the user.' })
  subject!: string;
}

@InputType({ description: 'Which identity its account is to lose.' })
export class UnlinkIdentityInput {
  @Field(() => ID, { description: 'Which.' })
  identityId!: string;
}

@InputType({ description: 'Of whom all is to be told.' })
export class ExportUserInput {
  @Field(() => ID, { description: 'Of whom.' })
  userId!: string;

  @Field(() => ExportSection, {
    nullable: true,
    description: 'Only this part of it; all parts if it is absent.',
  })
  section?: Section | null;

  @Field(() => String, {
    nullable: true,
    description: 'The `next` of a part that was cut: with `section`, what comes after that.',
  })
  after?: string | null;
}

@InputType({ description: 'Who is to be forgotten.' })
export class EraseUserInput {
  @Field(() => ID, { description: 'Who.' })
  userId!: string;

  @Field(() => String, {
    description: 'The username, typed once more: what is erased cannot be brought back.',
  })
  confirmUsername!: string;

  @Field(() => ID, successor)
  successorId?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Whether what they wrote in comments goes, too. If not, it stays where others answered it, without their name.',
  })
  removesComments!: boolean;
}

@ObjectType({ description: 'What closing an account answers.' })
export class DeactivateUserPayload extends Payload {
  @Field(() => UserType, { nullable: true, description: 'The user.' })
  user!: UserType | null;
}

@ObjectType({ description: 'What opening an account answers.' })
export class ActivateUserPayload extends Payload {
  @Field(() => UserType, { nullable: true, description: 'The user.' })
  user!: UserType | null;
}

@ObjectType({ description: 'What linking an identity answers.' })
export class LinkIdentityPayload extends Payload {
  @Field(() => UserType, { nullable: true, description: 'The user, with their identities.' })
  user!: UserType | null;
}

@ObjectType({ description: 'What unlinking an identity answers.' })
export class UnlinkIdentityPayload extends Payload {
  @Field(() => UserType, {
    nullable: true,
    description: 'The user, with the identities that are left.',
  })
  user!: UserType | null;
}

@ObjectType({ description: 'All that is kept of a person.' })
export class ExportUserPayload extends Payload {
  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      '`version` says how it is written (1), `user` what the account says, and each part has a `total`, its `items`, oldest first, at most 1,000, and, where it was cut, the `next` to go on from.',
  })
  document!: Record<string, unknown> | null;
}

@ObjectType({ description: 'What erasing a user answers.' })
export class EraseUserPayload extends Payload {
  @Field(() => UserType, {
    nullable: true,
    description: 'What is left of the user, for those who moderate.',
  })
  user!: UserType | null;
}
