import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  request as send,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { base64url, importJWK, type JWK, SignJWT } from 'jose';

/** A question to a provider. */
export interface Asked {
  path: string;
  method: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What it answers to it. */
export interface Answered {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

export type OnAnswer = (answered: Answered, asked: Asked) => unknown;

/** Somebody between a provider and everybody else. */
export interface Front {
  issuer: string;
  /** Every question, in order. */
  asked: Asked[];
  /** Changes a question before the provider has it. */
  onAsk(asked: Asked): unknown;
  /** Changes an answer before it is given; may take its time. */
  onAnswer: OnAnswer;
  /** Lets everything through as it is again. */
  beHonest(): void;
  stop(): Promise<void>;
}

/**
 * Opens a front for a server that does not listen yet.
 * @param habit what it always does.
 * @param host what it calls itself: to a browser, `localhost` is another site than `127.0.0.1`.
 */
export async function openFront(
  inner: Server,
  habit: OnAnswer = () => {},
  host = '127.0.0.1',
): Promise<Front> {
  const outer = createServer();
  const port = await listen(inner);
  const front: Front = {
    issuer: `http://${host}:${await listen(outer)}`,
    asked: [],
    onAsk() {},
    onAnswer() {},
    beHonest() {
      front.onAsk = () => {};
      front.onAnswer = () => {};
    },
    async stop() {
      for (const server of [outer, inner]) {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      }
    },
  };
  outer.on('request', async (request: IncomingMessage, response: ServerResponse) => {
    const { url: path = '/', method = 'GET', headers } = request;
    const asked = { path, method, headers, body: await text(request) };
    front.asked.push({ ...asked });
    try {
      await front.onAsk(asked);
      const answered = await pass(port, asked);
      await habit(answered, asked);
      await front.onAnswer(answered, asked);
      const { 'content-length': _, 'transfer-encoding': __, ...rest } = answered.headers;
      response.writeHead(answered.status, rest).end(answered.body);
    } catch {
      response.destroy();
    }
  });
  return front;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** The provider is to believe that it was asked itself, so its own name goes with the question. */
async function pass(port: number, { path, method, headers, body }: Asked): Promise<Answered> {
  const { 'transfer-encoding': _, ...rest } = headers;
  const length = { 'content-length': Buffer.byteLength(body) };
  const question = send({ port, host: '127.0.0.1', path, method, headers: { ...rest, ...length } });
  question.end(body);
  const [answer] = (await once(question, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
}

/** Changes what is answered at a path that begins so, if it is JSON. */
export const changeJson =
  (path: string, change: (json: Record<string, unknown>) => unknown): OnAnswer =>
  async (answered, asked) => {
    if (!asked.path.startsWith(path) || answered.status !== 200) return;
    const json = JSON.parse(answered.body);
    answered.body = JSON.stringify((await change(json)) ?? json);
  };

/** Changes the address with which a browser is sent back to whoever asked. */
export const changeReturn =
  (change: (url: URL) => unknown): OnAnswer =>
  (answered) => {
    const { location = '' } = answered.headers;
    if (!/\/sign-in\/[^/]+\/callback\?/.test(location)) return;
    const url = new URL(location);
    change(url);
    answered.headers.location = url.href;
  };

type Json = Record<string, unknown>;
const partOf = (token: string, n: number): Json =>
  JSON.parse(new TextDecoder().decode(base64url.decode(token.split('.')[n] ?? '')));
export const claimsOf = (token: string): Json => partOf(token, 1);

interface Forgery {
  claims?: Json;
  header?: Json;
  /** What it is signed with; as it is if there is none. */
  key?: JWK;
}

/** A token with other claims: signed anew, or with a signature that belongs to something else. */
export async function forge(token: string, { claims, header, key }: Forgery): Promise<string> {
  const payload = { ...claimsOf(token), ...claims };
  const head = { ...partOf(token, 0), ...header };
  if (key) {
    return new SignJWT(payload)
      .setProtectedHeader(head as { alg: string })
      .sign(await importJWK(key, String(head.alg)), { crit: { x: true } });
  }
  const encode = (it: object) => base64url.encode(JSON.stringify(it));
  const signature = head.alg === 'none' ? '' : token.split('.')[2];
  return `${encode(head)}.${encode(payload)}.${signature}`;
}

/**
 * As ORCID answers (ORCID-Source, `OpenIDConnectDiscoveryService` and `OpenIDConnectTokenEnhancer`):
 * it does not announce PKCE and names no issuer when it sends people back, its keys have no `alg`,
 * and its access tokens live for twenty years.
 */
export const likeOrcid: OnAnswer = async (answered, asked) => {
  changeReturn((url) => url.searchParams.delete('iss'))(answered, asked);
  await changeJson('/.well-known/', (it) => ({
    issuer: it.issuer,
    authorization_endpoint: it.authorization_endpoint,
    token_endpoint: it.token_endpoint,
    userinfo_endpoint: it.userinfo_endpoint,
    jwks_uri: it.jwks_uri,
    claims_supported: ['family_name', 'given_name', 'name', 'auth_time', 'iss', 'sub'],
    scopes_supported: ['openid'],
    subject_types_supported: ['public'],
    response_types_supported: ['code', 'id_token', 'id_token token'],
    grant_types_supported: ['authorization_code', 'implicit', 'refresh_token'],
    claims_parameter_supported: false,
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic'],
  }))(answered, asked);
  await changeJson('/jwks', ({ keys }) => ({
    keys: (keys as JWK[]).map(({ alg: _, ...rest }) => rest),
  }))(answered, asked);
  await changeJson('/token', (it) => ({
    ...it,
    token_type: 'bearer',
    expires_in: 631_138_518,
    orcid: claimsOf(String(it.id_token)).sub,
  }))(answered, asked);
};
