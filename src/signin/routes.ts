import formbody from '@fastify/formbody';
import type { FastifyReply } from 'fastify';
import { endSession } from '../credentials/sessions.ts';
import type { Entry, Routes } from '../feature.ts';
import { meet } from './authenticate.ts';
import { consoleRoutes } from './console/routes.ts';
import { sessionCookie, takeCookie } from './cookies.ts';
import { signOut } from './entering.ts';
import { answerAsPage } from './pages/faults.ts';
import { sendProblem, sendSignInPage, signInAddress } from './pages/pages.ts';
import { style } from './pages/style.ts';
import { home, localPath } from './return-to.ts';
import {
  type Act,
  begin,
  receivePost,
  receiveProven,
  receiveRedirect,
  type To,
  type Visit,
} from './trip.ts';

/** Bytes of the largest answer that a provider posts. */
const mostBytes = 256 * 1024;

/** Where people sign in, come back from their provider, and sign out. */
export const signInRoutes: Routes = (server, entry) => {
  server.register(async (scope) => {
    await scope.register(formbody, { bodyLimit: mostBytes });
    scope.setErrorHandler(answerAsPage);
    scope.addHook('onRequest', (_request, reply, done) => {
      // Redirects have cookies, and addresses with answers in them.
      reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
      done();
    });
    scope.get<{ Querystring: Record<string, unknown> }>('/sign-in', async (request, reply) => {
      const { config, actor } = await entry.authenticate(request);
      return sendSignInPage(reply, config.signIn.values(), {
        returnTo: localPath(request.query.returnTo),
        isSignedIn: actor.userId !== undefined,
      });
    });
    scope.get('/sign-in/style.css', (_request, reply) =>
      reply.header('cache-control', 'public, max-age=3600').type('text/css').send(style),
    );
    const known = atProvider(entry.authenticate);
    // A page of the provider's posts it: whoever is signed in here did not.
    const unknown = atProvider(async (request) => meet(entry.begin(), request));
    scope.get<To>('/sign-in/:provider', known(begin));
    scope.get<To>('/sign-in/:provider/callback', known(receiveRedirect));
    scope.post<To>('/sign-in/:provider/callback', unknown(receivePost));
    scope.get<To>('/sign-in/:provider/arrival', known(receiveProven));
    scope.post<{ Body: { session?: unknown } | undefined }>('/sign-out', async (request, reply) => {
      const ctx = await entry.authenticate(request);
      const sessionId = request.body?.session;
      if (typeof sessionId === 'string') {
        await endSession(ctx, { sessionId });
        return reply.redirect(home, 303);
      }
      await signOut(ctx, request.cookies[sessionCookie]);
      return takeCookie(reply, sessionCookie).redirect(signInAddress(), 303);
    });
    consoleRoutes(scope, entry);
  });
};

const atProvider =
  (find: Entry['authenticate']) => (act: Act) => async (request: Visit, reply: FastifyReply) => {
    const ctx = await find(request);
    const provider = ctx.config.signIn.get(request.params.provider);
    if (provider) return act(ctx, provider, request, reply);
    const message = 'Nobody of this name signs people in here.';
    return sendProblem(reply, { status: 404, title: 'There is nothing here', message });
  };
