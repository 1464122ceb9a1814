import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, openApp } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { transact } from '../../src/context.ts';
import { beginSession } from '../../src/credentials/sessions.ts';
import { newId } from '../../src/ids.ts';
import { createLog, type Logger } from '../../src/log.ts';
import { sessionCookie } from '../../src/signin/cookies.ts';
import { type Answer, startWorld, type World } from '../helpers/world.ts';

/** A world with a file of configuration. */
export async function startWorldWith(file: object): Promise<World> {
  const path = join(await mkdtemp(join(tmpdir(), 'collegium-file-')), 'collegium.json');
  await writeFile(path, JSON.stringify(file));
  return startWorld({ isWorking: false, env: { COLLEGIUM_CONFIG: path } });
}

/** A world that believes issuers. */
export const startIssuersWorld = (issuers: object): Promise<World> => startWorldWith({ issuers });

/** Sends an operation with headers of whatever kind. */
export async function askBy(
  url: string,
  headers: Record<string, string>,
  query: string,
  variables: object = {},
): Promise<Answer & { headers: Headers }> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as Omit<Answer, 'status'>;
  return { ...answer, status: response.status, headers: response.headers };
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** A browser in which somebody is signed in, as the headers that a page of ours sends. */
export async function signIn(
  { app }: World,
  userId: string,
  identityId?: string,
): Promise<Record<string, string>> {
  const ctx = {
    ...app.begin(),
    caller: { ip: '192.0.2.1', userAgent: 'Mozilla/5.0' },
  };
  const { secret } = await transact(ctx, (tx) => beginSession(tx, { userId, identityId }));
  return { cookie: `${sessionCookie}=${secret}`, 'sec-fetch-site': 'same-origin' };
}

/** Has an identity service know a user. */
export async function makeIdentity(
  { sql }: Pick<World, 'sql'>,
  userId: string,
  subject: string,
  idp = 'knowledgeCommons',
): Promise<string> {
  const id = newId();
  await sql('insert into identities (id, user_id, idp, subject) values ($1, $2, $3, $4)', [
    id,
    userId,
    idp,
    subject,
  ]);
  return id;
}

/** Who is asking, as the server sees it. */
export const viewerBy = async (url: string, headers: Record<string, string>) => {
  const { status, data } = await askBy(url, headers, '{ viewer { username } }');
  return status === 200 ? (data.viewer?.username ?? null) : status;
};

/** All rows that there are but those of limits, as one text that differs if one of them does. */
export async function allRows({ sql }: Pick<World, 'sql'>): Promise<string> {
  const tables = await sql(
    `select table_name from information_schema.tables
     where table_schema = 'public' and table_name <> 'rate_limits' order by 1`,
  );
  const sums = [];
  for (const { table_name: name } of tables) {
    const [{ sum }] = await sql(
      `select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as sum from "${name}" t`,
    );
    sums.push(`${name} ${sum}`);
  }
  return sums.join('\n');
}

export const forgetLimits = ({ sql }: Pick<World, 'sql'>) => sql('delete from rate_limits');

/** Another server on the database of a world, configured in another way. */
export async function startBeside(
  world: World,
  change: Partial<Config>,
  log: Logger = createLog({ logLevel: 'silent' }),
): Promise<{ app: App; url: string }> {
  const app = await openApp({ ...world.app.begin().config, ...change }, world.databaseUrl, log);
  return { app, url: await app.listen() };
}

/** What is answered to a request for keys. */
export interface KeyAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Gives no answer at all. */
  hangs?: boolean;
}

/** A place where issuers keep their keys, by path; it counts how often each is asked for. */
export async function startKeyPlace() {
  const answers = new Map<string, KeyAnswer>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const { status = 200, headers, body = '', hangs } = answers.get(path) ?? { status: 404 };
    if (hangs) return;
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    countOf: (path: string) => asked.filter((it) => it === path).length,
    answer: (path: string, answer: KeyAnswer) => answers.set(path, answer),
    publish: (path: string, keys: object[]) =>
      answers.set(path, { body: JSON.stringify({ keys }) }),
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
