import { sql } from 'kysely';
import type { Config } from '../config.ts';
import { type Context, rows } from '../context.ts';
import { Elasticsearch } from './elasticsearch/client.ts';
import { elasticsearchEngine } from './elasticsearch/engine.ts';
import { elasticsearchWriter } from './elasticsearch/writer.ts';
import type { Request } from './engine.ts';
import { type Answered, asks } from './engines.ts';
import type { Kind } from './kind.ts';
import { postgresEngine } from './postgres/engine.ts';
import { postgresWriter } from './postgres/writer.ts';
import type { Writer } from './writer.ts';

/** What can be searched, and who searches it. */
export interface Search {
  kinds: Readonly<Record<Kind['name'], Kind>>;
  /** Finds documents of a kind by an engine that answers. */
  find(ctx: Context, kind: Kind, request: Request): Promise<Answered>;
  /** Those that keep the indexes of the configured engines. */
  writers: readonly Writer[];
  close(): Promise<void>;
}

/** Milliseconds for which an index that was live is not looked after again: if it is gone, PostgreSQL answers. */
const liveMs = 10_000;

/** @param kinds all that features search, each by its name. */
export function openSearch({ elasticsearch }: Config, kinds: readonly Kind[]): Search {
  const byName = Object.fromEntries(kinds.map((it) => [it.name, it])) as Search['kinds'];
  const postgres = postgresEngine();
  if (!elasticsearch) {
    return {
      kinds: byName,
      writers: [postgresWriter()],
      find: async (...asked) => ({ ...(await postgres.find(...asked)), engine: postgres.name }),
      close: async () => {},
    };
  }
  const place = new Elasticsearch(elasticsearch);
  const engine = elasticsearchEngine(place);
  return {
    kinds: byName,
    writers: [postgresWriter(), elasticsearchWriter(place)],
    find: asks({ postgres, elasticsearch: engine, isLive: liveness() }),
    close: () => place.close(),
  };
}

/** Whether Elasticsearch's index of a kind is the one to be read. */
function liveness() {
  const until = new Map<Kind['name'], number>();
  return async (ctx: Context, { name }: Kind): Promise<boolean> => {
    if ((until.get(name) ?? 0) > performance.now()) return true;
    const live = await rows(
      ctx,
      sql`
        select from search_indexes
        where engine = 'ELASTICSEARCH' and kind = ${name} and state = 'LIVE'`,
    );
    if (live.length > 0) until.set(name, performance.now() + liveMs);
    return live.length > 0;
  };
}
