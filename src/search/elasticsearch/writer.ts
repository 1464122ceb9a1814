import { z } from 'zod';
import type { Writer } from '../writer.ts';
import { write } from './bulk.ts';
import type { Elasticsearch } from './client.ts';
import { ElasticsearchFault } from './fault.ts';
import { indexOf, knowsFields, mapped, refreshing } from './mapping.ts';

const done = z.object({ acknowledged: z.literal(true) });

/** Keeps the indexes of Elasticsearch. Its errors are `ElasticsearchFault`s. */
export const elasticsearchWriter = (place: Elasticsearch): Writer => ({
  engine: 'ELASTICSEARCH',
  nameOf: (kind, number) => `${place.aliasOf(kind)}-${number}`,

  async create(_ctx, kind, name) {
    await place.write(async (client, options) => {
      // An answer may have been lost on its way.
      if (await client.indices.exists({ index: name }, options)) return { acknowledged: true };
      const aliases = { [writable(name)]: {} };
      return client.indices.create({ index: name, ...indexOf(kind), aliases }, options);
    }, done);
  },

  fill: (_ctx, _kind, name, editions) => write(place, writable(name), editions),
  write: (_ctx, _kind, name, editions) => write(place, writable(name), editions),

  refuses: (error) => error instanceof ElasticsearchFault && error.isRefusal,

  async finish(_ctx, _kind, name) {
    const settings = { refresh_interval: refreshing.live };
    await place.write(
      (client, options) => client.indices.putSettings({ index: name, settings }, options),
      done,
    );
  },

  async swap(_ctx, kind, name) {
    await refresh(place, name);
    const alias = place.aliasOf(kind);
    const indexes = await place.write(
      (client, options) =>
        client.indices.get({ index: `${alias}-*`, features: 'aliases' }, options),
      z.record(z.string(), z.object({ aliases: z.record(z.string(), z.unknown()) })),
    );
    const before = Object.keys(indexes).filter((it) => it !== name && indexes[it]?.aliases[alias]);
    const actions = [
      { add: { index: name, alias } },
      ...before.map((index) => ({ remove_index: { index } })),
    ];
    await place.write(
      (client, options) => client.indices.updateAliases({ actions }, options),
      done,
    );
    return name;
  },

  async drop(_ctx, _kind, name) {
    await place.write(
      (client, options) =>
        client.indices.delete({ index: name, ignore_unavailable: true }, options),
      done,
    );
  },

  async flawOf(_ctx, kind, name, isRead) {
    // The sweep waits for it, and what is written into PostgreSQL's indexes may wait for the sweep.
    const found = await place.search(
      (client, options) =>
        client.indices.get(
          { index: name, features: ['aliases', 'mappings'], ignore_unavailable: true },
          options,
        ),
      z.record(z.string(), described),
    );
    const index = found[name];
    if (!index) return 'is not there';
    const aliases = [writable(name), ...(isRead ? [place.aliasOf(kind)] : [])];
    const missing = aliases.find((it) => !index.aliases[it]);
    if (missing !== undefined) return `has no alias ${missing}`;
    return knowsFields(index.mappings, kind) ? undefined : 'is older than the fields';
  },

  async count(_ctx, _kind, name) {
    const { count } = await place.write(
      (client, options) => client.count({ index: name }, options),
      z.object({ count: z.int() }),
    );
    return count;
  },

  async digests(_ctx, _kind, name, after, most) {
    await refresh(place, name);
    const { hits } = await place.write(
      (client, options) =>
        client.search(
          {
            index: name,
            size: most,
            sort: [{ id: 'asc' }],
            ...(after !== null && { search_after: [after] }),
            _source: ['id', 'digest'],
          },
          options,
        ),
      z.object({ hits: z.object({ hits: z.array(z.object({ _source: digested })) }) }),
    );
    return hits.hits.map((it) => it._source);
  },
});

/** Makes all that was written found. */
async function refresh(place: Elasticsearch, index: string): Promise<void> {
  await place.write(
    (client, options) => client.indices.refresh({ index }, options),
    z.object({ _shards: z.object({ failed: z.literal(0) }) }),
  );
}

const described = z.object({ aliases: z.record(z.string(), z.unknown()), mappings: mapped });
const digested = z.object({ id: z.guid(), digest: z.string() });

/**
 * The name that is written to. There is none for an index that somebody removed, where Elasticsearch
 * would make another by itself under the index's own name, without our mapping.
 */
const writable = (name: string) => `${name}-writes`;
