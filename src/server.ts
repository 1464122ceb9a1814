import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Entry, Feature } from './feature.ts';
import { type GraphqlDoor, openGraphql } from './graphql.ts';

export interface Doors extends GraphqlDoor, Entry {
  features: Feature[];
  /** The proxies of which it is believed for whom they ask. */
  trustedProxies: readonly string[];
  /** Throws while the server should not be sent requests. */
  ready(): Promise<void>;
}

/** One line for each request, when it is answered. */
class OneLineEach extends LogController {
  override incomingRequest(): void {}

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ) {
    const { method, routeOptions } = request;
    const ms = Math.round(reply.elapsedTime);
    request.log.info(
      { method, route: routeOptions.url, status: reply.statusCode, ms, err: error ?? undefined },
      'answered',
    );
  }
}

/**
 * The HTTP doors: GraphQL, the features' REST routes and the probes. Fastify, because beside Apollo
 * it costs about a sixth less of a request than Express and has schema-free raw bodies for webhooks.
 */
export async function openDoors(doors: Doors): Promise<FastifyInstance> {
  const { features, log } = doors;
  const server = fastify({
    loggerInstance: log as FastifyBaseLogger,
    genReqId: () => randomUUID(),
    logController: new OneLineEach({ requestIdLogLabel: 'requestId' }),
    routerOptions: { ignoreTrailingSlash: true },
    // Twice 50,000 characters of any language, written as escapes.
    bodyLimit: 1024 * 1024,
    forceCloseConnections: 'idle',
    requestTimeout: 60_000,
    trustProxy: doors.trustedProxies.length > 0 && [...doors.trustedProxies],
    // Before there is a route, no hook runs: an address that cannot be read.
    frameworkErrors: answerError,
  });
  server.register(cookie);
  let isClosing = false;
  server.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  server.addHook('onSend', (request, reply, _payload, done) => {
    reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff' });
    // Connections that are idle are closed, and those in use when they become so.
    if (isClosing) reply.header('connection', 'close');
    done();
  });
  server.setErrorHandler(answerError);
  server.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ code: 'NOT_FOUND', message: 'There is nothing here.' }),
  );
  server.get('/livez', () => ({ status: 'ok' }));
  server.get('/readyz', async (request, reply) => {
    try {
      await doors.ready();
      return { status: 'ok' };
    } catch (err) {
      request.log.warn({ err }, 'not ready');
      return reply.code(503).send({ status: 'unavailable' });
    }
  });
  for (const { routes } of features) {
    if (routes) {
      server.register((scope, _options, done) => {
        routes(scope, doors);
        done();
      });
    }
  }
  await openGraphql(server, doors);
  return server;
}

/** How a fault looks behind a REST door: what the caller did is told, what we did is masked. */
function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const status = error.statusCode ?? 500;
  reply.code(status);
  if (status < 500) return reply.send({ code: codeOf(status), message: error.message });
  const errorId = randomUUID();
  request.log.error({ err: error, errorId }, 'a request failed');
  return reply.send({ code: 'INTERNAL', message: 'Something went wrong here.', errorId });
}

const codeOf = (status: number) =>
  ({
    401: 'UNAUTHENTICATED',
    403: 'FORBIDDEN',
    404: 'NOT_FOUND',
    413: 'TOO_LARGE',
    415: 'UNSUPPORTED_MEDIA_TYPE',
    429: 'RATE_LIMITED',
  })[status] ?? 'BAD_USER_INPUT';
