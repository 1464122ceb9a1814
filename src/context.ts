import { type EntityManager, TransactionPropagation } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import DataLoader from 'dataloader';
import type { Kysely, RawBuilder } from 'kysely';
import type { PgBoss } from 'pg-boss';
import type { Actor } from './actor.ts';
import type { Config } from './config.ts';
import type { Logger, RemoteLog } from './log.ts';
import type { Search } from './search/search.ts';
import type { Storage } from './storage/storage.ts';

/** Where a request came from. */
export interface Caller {
  ip: string;
  userAgent?: string;
}

/** What every call carries: one for each request and each job. */
export interface Context {
  em: SqlEntityManager;
  actor: Actor;
  /** Absent in jobs and on the command line. */
  caller?: Caller;
  queue: PgBoss;
  config: Config;
  /** Where files are kept. */
  files: Storage;
  /** What can be searched, and who searches it. */
  search: Search;
  log: Logger;
  remoteLog: RemoteLog;
  /** Aborted when the process is asked to stop: long work ends at its next pause. */
  stopping: AbortSignal;
  /** This request's loaders, made when they are first asked for. */
  loaders: Map<unknown, DataLoader<unknown, unknown>>;
}

/** Does the work in one transaction: rows and queued jobs are kept together or not at all. */
export function transact<T>(ctx: Context, work: (tx: Context) => Promise<T>): Promise<T> {
  return ctx.em.transactional((em: EntityManager) => work({ ...ctx, em: em as SqlEntityManager }), {
    propagation: TransactionPropagation.REQUIRED,
  });
}

/** The rows that a statement answers, through the current transaction. */
export async function rows<Row>(
  ctx: Pick<Context, 'em'>,
  statement: RawBuilder<Row>,
): Promise<Row[]> {
  return (await statement.execute(ctx.em.getKysely<object>() as Kysely<object>)).rows;
}

type ReadMany<K, V> = (ctx: Context, keys: readonly K[]) => Promise<Map<K, V>>;

/**
 * One thing by key, read together with its neighbours in this request.
 * @param read answers many keys at once; what it leaves out does not exist for this actor.
 * @param name tells apart what the same function reads in different ways; its arguments, say.
 */
export function load<K, V>(
  ctx: Context,
  read: ReadMany<K, V>,
  key: K,
  name: unknown = read,
): Promise<V | undefined> {
  let loader = ctx.loaders.get(name) as DataLoader<K, V | undefined> | undefined;
  if (!loader) {
    loader = new DataLoader(
      async (keys) => {
        const found = await read(ctx, keys);
        return keys.map((it) => found.get(it));
      },
      { maxBatchSize: 500 },
    );
    ctx.loaders.set(name, loader as DataLoader<unknown, unknown>);
  }
  return loader.load(key);
}
