import { randomUUID } from 'node:crypto';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { Context } from './context.ts';
import { Denial, Refusal, Refusals, statusOf } from './errors.ts';
import type { Logger } from './log.ts';
import { acceptUploads } from './uploads.ts';

/** Days before its end from which a token's user is told of it. */
const warningDays = 14;

/** What the GraphQL door needs. */
export interface GraphqlDoor {
  schema: GraphQLSchema;
  log: Logger;
  /** A context for whoever asks. */
  authenticate(request: FastifyRequest): Promise<Context>;
}

/** Hangs the GraphQL door on the server. */
export async function openGraphql(server: FastifyInstance, door: GraphqlDoor): Promise<void> {
  const apollo = new ApolloServer<Context>({
    schema: door.schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => present(formatted, error, door.log),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      fastifyApolloDrainPlugin(server),
      refuseSubscriptions,
      rememberRequests,
    ],
  });
  await apollo.start();
  const contextOf = remembering(door.authenticate);
  server.register((scope, _options, done) => {
    acceptUploads(scope, contextOf);
    scope.route({
      url: '/graphql',
      method: ['GET', 'POST', 'OPTIONS'],
      handler: fastifyApolloHandler(apollo, {
        context: async (request, reply) => {
          try {
            const ctx = await contextOf(request);
            warnOfExpiry(ctx, reply);
            return { ...ctx, log: request.log as Logger };
          } catch (error) {
            throw error instanceof Denial ? denied(error, statusOf[error.code]) : error;
          }
        },
      }),
    });
    done();
  });
}

/** Tells whoever asks by a token when it expires, while there is time to make another. */
function warnOfExpiry({ actor }: Context, reply: FastifyReply): void {
  const { expiresAt } = actor.by ?? {};
  if (!expiresAt || expiresAt.getTime() - Date.now() > warningDays * 86_400_000) return;
  reply.header('collegium-token-expires', expiresAt.toISOString());
}

/** Finds out who is asking once for each request. */
function remembering(find: (request: FastifyRequest) => Promise<Context>) {
  const found = new WeakMap<FastifyRequest, Promise<Context>>();
  return (request: FastifyRequest) => {
    const context = found.get(request) ?? find(request);
    found.set(request, context);
    return context;
  };
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
    extensions: { code: error.code, ...error.data, ...(status && { http: { status } }) },
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
  if (cause instanceof Denial) return as(cause.code, cause.message, cause.data);
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
  if (code !== undefined && Object.hasOwn(statusOf, String(code))) {
    const { code: _, http: __, ...more } = formatted.extensions ?? {};
    return as(String(code), formatted.message, more);
  }
  // A document that cannot be read or does not fit the schema is the caller's mistake, whatever kind.
  if (code !== 'INTERNAL_SERVER_ERROR') return as('BAD_USER_INPUT', formatted.message);
  const errorId = randomUUID();
  (logOf.get(error as object) ?? log).error({ err: cause, errorId }, 'an operation failed');
  return as('INTERNAL', 'Something went wrong here.', { errorId });
}
