import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import busboy from 'busboy';
import { processRequest } from 'graphql-upload-minimal';

/** What is wrong with a request before it is an operation; the HTTP status says what kind of thing. */
export class Fault extends Error {
  constructor(
    readonly status: 400 | 401 | 408 | 413,
    message: string,
  ) {
    super(message);
  }
}

/** Bytes that each of the parts beside the file may have. */
export const mostOfField = 256 * 1024;

/** All of a body, in memory. The stream is left as it is when the body is too large or too late. */
export function readBody(body: Readable, most: number, deadlineMs: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  const read = (chunk: Buffer) => {
    size += chunk.length;
    if (size <= most) chunks.push(chunk);
    else reject(tooLarge(most));
  };
  const fail = () => reject(new Fault(400, 'The request ended before its body did.'));
  const timer = setTimeout(
    () => reject(new Fault(408, `The body was not here within ${deadlineMs / 1000} s.`)),
    deadlineMs,
  );
  body.on('data', read);
  body.on('end', () => resolve(Buffer.concat(chunks)));
  // It stays: a caller who goes away while they are refused is no fault of ours.
  body.on('error', fail);
  body.on('close', fail);
  if (body.destroyed) fail();
  return promise.finally(() => {
    clearTimeout(timer);
    body.off('data', read);
    chunks.length = 0;
  });
}

export const tooLarge = (most: number): Fault =>
  new Fault(413, `The body has more than ${most.toLocaleString('en')} bytes.`);

/**
 * The operation in a body as the GraphQL multipart request specification has it, with the file where
 * the map says. The library for this follows the map's paths blindly, and so would let a caller write
 * into what all objects share, by `toString.call`, say: its own parser tells first what is in the body.
 */
export async function readOperation(
  body: Buffer,
  contentType: string,
  response: ServerResponse,
): Promise<object> {
  const again = () =>
    Object.assign(Readable.from([body]), {
      headers: { 'content-type': contentType },
    }) as unknown as IncomingMessage;
  check(await partsOf(again()));
  return processRequest(again(), response, { maxFieldSize: mostOfField, maxFiles: 1 });
}

/** Goes on if there is one file at most, and it goes where the operation has a null for it. */
function check({ fields, files }: Parts): void {
  const names = [...fields.map(([name]) => name), ...files];
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Fault(400, `"${twice}" is there twice.`);
  if (files.length > 1) throw new Fault(400, 'At most one file can be sent at once.');
  if (fields.length > 2) throw new Fault(400, 'There is more than "operations" and "map".');
  const texts = new Map(fields);
  const operation = readJson(texts, 'operations');
  const map = readJson(texts, 'map');
  for (const name of files) {
    if (!Object.hasOwn(map, name)) throw new Fault(400, `The file "${name}" is not in "map".`);
  }
  for (const [name, paths] of Object.entries(map)) {
    if (!files.includes(name)) throw new Fault(400, `The file "${name}" of "map" is missing.`);
    if (!Array.isArray(paths)) throw new Fault(400, `What "map" has for "${name}" is no list.`);
    for (const path of paths) demandNull(operation, path);
  }
}

function readJson(fields: ReadonlyMap<string, string>, name: string): object {
  const field = fields.get(name);
  if (field === undefined) throw new Fault(400, `The field "${name}" is missing.`);
  let read: unknown;
  try {
    read = JSON.parse(field);
  } catch {
    throw new Fault(400, `The field "${name}" is no JSON.`);
  }
  if (Array.isArray(read)) throw new Fault(400, `"${name}" is a list: send one at a time.`);
  if (typeof read === 'object' && read !== null) return read;
  throw new Fault(400, `The field "${name}" is no object.`);
}

/** A path of the map leads to a null among the operation's own variables. */
function demandNull(operation: object, path: unknown): void {
  const keys = typeof path === 'string' ? path.split('.') : [];
  const isOfVariables = keys.length > 1 && keys[0] === 'variables';
  if (isOfVariables && keys.reduce(own, operation) === null) return;
  throw new Fault(400, `${JSON.stringify(path)} of "map" leads to no null in the variables.`);
}

const own = (at: unknown, key: string): unknown =>
  typeof at === 'object' && at !== null && Object.hasOwn(at, key)
    ? (at as Record<string, unknown>)[key]
    : undefined;

interface Parts {
  fields: [name: string, text: string][];
  /** The names of those parts that are files. */
  files: string[];
}

/** What is in a body; read as `processRequest` reads it, so that the two never see different things. */
function partsOf(body: IncomingMessage): Promise<Parts> {
  const { promise, resolve, reject } = Promise.withResolvers<Parts>();
  const parts: Parts = { fields: [], files: [] };
  const malformed = () =>
    reject(new Fault(400, 'The body cannot be read as parts: it is cut off or malformed.'));
  let parser: busboy.Busboy;
  try {
    const limits = { fieldSize: mostOfField, parts: 10 };
    parser = busboy({ headers: body.headers, defParamCharset: 'utf8', limits });
  } catch {
    malformed();
    return promise;
  }
  parser.on('field', (name, text, { valueTruncated }) => {
    if (valueTruncated) reject(new Fault(413, `The field "${name}" has more than 256 KiB.`));
    parts.fields.push([name, text]);
  });
  parser.on('file', (name, stream) => {
    parts.files.push(name);
    stream.on('error', malformed).resume();
  });
  parser.on('partsLimit', () => reject(new Fault(400, 'The body has too many parts.')));
  parser.on('error', malformed);
  parser.on('close', () => resolve(parts));
  body.pipe(parser);
  return promise;
}
