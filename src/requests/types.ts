import { GraphQLDateTimeISO } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Payload } from '../change.ts';
import { connectionOf } from '../connection.ts';
import { Node } from '../node.ts';
import { RequestEventKindEnum, RequestKindEnum, RequestStateEnum } from './enums.ts';
import type { EventKind, RequestKind, RequestState } from './request.ts';

@ObjectType('Request', {
  implements: Node,
  description: 'Something that one side asks of another: to come in, or to let in.',
})
export class RequestType extends Node {
  @Field(() => RequestKindEnum, { description: 'What is asked.' })
  kind!: RequestKind;

  @Field(() => RequestStateEnum, { description: 'What became of it, to the moment.' })
  state!: RequestState;

  @Field(() => Boolean, { description: 'It waits for an answer.' })
  isOpen(): boolean {
    return this.state === 'SUBMITTED';
  }

  @Field(() => GraphQLDateTimeISO, {
    nullable: true,
    description: 'When it expires if nobody answers; null if it never does.',
  })
  expiresAt!: Date | null;

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'When it was closed.' })
  closedAt!: Date | null;

  @Field(() => Boolean, { description: 'Nobody can comment on it.' })
  isLocked!: boolean;

  @Field(() => GraphQLDateTimeISO, { description: 'When something last happened to it.' })
  lastActivityAt!: Date;

  @Field(() => Int, {
    description:
      'Grows when its state, level or lock changes, not with comments; send it back as `expectedVersion`.',
  })
  version!: number;

  @Field(() => GraphQLDateTimeISO, { description: 'When it was submitted.' })
  createdAt!: Date;

  @Field(() => GraphQLDateTimeISO, { description: 'When it was last changed.' })
  updatedAt!: Date;
}

@ObjectType('RequestEvent', {
  implements: Node,
  description: 'A comment on a request, or something that was done with it.',
})
export class RequestEventType extends Node {
  @Field(() => RequestEventKindEnum, { description: 'What happened.' })
  kind!: EventKind;

  @Field(() => String, {
    nullable: true,
    description: 'What was said, as harmless HTML; null if it is no comment or was deleted.',
  })
  content!: string | null;

  @Field(() => Boolean, { description: 'It was changed after it was said.' })
  isEdited!: boolean;

  @Field(() => Int, { description: 'Grows with each change; send it back as `expectedVersion`.' })
  version!: number;

  @Field(() => GraphQLDateTimeISO, { description: 'When it happened.' })
  createdAt!: Date;

  @Field(() => GraphQLDateTimeISO, { description: 'When it was last changed.' })
  updatedAt!: Date;
}

export const RequestConnection = connectionOf(() => RequestType, 'Request');
export const RequestEventConnection = connectionOf(() => RequestEventType, 'RequestEvent');

@InputType({ description: 'What is to be said about which request.' })
export class CommentOnRequestInput {
  @Field(() => ID, { description: 'The request.' })
  requestId!: string;

  @Field(() => String, { description: 'HTML; what is not harmless is taken out.' })
  content!: string;

  @Field(() => ID, { nullable: true, description: 'The comment that it answers.' })
  replyToId?: string | null;
}

@InputType({ description: 'What a comment is to say.' })
export class UpdateCommentInput {
  @Field(() => ID, { description: 'The comment.' })
  commentId!: string;

  @Field(() => String, { description: 'HTML; what is not harmless is taken out.' })
  content!: string;

  @Field(() => Int, { nullable: true, description: 'The version of the comment that was seen.' })
  expectedVersion?: number | null;
}

@InputType({ description: 'Which comment is to go.' })
export class DeleteCommentInput {
  @Field(() => ID, { description: 'The comment.' })
  commentId!: string;
}

@InputType({ description: 'Which request nobody is to comment on any more.' })
export class LockRequestInput {
  @Field(() => ID, { description: 'The request.' })
  requestId!: string;
}

@InputType({ description: 'Which request is to be commented on again.' })
export class UnlockRequestInput {
  @Field(() => ID, { description: 'The request.' })
  requestId!: string;
}

@ObjectType({ description: 'What commenting came to.' })
export class CommentOnRequestPayload extends Payload {
  @Field(() => RequestEventType, { nullable: true, description: 'The comment.' })
  comment?: object | null;
}

@ObjectType({ description: 'What changing a comment came to.' })
export class UpdateCommentPayload extends Payload {
  @Field(() => RequestEventType, { nullable: true, description: 'The comment, changed.' })
  comment?: object | null;
}

@ObjectType({ description: 'What deleting a comment came to.' })
export class DeleteCommentPayload extends Payload {
  @Field(() => RequestEventType, { nullable: true, description: 'What is in its place.' })
  comment?: object | null;
}

@ObjectType({ description: 'What locking a conversation came to.' })
export class LockRequestPayload extends Payload {
  @Field(() => RequestType, { nullable: true, description: 'The request, locked.' })
  request?: object | null;
}

@ObjectType({ description: 'What unlocking a conversation came to.' })
export class UnlockRequestPayload extends Payload {
  @Field(() => RequestType, { nullable: true, description: 'The request, open for comments.' })
  request?: object | null;
}
