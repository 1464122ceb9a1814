import type { Feature } from '../feature.ts';
import { WebhookDelivery, WebhookSender } from './delivery.ts';
import { logoutRoutes } from './logout-routes.ts';
import { readDeliveries } from './queries.ts';
import { WebhookResolver } from './resolver.ts';
import { webhookRoutes } from './routes.ts';
import { registerSenders } from './senders.ts';

export default {
  entities: [WebhookSender, WebhookDelivery],
  resolvers: [WebhookResolver],
  nodes: { WebhookDelivery: readDeliveries },
  routes: (server, entry) => {
    webhookRoutes(server, entry);
    logoutRoutes(server, entry);
  },
  prepare: registerSenders,
} satisfies Feature;
