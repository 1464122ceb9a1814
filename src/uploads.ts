import { buffer } from 'node:stream/consumers';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FileUpload } from 'graphql-upload-minimal';
import type { Context } from './context.ts';
import { Denial, Refusal, statusOf } from './errors.ts';
import { Fault, mostOfField, readBody, readOperation, tooLarge } from './multipart.ts';

/** Bytes of the largest file that anything here takes. */
const mostOfFile = 5_000_000;
/** The file, the two fields and what parts them. */
const mostOfBody = mostOfFile + 2 * mostOfField + 64 * 1024;
/** Shorter than the server waits for a whole request, so that a late one is answered. */
const deadlineMs = 55_000;

/**
 * The bytes of a file that an operation came with.
 * @throws Refusal if it has more than so many: nothing is ever cut off.
 */
export async function readUpload(
  upload: Promise<FileUpload>,
  most: number,
  path = ['input', 'file'],
): Promise<Buffer> {
  const { createReadStream } = await upload;
  const bytes = await buffer(createReadStream());
  if (bytes.length <= most) return bytes;
  const [has, may] = [bytes.length, most].map((it) => it.toLocaleString('en'));
  throw new Refusal('INVALID', `has ${has} bytes and may have ${may}.`, path);
}

/** A body that nobody has read so far. */
const unread = Symbol('unread');

/**
 * Lets this scope's routes be asked with files, by whoever is known. Who that is, whether a page of
 * somebody else asks and how much there is to come is looked at before any of the body is read.
 * @param contextOf who is asking; asked again by the route, so it should remember.
 */
export function acceptUploads(
  scope: FastifyInstance,
  contextOf: (request: FastifyRequest) => Promise<Context>,
  waitMs = deadlineMs,
): void {
  scope.addContentTypeParser('multipart/form-data', (_request, _body, done) => done(null, unread));
  scope.addHook('preValidation', async (request, reply) => {
    if (request.body !== unread) return undefined;
    try {
      request.body = await receive(request, reply, contextOf, waitMs);
      return undefined;
    } catch (error) {
      // There may be much more of the body: nobody waits for it.
      reply.header('connection', 'close');
      return refuse(reply, error);
    }
  });
}

async function receive(
  request: FastifyRequest,
  reply: FastifyReply,
  contextOf: (request: FastifyRequest) => Promise<Context>,
  waitMs: number,
): Promise<object> {
  const { headers, raw } = request;
  // A form on somebody else's page cannot send these without asking us first.
  if (!headers['apollo-require-preflight'] && !headers['x-apollo-operation-name']) {
    throw new Fault(
      400,
      'A request with files needs a header "apollo-require-preflight" or "x-apollo-operation-name".',
    );
  }
  const { actor } = await contextOf(request);
  if (actor.kind === 'ANYONE') throw new Fault(401, 'Sign in first.');
  if (Number(headers['content-length'] ?? 0) > mostOfBody) throw tooLarge(mostOfBody);
  const body = await readBody(raw, mostOfBody, waitMs);
  return readOperation(body, headers['content-type'] ?? '', reply.raw);
}

/** Answers as GraphQL does; what is no fault of the caller's is for others to mask. */
function refuse(reply: FastifyReply, error: unknown) {
  const isDenied = error instanceof Denial;
  if (!isDenied && !(error instanceof Fault)) throw error;
  const status = isDenied ? statusOf[error.code] : error.status;
  const code = isDenied ? error.code : status === 401 ? 'UNAUTHENTICATED' : 'BAD_USER_INPUT';
  return reply.code(status).send({ errors: [{ message: error.message, extensions: { code } }] });
}
