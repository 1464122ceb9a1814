import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { NonEmptyArray } from 'type-graphql';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import type { Kind } from './ids.ts';
import type { Handler } from './jobs.ts';
import type { Kind as SearchKind } from './search/kind.ts';

/** Reads things of one kind by their UUIDs: those that the actor may see. */
export type ReadNodes = (ctx: Context, ids: readonly string[]) => Promise<Map<string, object>>;

/** How callers come in. */
export interface Entry {
  /** A context for a service, for doors that know their callers by other means. */
  begin(): Context;
  /** A context for whoever asks: anyone, if the request does not say. @throws Denial */
  authenticate(request: FastifyRequest): Promise<Context>;
}

/** What a REST door needs: a context for each request, and somewhere to hang. */
export type Routes = (server: FastifyInstance, entry: Entry) => void;

/** What a feature may add to the server. */
export interface Feature {
  entities?: (new () => object)[];
  resolvers?: NonEmptyArray<new () => object>;
  nodes?: Partial<Record<Kind, ReadNodes>>;
  jobs?: Handler[];
  /** The kinds of things that are searched. */
  searched?: (config: Config) => SearchKind[];
  routes?: Routes;
  /** What must be in the database before the first request. */
  prepare?: (ctx: Context) => Promise<void>;
}
