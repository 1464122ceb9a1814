import type { RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { Elasticsearch } from '../../src/search/elasticsearch/client.ts';
import { elasticsearchEngine } from '../../src/search/elasticsearch/engine.ts';
import type { Engine, Request } from '../../src/search/engine.ts';
import { asks } from '../../src/search/engines.ts';
import type { Document, Kind } from '../../src/search/kind.ts';
import { all } from '../../src/search/tree.ts';
import { communities } from './dialects.ts';
import {
  answer,
  found,
  hit,
  missing,
  refused,
  type Stub,
  startStub,
  unavailable,
} from './elasticsearch-stub.ts';
import { find } from './matcher.ts';

const kind: Kind = {
  ...communities,
  name: 'communities',
  columns: ['type'],
  counted: ['type'],
  source: 'communities',
  read: async () => new Map(),
};
const [here, there] = [
  '01900000-0000-7000-8000-000000000001',
  '01900000-0000-7000-8000-000000000002',
];
const documents = [here, there].map(
  (id): Document => ({
    id,
    texts: { title: ['Open'] },
    values: { type: ['topic'] },
    dates: { updated: new Date('2026-01-01') },
    name: 'Open',
    popularity: 0,
  }),
);
const request: Request = {
  tree: all,
  ranks: [],
  sees: all,
  within: all,
  choices: {},
  sort: 'NEWEST',
  size: 20,
  isBackward: false,
};

/** Stands for PostgreSQL: it has both documents, and always answers. */
const other: Engine = {
  name: 'POSTGRESQL',
  async find(_, kind, request) {
    const { hits, counts } = find(documents, kind, request);
    return { hits, counts: async () => counts };
  },
};

function begin() {
  const lines: string[] = [];
  const note = (level: string) => (_: object, message: string) =>
    lines.push(`${level}: ${message}`);
  return { ctx: { log: { info: note('info'), warn: note('warn') } } as unknown as Context, lines };
}

const limits = { faults: 3, pauseMs: 150 };
const askBoth = ({ place }: Pick<Stub, 'place'>, isLive = true) =>
  asks(
    { postgres: other, elasticsearch: elasticsearchEngine(place), isLive: async () => isLive },
    limits,
  );

const total = (value: unknown, relation = 'eq', buckets: unknown = [{ key: 'x', doc_count: 1 }]) =>
  found([], {
    hits: { total: { value, relation }, max_score: null, hits: [] },
    aggregations: { type: { doc_count: 1, values: { buckets } } },
  });

const late =
  (ms: number, then: RequestListener): RequestListener =>
  async (...exchange) => {
    await sleep(ms);
    then(...exchange);
  };

const half: RequestListener = (_, response) => {
  response.writeHead(200, { 'x-elastic-product': 'Elasticsearch', 'content-length': 900 });
  response.write('{"took":8,"hits":');
};

const html: RequestListener = (_, response) =>
  response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome to nginx!</h1>');

const redirect: RequestListener = (_, response) =>
  response
    .writeHead(302, { 'x-elastic-product': 'Elasticsearch', location: 'http://127.0.0.1:1/' })
    .end();

const faults: [name: string, says: RequestListener, message: RegExp][] = [
  ['hangs up', (_, response) => response.destroy(), /was not reached/],
  ['says nothing', () => {}, /gave no full answer within 300 ms/],
  ['is late', late(500, found([])), /gave no full answer within 300 ms/],
  ['stops in the middle', half, /gave no full answer within 300 ms/],
  ['has no such index', missing, /answered 404: index_not_found_exception, no such index/],
  ['has no shards', unavailable, /answered 503: search_phase_execution_exception$/],
  ['does not understand', refused, /answered 400: query_shard_exception, No mapping found/],
  ['wants a password', answer({ error: 'x', status: 401 }, 401), /answered 401$/],
  [
    'is a proxy without it',
    answer('<h1>Bad gateway</h1>', 502, { 'content-type': 'text/html' }),
    /answered 502$/,
  ],
  ['is something else', html, /is not what answered/],
  ['sends us elsewhere', redirect, /answered unusably/],
  ['sends half a JSON', answer('{"took":8,"hits":{"hits":['), /answered what is not JSON/],
  ['sends HTML as JSON', answer('<h1>It works!</h1>'), /answered what is not JSON/],
  ['sends HTML', answer('<h1>It works!</h1>', 200, { 'content-type': 'text/html' }), /unusably/],
  [
    'says nothing of hits',
    answer({ took: 1, timed_out: false }),
    /answered unusably: _shards .*hits /,
  ],
  ['looked at a part', found([], { timed_out: true }), /unusably: timed_out/],
  [
    'looked at some shards',
    found([], { _shards: { total: 2, failed: 1 } }),
    /unusably: _shards.failed/,
  ],
  ['finds what is no thing', found([hit('1')]), /unusably: hits.hits.0.sort.0/],
  [
    'sorts by something else',
    found([hit(here, { sort: [1, here] })]),
    /unusably: hits.hits.0.sort/,
  ],
  ['does not say how it sorts', found([hit(here, { sort: undefined })]), /hits.hits.0.sort/],
  ['finds another kind', found([hit(here, { _index: 'test-users-1' })]), /hits.hits.0._index/],
  ['finds too many', found(Array.from({ length: 21 }, () => hit(here))), /unusably: hits.hits/],
];

describe('Elasticsearch', () => {
  it('answers, and is asked by the name of the kind', async () => {
    const stub = await startStub(found([hit(there)]));
    const { ctx, lines } = begin();

    const { hits, engine } = await askBoth(stub)(ctx, kind, request);

    expect({ hits, engine }).toEqual({ hits: [{ id: there, key: '' }], engine: 'ELASTICSEARCH' });
    expect(stub.requests.map((it) => it.line)).toEqual([
      expect.stringMatching(/^POST \/test-communities\/_search\b/),
    ]);
    expect(lines).toEqual([]);
  });

  it.each(faults)('that %s is a fault, and PostgreSQL answers', async (_, says, message) => {
    const stub = await startStub(says);
    const { ctx, lines } = begin();

    const fault = elasticsearchEngine(stub.place).find(ctx, kind, request);
    await expect(fault).rejects.toThrow(message);
    const { hits, engine } = await askBoth(stub)(ctx, kind, request);

    expect(engine).toBe('POSTGRESQL');
    expect(hits.map((it) => it.id)).toEqual([there, here]);
    expect(lines).toEqual(['warn: Elasticsearch does not answer: PostgreSQL does']);
    expect(stub.requests.length).toBe(2);
  });

  it('that is down is a fault, and PostgreSQL answers', async () => {
    const place = new Elasticsearch({ url: 'http://127.0.0.1:1', prefix: 'test' });

    const { engine } = await askBoth({ place })(begin().ctx, kind, request);

    expect(engine).toBe('POSTGRESQL');
  });

  it.each<[string, boolean, Partial<Request>]>([
    ['whose index is not live', false, {}],
    ['for an order that it does not know', true, { sort: 'NAME' }],
  ])('is not asked %s', async (_, isLive, given) => {
    const stub = await startStub(found([]));
    const { ctx, lines } = begin();

    const { engine } = await askBoth(stub, isLive)(ctx, kind, { ...request, ...given });

    expect({ engine, lines, asked: stub.requests }).toEqual({
      engine: 'POSTGRESQL',
      lines: [],
      asked: [],
    });
  });

  it('is told how long it has, and that half an answer is none', async () => {
    const stub = await startStub(found([]));

    await askBoth(stub)(begin().ctx, kind, request);

    expect(stub.requests[0]?.line).toContain('?allow_partial_search_results=false');
    expect(JSON.parse(stub.requests[0]?.body ?? '')).toMatchObject({ timeout: '300ms' });
  });

  it('tells nobody its password', async () => {
    const stub = await startStub(refused, 300, 'elastic:hunter2@');
    const engine = elasticsearchEngine(stub.place);

    const error: Error = await engine.find(begin().ctx, kind, request).then(
      () => new Error('no fault'),
      (it) => it,
    );

    expect(stub.requests[0]?.headers.authorization).toMatch(/^Basic /);
    const shown = [error.message, error.stack, JSON.stringify(error), String(error.cause)].join();
    expect(shown).toContain('answered 400');
    expect(shown).not.toMatch(/hunter2|Basic|elastic:/);
  });
});

describe('counts', () => {
  it('are Elasticsearch’s, asked for once', async () => {
    const stub = await startStub(found([hit(here)]));

    const { counts } = await askBoth(stub)(begin().ctx, kind, request);
    stub.says(total(7));

    const first = await counts();
    expect(await counts()).toEqual(first);
    expect(first).toEqual({
      total: 7,
      isExact: true,
      byValue: { type: [{ value: 'x', count: 1 }] },
      areValuesExact: true,
    });
    expect(stub.requests.length).toBe(2);
  });

  it.each<[string, string[], RequestListener]>([
    ['where nothing is counted', [], found([], { hits: { total: { value: 7, relation: 'eq' } } })],
    ['where no value is there', ['type'], total(7, 'eq', [])],
  ])('are of no values %s', async (_, counted, says) => {
    const stub = await startStub(found([hit(here)]));
    const engine = elasticsearchEngine(stub.place);
    const { counts } = await engine.find(begin().ctx, { ...kind, counted }, request);
    stub.says(says);

    const { byValue, total: all } = await counts();

    expect({ byValue, all }).toEqual({ byValue: {}, all: 7 });
  });

  it.each<[string, RequestListener]>([
    ['are late', late(500, total(7))],
    ['are away', missing],
    ['are estimates', total(7, 'gte')],
    ['are no numbers', total('7')],
    [
      'are of other columns',
      found([], { hits: { total: { value: 7, relation: 'eq' } }, aggregations: {} }),
    ],
    ['are of something else', total(7, 'eq', [{ key: 1, doc_count: 2 }])],
  ])('that %s are PostgreSQL’s', async (_, says) => {
    const stub = await startStub(found([hit(here)]));
    const { ctx, lines } = begin();

    const { counts, engine } = await askBoth(stub)(ctx, kind, request);
    stub.says(says);

    expect(engine).toBe('ELASTICSEARCH');
    expect((await counts()).total).toBe(2);
    expect(lines).toEqual(['warn: Elasticsearch does not answer: PostgreSQL does']);
  });
});

describe('the breaker', () => {
  const times = async (count: number, ask: () => Promise<unknown>) => {
    for (let i = 0; i < count; i++) await ask();
  };

  it('opens after three faults in a row, and nobody waits then', async () => {
    const stub = await startStub(() => {}, 50);
    const { ctx, lines } = begin();
    const ask = askBoth(stub);
    await times(3, () => ask(ctx, kind, request));

    const start = performance.now();
    await times(20, () => ask(ctx, kind, request));

    expect(performance.now() - start).toBeLessThan(50);
    expect(stub.requests.length).toBe(3);
    expect(lines.length).toBe(1);
  });

  it('stays closed while answers come between', async () => {
    const stub = await startStub(missing);
    const { ctx } = begin();
    const ask = askBoth(stub);

    await times(4, async () => {
      stub.says(missing);
      await times(2, () => ask(ctx, kind, request));
      stub.says(found([]));
      await ask(ctx, kind, request);
    });

    expect(stub.requests.length).toBe(12);
  });

  it('lets one request try after a pause, and heals by it', async () => {
    const stub = await startStub(unavailable);
    const { ctx, lines } = begin();
    const ask = askBoth(stub);
    const many = () => Promise.all(Array.from({ length: 10 }, () => ask(ctx, kind, request)));
    await times(3, () => ask(ctx, kind, request));

    await sleep(limits.pauseMs + 10);
    await many();
    expect(stub.requests.length).toBe(4);

    await sleep(limits.pauseMs + 10);
    stub.says(late(20, found([hit(here)])));
    const engines = (await many()).map((it) => it.engine);
    expect(engines.filter((it) => it === 'ELASTICSEARCH').length).toBe(1);
    expect((await many()).every((it) => it.engine === 'ELASTICSEARCH')).toBe(true);
    expect(lines).toEqual([
      'warn: Elasticsearch does not answer: PostgreSQL does',
      'info: Elasticsearch answers again',
    ]);
  });

  it('is of one kind: another’s index may be well', async () => {
    const stub = await startStub(missing);
    const { ctx } = begin();
    const ask = askBoth(stub);
    await times(3, () => ask(ctx, kind, request));

    stub.says(found([hit(here, { _index: 'test-users-1' })]));
    const { engine } = await ask(ctx, { ...kind, name: 'users' }, request);

    expect(engine).toBe('ELASTICSEARCH');
  });

  it('leaves errors of ours alone', async () => {
    const stub = await startStub(found([]));
    const lookup = { ...request, tree: { is: 'lookup', field: 'id', value: '1' } } as const;

    await expect(askBoth(stub)(begin().ctx, kind, lookup)).rejects.toThrow('lookups are answered');
  });
});

it('goes on in PostgreSQL where Elasticsearch ended, and back', async () => {
  const stub = await startStub(found([hit(there, { sort: [0, 0, there] })]));
  const { ctx } = begin();
  const ask = askBoth(stub);
  const best = { ...request, sort: 'BEST_MATCH', size: 1 } as const;

  const first = await ask(ctx, kind, best);
  stub.says(missing);
  const second = await ask(ctx, kind, { ...best, after: first.hits[0] });
  stub.says(found([]));
  const third = await ask(ctx, kind, { ...best, after: second.hits[0] });

  expect([first, second, third].map((it) => it.engine)).toEqual([
    'ELASTICSEARCH',
    'POSTGRESQL',
    'ELASTICSEARCH',
  ]);
  expect(second.hits).toEqual([{ id: here, key: '0 0' }]);
  expect(JSON.parse(stub.requests[2]?.body ?? '').search_after).toEqual([0, 0, here]);
});
