import formbody from '@fastify/formbody';
import type { Routes } from '../../feature.ts';
import { giveCookie, sessionCookie } from '../cookies.ts';
import { confirmEmail, readEmailChange } from '../email/email.ts';
import { answerAsPage } from '../pages/faults.ts';
import { given, visit } from '../pages/form.ts';
import { html } from '../pages/html.ts';
import { registrationRoutes } from '../registration/routes.ts';
import { home } from '../return-to.ts';
import { sendDone, sendQuestion } from './pages.ts';
import { readSignInLink, signInByLink } from './sign-in-links.ts';

/** Bytes of a form: a name, an address or a secret. */
const mostBytes = 16 * 1024;

/**
 * Where links in e-mails and on the command line lead, and who has no address yet is asked for one.
 * Following a link does nothing but ask; what it is for is done by the answer.
 */
export const linkRoutes: Routes = (server, entry) => {
  server.register(async (scope) => {
    await scope.register(formbody, { bodyLimit: mostBytes });
    scope.setErrorHandler(answerAsPage);
    registrationRoutes(scope, entry);
    scope.get('/sign-in/link', async (request, reply) => {
      const token = given(request, 'token');
      const username = await readSignInLink(await visit(entry, request), token);
      return sendQuestion(reply, {
        title: 'Sign in',
        question: html`Sign in as <strong>${username}</strong>?`,
        button: 'Sign in',
        action: '/sign-in/link',
        token,
      });
    });
    scope.post('/sign-in/link', async (request, reply) => {
      const ctx = await visit(entry, request);
      const former = request.cookies[sessionCookie];
      const session = await signInByLink(ctx, given(request, 'token'), former);
      return giveCookie(reply, sessionCookie, session).redirect(home, 303);
    });
    scope.get('/confirm-email', async (request, reply) => {
      const token = given(request, 'token');
      const { email, username } = await readEmailChange(await visit(entry, request), token);
      return sendQuestion(reply, {
        title: 'Confirm your address',
        question: html`Is <strong>${email}</strong> to be the address of the account <strong>${username}</strong>?`,
        button: 'Confirm',
        action: '/confirm-email',
        token,
      });
    });
    scope.post('/confirm-email', async (request, reply) => {
      const ctx = await visit(entry, request);
      return sendDone(reply, await confirmEmail(ctx, given(request, 'token')));
    });
  });
};
