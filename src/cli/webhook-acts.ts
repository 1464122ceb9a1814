import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { uuidOf } from '../ids.ts';
import type { Shown } from '../node.ts';
import type { DeliveredEvent } from '../webhooks/delivery.ts';
import { type DeliveryRow, listDeliveries, readDeliveries } from '../webhooks/queries.ts';
import { redeliver as takeIn } from '../webhooks/redeliver.ts';
import { collect } from './collect.ts';
import type { Desk } from './desk.ts';
import type { Answer } from './leaf.ts';
import { facts, table } from './table.ts';
import type { Terminal } from './terminal.ts';

const jsonOf = ({ uuid: _, __typename: __, redeliveryOfId: ___, ...it }: Shown<DeliveryRow>) => it;

export function list(desk: Desk, { idp, limit }: { idp?: string; limit: number }): Promise<Answer> {
  return desk.with(async (ctx) => {
    const found = await collect(limit, (args) => listDeliveries(ctx, args, idp));
    const cells = found.map((it) => [
      it.receivedAt,
      it.idp,
      it.outcomes.length,
      countsOf(it.outcomes),
      it.receipts,
      it.id,
    ]);
    const heads = ['received', 'service', 'events', 'outcomes', 'came', 'id'];
    return {
      json: found.map(jsonOf),
      text: table(desk.terminal, heads, cells, 'Nothing came yet.'),
    };
  });
}

/** `3 accepted, 1 unknown`. */
const countsOf = (outcomes: DeliveredEvent[]) =>
  [...Map.groupBy(outcomes, (it) => it.outcome)]
    .map(([outcome, its]) => `${its.length} ${outcome.toLowerCase()}`)
    .join(', ');

export function show(desk: Desk, _options: object, id: string): Promise<Answer> {
  return desk.with(async (ctx) => {
    const delivery = await deliveryOf(ctx, uuidOf('WebhookDelivery', id));
    return { json: jsonOf(delivery), text: textOf(desk.terminal, delivery) };
  });
}

function textOf(terminal: Terminal, it: Shown<DeliveryRow>): string {
  const about = facts(terminal, [
    ['id', it.id],
    ['service', it.idp],
    ['received', it.receivedAt],
    ['came', `${it.receipts} ×`],
    ['message', it.messageId],
    ['body', it.body ?? 'removed, for it is old'],
  ]);
  return `${about}\n\n${eventTable(terminal, it.outcomes)}`;
}

export const eventTable = (terminal: Terminal, events: Omit<DeliveredEvent, 'path'>[]): string =>
  table(
    terminal,
    ['kind', 'id', 'event', 'outcome', 'reason'],
    events.map((it) => [it.kind, it.id, it.event, it.outcome.toLowerCase(), it.reason]),
  );

async function deliveryOf(ctx: Context, uuid: string | undefined): Promise<Shown<DeliveryRow>> {
  const found = uuid && (await readDeliveries(ctx, [uuid])).get(uuid);
  if (!found) throw notFound('delivery');
  return found;
}

export function redeliver(desk: Desk, _options: object, id: string): Promise<Answer> {
  return desk.place.asSystem(async (begin) => {
    const again = await deliveryOf(begin(), await takeIn(begin(), id));
    return { json: jsonOf(again), text: textOf(desk.terminal, again) };
  }, true);
}
