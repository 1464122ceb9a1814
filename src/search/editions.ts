import { setImmediate } from 'node:timers/promises';
import { type EntityManager, TransactionPropagation } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { type Entry, entryOf } from './entry.ts';
import type { Kind } from './kind.ts';
import type { Edition } from './writer.ts';

/** Documents that are made at once, before others have their turn in this process. */
const turn = 50;

/** What an index is to say of things, each from its revision on. */
export async function editionsOf(
  ctx: Context,
  kind: Kind,
  things: readonly { id: string; revision: string }[],
): Promise<Edition[]> {
  const entries = await entriesOf(
    ctx,
    kind,
    things.map((it) => it.id),
  );
  return things.map(({ id, revision }) => ({ id, revision, entry: entries.get(id) }));
}

/**
 * The entries of things as they are now. One that cannot be made is a fault of ours: it is logged,
 * and the thing is not found until it is mended, for nobody knows what it would say.
 */
export async function entriesOf(
  ctx: Context,
  kind: Kind,
  ids: readonly string[],
): Promise<Map<string, Entry>> {
  try {
    // An error in here does not end the transaction that they are for.
    return await ctx.em.transactional(
      (em: EntityManager) =>
        make({ ...ctx, em: em as SqlEntityManager, loaders: new Map() }, kind, ids),
      { propagation: TransactionPropagation.NESTED },
    );
  } catch (err) {
    if (ids.length > 1) {
      const alone: [string, Entry][] = [];
      for (const id of ids) alone.push(...(await entriesOf(ctx, kind, [id])));
      return new Map(alone);
    }
    // It was the database, and no document, if that does not answer now.
    await rows(ctx, sql`select 1`);
    ctx.log.error({ err, kind: kind.name, id: ids[0] }, 'could not make what is found of it');
    return new Map();
  }
}

async function make(ctx: Context, kind: Kind, ids: readonly string[]): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for (const [id, document] of await kind.read(ctx, ids)) {
    entries.set(id, entryOf(kind, document));
    if (entries.size % turn === 0) await setImmediate();
  }
  return entries;
}
