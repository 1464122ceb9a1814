import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Actor } from '../../src/actor.ts';
import { enqueue } from '../../src/jobs.ts';
import { generate, usernameOf } from '../../src/sample/world.ts';
import { syncIdp } from '../../src/sync/jobs.ts';
import type { World } from '../helpers/world.ts';

/** Where the service answers about a person. */
export const pathOf = (id: string) => `/wp-json/commons/v1/users/${id}`;

/** How a WordPress service at an address is configured. */
export function idpAt(url: string, { timeout_ms = 5_000, ...more }: Record<string, unknown> = {}) {
  const endpoint = (kind: string) => ({
    remote_endpoint: `${url}/wp-json/commons/v1/${kind}/{placeholder}`,
    token_env_variable_label: 'REMOTE_TOKEN',
    timeout_ms,
  });
  return {
    users: endpoint('users'),
    groups: endpoint('groups'),
    provision: true,
    rate: 10_000,
    webhook: { token_env_variable_label: 'WEBHOOK_TOKEN' },
    ...more,
  };
}

/** The usernames of so many generated people, from the nth on. */
export const usernames = (count: number, from = 1): string[] =>
  Array.from({ length: count }, (_, n) => usernameOf(from + n));

/** Puts somebody into the service's world whom no other test knows. */
export function newPerson({ sample }: World, username: string): string {
  const { world } = sample;
  const person = { ...generate(1), username, email: `${username}@example.org`, name: username };
  world.people.set(username, { ...person, id: username, orcid: '' });
  return username;
}

/** Sends a webhook that says that people were updated. */
export async function tell(world: World, idp: string, ids: string[]): Promise<void> {
  const users = ids.map((id) => ({ id, event: 'updated' }));
  const { status } = await world.post({ idp, updates: { users } });
  if (status !== 202) throw new Error(`The webhook was answered with ${status}`);
}

/** Waits until something is there, however slow the machine is. */
export async function until<T>(
  look: () => T | Promise<T>,
  timeoutMs = 15_000,
): Promise<Exclude<T, false | undefined | 0>> {
  for (const end = Date.now() + timeoutMs; ; await sleep(10)) {
    const found = await look();
    if (found) return found as Exclude<T, false | undefined | 0>;
    if (Date.now() > end) throw new Error(`In vain: ${look}`);
  }
}

/** Waits until nothing of one service is to be looked at any more, whatever the others do. */
export const settled = ({ sql }: World, idp: string) =>
  until(async () => {
    const open = await sql(
      'select 1 from sync_states where idp = $1 and requested > synced and dead_at is null limit 1',
      [idp],
    );
    return open.length === 0;
  });

export interface StateRow {
  requested: number;
  synced: number;
  attempts: number;
  error: string | null;
  trigger: string;
  /** Seconds from now on. */
  dueIn: number;
  isLeased: boolean;
  isDead: boolean;
}

/** How somebody's state stands in the database. */
export async function stateOf({ sql }: World, id: string): Promise<StateRow> {
  const [state] = await sql<StateRow>(
    `select requested::int, synced::int, attempts, error, trigger,
       extract(epoch from due_at - now())::float8 as "dueIn",
       coalesce(leased_until > now(), false) as "isLeased", dead_at is not null as "isDead"
     from sync_states where remote_id = $1`,
    [id],
  );
  if (!state) throw new Error(`Nobody looks at ${id}`);
  return state;
}

const runsQuery = `query ($idp: String, $remoteId: String, $outcomes: [SyncOutcome!]) {
  syncRuns(first: 100, idp: $idp, remoteId: $remoteId, outcomes: $outcomes) {
    nodes { id outcome attempt trigger error finishedAt remoteId
      changes { kind field before after redacted } }
  }
}`;

/** The runs that callers see, the newest first. */
export async function runsOf(
  world: World,
  filter: { idp?: string; remoteId?: string; outcomes?: string[] },
) {
  const { data, errors } = await world.ask(world.admin, runsQuery, filter);
  if (errors) throw new Error(JSON.stringify(errors));
  return data.syncRuns.nodes;
}

/** A service as callers see it. */
export async function serviceOf(world: World, idp: string) {
  const { data } = await world.ask(
    world.admin,
    '{ remoteServices { idp failures openUntil lastError dirty dead } }',
  );
  return data.remoteServices.find((it: { idp: string }) => it.idp === idp);
}

/** Asks the worker to look for something to do. */
export const hint = ({ app }: World, idp: string) =>
  enqueue(app.begin(Actor.system), syncIdp, { idp });

/** Has everything that waits for a retry of its own or of the service tried again now. */
export async function hurry(world: World, idp: string): Promise<void> {
  await world.sql('update remote_services set open_until = null where idp = $1', [idp]);
  await world.sql(
    'update sync_states set due_at = now() where idp = $1 and requested > synced and leased_until is null',
    [idp],
  );
  await hint(world, idp);
}

/** A call that a gate saw. */
export interface Call {
  path: string;
  at: number;
}

/** An answer that is kept back: what the service said then, however the world changes meanwhile. */
export interface Hold {
  caught: Promise<void>;
  letGo(status?: number): void;
}

/** Stands before the sample service, notes who comes when, and keeps answers back that it is told to. */
export interface Gate {
  url: string;
  /** The service behind it. */
  target: string;
  calls: Call[];
  /** The most calls of a path that were under way at once. */
  mostAtOnce(path: string): number;
  /** Keeps the next answer about a path back until it is let go with it, or with another status. */
  hold(path: string): Hold;
  stop(): Promise<void>;
}

export async function startGate(): Promise<Gate> {
  const underWay = new Map<string, number>();
  const most = new Map<string, number>();
  const held = new Map<string, { caught(): void; gone: Promise<number | undefined> }>();
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    const count = (underWay.get(path) ?? 0) + 1;
    underWay.set(path, count);
    response.on('close', () => underWay.set(path, (underWay.get(path) ?? 1) - 1));
    gate.calls.push({ path, at: performance.now() });
    most.set(path, Math.max(most.get(path) ?? 0, count));
    const hold = held.get(path);
    held.delete(path);
    const { authorization = '' } = request.headers;
    const answer = await fetch(gate.target + path, { headers: { authorization } });
    const body = await answer.text();
    hold?.caught();
    const status = (await hold?.gone) ?? answer.status;
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const gate: Gate = {
    url: `http://127.0.0.1:${port}`,
    target: '',
    calls: [],
    mostAtOnce: (path) => most.get(path) ?? 0,
    hold(path) {
      const caught = Promise.withResolvers<void>();
      const gone = Promise.withResolvers<number | undefined>();
      held.set(path, { caught: caught.resolve, gone: gone.promise });
      return { caught: caught.promise, letGo: gone.resolve };
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return gate;
}
