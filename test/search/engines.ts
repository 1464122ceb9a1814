import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { Actor } from '../../src/actor.ts';
import type { Context } from '../../src/context.ts';
import { Elasticsearch } from '../../src/search/elasticsearch/client.ts';
import { elasticsearchEngine } from '../../src/search/elasticsearch/engine.ts';
import { elasticsearchWriter } from '../../src/search/elasticsearch/writer.ts';
import type { Engine, EngineName, Request } from '../../src/search/engine.ts';
import { entryOf } from '../../src/search/entry.ts';
import { readIndexes } from '../../src/search/indexes.ts';
import type { Document, Kind } from '../../src/search/kind.ts';
import { postgresEngine } from '../../src/search/postgres/engine.ts';
import { postgresWriter } from '../../src/search/postgres/writer.ts';
import { begin, build as rebuild } from '../../src/search/rebuild.ts';
import type { Writer } from '../../src/search/writer.ts';
import type { World } from '../helpers/world.ts';

const { ELASTICSEARCH_URL: url, ELASTICSEARCH_API_KEY: apiKey } = process.env;

/** The engines that there are here: Elasticsearch too, if its variable says where. */
export const engineNames: EngineName[] = url ? ['POSTGRESQL', 'ELASTICSEARCH'] : ['POSTGRESQL'];

/** What a world is started with so that an engine answers, with indexes of its own. */
export const envOf = (name: EngineName): Record<string, string> =>
  name === 'ELASTICSEARCH' && url
    ? {
        ELASTICSEARCH_URL: url,
        ...(apiKey !== undefined && { ELASTICSEARCH_API_KEY: apiKey }),
        ELASTICSEARCH_PREFIX: newPrefix(),
      }
    : {};

const newPrefix = () => `test-${randomUUID().slice(0, 8)}`;

/** An engine by itself, and the documents that it finds. */
export interface Tested {
  /** Makes documents all that there is of a kind. @param isLarge whether there are said to be very many. */
  hold(kind: Kind, documents: readonly Document[], isLarge?: boolean): Promise<void>;
  /** Whether it answers such a request. */
  serves(request: Request): boolean;
  find: Engine['find'];
  close(): Promise<void>;
}

/** Builds an index as a rebuild does. */
async function build(
  writer: Writer,
  ctx: Context,
  kind: Kind,
  documents: readonly Document[],
  number: number,
) {
  const name = writer.nameOf(kind, number);
  const editions = documents.map((it) => ({
    id: it.id,
    revision: '0',
    entry: entryOf(kind, it),
  }));
  await writer.create(ctx, kind, name);
  await writer.fill(ctx, kind, name, editions);
  await writer.finish(ctx, kind, name);
  return writer.swap(ctx, kind, name);
}

function testedPostgres({ sql }: World, ctx: Context): Tested {
  let engine = postgresEngine();
  let builds = 1000;
  return {
    async hold(kind, documents, isLarge = false) {
      const table = await build(postgresWriter(), ctx, kind, documents, ++builds);
      if (isLarge)
        await sql('update pg_class set reltuples = 1e6 where oid = $1::regclass', [table]);
      // One that was there before knows how large another table was.
      engine = postgresEngine();
    },
    serves: () => true,
    find: (...question) => engine.find(...question),
    close: async () => {},
  };
}

function testedElasticsearch(ctx: Context): Tested {
  const place = new Elasticsearch({
    url: url ?? '',
    ...(apiKey !== undefined && { apiKey }),
    prefix: newPrefix(),
  });
  const writer = elasticsearchWriter(place);
  const engine = elasticsearchEngine(place);
  const live = new Map<Kind, string>();
  return {
    async hold(kind, documents) {
      live.set(kind, await build(writer, ctx, kind, documents, live.size + Date.now()));
    },
    serves: engine.serves,
    find: engine.find,
    async close() {
      for (const [kind, name] of live) await writer.drop(ctx, kind, name);
      await place.close();
    },
  };
}

export const tested = (name: EngineName, world: World, ctx: Context): Tested =>
  name === 'POSTGRESQL' ? testedPostgres(world, ctx) : testedElasticsearch(ctx);

/** Builds all indexes of a world anew, as an operator does. */
export async function reindex({ app }: World): Promise<void> {
  const ctx = app.begin(Actor.system);
  for (const writer of ctx.search.writers)
    for (const kind of Object.values(ctx.search.kinds))
      expect(await rebuild(ctx, await begin(ctx, writer, kind))).toBe('DONE');
}

/** Removes the indexes of a world that its database does not take with it. */
export async function dropIndexes({ app }: World): Promise<void> {
  const ctx = app.begin(Actor.system);
  for (const { writer, kind, name } of await readIndexes(ctx))
    if (writer.engine === 'ELASTICSEARCH') await writer.drop(ctx, kind, name);
}
