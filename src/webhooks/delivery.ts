import { defineEntity, p } from '@mikro-orm/core';
import { base } from '../base.ts';
import { newId } from '../ids.ts';

const WebhookSenderSchema = defineEntity({
  name: 'WebhookSender',
  tableName: 'webhook_senders',
  properties: {
    ...base,
    /** The one idp that it speaks for. Its secrets are in the environment alone. */
    idp: p.text(),
  },
});
export class WebhookSender extends WebhookSenderSchema.class {}
WebhookSenderSchema.setClass(WebhookSender);

export const eventOutcomes = [
  'ACCEPTED',
  'DUPLICATE',
  'UNKNOWN',
  'UNSUPPORTED',
  'INVALID',
] as const;
export type EventOutcome = (typeof eventOutcomes)[number];

/** What became of one event of a delivery. */
export interface DeliveredEvent {
  path: string;
  kind: string;
  id: string | null;
  event: string | null;
  outcome: EventOutcome;
  reason?: string;
}

const WebhookDeliverySchema = defineEntity({
  name: 'WebhookDelivery',
  tableName: 'webhook_deliveries',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    sender: () => p.manyToOne(WebhookSender).ref(),
    /** The sender's own id of the message (`webhook-id`). */
    messageId: p.text().nullable(),
    bodyHash: p.blob(),
    /** As it came; null once the retention time is over. */
    body: p.text().nullable(),
    outcomes: p.json<DeliveredEvent[]>(),
    /** How often it came. */
    receipts: p.integer().default(1),
    redeliveryOf: () => p.manyToOne(WebhookDelivery).ref().nullable(),
    receivedAt: p.datetime().onCreate(() => new Date()),
  },
});
export class WebhookDelivery extends WebhookDeliverySchema.class {}
WebhookDeliverySchema.setClass(WebhookDelivery);
