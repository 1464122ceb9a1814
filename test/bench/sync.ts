import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { usernameOf } from '../../src/sample/world.ts';
import { prepareByHand, syncByHand } from './by-hand.ts';
import { openSite, type Site, webhookToken } from './site.ts';

const { values: flags } = parseArgs({
  options: {
    users: { type: 'string', default: '10000' },
    /** The population that is reconciled beside a 20 ms remote. */
    many: { type: 'string', default: '100000' },
    webhooks: { type: 'string', default: '10000' },
    only: { type: 'string' },
  },
});
const users = Number(flags.users);
const many = Number(flags.many);

interface Line {
  what: string;
  ours: string;
  byHand: string;
  ratio: string;
  statements: string;
}
const lines: Line[] = [];
const round = (value: number) => Math.round(value).toLocaleString('en');

const headers = { authorization: `Bearer ${webhookToken}`, 'content-type': 'application/json' };
const body = (ids: string[], event: string) =>
  JSON.stringify({ idp: 'knowledgeCommons', updates: { users: ids.map((id) => ({ id, event })) } });

async function clean(site: Site): Promise<void> {
  for (;;) {
    const { rows } = await site.pool.query(
      'select 1 from sync_states where requested > synced and dead_at is null limit 1',
    );
    if (rows.length === 0) return;
    await sleep(20);
  }
}

/** Nobody pays for what was measured before: tables are tidy, and their statistics are true. */
async function tidy(site: Site): Promise<void> {
  await site.pool.query('vacuum analyze');
  await site.pool.query('checkpoint');
}

/** Has everybody looked at by webhooks of 1,000 events. @returns people a second, and statements for each. */
async function syncAll(site: Site, server: Pool, population: number, event: string) {
  await site.pool.query('select pg_stat_statements_reset()');
  const begun = performance.now();
  for (let first = 1; first <= population; first += 1000) {
    const ids = Array.from({ length: Math.min(1000, population - first + 1) }, (_, n) =>
      usernameOf(first + n),
    );
    const { statusCode, body: answer } = await server.request({
      method: 'POST',
      path: '/api/webhooks/user_data_update',
      headers,
      body: body(ids, event),
    });
    await answer.dump();
    if (statusCode !== 202) throw new Error(`answered ${statusCode}`);
  }
  await clean(site);
  const rate = population / ((performance.now() - begun) / 1000);
  const { rows } = await site.pool.query(
    `select sum(calls)::int as calls from pg_stat_statements
     where query not like '%pg_stat_statements%' and query not like 'select $1 from sync_states where%'`,
  );
  const { rows: counted } = await site.pool.query(
    'select count(*)::int as n from identities where idp = $1',
    ['knowledgeCommons'],
  );
  if (counted[0].n !== population)
    throw new Error(`${counted[0].n} people instead of ${population}`);
  return { rate, statements: rows[0].calls / population };
}

async function compare(site: Site, server: Pool, what: string, population: number, event: string) {
  await tidy(site);
  const ours = await syncAll(site, server, population, event);
  await tidy(site);
  const byHand = await syncByHand(site, population);
  lines.push({
    what,
    ours: `${round(ours.rate)}/s (${(population / ours.rate).toFixed(1)} s)`,
    byHand: `${round(byHand)}/s`,
    ratio: (ours.rate / byHand).toFixed(2),
    statements: ours.statements.toFixed(2),
  });
  console.error(lines.at(-1));
}

/** Posts webhooks of one event each. @returns the accepted rate and the latencies. */
async function post(server: Pool, count: number, perSecond?: number) {
  const latencies: number[] = [];
  const begun = performance.now();
  let failed = 0;
  let next = 0;
  const send = async (n: number, due: number) => {
    const { statusCode, body: answer } = await server.request({
      method: 'POST',
      path: '/api/webhooks/user_data_update',
      headers,
      body: body([usernameOf((n % users) + 1)], 'updated'),
    });
    await answer.dump();
    if (statusCode !== 202) failed++;
    // From when it was due: a server that stalls does not hide behind a generator that waits for it.
    latencies.push(performance.now() - due);
  };
  if (perSecond) {
    const all: Promise<void>[] = [];
    while (next < count) {
      const due = begun + (next * 1000) / perSecond;
      if (performance.now() < due) await sleep(Math.max(1, due - performance.now()));
      while (next < count && begun + (next * 1000) / perSecond <= performance.now()) {
        all.push(send(next, begun + (next * 1000) / perSecond));
        next++;
      }
    }
    await Promise.all(all);
  } else {
    const lane = async () => {
      while (next < count) await send(next++, performance.now());
    };
    await Promise.all(Array.from({ length: 64 }, lane));
  }
  if (failed > 0) throw new Error(`${failed} webhooks were refused`);
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return {
    rate: count / ((performance.now() - begun) / 1000),
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
  };
}

async function measure(site: Site, population: number): Promise<void> {
  const { child, url } = await site.serve('web,worker');
  const server = new Pool(url, { connections: 64 });
  await site.pool.query('create extension if not exists pg_stat_statements');
  await prepareByHand(site);
  if (flags.only !== 'many') {
    await compare(site, server, `first sync, ${round(users)} users, remote 0 ms`, users, 'created');
    await compare(site, server, 'again, unchanged, remote 0 ms', users, 'updated');
    for (let n = 1; n <= users; n += 10) {
      await site.control('PATCH', `/people/${usernameOf(n)}`, {
        institutional_affiliation: `Moved ${n}`,
      });
    }
    await compare(site, server, 'again, 10 % changed, remote 0 ms', users, 'updated');
    await site.control('PATCH', '', { latencyMs: 20 });
    await compare(site, server, 'again, unchanged, remote 20 ms', users, 'updated');
    await tidy(site);
    const steady = await post(server, Number(flags.webhooks), 1000);
    await clean(site);
    await tidy(site);
    const flat = await post(server, Number(flags.webhooks));
    await clean(site);
    for (const [what, it] of Object.entries({
      'webhooks at 1,000 a second, syncs beside them': steady,
      'webhooks, 64 at once': flat,
    })) {
      lines.push({
        what,
        ours: `${round(it.rate)}/s`,
        byHand: `p50 ${it.p50.toFixed(1)} ms`,
        ratio: `p95 ${it.p95.toFixed(1)} ms`,
        statements: `p99 ${it.p99.toFixed(1)} ms`,
      });
      console.error(lines.at(-1));
    }
  }
  if (flags.only !== 'few' && population > 0) {
    await site.control('PATCH', '', { latencyMs: 20 });
    await compare(
      site,
      server,
      `first sync, ${round(population)} users, remote 20 ms`,
      population,
      'created',
    );
    await compare(
      site,
      server,
      `reconciled, ${round(population)} users, remote 20 ms`,
      population,
      'updated',
    );
  }
  await server.close();
  child.kill('SIGTERM');
}

const site = await openSite({ population: Math.max(users, many) });
try {
  await measure(site, many);
} finally {
  await site.stop();
}
const columns = ['what', 'ours', 'byHand', 'ratio', 'statements'] as const;
console.log(`| ${columns.join(' | ')} |\n|${columns.map(() => '---|').join('')}`);
for (const line of lines) console.log(`| ${columns.map((it) => line[it]).join(' | ')} |`);
