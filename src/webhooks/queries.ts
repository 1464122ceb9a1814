import { sql } from 'kysely';
import { demand } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import { showAll } from '../node.ts';
import { page } from '../page.ts';
import type { PageArgs } from '../page-args.ts';
import type { DeliveredEvent } from './delivery.ts';

export interface DeliveryRow {
  id: string;
  idp: string;
  messageId: string | null;
  body: string | null;
  outcomes: DeliveredEvent[];
  receipts: number;
  redeliveryOfId: string | null;
  receivedAt: Date;
}

const columns = sql`
  t.id, (select s.idp from webhook_senders s where s.id = t.sender_id) as idp,
  t.message_id as "messageId", t.body, t.outcomes, t.receipts,
  t.redelivery_of_id as "redeliveryOfId", t.received_at as "receivedAt"`;

export function listDeliveries(ctx: Context, args: PageArgs, idp?: string) {
  demand(ctx.actor, ctx.actor.has('SYNC'));
  return page<DeliveryRow>(ctx, args, {
    kind: 'WebhookDelivery',
    columns,
    from: sql`from webhook_deliveries t where (${idp ?? null}::text is null
      or t.sender_id = (select s.id from webhook_senders s where s.idp = ${idp ?? null}))`,
    newestFirst: true,
  });
}

export async function readDeliveries(ctx: Context, ids: readonly string[]) {
  if (!ctx.actor.has('SYNC')) return new Map();
  const found = await rows(
    ctx,
    sql<DeliveryRow>`select ${columns} from webhook_deliveries t where t.id = any(${ids})`,
  );
  return showAll('WebhookDelivery', found);
}
