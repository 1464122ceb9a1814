import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { check, type Errors } from './search-check.ts';
import { fill, type Tokens, tokensOf } from './search-data.ts';
import { askEach, costOf, figuresOf, load, type Taken } from './search-load.ts';
import { slowest } from './search-plans.ts';
import { drawQuestions, type Question } from './search-questions.ts';
import { everybody, ours, type Server, startByHand } from './search-servers.ts';
import { writeSteadily } from './search-writes.ts';
import { openSite, type Site } from './site.ts';

const { values: flags } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000,100000,1000000' },
    /** Questions of each kind; of them, those whose answers are compared, and asked by hand too. */
    each: { type: 'string', default: '20' },
    checked: { type: 'string', default: '3' },
    /** How often each question is asked, after it was asked once. */
    rounds: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '20' },
    'per-second': { type: 'string', default: '50' },
    /** A folder that keeps the databases, so that the next run need not make them. */
    keep: { type: 'string' },
    /** Builds the index anew in a database that was kept. */
    rebuild: { type: 'boolean', default: false },
    /** Only kinds of questions with this in their names. */
    only: { type: 'string', default: '' },
  },
});
const [each, checked, rounds] = [flags.each, flags.checked, flags.rounds].map(Number) as [
  number,
  number,
  number,
];
const seconds = Number(flags.seconds);

/** As somebody would have them who runs this on a machine of its own. */
const settings = {
  shared_buffers: '4GB',
  work_mem: '32MB',
  maintenance_work_mem: '512MB',
  max_wal_size: '8GB',
  random_page_cost: '1.1',
  effective_cache_size: '12GB',
  jit: 'off',
};

const ms = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const percent = (value: number) => `${(value * 100).toFixed(1)} %`;
const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MB`;
const table = (columns: string[], lines: (string | number)[][]) =>
  console.log(
    `\n| ${columns.join(' | ')} |\n|${columns.map(() => '---|').join('')}\n${lines
      .map((it) => `| ${it.join(' | ')} |`)
      .join('\n')}`,
  );

/** Builds the index by the command, once with each engine that there is. */
async function build(site: Site, size: number): Promise<void> {
  const lines: string[][] = [];
  for (const engine of [
    'postgresql',
    ...(process.env.ELASTICSEARCH_URL ? ['elasticsearch'] : []),
  ]) {
    const begun = performance.now();
    await site.run('search', 'reindex', '--kind', 'communities', '--engine', engine);
    const took = (performance.now() - begun) / 1000;
    lines.push([engine, took.toFixed(1), Math.round(size / took).toLocaleString('en')]);
  }
  table(['built by `collegium search reindex`', 'seconds', 'documents/s'], lines);
}

async function sizes(site: Site): Promise<void> {
  const { rows } = await site.pool.query<{
    name: string;
    rows: number;
    own: number;
    index: number;
  }>(
    `select relname as name, greatest(reltuples, 0)::float as rows, pg_table_size(oid)::float as own,
       pg_indexes_size(oid)::float as index
     from pg_class where relkind = 'r' and (relname ~ '^search_communities' or relname = 'plain')
     order by relname`,
  );
  table(
    ['table', 'rows', 'table', 'indexes'],
    rows.map((it) => [it.name, it.rows, megabytes(it.own), megabytes(it.index)]),
  );
}

/** What each kind of question takes, and by hand those that were compared. */
async function measure(
  site: Site,
  mine: Server,
  byHand: Server,
  questions: Question[],
  sample: Question[],
): Promise<Taken[]> {
  for (const who of everybody) await askEach(mine, questions, who);
  const all: Taken[] = [];
  const pages: Taken[] = [];
  const plain: Taken[] = [];
  for (const who of everybody) {
    for (let n = 0; n < rounds; n++) all.push(...(await askEach(mine, questions, who)));
    pages.push(...(await askEach(mine, questions, who, 'page')));
    plain.push(...(await askEach(byHand, sample, who)));
  }
  const kinds = [...new Set(questions.map((it) => it.kind))];
  const lines: (string | number)[][] = [];
  for (const kind of [...kinds, undefined]) {
    const are = (it: Question) => kind === undefined || it.kind === kind;
    const of = (taken: Taken[], who?: string) =>
      figuresOf(
        taken.filter((it) => are(it.question) && (!who || it.who === who)).map((it) => it.ms),
      );
    await site.pool.query('select pg_stat_statements_reset()');
    const asked = questions.filter(are).slice(0, 40);
    if (kind) for (const it of asked) await mine.ask(it, 'anyone');
    const cost = await costOf(site.pool, '.');
    const same = all.filter((it) => are(it.question) && sample.includes(it.question));
    const [anyone, member, page, hand] = [
      of(all, 'anyone'),
      of(all, 'member'),
      of(pages),
      of(plain),
    ];
    lines.push([
      kind ?? 'all',
      ...[anyone.p50, anyone.p95, anyone.most, member.p50, member.p95, member.most].map(ms),
      ...[page.p50, page.p95, hand.p50, hand.p95].map(ms),
      (hand.p95 / figuresOf(same.map((it) => it.ms)).p95).toFixed(1),
      ...(kind ? [ms(cost.calls / asked.length), ms(cost.ms / asked.length)] : ['', '']),
    ]);
  }
  table(
    [
      'question',
      ...everybody.flatMap((who) => [`${who} p50 ms`, 'p95', 'most']),
      ...[
        'page only p50',
        'p95',
        'by hand p50',
        'p95',
        'ratio of p95',
        'statements',
        'database ms',
      ],
    ],
    lines,
  );
  return all;
}

async function measureWrites(
  site: Site,
  web: string,
  tokens: Tokens,
  mine: Server,
  all: Question[],
) {
  const perSecond = Number(flags['per-second']);
  const worker = await site.serve('worker');
  const alone = await writeSteadily(site.pool, web, tokens.administrator, { perSecond, seconds });
  const search = { server: mine, questions: all };
  const beside = await writeSteadily(
    site.pool,
    web,
    tokens.administrator,
    { perSecond, seconds },
    search,
  );
  worker.child.kill();
  table(
    ['writes', 'updates/s', 'searches p50 ms', 'p95', 'lag p50 ms', 'p95', 'most'],
    Object.entries({ alone, 'beside one client that searches': beside }).map(([name, it]) => [
      name,
      ms(it.rate),
      ...[it.searches.p50, it.searches.p95, it.lag.p50, it.lag.p95, it.lag.most].map(ms),
    ]),
  );
  console.log(
    `\nOne update: ${alone.indexMs.toFixed(2)} ms of the database and ${Math.round(alone.indexWal / 1024)} kB of WAL to keep the index, ${alone.otherMs.toFixed(2)} ms for all else.`,
  );
}

function say(errors: Errors): void {
  const of = (all: number[]) => {
    const mean = all.reduce((sum, it) => sum + it, 0) / Math.max(1, all.length);
    return `mean ${percent(mean)}, p95 ${percent(figuresOf(all).p95)} (${all.length})`;
  };
  console.log(`\nEstimated totals are off by: ${of(errors.totals)}; types: ${of(errors.types)}`);
}

async function run(site: Site, size: number): Promise<void> {
  await site.run('migrate');
  await site.pool.query('create extension if not exists pg_stat_statements');
  const client = await site.pool.connect();
  const { rows } = await client.query(`select to_regclass('bench.words') as filled`);
  const isNew = rows[0].filled === null;
  if (isNew) await fill(client, size);
  const tokens = await tokensOf(client);
  client.release();
  const [one] = loadavg();
  console.log(`\n## ${size.toLocaleString('en')} communities (load ${one?.toFixed(1)})`);
  if (isNew || flags.rebuild) await build(site, size);
  await sizes(site);
  const drawn = await drawQuestions(site.pool, each);
  const questions = drawn.filter((it) => it.kind.includes(flags.only));
  const sample = [...Map.groupBy(questions, (it) => it.kind).values()].flatMap((it) =>
    it.slice(0, checked),
  );
  const web = await site.serve('web');
  const mine = ours(web, tokens);
  const byHand = await startByHand(site.databaseUrl, tokens);
  try {
    say(await check(site.pool, mine, sample));
    const taken = await measure(site, mine, byHand, questions, sample);
    const lines: string[][] = [];
    for (const connections of [1, 4, 16]) {
      const { rate, p50, p95, most } = await load(mine, questions, connections, seconds);
      lines.push([`${connections}`, ...[rate, p50, p95, most].map(ms)]);
    }
    table(['connections', 'requests/s', 'p50 ms', 'p95', 'most'], lines);
    await measureWrites(site, web.url, tokens, mine, questions);
    await slowest(site.pool, mine, taken);
    console.log(`\nload at the end: ${loadavg()[0]?.toFixed(1)}`);
  } finally {
    await mine.stop();
    await byHand.stop();
  }
}

console.log(
  `${availableParallelism()} cores; ${Object.entries(settings)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')}`,
);
for (const size of flags.sizes.split(',').map(Number)) {
  const site = await openSite({
    population: 1,
    keptIn: flags.keep && join(flags.keep, `${size}`),
    commandEnv: process.env.ELASTICSEARCH_URL
      ? { ELASTICSEARCH_URL: process.env.ELASTICSEARCH_URL }
      : {},
    settings: {
      ...settings,
      shared_preload_libraries: 'pg_stat_statements,auto_explain',
      logging_collector: 'on',
      log_destination: 'jsonlog',
      'auto_explain.log_analyze': 'on',
      'auto_explain.log_buffers': 'on',
      'auto_explain.log_parameter_max_length': '100',
    },
  });
  try {
    await run(site, size);
  } catch (error) {
    // Said before the rest is torn down, which may fail too.
    console.error(error);
    process.exitCode = 1;
  } finally {
    await site.stop();
  }
}
