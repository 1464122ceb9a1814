import { demand } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, transact } from '../context.ts';
import { notFound, Refusal } from '../errors.ts';
import { uuidOf } from '../ids.ts';
import { request } from '../sync/service.ts';
import { WebhookDelivery } from './delivery.ts';
import { readNotice } from './payload.ts';
import { judge, loadKnown, requestsOf } from './verdicts.ts';

/**
 * Takes a stored message in once more, as a delivery of its own.
 * @returns the new delivery's UUID.
 */
export function redeliver(ctx: Context, globalId: string): Promise<string> {
  demand(ctx.actor, ctx.actor.has('SYNC'));
  return transact(ctx, async (tx) => {
    const id = uuidOf('WebhookDelivery', globalId) ?? null;
    const original = await tx.em.findOne(WebhookDelivery, { id }, { populate: ['sender'] });
    const path = ['input', 'deliveryId'];
    if (!original) throw notFound('delivery', ...path);
    if (original.body == null)
      throw new Refusal('CONFLICT', 'Its body was removed, for it is old.', path);
    const sender = original.sender.getEntity();
    const idp = tx.config.idps.get(sender.idp);
    const read = readNotice(Buffer.from(original.body));
    if (!idp || 'problems' in read)
      throw new Refusal('CONFLICT', `${sender.idp} is no longer configured.`, path);
    const told = { idp, notice: read.notice };
    const outcomes = judge(told, await loadKnown(tx, [told]), false);
    await request(tx, requestsOf(idp, outcomes), 'REDELIVERY');
    const again = tx.em.create(WebhookDelivery, {
      sender,
      bodyHash: original.bodyHash,
      body: original.body,
      outcomes,
      redeliveryOf: original,
    });
    await tx.em.flush();
    record(tx, 'webhook.redelivered', { kind: 'WebhookDelivery', id: again.id });
    return again.id;
  });
}
