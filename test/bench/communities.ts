import { deepStrictEqual } from 'node:assert';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { fill, type Place } from './communities-data.ts';
import { openSite, publicUrl, type Site } from './site.ts';

const { values: flags } = parseArgs({
  options: {
    communities: { type: 'string', default: '100000' },
    users: { type: 'string', default: '100000' },
    members: { type: 'string', default: '1000000' },
    /** For which each operation is measured, after a fifth of it to warm up. */
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '16' },
    /** Only operations whose title has this in it. */
    only: { type: 'string', default: '' },
  },
});
const seconds = Number(flags.seconds);

type Who = keyof Place['tokens'] | 'anyone';
interface Operation {
  title: string;
  /** What answers it by hand. */
  operation: string;
  as: Who;
  query: string;
  /** One after the other, and over again. */
  variables: object[];
}

const brief = `id slug title description access { visibility } logo { url } viewerPermissions memberCount`;
const whole = `${brief} members(first: 5) { nodes { name level } }`;
const one = `query ($slug: String!) { community(slug: $slug) { ${brief} } }`;
const page = `query ($first: Int!) { communities(first: $first) { nodes { ${whole} } } }`;
const mine = `query ($first: Int!) { viewer { communities(first: $first) { nodes { ${whole} } } } }`;
const listed = (list: string, node: string) =>
  `query ($slug: String!, $first: Int!) { community(slug: $slug) { ${list} { nodes { ${node} } } } }`;
const members = listed('members(first: $first)', 'name level');
const publicMembers = listed('publicMembers(first: $first)', 'id name description');
const children = listed('children(first: $first)', brief);
const featured = `query ($first: Int!) { featuredCommunities(first: $first) { nodes { ${brief} } } }`;
const asked = 'id kind state user { username }';
const requestsOf = listed('requests(first: $first, isOpen: true)', asked);
const requests = `query ($first: Int!) { requests(first: $first, isOpen: true) { nodes { ${asked} } } }`;

function operationsOn({ slugs }: Place): Operation[] {
  const of = (slugs: string[], more: object = {}) => slugs.map((slug) => ({ slug, ...more }));
  const first = (n: number) => [{ first: n }];
  const all: [title: string, operation: string, as: Who, query: string, variables: object[]][] = [
    ['one community', 'one', 'anyone', one, of(slugs.public)],
    ['one community', 'one', 'viewer', one, of(slugs.public)],
    ['a restricted community: may I?', 'one', 'viewer', one, of(slugs.restricted)],
    ['a restricted community: may I?', 'one', 'stranger', one, of(slugs.restricted)],
    ['page of 20 communities', 'page', 'anyone', page, first(20)],
    ['page of 20 communities', 'page', 'viewer', page, first(20)],
    ['page of 100 communities', 'page', 'anyone', page, first(100)],
    ['page of 100 communities', 'page', 'viewer', page, first(100)],
    ['page of 100 communities', 'page', 'administrator', page, first(100)],
    ['20 of my communities', 'mine', 'viewer', mine, first(20)],
    ['20 featured communities', 'featured', 'anyone', featured, first(20)],
    ['20 children', 'children', 'viewer', children, of(slugs.parents, { first: 20 })],
    ['members, a handful', 'members', 'viewer', members, of(slugs.small, { first: 50 })],
    ['first 50 members, of 1,000', 'members', 'viewer', members, of(slugs.thousand, { first: 50 })],
    ['first 50 members, largest', 'members', 'viewer', members, of(slugs.largest, { first: 50 })],
    [
      'first 50 public members, few',
      'publicMembers',
      'anyone',
      publicMembers,
      of(slugs.parents, { first: 50 }),
    ],
    [
      'first 50 public members, of 1,000',
      'publicMembers',
      'anyone',
      publicMembers,
      of(slugs.thousand, { first: 50 }),
    ],
    [
      'first 50 public members, largest',
      'publicMembers',
      'anyone',
      publicMembers,
      of(slugs.largest, { first: 50 }),
    ],
    [
      '20 open requests, largest',
      'requestsOf',
      'viewer',
      requestsOf,
      of(slugs.largest, { first: 20 }),
    ],
    ['20 open requests', 'requests', 'viewer', requests, first(20)],
  ];
  return all
    .map(([title, operation, as, query, variables]) => ({ title, operation, as, query, variables }))
    .filter((it) => it.title.includes(flags.only));
}

/** Whoever answers operations, and how one is put to them. */
interface Server {
  pool: Pool;
  path: string;
  bodyOf(operation: Operation, variables: object | undefined): string;
}

async function send({ pool, path, bodyOf }: Server, it: Operation, place: Place, n: number) {
  const token = it.as === 'anyone' ? undefined : place.tokens[it.as];
  const { statusCode, body } = await pool.request({
    method: 'POST',
    path,
    headers: {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: bodyOf(it, it.variables[n % it.variables.length]),
  });
  const text = await body.text();
  if (statusCode !== 200 || text.includes('"errors"')) throw new Error(`${it.title}: ${text}`);
  return text;
}

/** Both say the same, or what is measured is nothing. */
async function demandSame(ours: Server, byHand: Server, place: Place, it: Operation) {
  for (let n = 0; n < Math.min(20, it.variables.length); n++) {
    const [one, other] = await Promise.all(
      [ours, byHand].map((server) => send(server, it, place, n)),
    );
    deepStrictEqual(JSON.parse(one as string), JSON.parse(other as string), it.title);
  }
}

/** As many requests as there are connections, always. */
async function load(server: Server, it: Operation, place: Place, duration: number) {
  const latencies: number[] = [];
  const begun = performance.now();
  const until = begun + duration * 1000;
  let next = 0;
  const lane = async () => {
    for (let now = performance.now(); now < until; ) {
      await send(server, it, place, next++);
      const then = performance.now();
      latencies.push(then - now);
      now = then;
    }
  };
  await Promise.all(Array.from({ length: Number(flags.connections) }, lane));
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  const rate = latencies.length / ((performance.now() - begun) / 1000);
  return { rate, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** What the database had to do for one of so many requests. */
async function costOf(site: Site, requests: number) {
  const { rows } = await site.pool.query(
    `select coalesce(sum(calls), 0)::float as calls, coalesce(sum(total_exec_time + total_plan_time), 0)::float as ms
     from pg_stat_statements where query !~ 'pg_stat_statements|pgboss|sync_states'`,
  );
  return { statements: rows[0].calls / requests, ms: rows[0].ms / requests };
}

const columns = [
  'operation',
  'as',
  'requests/s',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'by hand/s',
  'by hand p50 ms',
  'ratio',
  'statements',
  'database ms',
] as const;
type Line = Record<(typeof columns)[number], string>;

async function compare(
  site: Site,
  ours: Server,
  byHand: Server,
  place: Place,
  it: Operation,
): Promise<Line> {
  await demandSame(ours, byHand, place, it);
  await load(ours, it, place, seconds / 5);
  const mine = await load(ours, it, place, seconds);
  await site.pool.query('select pg_stat_statements_reset()');
  const sample = 20;
  for (let n = 0; n < sample; n++) await send(ours, it, place, n);
  const cost = await costOf(site, sample);
  await load(byHand, it, place, seconds / 5);
  const theirs = await load(byHand, it, place, seconds);
  const ms = (value: number) => value.toFixed(1);
  const count = (value: number) => Math.round(value).toLocaleString('en');
  return {
    operation: it.title,
    as: it.as,
    'requests/s': count(mine.rate),
    'p50 ms': ms(mine.p50),
    'p95 ms': ms(mine.p95),
    'p99 ms': ms(mine.p99),
    'by hand/s': count(theirs.rate),
    'by hand p50 ms': ms(theirs.p50),
    ratio: (mine.rate / theirs.rate).toFixed(2),
    statements: ms(cost.statements),
    'database ms': cost.ms.toFixed(2),
  };
}

/** The plans of those three statements that took longest when each operation was asked for once. */
async function slowest(site: Site, ours: Server, place: Place, operations: Operation[]) {
  for (const it of operations) await send(ours, it, place, 1);
  await site.pool.query('alter system set auto_explain.log_min_duration = 0');
  await site.pool.query('select pg_reload_conf()');
  await sleep(1000);
  for (const it of operations) await send(ours, it, place, 1);
  await site.pool.query('alter system reset auto_explain.log_min_duration');
  await site.pool.query('select pg_reload_conf()');
  await sleep(1000);
  const { rows } = await site.pool.query<{ text: string }>(
    `select pg_read_file(pg_current_logfile('jsonlog')) as text`,
  );
  const plans = new Map<string, { ms: number; text: string }>();
  for (const line of rows[0]?.text.split('\n') ?? []) {
    const [, ms, text] = /^duration: ([\d.]+) ms {2}plan:\n(.*)$/s.exec(messageOf(line)) ?? [];
    if (!text || /pgboss|pg_reload_conf/.test(text)) continue;
    const statement = text.split('\n').find((it) => /\(cost=/.test(it)) ?? '';
    const query = text.slice(0, text.indexOf(statement));
    if (Number(ms) > (plans.get(query)?.ms ?? 0)) plans.set(query, { ms: Number(ms), text });
  }
  return [...plans.values()].sort((a, b) => b.ms - a.ms).slice(0, 3);
}

/** The last line may be cut off. */
function messageOf(line: string): string {
  try {
    return JSON.parse(line).message;
  } catch {
    return '';
  }
}

async function startByHand(databaseUrl: string): Promise<{ child: ChildProcess; url: string }> {
  const script = fileURLToPath(new URL('./communities-by-hand.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      PUBLIC_URL: publicUrl,
    },
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const [url] = await once(lines, 'line');
  return { child, url };
}

async function measure(site: Site): Promise<void> {
  await site.run('migrate');
  await site.pool.query('create extension pg_stat_statements');
  const client = await site.pool.connect();
  const place = await fill(client, {
    communities: Number(flags.communities),
    users: Number(flags.users),
    members: Number(flags.members),
  });
  client.release();
  // Nobody pays for what was written before: tables are tidy, and their statistics are true.
  await site.pool.query('vacuum analyze');
  await site.pool.query('checkpoint');

  const web = await site.serve('web');
  const hand = await startByHand(site.databaseUrl);
  const connections = Number(flags.connections);
  const ours: Server = {
    pool: new Pool(web.url, { connections }),
    path: '/graphql',
    bodyOf: ({ query }, variables) => JSON.stringify({ query, variables }),
  };
  const byHand: Server = {
    pool: new Pool(hand.url, { connections }),
    path: '/',
    bodyOf: ({ operation }, variables) => JSON.stringify({ operation, variables }),
  };
  try {
    const operations = operationsOn(place);
    const lines: Line[] = [];
    for (const it of operations) {
      lines.push(await compare(site, ours, byHand, place, it));
      console.error(Object.values(lines.at(-1) as Line).join(' | '));
    }
    const plans = await slowest(site, ours, place, operations);
    console.log(`| ${columns.join(' | ')} |\n|${columns.map(() => '---|').join('')}`);
    for (const line of lines) console.log(`| ${columns.map((it) => line[it]).join(' | ')} |`);
    for (const { ms, text } of plans) console.log(`\n${ms} ms\n\n\`\`\`\n${text}\n\`\`\``);
  } finally {
    await ours.pool.close();
    await byHand.pool.close();
    hand.child.kill();
    web.child.kill();
  }
}

const site = await openSite({
  population: 1,
  settings: {
    shared_preload_libraries: 'pg_stat_statements,auto_explain',
    shared_buffers: '1GB',
    max_wal_size: '8GB',
    // As on every server whose disks do not turn.
    random_page_cost: '1.1',
    logging_collector: 'on',
    log_destination: 'jsonlog',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_buffers': 'on',
    'auto_explain.log_parameter_max_length': '100',
  },
});
try {
  await measure(site);
} finally {
  await site.stop();
}
