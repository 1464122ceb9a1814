import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { Elasticsearch } from '../../src/search/elasticsearch/client.ts';

/** A stand-in for Elasticsearch on loopback, which says what a test wants in the words of version 9.5. */
export interface Stub {
  place: Elasticsearch;
  url: string;
  /** What it was asked: the line and the body of each request. */
  requests: { line: string; body: string; headers: NodeJS.Dict<string | string[]> }[];
  says(listener: RequestListener): void;
}

/** @param searchMs what a search may take. @param user in front of the address, as `me:password@`. */
export async function startStub(first: RequestListener, searchMs = 300, user = ''): Promise<Stub> {
  let listener = first;
  const requests: Stub['requests'] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    requests.push({ line: `${request.method} ${request.url}`, body, headers: request.headers });
    listener(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://${user}127.0.0.1:${port}`;
  const place = new Elasticsearch({ url, prefix: 'test' }, searchMs, 2 * searchMs);
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await place.close();
  });
  return {
    place,
    url,
    requests,
    says(next) {
      listener = next;
    },
  };
}

const headers = { 'x-elastic-product': 'Elasticsearch', 'content-type': 'application/json' };

/** An answer as Elasticsearch gives it. */
export const answer =
  (body: unknown, status = 200, more = {}): RequestListener =>
  (_, response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { ...headers, ...more }).end(text);
  };

/** What is answered to a search; `changes` spoil it. */
export const found = (hits: object[], changes = {}): RequestListener =>
  answer({
    took: 8,
    timed_out: false,
    _shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
    hits: { max_score: null, hits },
    ...changes,
  });

export const hit = (id: string, changes = {}): object => ({
  _index: 'test-communities-1',
  _id: id,
  _score: null,
  sort: [id],
  ...changes,
});

const whatIsMissing = {
  type: 'index_not_found_exception',
  reason: 'no such index [test-communities]',
  'resource.type': 'index_or_alias',
  'resource.id': 'test-communities',
  index_uuid: '_na_',
  index: 'test-communities',
};

/** There is no such index. */
export const missing = answer(
  { error: { root_cause: [whatIsMissing], ...whatIsMissing }, status: 404 },
  404,
);

/** The index has no shard that answers. */
export const unavailable = answer(
  {
    error: {
      root_cause: [],
      type: 'search_phase_execution_exception',
      reason: '',
      phase: 'query',
      grouped: true,
      failed_shards: [],
      caused_by: {
        type: 'search_phase_execution_exception',
        reason: 'Search rejected due to missing shards [[test-communities-1][0]].',
      },
    },
    status: 503,
  },
  503,
);

const wrongQuery = {
  type: 'query_shard_exception',
  reason: 'No mapping found for [popularity] in order to sort on',
  index: 'test-communities-1',
};

/** A search that it does not understand. */
export const refused = answer(
  {
    error: {
      root_cause: [wrongQuery],
      type: 'search_phase_execution_exception',
      reason: 'all shards failed',
      phase: 'query',
      grouped: true,
      failed_shards: [{ shard: 0, index: 'test-communities-1', reason: wrongQuery }],
    },
    status: 400,
  },
  400,
);
