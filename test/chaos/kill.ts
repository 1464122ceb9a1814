import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { usernameOf } from '../../src/sample/world.ts';
import { openSite, type Site, webhookToken } from '../bench/site.ts';

export interface Chaos {
  kills: number;
  webhooks: number;
  /** Webhooks a second. */
  rate: number;
}

export interface Outcome {
  accepted: number;
  refused: number;
  kills: number;
  /** Accepted, and yet our copy is not what the service says. */
  lost: number;
  /** Rolled back, and yet something came of it. */
  orphans: number;
  /** Looks beyond one for each accepted webhook, as the service counted them. */
  repeated: number;
  /** Seconds from the last webhook until nothing was left to do. */
  settledAfter: number;
}

/** One webhook in twenty is rolled back at its commit, when its rows and its job are all written. */
const isRolledBack = (n: number) => n % 20 === 0;

const rollback = `
  create function refuse_at_commit() returns trigger language plpgsql as $$
    begin raise exception 'rolled back on purpose'; end $$;
  create constraint trigger refuse_at_commit after insert on webhook_deliveries
    deferrable initially deferred for each row when (new.message_id like 'roll-back-%')
    execute function refuse_at_commit();`;

/**
 * Kills workers at random moments, by SIGKILL, while webhooks come in, each about another person;
 * then compares what is here with what the service says.
 */
export async function killWorkers({ kills, webhooks, rate }: Chaos): Promise<Outcome> {
  const site = await openSite({ population: webhooks, idp: { removalBrake: false } });
  try {
    const web = await site.serve('web');
    await site.pool.query(rollback);
    await site.control('PATCH', '', { latencyMs: 5 });
    const workers = await Promise.all([1, 2, 3].map(() => site.serve('worker')));
    const sending = send(web.url, webhooks, rate);
    const children = workers.map((it) => it.child);
    const killed = await killAtRandom(site, children, kills, webhooks / rate);
    const { accepted, refused } = await sending;
    const settledAfter = await settle(site);
    return {
      accepted: accepted.size,
      refused: refused.size,
      kills: killed,
      settledAfter,
      ...(await compare(site, accepted, refused)),
    };
  } finally {
    await site.stop();
  }
}

async function send(url: string, webhooks: number, rate: number) {
  const accepted = new Set<string>();
  const refused = new Set<string>();
  const begun = performance.now();
  const all: Promise<void>[] = [];
  for (let n = 1; n <= webhooks; n++) {
    const wait = begun + (n * 1000) / rate - performance.now();
    if (wait > 0) await sleep(wait);
    const id = usernameOf(n);
    all.push(
      fetch(`${url}/api/webhooks/user_data_update`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${webhookToken}`,
          'webhook-id': isRolledBack(n) ? `roll-back-${n}` : `message-${n}`,
        },
        body: JSON.stringify({
          idp: 'knowledgeCommons',
          updates: { users: [{ id, event: 'created' }] },
        }),
      }).then(async (response) => {
        await response.arrayBuffer();
        (response.status === 202 ? accepted : refused).add(id);
      }),
    );
  }
  await Promise.all(all);
  return { accepted, refused };
}

/** Never the same moment of a worker's life; each is replaced, and others are at work meanwhile. */
async function killAtRandom(site: Site, workers: ChildProcess[], kills: number, seconds: number) {
  const replacing: Promise<unknown>[] = [];
  for (let killed = 0; killed < kills; killed++) {
    await sleep(((seconds * 1000) / kills) * (0.4 + Math.random()));
    while (workers.length === 0) await sleep(10);
    workers.shift()?.kill('SIGKILL');
    replacing.push(site.serve('worker').then(({ child }) => workers.push(child)));
  }
  await Promise.all(replacing);
  return kills;
}

async function settle(site: Site): Promise<number> {
  const begun = performance.now();
  while (performance.now() - begun < 60_000) {
    const { rows } = await site.pool.query(
      'select 1 from sync_states where requested > synced and dead_at is null limit 1',
    );
    if (rows.length === 0) return (performance.now() - begun) / 1000;
    await sleep(50);
  }
  return Number.POSITIVE_INFINITY;
}

async function compare(site: Site, accepted: Set<string>, refused: Set<string>) {
  const { rows } = await site.pool.query<{ subject: string; email: string; roles: number }>(`
    select i.subject, u.email, (select count(*)::int from assignments a where a.user_id = u.id) as roles
    from identities i join users u on u.id = i.user_id`);
  const here = new Map(rows.map((it) => [it.subject, it]));
  const { paths } = (await site.control('GET', '/calls')) as { paths: Record<string, number> };
  const calls = (id: string) => paths[`/wp-json/commons/v1/users/${id}`] ?? 0;
  const { rows: states } = await site.pool.query('select remote_id as id from sync_states');
  const known = new Set(states.map((it) => it.id));
  const isLost = (id: string) =>
    here.get(id)?.email !== `${id}@example.org` || here.get(id)?.roles !== 10;
  const all = [...accepted];
  return {
    lost: all.filter(isLost).length,
    orphans: [...refused].filter((id) => here.has(id) || known.has(id) || calls(id) > 0).length,
    repeated: all.reduce((sum, id) => sum + calls(id) - 1, 0),
  };
}
