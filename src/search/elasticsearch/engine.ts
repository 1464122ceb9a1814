import { z } from 'zod';
import type { Counts, Engine, Mark, Request } from '../engine.ts';
import type { Kind } from '../kind.ts';
import type { Elasticsearch } from './client.ts';
import { serves } from './limits.ts';
import { walkOf } from './order.ts';
import { countsRequest, pageRequest } from './requests.ts';

/** An engine that leaves some requests to others. */
export interface PartialEngine extends Engine {
  serves(request: Request): boolean;
}

/** What every search has to be: of all that there is, and in time. */
const whole = { timed_out: z.literal(false), _shards: z.object({ failed: z.literal(0) }) };

/** Searches in Elasticsearch, by the alias of the kind. Its errors are `ElasticsearchFault`s. */
export const elasticsearchEngine = (place: Elasticsearch): PartialEngine => ({
  name: 'ELASTICSEARCH',
  serves,
  async find(_ctx, kind, request) {
    let counts: Promise<Counts> | undefined;
    return {
      hits: await hitsOf(place, kind, request),
      counts: () => {
        counts ??= countsOf(place, kind, request);
        return counts;
      },
    };
  },
});

async function hitsOf(place: Elasticsearch, kind: Kind, request: Request): Promise<Mark[]> {
  const walk = walkOf(request);
  const index = place.aliasOf(kind);
  const hit = z.object({ _index: z.string().startsWith(`${index}-`), sort: walk.shape });
  const { hits } = await place.search(
    (client, options) => client.search(within(place, index, pageRequest(request, walk)), options),
    z.object({ ...whole, hits: z.object({ hits: z.array(hit).max(request.size) }) }),
  );
  return hits.hits
    .map((it) => it.sort)
    .filter(walk.isWithin)
    .map(walk.markOf);
}

const bucket = z.object({ key: z.string(), doc_count: z.int().positive() });
const aggregation = z.object({ values: z.object({ buckets: z.array(bucket) }) });

async function countsOf(place: Elasticsearch, kind: Kind, request: Request): Promise<Counts> {
  const body = within(place, place.aliasOf(kind), countsRequest(kind, request));
  const { hits, aggregations } = await place.search(
    (client, options) => client.search(body, options),
    z.object({
      ...whole,
      hits: z.object({ total: z.object({ value: z.int(), relation: z.literal('eq') }) }),
      // There are none where nothing is counted.
      aggregations: z.record(z.enum(kind.counted), aggregation).prefault({}),
    }),
  );
  const byValue = Object.entries(aggregations).flatMap(([column, { values }]) => {
    const counts = values.buckets.map((it) => ({ value: it.key, count: it.doc_count }));
    return counts.length > 0 ? [[column, counts]] : [];
  });
  return {
    total: hits.total.value,
    isExact: true,
    byValue: Object.fromEntries(byValue),
    areValuesExact: true,
  };
}

/** A half answer is none: PostgreSQL has a whole one. The server, too, ends what takes too long. */
const within = <Body extends object>({ searchMs }: Elasticsearch, index: string, body: Body) => ({
  ...body,
  index,
  timeout: `${searchMs}ms`,
  allow_partial_search_results: false,
});
