import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { memoryElasticsearch } from './elasticsearch-memory.ts';
import { answer } from './elasticsearch-stub.ts';

const { ELASTICSEARCH_URL: real, ELASTICSEARCH_API_KEY: apiKey } = process.env;

/** A server on loopback in front of Elasticsearch, of a real one if there is, that can be spoilt. */
export interface Front {
  url: string;
  /** Passes everything on from now on, as at first. */
  passes(): void;
  /** Says something else from now on. */
  says(listener: RequestListener): void;
  /** Changes what is answered to searches. */
  spoils(change: (body: string) => string): void;
  /** Hangs up on everybody, and takes no call until `start`. */
  stop(): void;
  start(): Promise<void>;
  /** Asks Elasticsearch itself, whatever the front is told to do. */
  behind(method: string, path: string): Promise<unknown>;
  close(): void;
}

export async function startFront(): Promise<Front> {
  const memory = createServer(memoryElasticsearch());
  if (!real) await once(memory.listen(0, '127.0.0.1'), 'listening');
  const { port: memoryPort } = (memory.address() ?? { port: 0 }) as AddressInfo;
  const place = new URL(real ?? `http://127.0.0.1:${memoryPort}`);
  const login = Buffer.from(decodeURIComponent(`${place.username}:${place.password}`));
  const headers = {
    ...(place.username !== '' && { authorization: `Basic ${login.toString('base64')}` }),
    ...(apiKey !== undefined && { authorization: `ApiKey ${apiKey}` }),
  };
  const base = `${place.protocol}//${place.host}`;

  const passing =
    (change: (body: string) => string = (it) => it): RequestListener =>
    async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const { accept = '*/*', 'content-type': type } = request.headers;
      const answered = await fetch(`${base}${request.url}`, {
        method: request.method ?? '',
        headers: { ...headers, accept, ...(type && { 'content-type': type }) },
        ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
      });
      const body = await answered.text();
      const isSearch = request.url?.includes('/_search');
      answer(isSearch ? change(body) : body, answered.status)(request, response);
    };

  let listener = passing();
  const server = createServer((request, response) => {
    // A caller who hung up is not told.
    response.on('error', () => {});
    listener(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return {
    url: `http://127.0.0.1:${port}`,
    passes: () => {
      listener = passing();
    },
    says: (next) => {
      listener = next;
    },
    spoils: (change) => {
      listener = passing(change);
    },
    stop,
    start: async () => {
      await once(server.listen(port, '127.0.0.1'), 'listening');
    },
    behind: async (method, path) => (await fetch(`${base}${path}`, { method, headers })).json(),
    close: () => {
      stop();
      memory.close();
      memory.closeAllConnections();
    },
  };
}
