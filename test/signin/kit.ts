import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transact } from '../../src/context.ts';
import { sessionCookie } from '../../src/signin/cookies.ts';
import { enter } from '../../src/signin/entering.ts';
import { type Answer, startWorld, type World, type WorldOptions } from '../helpers/world.ts';
import { type Oidc, type OidcAccount, type OidcOptions, startOidc } from './oidc-kit.ts';
import { newVisitor, type Page, signInThrough, type Visitor } from './visitor.ts';

export interface SignInWorldOptions extends WorldOptions {
  /** Who signs people in; may need to know where the server is, and to add secrets to the environment. */
  signIn: object | ((url: string, env: Record<string, string>) => object | Promise<object>);
  /** What else is in the file, as `issuers`. */
  file?: object;
}

/** A port that nobody listens on, for a server that must know its own before it listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** A world in which people sign in: at an address that is known before it is there. */
export async function startSignInWorld(options: SignInWorldOptions): Promise<World> {
  const { signIn, file, env, ...others } = options;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const folder = await mkdtemp(join(tmpdir(), 'collegium-sign-in-'));
  const path = join(folder, 'collegium.json');
  const secrets: Record<string, string> = {};
  const providers = typeof signIn === 'function' ? await signIn(url, secrets) : signIn;
  await writeFile(path, JSON.stringify({ signIn: providers, ...file }));
  return startWorld({
    ...others,
    env: { PORT: String(port), COLLEGIUM_CONFIG: path, ...secrets, ...env },
  });
}

/** How a provider is configured, with its secret where the configuration looks for it. */
export function configured(
  oidc: Oidc,
  env: Record<string, string>,
  more: Record<string, unknown> = {},
): object {
  env.OIDC_SECRET = oidc.clientSecret;
  return {
    kind: 'oidc',
    issuer: oidc.issuer,
    client_id: oidc.clientId,
    client_secret_env_variable_label: 'OIDC_SECRET',
    ...more,
  };
}

/** A provider that answers to a server at an address, under some keys. */
export const startOidcFor = (
  url: string,
  keys: string[],
  accounts: Record<string, OidcAccount>,
  more: Partial<OidcOptions> = {},
): Promise<Oidc> =>
  startOidc({
    accounts,
    redirectUris: keys.map((key) => `${url}/sign-in/${key}/callback`),
    ...more,
  });

/** A browser of somebody who is signed in, without the way there. */
export async function signedIn({ app }: World, userId: string): Promise<Visitor> {
  const visitor = newVisitor();
  const secret = await transact(app.begin(), (tx) => enter(tx, { userId }));
  visitor.cookies.set(sessionCookie, secret);
  return visitor;
}

/** Signs in through a provider; answers the page where that ends. */
export const signInAs = (
  { url }: World,
  visitor: Visitor,
  key: string,
  login: string,
  query = '',
): Promise<Page> => signInThrough(visitor, `${url}/sign-in/${key}${query}`, login);

/** Has the browser forget all but what is ours: its providers ask again who it is. */
export function forgetProviders({ cookies }: Visitor): void {
  for (const name of cookies.keys()) if (!name.startsWith('__Host-')) cookies.delete(name);
}

/** What a browser sends along. */
export const cookiesOf = ({ cookies }: Visitor): string =>
  [...cookies].map((it) => it.join('=')).join('; ');

export interface Step {
  method?: string;
  headers?: Record<string, string>;
  form?: Record<string, string>;
}

/** One request of a browser, with what headers it takes; goes nowhere by itself. */
export async function step(visitor: Visitor, url: string, { method, headers, form }: Step = {}) {
  const response = await fetch(url, {
    method: method ?? (form ? 'POST' : 'GET'),
    headers: { cookie: cookiesOf(visitor), ...headers },
    body: form && new URLSearchParams(form),
    redirect: 'manual',
  });
  const cookies = response.headers.getSetCookie();
  for (const it of cookies) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(it) ?? [];
    if (value === '') visitor.cookies.delete(name);
    else visitor.cookies.set(name, value);
  }
  return {
    status: response.status,
    headers: response.headers,
    to: response.headers.get('location') ?? '',
    text: await response.text(),
    cookies,
  };
}

/** What browsers say of a request that a page of ours makes. */
export const fromOurPage = ({ url }: World) => ({ origin: url, 'sec-fetch-site': 'same-origin' });

/** Asks GraphQL from a page of ours, by the session that the browser has. */
export async function askAs(
  world: World,
  visitor: Visitor,
  query: string,
  headers: Record<string, string> = fromOurPage(world),
): Promise<Answer> {
  const response = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: cookiesOf(visitor), ...headers },
    body: JSON.stringify({ query }),
  });
  const answer = (await response.json()) as Omit<Answer, 'status'>;
  return { ...answer, status: response.status };
}

/** Whose session the browser has; null if it has none. */
export const whoIs = async (world: World, visitor: Visitor): Promise<string | null> =>
  (await askAs(world, visitor, '{ viewer { username } }')).data?.viewer?.username ?? null;

/** What was written down of acts of a kind, newest first. */
export const recorded = ({ sql }: World, act: string) =>
  sql<{
    actor_id: string;
    via: string;
    via_id: string;
    ip: string;
    subject_id: string;
    details: Record<string, unknown>;
  }>('select * from audit_events where act = $1 order by id desc', [act]);
