import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Endpoint, RemoteError } from '../../src/remote/http.ts';

export const token = 'canary-token-7f3a';

/** A remote service that answers as a test wants, and remembers what it was asked. */
export interface Stub {
  endpoint: Endpoint;
  requests: IncomingMessage[];
  connections: number;
}

export function startStub(listener: RequestListener): Promise<Stub> {
  return listen(createServer(), listener, 'http');
}

/** Its certificate is good for 127.0.0.1, but nobody vouches for it. */
export function startSelfSignedStub(listener: RequestListener): Promise<Stub> {
  const file = (name: string) => readFileSync(new URL(name, import.meta.url));
  const server = createTlsServer({ key: file('self-signed.key'), cert: file('self-signed.crt') });
  return listen(server, listener, 'https');
}

/** A service that gives one answer to everybody. */
export function remoteSays(body: unknown, status = 200, headers = {}): Promise<Stub> {
  return startStub((_, response) => {
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}

/** The error of what must not succeed. */
export async function errorOf(promise: Promise<unknown>): Promise<RemoteError> {
  const outcome = await promise.catch((error: unknown) => error);
  if (outcome instanceof RemoteError) return outcome;
  throw new Error('There was no RemoteError', { cause: outcome });
}

async function listen(server: Server, listener: RequestListener, scheme: string): Promise<Stub> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const url = `${scheme}://127.0.0.1:${port}/users/`;
  const stub: Stub = {
    endpoint: { url, method: 'GET', token, timeoutMs: 2000 },
    requests: [],
    connections: 0,
  };
  server.on('connection', () => stub.connections++);
  server.on('request', (request, response) => {
    stub.requests.push(request);
    listener(request, response);
  });
  return stub;
}
