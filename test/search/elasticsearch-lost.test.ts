import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkIndexes } from '../../src/search/checks.ts';
import { done, type Founded, found, type Loose } from '../communities/kit.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { type Front, startFront } from './elasticsearch-front.ts';
import { answer, unavailable } from './elasticsearch-stub.ts';
import { asSystem } from './kept.ts';

/** How long Elasticsearch is away under load; `OUTAGE=60` for a longer look. */
const outageMs = 1000 * Number(process.env.OUTAGE ?? 3);
/** What it takes at most until it is found out that it is back: the breaker's pause, and a little. */
const pauseMs = 12_000;
const lagMs = 60_000;

const prefix = `lost-${randomUUID().slice(0, 8)}`;
let front: Front;
let world: World;
let mosses: Founded[];

beforeAll(async () => {
  front = await startFront();
  world = await startWorld({
    env: { ELASTICSEARCH_URL: front.url, ELASTICSEARCH_PREFIX: prefix },
  });
  mosses = [];
  for (const title of ['Moss', 'Moss and lichen', 'Alpine moss', 'Mosses', 'A moss', 'Wet moss']) {
    mosses.push(await found(world, { title, description: 'green' }));
  }
  const [first] = mosses;
  await found(world, { title: 'Moss hidden', access: { visibility: 'RESTRICTED' } }, first?.owner);
  await engineIs('ELASTICSEARCH');
  await world.indexed();
  await sleep(1_500);
});
afterAll(async () => {
  await world.stop();
  const there = await front.behind('GET', `/${prefix}-*?features=aliases`);
  for (const name of Object.keys(there as object)) await front.behind('DELETE', `/${name}`);
  front.close();
});
beforeEach(() => front.passes());

interface Asked {
  query?: string;
  sort?: string;
  token?: string | undefined;
  page?: object;
}

async function ask({ query = 'moss', sort = 'BEST_MATCH', token, page }: Asked = {}) {
  const { status, data, errors } = await world.ask(
    token,
    `query ($query: String!, $sort: CommunitySort, $first: Int, $after: String, $last: Int, $before: String) {
      communities(query: $query, sort: $sort, first: $first, after: $after, last: $last, before: $before) {
        engine nodes { title } totalCount facets { types { count } visibilities { visibility count } }
        pageInfo { startCursor endCursor hasNextPage hasPreviousPage } warnings { code } } }`,
    { query, sort, ...(page ?? { first: 20 }) },
  );
  expect({ status, errors }).toEqual({ status: 200, errors: undefined });
  const { engine, ...answered } = data.communities;
  return { engine: engine as string, answered, titles: titlesOf(answered) };
}

const titlesOf = ({ nodes }: Loose): string[] => nodes.map((it: Loose) => it.title);

/** Waits until an engine answers. @returns after how many milliseconds. */
async function engineIs(engine: string, timeoutMs = lagMs): Promise<number> {
  const start = performance.now();
  while ((await ask()).engine !== engine) {
    if (performance.now() - start > timeoutMs) throw new Error(`${engine} does not answer`);
    await sleep(100);
  }
  return performance.now() - start;
}

const html: RequestListener = (_, response) =>
  response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome to nginx!</h1>');

/** Changes the hits of what is found. */
const hits = (change: (hit: Loose) => object) => (body: string) => {
  const found = JSON.parse(body);
  return JSON.stringify({ ...found, hits: { ...found.hits, hits: found.hits.hits.map(change) } });
};

const faults: [name: string, spoil: (front: Front) => void][] = [
  ['is down', (it) => it.stop()],
  ['hangs', (it) => it.says(() => {})],
  ['answers 503', (it) => it.says(unavailable)],
  ['wants a password', (it) => it.says(answer({ error: 'x', status: 401 }, 401))],
  ['is a web page', (it) => it.says(html)],
  ['answers half', (it) => it.spoils((body) => body.slice(0, body.length / 2))],
  ['answers something else', (it) => it.spoils(() => '{"took":1,"hits":{"hits":{}}}')],
  [
    'finds another kind',
    (it) => it.spoils(hits((hit) => ({ ...hit, _index: `${prefix}-users-1` }))),
  ],
  ['does not say where hits stand', (it) => it.spoils(hits(({ sort, ...hit }) => hit))],
];

describe('Elasticsearch that', () => {
  it.each(faults)('%s is not missed', async (name, spoil) => {
    const [moss] = mosses;
    const asked = [{}, { token: moss?.owner.token, sort: 'UPDATED' }];
    const before = [await ask(asked[0]), await ask(asked[1])];
    expect(before.map((it) => it.engine)).toEqual(['ELASTICSEARCH', 'ELASTICSEARCH']);

    spoil(front);
    const during = [await ask(asked[0]), await ask(asked[1])];
    const start = performance.now();
    const written = await found(world, { title: `Written while it ${name}` });
    const tookMs = performance.now() - start;
    if (name === 'is down') await front.start();
    front.passes();

    expect(during.map((it) => it.engine)).toEqual(['POSTGRESQL', 'POSTGRESQL']);
    expect(during.map((it) => it.answered)).toEqual(before.map((it) => it.answered));
    expect(before.map((it) => it.titles.length)).toEqual([6, 7]);
    expect(written.id).toBeDefined();
    expect(tookMs).toBeLessThan(1_000);
    expect(await ask()).toEqual(before[0]);
  });

  it('finds what is not there shows nothing of it', async () => {
    const users = await world.sql('select id from users limit 1');
    const before = await ask();
    front.spoils(
      hits(({ sort, ...hit }) => ({ ...hit, sort: [sort?.[0], sort?.[1], users[0].id] })),
    );

    const { engine, titles } = await ask();

    expect({ engine, titles }).toEqual({ engine: 'ELASTICSEARCH', titles: [] });
    front.passes();
    expect(await ask()).toEqual(before);
  });
});

describe('a list', () => {
  it.each(['BEST_MATCH', 'NEWEST', 'OLDEST', 'UPDATED'])(
    'by %s that began with one engine goes on with the other, and back',
    async (sort) => {
      const { titles: all } = await ask({ sort });
      const engines: string[] = [];
      const seen: string[] = [];
      let page: object = { first: 2 };
      for (const isThere of [true, false, true]) {
        if (!isThere) front.says(unavailable);
        const { engine, titles, answered } = await ask({ sort, page });
        front.passes();
        engines.push(engine);
        seen.push(...titles);
        page = { first: 2, after: answered.pageInfo.endCursor };
      }
      expect(engines).toEqual(['ELASTICSEARCH', 'POSTGRESQL', 'ELASTICSEARCH']);
      expect(seen).toEqual(all);

      // And the way back, from the end.
      const last = await ask({ sort, page: { last: 2 } });
      front.says(unavailable);
      const middle = await ask({
        sort,
        page: { last: 3, before: last.answered.pageInfo.startCursor },
      });
      front.passes();
      const first = await ask({
        sort,
        page: { last: 2, before: middle.answered.pageInfo.startCursor },
      });
      expect([first, middle, last].map((it) => it.engine)).toEqual(engines);
      expect([first, middle, last].flatMap((it) => it.titles)).toEqual(all);
    },
  );
});

it('what somebody removed heals by itself', { timeout: 2 * lagMs }, async () => {
  const before = await ask();
  const nameOf = async () => {
    const rows = await world.sql(
      `select name from search_indexes
       where engine = 'ELASTICSEARCH' and kind = 'communities' and state = 'LIVE'`,
    );
    return rows[0]?.name;
  };
  const name = await nameOf();

  await front.behind('DELETE', `/${name}`);
  const checks = await checkIndexes(asSystem(world), { most: 10, isMended: false });
  const during = await ask();

  expect(checks.filter((it) => it.name === 'elasticsearch communities: index')).toEqual([
    {
      name: 'elasticsearch communities: index',
      isFine: false,
      says: 'is not there; heals by itself while a worker runs',
      run: 'npx collegium search reindex --kind communities --engine elasticsearch',
    },
  ]);
  expect(during).toEqual({ ...before, engine: 'POSTGRESQL' });
  await engineIs('ELASTICSEARCH');
  expect((await ask()).answered).toEqual(before.answered);
  expect(await nameOf()).not.toBe(name);
});

it('an outage under load costs nothing but the engine', {
  timeout: outageMs + 3 * lagMs,
}, async () => {
  let isOver = false;
  const asked: { engine: string; titles: string[]; ms: number; at: number }[] = [];
  const written: { title: string; ms: number }[] = [];
  const timed = async <T>(work: () => Promise<T>) => {
    const start = performance.now();
    const result = await work();
    return { result, ms: performance.now() - start };
  };
  const search = async () => {
    while (!isOver) {
      const at = performance.now();
      const { result, ms } = await timed(() => ask());
      asked.push({ engine: result.engine, titles: result.titles, ms, at });
      await sleep(50);
    }
  };
  const community = await found(world, { title: 'Fern' });
  const write = async () => {
    for (let n = 0; !isOver; n++) {
      const title = `Fern called ${n}`;
      const { ms } = await timed(() =>
        done(world, community.owner.token, 'updateCommunity', { communityId: community.id, title }),
      );
      written.push({ title, ms });
      await sleep(100);
    }
  };
  const load = [search(), search(), search(), write()];
  await sleep(500);

  front.stop();
  const stoppedAt = performance.now();
  await sleep(outageMs / 2);
  const checks = await checkIndexes(asSystem(world), { most: 10, isMended: false });
  await sleep(outageMs / 2);
  const backAt = performance.now();
  await front.start();
  const backMs = await engineIs('ELASTICSEARCH', pauseMs);
  isOver = true;
  await Promise.all(load);
  await world.indexed(lagMs);
  const lag = performance.now() - backAt;
  // What is written is found within the second.
  await sleep(1_500);

  const during = asked.filter((it) => it.at > stoppedAt && it.at < backAt);
  expect(during.length).toBeGreaterThan(outageMs / 100);
  expect(new Set(during.map((it) => it.engine))).toEqual(new Set(['POSTGRESQL']));
  for (const { titles } of asked) expect(titles).toEqual(asked[0]?.titles);
  expect(checks).toContainEqual({
    name: 'elasticsearch communities: index',
    isFine: false,
    says: expect.stringMatching(
      /^Elasticsearch was not reached: .*; heals by itself once it is back$/,
    ),
    run: 'curl -sS "$ELASTICSEARCH_URL"',
  });
  const { title = '' } = written.at(-1) ?? {};
  const last = await ask({ query: 'fern' });
  expect({ engine: last.engine, titles: last.titles }).toEqual({
    engine: 'ELASTICSEARCH',
    titles: [title],
  });
  expect((await ask({ query: 'written', page: { first: 50 } })).titles.length).toBe(faults.length);
  if (process.env.OUTAGE)
    console.info({ searches: slow(during), writes: slow(written), backMs, lag });
});

/** How many there were, and how long they took. */
function slow(all: { ms: number }[]) {
  const sorted = all.map((it) => it.ms).sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), most: at(1) };
}
