import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { sign } from '../../src/webhooks/signature.ts';
import { signingSecret, type World, webhookToken } from '../helpers/world.ts';

/** The example of the seed, to the byte. */
export const seed = `{
    "idp": "knowledgeCommons",
    "updates": {
        "users": [{"id": "1234", "event": "updated"},
                  {"id": "5678", "event": "created"}],
        "groups": [{"id": "1234", "event": "deleted"}]
    }
}
`;

export const path = '/api/webhooks/user_data_update';
export const bearer = { authorization: `Bearer ${webhookToken}` };

/** A notice that people were updated. */
export const notice = (ids: (string | number)[], idp = 'knowledgeCommons', event = 'updated') =>
  JSON.stringify({ idp, updates: { users: ids.map((id) => ({ id, event })) } });

/** The headers of a message that is signed as Standard Webhooks has it, `age` seconds ago. */
export function signed(body: string, id: string, { age = 0, secret = signingSecret } = {}) {
  const timestamp = String(Math.floor(Date.now() / 1000) - age);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': sign(body, { id, timestamp }, secret),
  };
}

interface Body {
  status?: number;
  code?: string;
  message: string;
  errorId?: string;
  problems?: { path: string; message: string }[];
  deliveryId?: string;
  events: { path: string; id: string | null; outcome: string; reason?: string }[];
}

/** Sends bytes to the door as they are; a content type is sent only if it is given. */
export async function send(
  { url }: World,
  {
    method = 'POST',
    to = path,
    body,
    headers = bearer,
  }: { method?: string; to?: string; body?: string | Uint8Array; headers?: object },
) {
  const response = await fetch(url + to, {
    method,
    headers: { ...headers },
    body: typeof body === 'string' ? Buffer.from(body) : (body as Buffer | undefined),
  });
  const answer = (await response.json()) as Body;
  return { status: response.status, headers: response.headers, body: answer };
}

/** How much is in the inbox, is to be looked at, and waits in the queue. */
export async function kept({ sql }: World) {
  const [counts] = await sql<{ deliveries: number; states: number; jobs: number }>(`
    select (select count(*)::int from webhook_deliveries) as deliveries,
      (select count(*)::int from sync_states) as states,
      (select count(*)::int from pgboss.job where name !~ '^(__pgboss|index-)') as jobs`);
  return counts;
}

export const nothing = { deliveries: 0, states: 0, jobs: 0 };

/** How often each subject was asked for. */
export const asked = async ({ sql }: World, ...ids: string[]) =>
  Object.fromEntries(
    (
      await sql<{ id: string; requested: number }>(
        'select remote_id as id, requested::int from sync_states where remote_id = any($1) order by 1',
        [ids],
      )
    ).map((it) => [it.id, it.requested]),
  );

/** The ids of a new user for each test that wants one; the sample service knows them. */
export function newPerson({ sample }: World, id: string): string {
  sample.world.people.set(`p${id}`, {
    id,
    username: `p${id}`,
    email: `p${id}@example.org`,
    name: `Person ${id}`,
    groups: [{ id: 12345, role: 'member' }],
  });
  return id;
}

/** Waits until so many connections wait for a lock. */
export async function waitingForLocks({ sql }: World, many: number): Promise<void> {
  for (const until = Date.now() + 15_000; ; await sleep(10)) {
    const [{ count }] = (await sql<{ count: number }>(
      `select count(*)::int from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    )) as [{ count: number }];
    if (count >= many) return;
    if (Date.now() > until) throw new Error(`${count} connections wait, not ${many}`);
  }
}

/** Holds the locks of a statement as if another transaction were at work, until it is told to end. */
export async function hold({ databaseUrl }: World, statement: string) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('begin');
  await client.query(statement);
  return async () => {
    await client.query('commit');
    await client.end();
  };
}
