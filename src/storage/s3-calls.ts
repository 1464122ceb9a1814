import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AwsV4Signer } from 'aws4fetch';
import { Agent, request } from 'undici';
import type { S3Keys, S3Place } from './place.ts';

/** The store did not do what was asked. It repeats neither keys nor signatures. */
export class StorageError extends Error {}

interface Call {
  method: 'GET' | 'PUT' | 'DELETE';
  key?: string;
  query?: Record<string, string>;
  body?: Buffer;
  type?: string;
}

interface Answer {
  status: number;
  bytes: Buffer;
  type: string;
}

const tries = 3;
/** Far above any file of ours. */
const largestAnswer = 64e6;

const agent = new Agent({ connections: 16, maxResponseSize: largestAnswer });

/** Answers one request after another as the store's owner; absence is an answer, all else is an error. */
export function s3Calls(place: S3Place, keys: S3Keys, timeoutMs: number) {
  return async (call: Call): Promise<Answer> => {
    for (let left = tries - 1; ; left -= 1) {
      try {
        return await once(place, keys, call, timeoutMs);
      } catch (error) {
        if (!(error instanceof Passing) || left === 0) throw error;
      }
      await sleep(100 * 4 ** (tries - 1 - left) * (0.5 + Math.random()));
    }
  };
}

/** What may be over when it is tried again; each call of ours does the same when done twice. */
class Passing extends StorageError {}

async function once(place: S3Place, keys: S3Keys, call: Call, timeoutMs: number): Promise<Answer> {
  const { method, key = '', query = {}, body, type } = call;
  const url = new URL(place.address + key);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const named = `${url.host}${url.pathname}`;
  const signed = await sign(url, place, keys, { method, body, type });
  try {
    const {
      statusCode,
      headers,
      body: answered,
    } = await request(url, {
      method,
      headers: Object.fromEntries(signed),
      body: body ?? null,
      signal: AbortSignal.timeout(timeoutMs),
      dispatcher: agent,
    });
    const bytes = Buffer.from(await answered.arrayBuffer());
    const isAbsent = statusCode === 404 && codeIn(bytes) !== 'NoSuchBucket';
    if ((statusCode < 200 || statusCode > 299) && !isAbsent) {
      throw failure(named, method, statusCode, codeIn(bytes));
    }
    return { status: statusCode, bytes, type: String(headers['content-type'] ?? '') };
  } catch (error) {
    if (error instanceof StorageError) throw error;
    const { name, code } = error as { name?: string; code?: string };
    const problem =
      name === 'TimeoutError'
        ? `gave no full answer within ${timeoutMs} ms`
        : `broke off (${code})`;
    throw new Passing(`${named}: ${method} ${problem}`);
  }
}

async function sign(
  url: URL,
  { region }: S3Place,
  { accessKeyId = '', secretAccessKey = '' }: S3Keys,
  { method, body, type }: Pick<Call, 'method' | 'body' | 'type'>,
): Promise<Headers> {
  const headers = {
    'x-amz-content-sha256': createHash('sha256')
      .update(body ?? '')
      .digest('hex'),
    ...(type !== undefined && { 'content-type': type }),
  };
  const secrets = { accessKeyId, secretAccessKey, region, service: 's3' };
  const signer = new AwsV4Signer({ url: url.href, method, headers, ...secrets });
  return (await signer.sign()).headers;
}

function failure(named: string, method: string, status: number, code: string): StorageError {
  const message = `${named}: ${method} was answered ${status} ${code}`.trim();
  const isPassing = status >= 500 || [408, 425, 429].includes(status);
  return isPassing ? new Passing(message) : new StorageError(message);
}

/** S3's own word for what is wrong; its message is left out, for it may repeat a key. */
const codeIn = (bytes: Buffer): string =>
  /<Code>(\w{1,64})<\/Code>/.exec(bytes.toString('utf8', 0, 4096))?.[1] ?? '';
