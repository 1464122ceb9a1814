import type { Feature } from '../feature.ts';
import { handle } from '../jobs.ts';
import { forgetCredentials } from './jobs.ts';
import { readSessions, readTokens } from './queries.ts';
import { TokenResolver, UserTokensResolver } from './resolver.ts';
import { keyRoutes } from './routes.ts';
import { Session } from './session.ts';
import { SessionResolver, UserSessionsResolver } from './sessions-resolver.ts';
import { Token } from './token.ts';
import { forget } from './upkeep.ts';

export default {
  entities: [Token, Session],
  resolvers: [TokenResolver, UserTokensResolver, SessionResolver, UserSessionsResolver],
  nodes: { Token: readTokens, Session: readSessions },
  jobs: [handle(forgetCredentials, forget)],
  routes: keyRoutes,
} satisfies Feature;
