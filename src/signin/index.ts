import type { Entry, Feature } from '../feature.ts';
import { handle } from '../jobs.ts';
import { authenticateBrowser } from './authenticate.ts';
import { EmailResolver } from './email/resolver.ts';
import * as jobs from './jobs.ts';
import { Link } from './links/link.ts';
import { linkRoutes } from './links/routes.ts';
import { signInRoutes } from './routes.ts';
import { samlRoutes } from './saml/routes.ts';
import { SignIn } from './sign-in.ts';
import { forget } from './upkeep.ts';

export default {
  entities: [SignIn, Link],
  resolvers: [EmailResolver],
  jobs: [handle(jobs.forgetSignIns, forget)],
  routes: (server, { begin }) => {
    const pages: Entry = {
      begin,
      authenticate: (request) => authenticateBrowser(begin(), request),
    };
    signInRoutes(server, pages);
    linkRoutes(server, pages);
    samlRoutes(server, pages);
  },
} satisfies Feature;
