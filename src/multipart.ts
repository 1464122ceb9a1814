import type { Readable } from 'node:stream';

/** A file that an operation came with. */
export class Upload {
  constructor(readonly bytes: Buffer) {}
}

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
 * the map says. Where the map's paths lead is watched: what follows them blindly, as the libraries
 * for this do, lets a caller write into what all objects share, by `toString.call`, say.
 */
export function readOperation(body: Buffer, contentType: string): object {
  const fields = new Map<string, Buffer>();
  const files = new Map<string, Upload>();
  for (const { name, isFile, bytes } of partsOf(body, contentType)) {
    if (fields.has(name) || files.has(name)) throw new Fault(400, `"${name}" is there twice.`);
    if (isFile) files.set(name, new Upload(bytes));
    else if (bytes.length <= mostOfField) fields.set(name, bytes);
    else throw new Fault(413, `The field "${name}" has more than 256 KiB.`);
    if (files.size > 1) throw new Fault(400, 'At most one file can be sent at once.');
    if (fields.size > 2) throw new Fault(400, 'There is more than "operations" and "map".');
  }
  const operation = readJson(fields, 'operations');
  const map = readJson(fields, 'map');
  for (const name of files.keys()) {
    if (!Object.hasOwn(map, name)) throw new Fault(400, `The file "${name}" is not in "map".`);
  }
  for (const [name, paths] of Object.entries(map)) {
    const file = files.get(name);
    if (!file) throw new Fault(400, `The file "${name}" of "map" is missing.`);
    if (!Array.isArray(paths)) throw new Fault(400, `What "map" has for "${name}" is no list.`);
    for (const path of paths) place(operation, path, file);
  }
  return operation;
}

function readJson(fields: ReadonlyMap<string, Buffer>, name: string): object {
  const field = fields.get(name);
  if (!field) throw new Fault(400, `The field "${name}" is missing.`);
  let read: unknown;
  try {
    read = JSON.parse(field.toString());
  } catch {
    throw new Fault(400, `The field "${name}" is no JSON.`);
  }
  if (Array.isArray(read)) throw new Fault(400, `"${name}" is a list: send one at a time.`);
  if (typeof read === 'object' && read !== null) return read;
  throw new Fault(400, `The field "${name}" is no object.`);
}

/** Puts the file where a path leads: to a null among the operation's own variables. */
function place(operation: object, path: unknown, file: Upload): void {
  const keys = typeof path === 'string' ? path.split('.') : [];
  const last = keys.pop() ?? '';
  let at: unknown = keys[0] === 'variables' ? operation : undefined;
  for (const key of keys) at = own(at, key);
  if (own(at, last) !== null) {
    throw new Fault(400, `${JSON.stringify(path)} of "map" leads to no null in the variables.`);
  }
  (at as Record<string, unknown>)[last] = file;
}

const own = (at: unknown, key: string): unknown =>
  typeof at === 'object' && at !== null && Object.hasOwn(at, key)
    ? (at as Record<string, unknown>)[key]
    : undefined;

interface Part {
  name: string;
  isFile: boolean;
  bytes: Buffer;
}

/**
 * The parts of a whole body (RFC 7578), one after the other. By hand, for the body is in memory and
 * then it is little: Node's own reader takes a part to end wherever the boundary's letters are, and
 * the streaming ones are made for bodies that are not at hand.
 */
export function* partsOf(body: Buffer, contentType: string): Generator<Part> {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType) ?? [];
  const boundary = Buffer.from(`\r\n--${quoted ?? bare ?? fail()}`, 'latin1');
  const isAtOnce = body.subarray(0, boundary.length - 2).equals(boundary.subarray(2));
  // The line break before a boundary is part of it, though there is none before the first byte.
  let at = isAtOnce ? -2 : find(body, boundary, 0);
  for (;;) {
    const rest = at + boundary.length;
    if (body.toString('latin1', rest, rest + 2) === '--') return;
    const headers = find(body, '\r\n', rest);
    if (body.toString('latin1', rest, headers).trim() !== '') fail();
    const end = find(body, '\r\n\r\n', headers);
    // A part without bytes may be without the line that would part them from its headers.
    at = find(body, boundary, end + 2);
    yield partOf(body.toString('utf8', headers, end), body.subarray(end + 4, at));
  }
}

function partOf(headers: string, bytes: Buffer): Part {
  const [, words = ''] =
    /(?:^|\r\n)content-disposition:\s*form-data([^\r\n]*)/i.exec(headers) ?? [];
  const found = words.matchAll(/;\s*([\w*]+)=(?:"([^"]*)"|([^\s;]*))/g);
  const said = new Map(
    [...found].map(([, key = '', ...value]) => [key.toLowerCase(), value.join('')]),
  );
  const isFile = said.has('filename') || said.has('filename*');
  return { name: said.get('name') ?? fail(), isFile, bytes };
}

function find(body: Buffer, what: Buffer | string, from: number): number {
  const at = body.indexOf(what, from);
  return at < 0 ? fail() : at;
}

function fail(): never {
  throw new Fault(400, 'The body cannot be read as parts: it is cut off or malformed.');
}
