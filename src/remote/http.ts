import { Agent } from 'undici';
import type { z } from 'zod';
import { failure, interruption, RemoteError } from './fault.ts';

export { RemoteError, type RemoteFault } from './fault.ts';

/** Where one kind of data of a remote service is. */
export interface Endpoint {
  /** `{placeholder}` in it stands for the id; without one, the id comes at its end. */
  url: string;
  method: 'GET' | 'POST';
  token?: string;
  /** What the whole request may take, from the connection to the last byte. */
  timeoutMs: number;
}

const largestAnswer = 1024 * 1024;
const utf8 = new TextDecoder('utf-8', { fatal: true });

let agent: Agent | undefined;

/**
 * One for the process, so that connections stay open. The time allowed is kept by `ask` alone.
 * Certificates are verified whatever NODE_TLS_REJECT_UNAUTHORIZED says.
 */
const newAgent = () =>
  new Agent({
    connections: 512,
    pipelining: 1,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: largestAnswer,
    connect: { rejectUnauthorized: true },
  });

/** Waits for the requests under way, then closes the connections; the next request opens new ones. */
export async function closeRemotes(): Promise<void> {
  const closing = agent;
  agent = undefined;
  await closing?.close();
}

/** Where an id is asked for. An id is one path segment or query value, or it is refused. */
export function address(endpoint: Endpoint, id: string): URL {
  const base = URL.parse(endpoint.url);
  if (!base) throw RemoteError.at(new URL('http://unknown'), 'is not an address', 'PERMANENT');
  const problem = idProblem(id);
  if (problem) throw RemoteError.at(base, `was not asked: the id ${problem}`, 'PERMANENT');
  const encoded = encodeURIComponent(id);
  const text = endpoint.url.replace(/\{\w+\}/g, encoded);
  const url = URL.parse(text === endpoint.url ? text + encoded : text);
  // `https://example.org` + `.evil.net` would be another host.
  if (url?.origin !== base.origin || url.hash !== '') {
    throw RemoteError.at(base, 'was not asked: its address has no room for an id', 'PERMANENT');
  }
  return url;
}

function idProblem(id: string): string | undefined {
  if (id === '') return 'is empty';
  if (id.length > 255) return 'is longer than 255 characters';
  if (!id.isWellFormed() || /\p{Cc}/u.test(id)) return 'has control characters';
  // Encoded, `%2e` is no dot; but a proxy that decodes twice makes one of it.
  if (/^(\.|%2e){1,2}$/i.test(id)) return 'is a dot segment';
  return undefined;
}

/**
 * Reads one thing; undefined if the service says that there is no such thing.
 * It never retries: remote calls are made in jobs, and the queue tries those again.
 */
export async function read<T>(
  endpoint: Endpoint,
  id: string,
  shape: z.ZodType<T>,
): Promise<T | undefined> {
  return readAt(endpoint, address(endpoint, id), shape);
}

/** Reads what is at an address; undefined if there is nothing. */
export async function readAt<T>(
  endpoint: Omit<Endpoint, 'url'>,
  url: URL,
  shape: z.ZodType<T>,
): Promise<T | undefined> {
  const { status, bytes } = await ask(endpoint, url);
  const json = parse(bytes);
  refuseHalfTruth(url, status, json);
  if (isAbsence(status)) return undefined;
  // Not PERMANENT: what is not JSON comes from a proxy's error page far more often than from the service.
  if (json === undefined) throw RemoteError.at(url, 'answered what is not JSON', 'RETRYABLE');
  const result = shape.safeParse(json);
  if (result.success) return result.data;
  const problems = result.error.issues.map((it) => `${it.path.join('.')} ${it.message}`.trim());
  throw RemoteError.at(url, `answered unusably: ${problems.slice(0, 5).join('; ')}`, 'PERMANENT');
}

const isAbsence = (status: number) => status === 404 || status === 410;

async function ask(
  endpoint: Omit<Endpoint, 'url'>,
  url: URL,
): Promise<{ status: number; bytes: Uint8Array }> {
  agent ??= newAgent();
  const { method, token, timeoutMs } = endpoint;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  try {
    const { statusCode, headers, body } = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      signal: deadline.signal,
    });
    if ((statusCode < 200 || statusCode > 299) && !isAbsence(statusCode)) {
      // Read to its end, so that the connection can be used again.
      await body.dump();
      throw failure(url, statusCode, headers['retry-after']);
    }
    const encoding = headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      await body.dump();
      throw RemoteError.at(url, 'answered in an encoding that was not asked for', 'PERMANENT');
    }
    return { status: statusCode, bytes: await body.bytes() };
  } catch (cause) {
    if (cause instanceof RemoteError) throw cause;
    if (deadline.signal.aborted) {
      throw RemoteError.at(url, `gave no full answer within ${timeoutMs} ms`, 'RETRYABLE');
    }
    throw interruption(url, String((cause as { code?: unknown }).code ?? 'unknown error'));
  } finally {
    clearTimeout(timer);
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    return undefined;
  }
}

/** Profiles tells beside its answer when it is a stranger's view, or made while its database was away. */
function refuseHalfTruth(url: URL, status: number, json: unknown): void {
  const { meta } = Object(json) as { meta?: { authorized?: unknown; error?: { code?: unknown } } };
  if (meta?.authorized === false) {
    throw RemoteError.at(url, `answered ${status} as to a stranger`, 'AUTH');
  }
  if (isAbsence(status) && meta?.error?.code === 1001) {
    throw RemoteError.at(url, `answered ${status} while its database is away`, 'RETRYABLE');
  }
}
