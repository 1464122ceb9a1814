import type { CustomFetch } from 'openid-client';
import { Agent, fetch } from 'undici';
import { isLoopback } from '../../providers.ts';

/** Bytes of the longest answer that is read, however small it was on its way. */
const largest = 1024 * 1024;

/** A provider gave no answer, or none of which anything could be made. */
export class NoAnswer extends Error {}

/** Certificates are verified whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
const agent = new Agent({ allowH2: false, connect: { rejectUnauthorized: true } });

/**
 * Asks a provider, without following it elsewhere. The whole answer has come when this returns, so
 * that the time allowed is for all of it.
 * @throws NoAnswer
 */
export const askProvider: CustomFetch = async (address, { body, ...options }) => {
  const url = new URL(address);
  const place = url.host + url.pathname;
  if (url.protocol !== 'https:' && !isLoopback(address)) {
    throw new NoAnswer(`${place} was not asked: it is not https`);
  }
  try {
    const answer = await fetch(address, {
      ...options,
      body: body as string | URLSearchParams | null,
      redirect: 'manual',
      dispatcher: agent,
    });
    const bytes = await readAll(answer.body ?? []);
    if (answer.status >= 500 || answer.status === 429) throw new Error(`it said ${answer.status}`);
    const hasBody = ![204, 205, 304].includes(answer.status);
    return new Response(hasBody ? bytes : null, {
      status: answer.status,
      headers: [...answer.headers],
    });
  } catch (cause) {
    throw new NoAnswer(`${place} gave no answer: ${reasonOf(cause)}`);
  }
};

async function readAll(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > largest) throw new Error(`it is longer than ${largest} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return 'it took too long';
  return cause?.code ?? cause?.message ?? message;
}
