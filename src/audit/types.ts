import { GraphQLDateTimeISO, GraphQLJSONObject } from 'graphql-scalars';
import { Field, ID, ObjectType } from 'type-graphql';
import { connectionOf } from '../connection.ts';
import { enumOf } from '../enums.ts';
import { Node } from '../node.ts';

export const ActorKind = enumOf('ActorKind', 'What kind of actor did something.', {
  USER: 'A person.',
  SERVICE: 'A webhook sender.',
  SYSTEM: 'The server itself: a job or the command line.',
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

  @Field(() => ID, { description: 'The thing that it was done to.' })
  subjectId!: string;

  @Field(() => GraphQLJSONObject, { description: 'What else there is to know.' })
  details!: Record<string, unknown>;

  @Field(() => GraphQLDateTimeISO, { description: 'When it was done.' })
  at!: Date;
}

export const AuditEventConnection = connectionOf(() => AuditEventType, 'AuditEvent');
