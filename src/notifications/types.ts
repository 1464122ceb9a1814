import { GraphQLDateTimeISO } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Payload } from '../change.ts';
import { connectionOf } from '../connection.ts';
import { enumOf } from '../enums.ts';
import { Node } from '../node.ts';
import { UserType } from '../users/types.ts';
import { accountMessages } from './account-messages.ts';
import { messages, type NotificationKind } from './messages.ts';
import type { MailKind, MailState } from './outbox.ts';

const meaningsOf = <K extends string>(all: Record<K, { meaning: string }>) =>
  Object.fromEntries(
    Object.entries<{ meaning: string }>(all).map(([kind, { meaning }]) => [kind, meaning]),
  ) as Record<K, string>;

export const NotificationKindEnum = enumOf<NotificationKind>(
  'NotificationKind',
  'What an e-mail tells of that can be muted.',
  meaningsOf(messages),
);

export const MailKindEnum = enumOf<MailKind>(
  'MailKind',
  'What an e-mail tells of.',
  meaningsOf({ ...messages, ...accountMessages }),
);

export const MailStateEnum = enumOf<MailState>('MailState', 'What became of an e-mail.', {
  QUEUED: 'It is to be sent, perhaps once more.',
  SENT: 'The mail server took it.',
  SKIPPED: 'The user did not want it any more, or could not get it, or it came too late.',
  FAILED: 'It was given up.',
});

@ObjectType({ description: 'Which e-mails a user gets.' })
export class NotificationPreferences {
  @Field(() => Boolean, { description: 'Whether there are any e-mails at all.' })
  enabled!: boolean;

  @Field(() => [NotificationKindEnum], { description: 'What no e-mails are to tell of.' })
  muted!: NotificationKind[];
}

@ObjectType('Mail', { implements: Node, description: 'An e-mail.' })
export class MailType extends Node {
  @Field(() => MailKindEnum, { description: 'What it tells of.' })
  kind!: MailKind;

  @Field(() => MailStateEnum, { description: 'What became of it.' })
  state!: MailState;

  @Field(() => Int, { description: 'How often it was tried to send it.' })
  attempts!: number;

  @Field(() => String, { nullable: true, description: 'Why it was not sent, at the last attempt.' })
  error!: string | null;

  @Field(() => GraphQLDateTimeISO, { description: 'When what it tells of happened.' })
  createdAt!: Date;

  @Field(() => GraphQLDateTimeISO, {
    nullable: true,
    description: 'When it is tried next; null once it is settled.',
  })
  dueAt!: Date | null;

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'When it was sent.' })
  sentAt!: Date | null;
}

export const MailConnection = connectionOf(() => MailType, 'Mail');

@InputType({ description: 'Which e-mails you want. What is absent or null stays as it is.' })
export class UpdateNotificationsInput {
  @Field(() => Boolean, { nullable: true, description: 'Whether there are any e-mails at all.' })
  enabled?: boolean | null;

  @Field(() => [NotificationKindEnum], {
    nullable: true,
    description: 'What no e-mails are to tell of: all of it, instead of what was muted before.',
  })
  muted?: NotificationKind[] | null;
}

@ObjectType({ description: 'What changing one’s preferences answers.' })
export class UpdateNotificationsPayload extends Payload {
  @Field(() => UserType, { nullable: true, description: 'You.' })
  user?: object | null;
}

@InputType({ description: 'Which e-mail is to be sent after all.' })
export class RetryMailInput {
  @Field(() => ID, { description: 'The e-mail.' })
  mailId!: string;
}

@ObjectType({ description: 'What sending it after all came to.' })
export class RetryMailPayload extends Payload {
  @Field(() => MailType, { nullable: true, description: 'The e-mail.' })
  mail?: object | null;
}
