import 'reflect-metadata';
import type { MikroORM } from '@mikro-orm/postgresql';
import { PgBoss } from 'pg-boss';
import { Actor } from './actor.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { features } from './features.ts';
import { createQueues, work } from './jobs.ts';
import { createLog, type Logger, openRemoteLog } from './log.ts';
import { openOrm, underMigrationLock } from './orm.ts';
import { closeRemotes } from './remote/http.ts';
import { makeSchema } from './schema.ts';
import { searchHandlers } from './search/handlers.ts';
import { openSearch } from './search/search.ts';
import { tend } from './search/upkeep.ts';
import { openDoors } from './server.ts';
import { authenticate } from './signin/authenticate.ts';
import { openStorage } from './storage/storage.ts';

export const entities = features.flatMap((it) => it.entities ?? []);
export const handlers = [...searchHandlers, ...features.flatMap((it) => it.jobs ?? [])];
export const schema = makeSchema(features);

/** Milliseconds that work under way has to end when the process is asked to stop. */
const graceMs = 20_000;

/** The parts, put together. */
export interface App {
  orm: MikroORM;
  queue: PgBoss;
  log: Logger;
  begin(actor?: Actor): Context;
  /** Opens the HTTP doors; answers their address. */
  listen(): Promise<string>;
  /** Takes up jobs. */
  work(): Promise<void>;
  /** Ends what is under way and closes everything. */
  stop(): Promise<void>;
}

/** Creates or updates the tables and queues, one process at a time. */
export function migrate(orm: MikroORM, queue: PgBoss, config: Config, url: string): Promise<void> {
  return underMigrationLock(url, async () => {
    await orm.migrator.up();
    await queue.start();
    await createQueues(queue, handlers, config);
  });
}

/** Opens the database and the queue, and makes them ready; nothing listens or works yet. */
export async function openApp(
  config: Config,
  databaseUrl: string,
  log = createLog(config),
): Promise<App> {
  const orm = await openOrm(entities, databaseUrl, log, config.databasePool);
  const queue = new PgBoss({
    connectionString: databaseUrl,
    max: 4,
    useListenNotify: true,
    monitorIntervalSeconds: 5,
    superviseIntervalSeconds: 5,
    queueCacheIntervalSeconds: 5,
    persistWarnings: false,
  });
  queue.on('error', (err) => log.error({ err }, 'the queue failed'));
  await migrate(orm, queue, config, databaseUrl);

  const remoteLog = openRemoteLog(config.remoteDataLog);
  const files = openStorage(config);
  const kinds = features.flatMap((it) => it.searched?.(config) ?? []);
  const search = openSearch(config, kinds);
  const stopping = new AbortController();
  const begin = (actor = Actor.anyone): Context => ({
    em: orm.em.fork(),
    actor,
    queue,
    config,
    files,
    search,
    log,
    remoteLog,
    stopping: stopping.signal,
    loaders: new Map(),
  });
  for (const { prepare } of features) await prepare?.(begin(Actor.system));
  await tend(begin(Actor.system));

  const closers: (() => unknown)[] = [];
  const stop = async () => {
    stopping.abort();
    for (const close of closers) await close();
    await queue.stop({ graceful: true, timeout: graceMs });
    await closeRemotes();
    await search.close();
    await orm.close();
    remoteLog.close();
  };
  let stopped: Promise<void> | undefined;
  return {
    orm,
    queue,
    log,
    begin,
    async listen() {
      const doors = await openDoors({
        schema,
        features,
        log,
        trustedProxies: config.trustedProxies,
        begin: () => begin(new Actor('SERVICE', undefined, new Set(), new Map())),
        authenticate: (request) => authenticate(begin(), request),
        ready: async () => {
          if (stopping.signal.aborted) throw new Error('stopping');
          await orm.em.fork().execute('select 1');
        },
      });
      closers.unshift(() => doors.close());
      return doors.listen({ host: config.host, port: config.port });
    },
    async work() {
      closers.unshift(await work(queue, handlers, () => begin(Actor.system)));
      log.info('working');
    },
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}
