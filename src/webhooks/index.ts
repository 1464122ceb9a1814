import type { Feature } from '../feature.ts';
import { WebhookDelivery, WebhookSender } from './delivery.ts';
import { readDeliveries } from './queries.ts';
import { WebhookResolver } from './resolver.ts';
import { webhookRoutes } from './routes.ts';
import { registerSenders } from './senders.ts';

export default {
  entities: [WebhookSender, WebhookDelivery],
  resolvers: [WebhookResolver],
  nodes: { WebhookDelivery: readDeliveries },
  routes: webhookRoutes,
  prepare: registerSenders,
} satisfies Feature;
