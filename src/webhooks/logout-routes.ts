import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import type { Routes } from '../feature.ts';
import { cleaned } from '../text.ts';
import { logOut } from './logout.ts';
import { credentialsOf } from './routes.ts';
import { idpsOf } from './senders.ts';

const path = '/api/webhooks/users/logout';
const mostBytes = 4 * 1024;

/** Where identity services say that somebody signed out, at the ancestor's address and by its contract. */
export const logoutRoutes: Routes = (server, { begin }) => {
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
  server.post(path, { bodyLimit: mostBytes }, (request, reply) => receive(begin(), request, reply));
};

const empty = Buffer.alloc(0);

async function receive(ctx: Context, request: FastifyRequest, reply: FastifyReply) {
  const body = Buffer.isBuffer(request.body) ? request.body : empty;
  const credentials = credentialsOf(request);
  const idps = idpsOf(ctx, body, credentials);
  if (idps.size === 0) {
    reply.header('www-authenticate', 'Bearer');
    const message = 'The credentials are missing or wrong.';
    return reply.code(401).send({ code: 'UNAUTHENTICATED', message, status: 401 });
  }
  const query = request.query as Record<string, unknown>;
  // A signature is over the body alone, so whom it is about has to be there.
  const { username, idp } = credentials.signed ? fieldsIn(body) : { ...fieldsIn(body), ...query };
  if (typeof idp === 'string' && !idps.has(idp)) {
    const message = `These credentials do not speak for ${named(idp)}.`;
    return reply.code(403).send({ code: 'FORBIDDEN', message, status: 403 });
  }
  const name = typeof username === 'string' ? named(username) : '';
  if (name === '') {
    const place = credentials.signed ? 'the body' : '"?username="';
    const message = `There is no username in ${place}.`;
    return reply.code(400).send({ code: 'BAD_USER_INPUT', message, status: 400 });
  }
  const idpsMeant = typeof idp === 'string' ? [idp] : [...idps];
  const { users, sessions } = await logOut({ ...ctx, caller: { ip: request.ip } }, idpsMeant, name);
  ctx.remoteLog.write({
    event: 'signal',
    requestId: request.id,
    idp: idpsMeant.join(' '),
    kind: 'users',
    id: name,
    signal: 'logout',
    outcome: users > 0 ? 'ACCEPTED' : 'UNKNOWN',
    sessions,
  });
  if (users > 0) return { message: `User ${name} logged out`, status: 'success' };
  const message = `User ${name} not found; no sessions invalidated`;
  return reply.code(404).send({ message, status: 'not found' });
}

/** A name as it may be looked for, answered and logged. */
const named = (text: string) => cleaned(text.toWellFormed()).slice(0, 255);

function fieldsIn(body: Buffer): Record<string, unknown> {
  try {
    return Object(JSON.parse(body.toString('utf8')));
  } catch {
    return {};
  }
}
