import { GraphQLDateTimeISO, GraphQLJSONObject } from 'graphql-scalars';
import { Field, ID, ObjectType } from 'type-graphql';
import type { Credential } from '../actor.ts';
import { connectionOf } from '../connection.ts';
import { enumOf } from '../enums.ts';
import { Node } from '../node.ts';

export const ActorKind = enumOf('ActorKind', 'What kind of actor did something.', {
  USER: 'A person.',
  SERVICE: 'A webhook sender.',
  SYSTEM: 'The server itself: a job or the command line.',
});

export const CredentialKindEnum = enumOf('CredentialKind', 'By what an actor was known.', {
  SESSION: 'A session of a browser.',
  TOKEN: 'A personal token.',
  JWT: 'A token that an issuer signed.',
  SENDER: 'The secret of a webhook sender.',
});

@ObjectType('AuditEvent', {
  implements: Node,
  description: 'Something that was done, and by whom.',
})
export class AuditEventType extends Node {
  @Field(() => String, { description: 'What was done, as `community.linked`.' })
  act!: string;

  @Field(() => ActorKind, { description: 'What kind of actor did it.' })
  actorKind!: keyof typeof ActorKind;

  @Field(() => ID, { nullable: true, description: 'The user who did it; null if no user did.' })
  actorId!: string | null;

  @Field(() => CredentialKindEnum, {
    nullable: true,
    description: 'By what the actor was known; null for the server itself.',
  })
  via!: Credential['kind'] | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'The id of the session or token, the `jti` of what an issuer signed, the key of a sender’s identity service. For administrators.',
  })
  viaId!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The address that it came from; null when it is old enough to be forgotten. For administrators.',
  })
  ip!: string | null;

  @Field(() => ID, { description: 'The thing that it was done to.' })
  subjectId!: string;

  @Field(() => GraphQLJSONObject, { description: 'What else there is to know.' })
  details!: Record<string, unknown>;

  @Field(() => GraphQLDateTimeISO, { description: 'When it was done.' })
  at!: Date;
}

export const AuditEventConnection = connectionOf(() => AuditEventType, 'AuditEvent');
