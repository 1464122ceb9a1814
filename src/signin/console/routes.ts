import type { Routes } from '../../feature.ts';
import { sessionCookie } from '../cookies.ts';
import { signInAddress } from '../pages/pages.ts';
import { home } from '../return-to.ts';
import { readSelf } from './console.ts';
import { sendConsole } from './page.ts';
import { consoleScript } from './script.ts';

/** The page of who is signed in, until GraphiQL is there. */
export const consoleRoutes: Routes = (server, { authenticate }) => {
  server.get('/console', async (request, reply) => {
    const ctx = await authenticate(request);
    const self = await readSelf(ctx, request.cookies[sessionCookie]);
    if (!self) return reply.redirect(`${signInAddress()}?returnTo=${home}`, 303);
    return sendConsole(reply, self, [...ctx.config.signIn.values()]);
  });
  server.get('/console/script.js', (_request, reply) =>
    reply
      .header('cache-control', 'public, max-age=3600')
      .type('text/javascript; charset=utf-8')
      .send(consoleScript),
  );
};
