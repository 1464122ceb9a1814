import type { Feature } from '../feature.ts';
import { readEvents, readRequests } from './queries.ts';
import { Request, RequestEvent } from './request.ts';
import { RequestEventResolver, RequestResolver } from './resolver.ts';

export default {
  entities: [Request, RequestEvent],
  resolvers: [RequestResolver, RequestEventResolver],
  nodes: { Request: readRequests, RequestEvent: readEvents },
} satisfies Feature;
