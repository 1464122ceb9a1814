import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import type { Routes } from '../feature.ts';
import { toGlobalId } from '../ids.ts';
import { Batcher } from './batcher.ts';
import { type Arrival, type Receipt, store } from './inbox.ts';
import { readNotice } from './payload.ts';
import { type Credentials, idpsOf } from './senders.ts';

const path = '/api/webhooks/user_data_update';
const mostBytes = 64 * 1024;

/**
 * The door for identity services, at the ancestor's address and by its contract: a bearer token and
 * a thin notice that something changed. Standard Webhooks signatures are taken as well.
 */
export const webhookRoutes: Routes = (server, { begin }) => {
  const inbox = new Batcher<Arrival, Receipt | undefined>((arrivals) => store(begin(), arrivals));
  // The signature is over the bytes as they came, and what is wrong with them is ours to say.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  // Senders call JSON all sorts of things, and some of them cannot be read.
  server.addHook('onRequest', (request, _reply, done) => {
    delete request.headers['content-type'];
    done();
  });
  // Here, so that no POST goes without its line, not even one that never gets to the handler.
  const { remoteLog } = begin();
  server.addHook('onResponse', ({ method, id, ip, body }, { statusCode }, done) => {
    const bytes = Buffer.isBuffer(body) ? body.length : undefined;
    if (method === 'POST')
      remoteLog.write({ event: 'post', requestId: id, from: ip, bytes, status: statusCode });
    done();
  });
  server.get(path, async () => ({ message: 'Webhook receiver is active', status: 200 }));
  server.route({
    method: ['PUT', 'PATCH', 'DELETE'],
    url: path,
    handler: (_request, reply) =>
      reply
        .code(405)
        .header('allow', 'GET, POST')
        .send({ message: 'Method not allowed', status: 405 }),
  });
  server.post(path, { bodyLimit: mostBytes }, (request, reply) =>
    receive(begin(), inbox, request, reply),
  );
};

const empty = Buffer.alloc(0);

async function receive(
  ctx: Context,
  inbox: Batcher<Arrival, Receipt | undefined>,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const body = Buffer.isBuffer(request.body) ? request.body : empty;
  const idps = idpsOf(ctx, body, credentialsOf(request));
  const answer = (status: number, content: { code?: string } & Record<string, unknown>) =>
    reply.code(status).send({ ...content, status });
  if (idps.size === 0) {
    reply.header('www-authenticate', 'Bearer');
    return answer(401, {
      code: 'UNAUTHENTICATED',
      message: 'The credentials are missing or wrong.',
    });
  }
  const read = readNotice(body, (idp) => ctx.config.idps.has(idp));
  if ('problems' in read) {
    const message = `The body cannot be used: ${read.problems.map((it) => `${it.path} ${it.message}`).join('; ')}.`;
    return answer(400, { code: 'BAD_USER_INPUT', message, problems: read.problems });
  }
  const { notice } = read;
  const idp = ctx.config.idps.get(notice.idp);
  if (!idp || !idps.has(notice.idp)) {
    return answer(403, {
      code: 'FORBIDDEN',
      message: `These credentials do not speak for ${notice.idp}.`,
    });
  }
  const messageId = header(request, 'webhook-id');
  if (messageId !== undefined && !/^[\x21-\x7e]{1,255}$/.test(messageId)) {
    return answer(400, {
      code: 'BAD_USER_INPUT',
      message: 'webhook-id needs 1 to 255 printable characters.',
    });
  }
  const receipt = await inbox.add({ idp, messageId, body, notice });
  if (!receipt) {
    return answer(409, {
      code: 'CONFLICT',
      message: 'This webhook-id came before with another body.',
    });
  }
  const { events } = receipt;
  const deliveryId = toGlobalId('WebhookDelivery', receipt.deliveryId);
  for (const { kind, id, event, outcome } of events) {
    ctx.remoteLog.write({
      event: 'signal',
      requestId: request.id,
      idp: idp.key,
      kind,
      id,
      signal: event,
      outcome,
      deliveryId,
    });
  }
  return answer(202, {
    message: 'Webhook notification accepted',
    deliveryId,
    events: events.map((it) => ({ ...it, outcome: it.outcome.toLowerCase() })),
  });
}

const header = (request: FastifyRequest, name: string) => request.headers[name]?.toString();

/** What a request brings to prove who sends it. */
export function credentialsOf(request: FastifyRequest): Credentials {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(header(request, 'authorization') ?? '') ?? [];
  const signature = header(request, 'webhook-signature');
  const id = header(request, 'webhook-id');
  const timestamp = header(request, 'webhook-timestamp');
  if (signature === undefined || id === undefined || timestamp === undefined) return { bearer };
  return { bearer, signed: { id, timestamp, signature } };
}
