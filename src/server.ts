import { randomUUID } from 'node:crypto';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { Context } from './context.ts';
import { Denial, Refusal, Refusals } from './errors.ts';
import type { Feature } from './feature.ts';
import type { Logger } from './log.ts';

export interface Doors {
  schema: GraphQLSchema;
  features: Feature[];
  log: Logger;
  /** A context for whoever has this Authorization header. */
  authenticate(authorization: string | undefined): Promise<Context>;
  /** A context for nobody, for doors that know their callers by other means. */
  begin(): Context;
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
    bodyLimit: 256 * 1024,
    forceCloseConnections: 'idle',
    requestTimeout: 60_000,
    // Before there is a route, no hook runs: an address that cannot be read.
    frameworkErrors: answerError,
  });
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
        routes(scope, doors.begin);
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

async function openGraphql(server: FastifyInstance, doors: Doors): Promise<void> {
  const apollo = new ApolloServer<Context>({
    schema: doors.schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => present(formatted, error, doors.log),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      fastifyApolloDrainPlugin(server),
      refuseSubscriptions,
      rememberRequests,
    ],
  });
  await apollo.start();
  server.route({
    url: '/graphql',
    method: ['GET', 'POST', 'OPTIONS'],
    handler: fastifyApolloHandler(apollo, {
      context: async (request) => {
        try {
          const ctx = await doors.authenticate(request.headers.authorization);
          return { ...ctx, log: request.log as Logger };
        } catch (error) {
          throw error instanceof Denial ? denied(error, 401) : error;
        }
      },
    }),
  });
}

/** Which request an error came up in, so that its line in the log has the request's id. */
const logOf = new WeakMap<object, Logger>();
const rememberRequests: ApolloServerPlugin<Context> = {
  requestDidStart: async () => ({
    async didEncounterErrors({ errors, contextValue }) {
      for (const it of errors) logOf.set(it, contextValue.log);
    },
  }),
};

/** Valid by the letter, even where there are none; executing one would look like a fault of ours. */
const refuseSubscriptions: ApolloServerPlugin<Context> = {
  requestDidStart: async () => ({
    async didResolveOperation({ operation }) {
      if (operation?.operation !== 'subscription') return;
      const extensions = { code: 'BAD_USER_INPUT', http: { status: 400 } };
      throw new GraphQLError('There are no subscriptions.', { extensions });
    },
  }),
};

const denied = (error: Denial, status?: number) =>
  new GraphQLError(error.message, {
    extensions: { code: error.code, ...(status && { http: { status } }) },
  });

/** How an error looks outside: what the caller did is told, what we did is masked and logged once. */
function present(
  formatted: GraphQLFormattedError,
  error: unknown,
  log: Logger,
): GraphQLFormattedError {
  const cause = unwrapResolverError(error);
  const as = (code: string, message: string, more = {}) => ({
    ...formatted,
    message,
    extensions: { code, ...more },
  });
  if (cause instanceof Denial) return as(cause.code, cause.message);
  if (cause instanceof Refusal || cause instanceof Refusals) {
    const all = cause instanceof Refusals ? cause.all : [cause];
    const problems = all.map(({ message, path = [] }) => ({ path, message }));
    return as(
      'BAD_USER_INPUT',
      problems.map((it) => `${it.path.join('.')} ${it.message}`.trim()).join(' '),
      { problems },
    );
  }
  const code = formatted.extensions?.code;
  if (code === 'UNAUTHENTICATED') return as(code, formatted.message);
  // A document that cannot be read or does not fit the schema is the caller's mistake, whatever kind.
  if (code !== 'INTERNAL_SERVER_ERROR') return as('BAD_USER_INPUT', formatted.message);
  const errorId = randomUUID();
  (logOf.get(error as object) ?? log).error({ err: cause, errorId }, 'an operation failed');
  return as('INTERNAL', 'Something went wrong here.', { errorId });
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
