import { createHash, createHmac } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A stub, not S3: one bucket in memory, with what our store asks for. It checks every signature by
 * code of its own, after the description of Signature Version 4.
 */
export interface S3Stub {
  /** What `config.files` says. */
  files: string;
  objects: Map<string, { bytes: Buffer; type: string }>;
  /** Method and path of each request, as they came. */
  requests: string[];
  /** Faults for the next requests, one each; a listener answers, or leaves without an answer. */
  faults: ((request: IncomingMessage, response: ServerResponse) => void)[];
  stop(): Promise<void>;
}

export const stubKeys = { accessKeyId: 'AKIDSTUB', secretAccessKey: 'a/secret+of=the stub' };
const region = 'eu-central-1';
const bucket = 'the-bucket';
const pageSize = 2;

export async function startS3Stub(): Promise<S3Stub> {
  const objects: S3Stub['objects'] = new Map();
  const requests: string[] = [];
  const faults: S3Stub['faults'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (it: Buffer) => chunks.push(it));
    request.on('end', () => {
      requests.push(`${request.method} ${request.url}`);
      const fault = faults.shift();
      if (fault) fault(request, response);
      else answer(objects, request, Buffer.concat(chunks), response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    files: `s3://${bucket}?endpoint=http://127.0.0.1:${port}&region=${region}&prefix=collegium`,
    objects,
    requests,
    faults,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function refuse(response: ServerResponse, status: number, code: string): void {
  const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>It names ${stubKeys.accessKeyId}</Message></Error>`;
  response.writeHead(status, { 'content-type': 'application/xml' }).end(xml);
}

function answer(
  objects: S3Stub['objects'],
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): void {
  const { method = '', headers } = request;
  const url = new URL(request.url ?? '', `http://${headers.host}`);
  const problem = signatureProblem(method, url, headers, body);
  const [, named, ...rest] = url.pathname.split('/');
  const key = decodeURIComponent(rest.join('/'));
  const found = objects.get(key);
  if (problem) refuse(response, 403, problem);
  else if (named !== bucket) refuse(response, 404, 'NoSuchBucket');
  else if (key === '' && method === 'GET' && url.searchParams.get('list-type') === '2') {
    response.end(list(objects, url.searchParams));
  } else if (method === 'PUT') {
    objects.set(key, { bytes: body, type: headers['content-type'] ?? '' });
    response.end();
  } else if (method === 'DELETE') {
    objects.delete(key);
    response.writeHead(204).end();
  } else if (method === 'GET' && found) {
    response.writeHead(200, { 'content-type': found.type }).end(found.bytes);
  } else refuse(response, 404, 'NoSuchKey');
}

function list(objects: S3Stub['objects'], query: URLSearchParams): string {
  const after = query.get('start-after') ?? '';
  const prefix = query.get('prefix') ?? '';
  const all = [...objects.keys()].sort().filter((it) => it.startsWith(prefix) && it > after);
  const shown = all.slice(0, pageSize).map((it) => `<Contents><Key>${it}</Key></Contents>`);
  return `<ListBucketResult><Prefix>${prefix}</Prefix><IsTruncated>${all.length > pageSize}</IsTruncated>${shown.join('')}</ListBucketResult>`;
}

function signatureProblem(
  method: string,
  url: URL,
  headers: IncomingHttpHeaders,
  body: Buffer,
): string | undefined {
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  const [, keyId, date, of, signedHeaders = '', given] = parts ?? [];
  const time = String(headers['x-amz-date']);
  if (!parts || of !== region || !time.startsWith(String(date)))
    return 'AuthorizationHeaderMalformed';
  if (keyId !== stubKeys.accessKeyId) return 'InvalidAccessKeyId';
  const wanted = ['host', 'x-amz-content-sha256', 'x-amz-date'];
  if (!wanted.every((it) => signedHeaders.split(';').includes(it))) return 'AccessDenied';
  if (headers['x-amz-content-sha256'] !== sha256(body)) return 'XAmzContentSHA256Mismatch';
  const signed = signedHeaders.split(';').map((it): [string, string] => [it, String(headers[it])]);
  const expected = signatureOf({ method, url, signed, time, region, ...stubKeys });
  return expected === given ? undefined : 'SignatureDoesNotMatch';
}

export interface ToSign {
  method: string;
  url: URL;
  /** Names and values of the signed headers, in order; the hash of the body is among them. */
  signed: [string, string][];
  time: string;
  region: string;
  secretAccessKey: string;
}

/** The signature that a request ought to have, in the words of AWS's description. */
export function signatureOf({
  method,
  url,
  signed,
  time,
  region,
  secretAccessKey,
}: ToSign): string {
  const canonicalQuery = [...url.searchParams]
    .map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`)
    .sort()
    .join('&');
  const canonicalRequest = [
    method,
    url.pathname
      .split('/')
      .map((it) => uriEncode(decodeURIComponent(it)))
      .join('/'),
    canonicalQuery,
    ...signed.map(([name, value]) => `${name}:${value.trim()}`),
    '',
    signed.map(([name]) => name).join(';'),
    signed.find(([name]) => name === 'x-amz-content-sha256')?.[1],
  ].join('\n');
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const stringToSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonicalRequest)].join('\n');
  const key = [time.slice(0, 8), region, 's3', 'aws4_request'].reduce(
    (secret, it) => hmac(secret, it),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  return hmac(key, stringToSign).toString('hex');
}

const uriEncode = (text: string) =>
  [...Buffer.from(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      const isPlain = /[A-Za-z0-9\-._~]/.test(char);
      return isPlain ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');
const hmac = (key: Buffer, data: string) => createHmac('sha256', key).update(data).digest();
