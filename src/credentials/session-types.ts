import { GraphQLDateTimeISO } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Payload } from '../change.ts';
import { connectionOf } from '../connection.ts';
import { Node } from '../node.ts';
import { UserType } from '../users/types.ts';

@ObjectType('Session', {
  implements: Node,
  description: 'A browser in which a user is signed in.',
})
export class SessionType extends Node {
  @Field(() => GraphQLDateTimeISO, { description: 'When the user signed in.' })
  createdAt!: Date;

  @Field(() => GraphQLDateTimeISO, { description: 'When it was last used, to the minute.' })
  lastSeenAt!: Date;

  @Field(() => GraphQLDateTimeISO, {
    description: 'When it ends, however much it is used; before that, if it is not used for long.',
  })
  endsAt!: Date;

  @Field(() => String, {
    nullable: true,
    description: 'The IP address from which the user signed in.',
  })
  ip!: string | null;

  @Field(() => String, { nullable: true, description: 'What the browser said of itself then.' })
  userAgent!: string | null;
}

export const SessionConnection = connectionOf(() => SessionType, 'Session');

@InputType({ description: 'Which session is to end.' })
export class EndSessionInput {
  @Field(() => ID, { description: 'Which.' })
  sessionId!: string;
}

@ObjectType({ description: 'What ending a session answers.' })
export class EndSessionPayload extends Payload {
  @Field(() => ID, { nullable: true, description: 'The session that is no more.' })
  sessionId!: string | null;
}

@InputType({ description: 'Whose sessions are to end.' })
export class EndOtherSessionsInput {
  @Field(() => ID, {
    nullable: true,
    description: 'Whose, if it is not you: for administrators.',
  })
  userId?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether all else that lets them in by now is to end as well: their tokens but the one that you ask by, and every JSON web token that was signed until now.',
  })
  withTokens?: boolean | null;
}

@ObjectType({ description: 'What ending sessions answers.' })
export class EndOtherSessionsPayload extends Payload {
  @Field(() => UserType, { nullable: true, description: 'Whose they were.' })
  user!: UserType | null;

  @Field(() => Int, { nullable: true, description: 'How many sessions ended.' })
  endedCount!: number | null;

  @Field(() => Int, { nullable: true, description: 'How many tokens were revoked.' })
  revokedCount!: number | null;
}
