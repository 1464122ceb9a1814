import { GraphQLDateTimeISO } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Payload } from '../change.ts';
import { connectionOf } from '../connection.ts';
import { enumOf } from '../enums.ts';
import { Node } from '../node.ts';
import type { DeliveredEvent, EventOutcome } from './delivery.ts';

export const WebhookEventOutcome = enumOf<EventOutcome>(
  'WebhookEventOutcome',
  'What became of one event of a webhook.',
  {
    ACCEPTED: 'The subject is looked at again.',
    DUPLICATE: 'It came before.',
    UNKNOWN: 'There is no such subject here, and it is not to be made.',
    UNSUPPORTED: 'Such things or such events are not for us.',
    INVALID: 'The event is malformed.',
  },
);

@ObjectType({ description: 'One event of a webhook.' })
export class WebhookEvent {
  @Field(() => String, { description: 'Where in the body it stands.' })
  path!: string;

  @Field(() => String, { description: 'What it is about, in the sender’s word.' })
  kind!: string;

  @Field(() => String, { nullable: true, description: 'What the service calls the subject.' })
  id!: string | null;

  @Field(() => String, { nullable: true, description: 'What happened, in the sender’s word.' })
  event!: string | null;

  @Field(() => WebhookEventOutcome, { description: 'What became of it.' })
  outcome!: EventOutcome;

  @Field(() => String, { nullable: true, description: 'Why, if it was not accepted.' })
  reason?: string | null;
}

@ObjectType('WebhookDelivery', { implements: Node, description: 'A webhook that came in.' })
export class WebhookDeliveryType extends Node {
  @Field(() => String, { description: 'The identity service that sent it, by its key.' })
  idp!: string;

  @Field(() => String, { nullable: true, description: 'The sender’s own id of it.' })
  messageId!: string | null;

  @Field(() => String, { nullable: true, description: 'The body as it came; null once it is old.' })
  body!: string | null;

  @Field(() => [WebhookEvent], { description: 'What became of each event.' })
  events!: DeliveredEvent[];

  @Field(() => Int, { description: 'How often it came.' })
  receipts!: number;

  @Field(() => GraphQLDateTimeISO, { description: 'When it came first.' })
  receivedAt!: Date;
}

export const WebhookDeliveryConnection = connectionOf(() => WebhookDeliveryType, 'WebhookDelivery');

@InputType({ description: 'Which webhook is to be taken in once more.' })
export class RedeliverWebhookInput {
  @Field(() => ID, { description: 'The delivery.' })
  deliveryId!: string;
}

@ObjectType({ description: 'What taking it in again came to.' })
export class RedeliverWebhookPayload extends Payload {
  @Field(() => WebhookDeliveryType, { nullable: true, description: 'The new delivery.' })
  delivery?: object | null;
}
