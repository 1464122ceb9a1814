import type { Feature } from '../feature.ts';
import { EmailResolver } from './email-resolver.ts';
import { Link } from './link.ts';
import { linkRoutes } from './link-routes.ts';
import { signInRoutes } from './routes.ts';
import { SignIn } from './sign-in.ts';

export default {
  entities: [SignIn, Link],
  resolvers: [EmailResolver],
  routes: (server, entry) => {
    signInRoutes(server, entry);
    linkRoutes(server, entry);
  },
} satisfies Feature;
