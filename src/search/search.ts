import type { Context } from '../context.ts';
import type { EngineName, Found, Request } from './engine.ts';
import type { Kind } from './kind.ts';
import { postgresEngine } from './postgres/engine.ts';
import { postgresWriter } from './postgres/writer.ts';
import type { Writer } from './writer.ts';

/** What can be searched, and who searches it. */
export interface Search {
  kinds: Readonly<Record<Kind['name'], Kind>>;
  /** Finds documents of a kind by an engine that answers. */
  find(ctx: Context, kind: Kind, request: Request): Promise<Found & { engine: EngineName }>;
  /** Those that keep the indexes of the configured engines. */
  writers: readonly Writer[];
}

/** @param kinds all that features search, each by its name. */
export function openSearch(kinds: readonly Kind[]): Search {
  const byName = Object.fromEntries(kinds.map((it) => [it.name, it]));
  const postgres = postgresEngine();
  return {
    kinds: byName as Search['kinds'],
    writers: [postgresWriter],
    find: async (...question) => ({ ...(await postgres.find(...question)), engine: postgres.name }),
  };
}
