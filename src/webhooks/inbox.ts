import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { type Context, rows, transact } from '../context.ts';
import type { Idp } from '../idps.ts';
import { newId } from '../ids.ts';
import { request } from '../sync/service.ts';
import type { DeliveredEvent } from './delivery.ts';
import type { Notice } from './payload.ts';
import { judge, loadKnown, requestsOf } from './verdicts.ts';

/** Minutes in which an equal body without an id counts as the same message again. */
const sameBodyMinutes = 5;

/** A message as it came in, after its sender and its shape were checked. */
export interface Arrival {
  idp: Idp;
  messageId?: string;
  body: Buffer;
  notice: Notice;
}

/** What became of a message. */
export interface Receipt {
  deliveryId: string;
  events: DeliveredEvent[];
}

interface Pending extends Arrival {
  id: string;
  bodyHash: string;
  /** The delivery that this one repeats. */
  repeats?: string;
}

/**
 * Stores messages and asks for the looks that they call for, all in one transaction: either a
 * message is in the inbox with everything that follows from it, or nothing of it is.
 * @returns a receipt for each, in their order; undefined where an id came back with another body.
 */
export function store(ctx: Context, arrivals: Arrival[]): Promise<(Receipt | undefined)[]> {
  return transact(ctx, async (tx) => {
    const pending = arrivals.map(
      (it): Pending => ({
        ...it,
        id: newId(),
        bodyHash: createHash('sha256').update(it.body).digest('hex'),
      }),
    );
    await lockTwins(tx, pending);
    await markRepeats(tx, pending);
    const known = await loadKnown(tx, pending);
    const events = new Map(pending.map((it) => [it, judge(it, known, it.repeats !== undefined)]));
    await insertDeliveries(tx, pending, events);
    const conflicts = await countRepeats(tx, pending);
    const news = pending.filter((it) => !(it.messageId && it.repeats));
    await request(
      tx,
      news.flatMap((it) => requestsOf(it.idp, events.get(it) ?? [])),
      'WEBHOOK',
    );
    return pending.map((it) =>
      conflicts.has(it)
        ? undefined
        : { deliveryId: it.repeats ?? it.id, events: events.get(it) ?? [] },
    );
  });
}

/** What makes two messages the same: the sender's own id, else the body. */
const identityOf = ({ idp, messageId, bodyHash }: Pending) =>
  JSON.stringify([idp.key, messageId ?? null, messageId ?? bodyHash]);

/** Waits for whoever stores the same message at this time, so that one of the two sees the other. */
async function lockTwins(tx: Context, pending: Pending[]): Promise<void> {
  await rows(
    tx,
    // In one order everywhere, so that two of these never wait for each other.
    sql`
      with keys as materialized (
        select distinct hashtextextended(it, 0) as key from unnest(${pending.map(identityOf)}::text[]) as it
        order by key)
      select pg_advisory_xact_lock(key) from keys`,
  );
}

/** Finds what came before: by the sender's own id, else by an equal body a moment ago. */
async function markRepeats(tx: Context, pending: Pending[]): Promise<void> {
  const found = await rows(
    tx,
    sql<{ position: number; id: string }>`
      with it as (
        select m.position, m.message, decode(m.hash, 'hex') as hash, s.id as sender_id
        from jsonb_to_recordset(${JSON.stringify(
          pending.map((it, position) => ({
            position,
            idp: it.idp.key,
            message: it.messageId,
            hash: it.bodyHash,
          })),
        )}) as m (position int, idp text, message text, hash text)
        join webhook_senders s on s.idp = m.idp
      )
      select it.position, d.id from it
      join webhook_deliveries d on d.sender_id = it.sender_id and d.message_id = it.message
      union all
      select it.position, d.id from it cross join lateral (
        select id from webhook_deliveries d
        where d.sender_id = it.sender_id and d.body_hash = it.hash
          and d.message_id is null and d.redelivery_of_id is null
          and d.received_at > now() - make_interval(mins => ${sameBodyMinutes})
        order by d.received_at desc limit 1) d
      where it.message is null`,
  );
  for (const { position, id } of found) (pending[position] as Pending).repeats = id;
  // The same message twice in one batch: the first is the one that counts.
  const first = new Map<string, string>();
  for (const it of pending) {
    if (it.repeats) continue;
    const key = identityOf(it);
    it.repeats = first.get(key);
    if (!it.repeats) first.set(key, it.id);
  }
}

async function insertDeliveries(
  tx: Context,
  pending: Pending[],
  events: Map<Pending, DeliveredEvent[]>,
): Promise<void> {
  const fresh = pending.filter((it) => !it.repeats);
  if (fresh.length === 0) return;
  await rows(
    tx,
    sql`
      insert into webhook_deliveries (id, sender_id, message_id, body_hash, body, outcomes)
      select it.id, s.id, it.message, decode(it.hash, 'hex'), it.body, it.outcomes
      from jsonb_to_recordset(${JSON.stringify(
        fresh.map((it) => ({
          id: it.id,
          idp: it.idp.key,
          message: it.messageId,
          hash: it.bodyHash,
          body: it.body.toString('utf8'),
          outcomes: events.get(it),
        })),
      )}) as it (id uuid, idp text, message text, hash text, body text, outcomes jsonb)
      join webhook_senders s on s.idp = it.idp`,
  );
}

/** Counts what came again; an id that came with another body is a conflict. */
async function countRepeats(tx: Context, pending: Pending[]): Promise<Set<Pending>> {
  const repeated = pending.filter((it) => it.repeats);
  if (repeated.length === 0) return new Set();
  const found = await rows(
    tx,
    sql<{ id: string; hash: string }>`
      update webhook_deliveries d set receipts = d.receipts + it.times
      from (select id, hash, count(*)::int as times
        from unnest(${repeated.map((it) => it.repeats)}::uuid[], ${repeated.map((it) => it.bodyHash)}::text[]) as it (id, hash)
        group by id, hash) it
      where d.id = it.id and d.body_hash = decode(it.hash, 'hex')
      returning d.id, it.hash`,
  );
  const equal = new Set(found.map((it) => `${it.id} ${it.hash}`));
  return new Set(repeated.filter((it) => !equal.has(`${it.repeats} ${it.bodyHash}`)));
}
