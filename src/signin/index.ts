import type { Feature } from '../feature.ts';
import { handle } from '../jobs.ts';
import { EmailResolver } from './email-resolver.ts';
import * as jobs from './jobs.ts';
import { Link } from './link.ts';
import { linkRoutes } from './link-routes.ts';
import { signInRoutes } from './routes.ts';
import { samlRoutes } from './saml-routes.ts';
import { SignIn } from './sign-in.ts';
import { forget } from './upkeep.ts';

export default {
  entities: [SignIn, Link],
  resolvers: [EmailResolver],
  jobs: [handle(jobs.forgetSignIns, forget)],
  routes: (server, entry) => {
    signInRoutes(server, entry);
    linkRoutes(server, entry);
    samlRoutes(server, entry);
  },
} satisfies Feature;
