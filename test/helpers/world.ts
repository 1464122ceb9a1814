import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { type App, openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createToken } from '../../src/credentials/tokens.ts';
import * as groups from '../../src/groups/service.ts';
import { createLog } from '../../src/log.ts';
import {
  type SampleOptions,
  type SampleService,
  startSampleService,
} from '../../src/sample/service.ts';
import * as users from '../../src/users/service.ts';
import { databaseAt } from './template.ts';

export const webhookToken = 'a-webhook-token-for-tests';
export const signingSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever they asked for
type Loose = any;

/** What is answered: data and errors as GraphQL has them. */
export interface Answer {
  status: number;
  data: Loose;
  errors?: Loose[];
}

export interface World {
  app: App;
  url: string;
  databaseUrl: string;
  sample: SampleService;
  /** The token of an administrator. */
  admin: string;
  logFile: string;
  /** Sends an operation as whoever has the token; as nobody without. */
  ask(token: string | undefined, query: string, variables?: object): Promise<Answer>;
  /** Posts a webhook; by default with the right token. */
  post(body: unknown, headers?: Record<string, string>): Promise<{ status: number; body: Loose }>;
  /** The rows that a statement answers, as the database has them. */
  sql<Row = Loose>(text: string, values?: unknown[]): Promise<Row[]>;
  /** A new user and their token. */
  makeUser(username?: string): Promise<{ id: string; username: string; token: string }>;
  /** Waits until nothing is to be looked at any more. */
  settled(timeoutMs?: number): Promise<void>;
  /** Waits until every index that is read says what things are. */
  indexed(timeoutMs?: number): Promise<void>;
  /** What is in the log of remote data. */
  remoteLog(): Promise<string>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  /** Added to, or instead of, what an idp is configured as. */
  idp?: Record<string, unknown>;
  /** More idps beside `knowledgeCommons` and `myCommons`, or others for them. */
  idps?: (sample: SampleService) => Record<string, unknown>;
  sample?: SampleOptions;
  env?: Record<string, string>;
  /** Whether jobs are done; they are unless it is false. */
  isWorking?: boolean;
}

/** A server with a database and a sample identity service of its own, for one test file. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const sample = await startSampleService({ token: 'remote-token', ...options.sample });
  const databaseUrl = await copyTemplate();
  const folder = await mkdtemp(join(tmpdir(), 'collegium-world-'));
  const logFile = join(folder, 'remote_data_updates.log');
  const config = readConfig({
    NODE_ENV: 'test',
    PORT: '0',
    REMOTE_DATA_LOG: logFile,
    VAR_DIRECTORY: folder,
    WEBHOOK_TOKEN: webhookToken,
    SIGNING_SECRET: signingSecret,
    REMOTE_TOKEN: 'remote-token',
    REMOTE_USER_DATA_API_ENDPOINTS: JSON.stringify({
      knowledgeCommons: idpOf(
        `${sample.url}/wp-json/commons/v1/users/{placeholder}`,
        `${sample.url}/wp-json/commons/v1/groups/{placeholder}`,
        options.idp,
      ),
      myCommons: idpOf(
        `${sample.url}/api/v1/members/{placeholder}/`,
        `${sample.url}/api/v1/groups/{placeholder}/`,
        options.idp,
      ),
      ...options.idps?.(sample),
    }),
    ...options.env,
  });
  const app = await openApp(
    config,
    databaseUrl,
    createLog({ logLevel: (process.env.TEST_LOG as 'debug') ?? 'silent' }),
  );
  const url = await app.listen();
  if (options.isWorking !== false) await app.work();
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  // Tests take the database away from the server, and so from here.
  pool.on('error', () => {});
  const sql: World['sql'] = async (text, values) => (await pool.query(text, values)).rows;

  const makeUser = async (username = `user-${randomUUID().slice(0, 8)}`) => {
    const user = await users.create(app.begin(Actor.system), { username });
    const { token } = await createToken(app.begin(Actor.system), { username, name: 'test' });
    return { id: user.id, username, token };
  };
  const administrator = await makeUser('the-administrator');
  await groups.makeAdministrator(app.begin(Actor.system), 'the-administrator');

  return {
    app,
    url,
    databaseUrl,
    sample,
    admin: administrator.token,
    logFile,
    sql,
    makeUser,
    async ask(token, query, variables = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ query, variables }),
      });
      return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
    },
    async post(body, headers = { authorization: `Bearer ${webhookToken}` }) {
      const response = await fetch(`${url}/api/webhooks/user_data_update`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body:
          typeof body === 'string' || body instanceof Uint8Array
            ? (body as string)
            : JSON.stringify(body),
      });
      return { status: response.status, body: await response.json() };
    },
    async settled(timeoutMs = 15_000) {
      for (const until = Date.now() + timeoutMs; ; await sleep(20)) {
        const [open] = await sql(
          'select idp, kind, remote_id, error from sync_states where requested > synced and dead_at is null limit 1',
        );
        if (!open) return;
        if (Date.now() > until) throw new Error(`not settled: ${JSON.stringify(open)}`);
      }
    },
    async indexed(timeoutMs = 15_000) {
      for (const until = Date.now() + timeoutMs; ; await sleep(10)) {
        const [waiting] = await sql(
          `select i.name, c.id from search_changes c join search_indexes i on i.id = c.index_id
           where i.state = 'LIVE' limit 1`,
        );
        if (!waiting) return;
        if (Date.now() > until) throw new Error(`not indexed: ${JSON.stringify(waiting)}`);
      }
    },
    remoteLog: () => sleep(50).then(() => readFile(logFile, 'utf8')),
    async stop() {
      await app.stop();
      await pool.end();
      await sample.stop();
    },
  };
}

const idpOf = (users: string, groups: string, more: Record<string, unknown> = {}) => ({
  users: {
    remote_endpoint: users,
    remote_identifier: 'id',
    remote_method: 'GET',
    token_env_variable_label: 'REMOTE_TOKEN',
  },
  groups: {
    remote_endpoint: groups,
    remote_identifier: 'id',
    remote_method: 'GET',
    token_env_variable_label: 'REMOTE_TOKEN',
  },
  provision: true,
  rate: 10_000,
  webhook: {
    token_env_variable_label: 'WEBHOOK_TOKEN',
    signing_secret_env_variable_label: 'SIGNING_SECRET',
  },
  ...more,
});

/** A database of its own, copied from the template in milliseconds. */
export async function copyTemplate(): Promise<string> {
  const root = inject('databaseUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client({ connectionString: root });
  await client.connect();
  await client.query(`create database ${name} template template strategy file_copy`);
  await client.end();
  return databaseAt(root, name);
}
