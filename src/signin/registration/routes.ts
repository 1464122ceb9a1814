import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { refusalsIn } from '../../errors.ts';
import type { Entry } from '../../feature.ts';
import { giveCookie, registrationCookie, sessionCookie, takeCookie } from '../cookies.ts';
import { sendQuestion } from '../links/pages.ts';
import { given, visit } from '../pages/form.ts';
import { html } from '../pages/html.ts';
import { sendMessageSent, sendRegistrationForm } from './pages.ts';
import {
  askForAccount,
  confirmRegistration,
  readConfirmation,
  readSuggestion,
} from './registration.ts';

const form = '/sign-in/register';
const confirmation = `${form}/confirm`;

const under = ({ cookies }: FastifyRequest) => cookies[registrationCookie];

/** Where somebody whose provider tells no address is asked for one, and shows that it is theirs. */
export function registrationRoutes(scope: FastifyInstance, entry: Entry): void {
  scope.get(form, async (request, reply) => {
    const ctx = await visit(entry, request);
    return sendRegistrationForm(reply, await readSuggestion(ctx, under(request)));
  });
  scope.post(form, async (request, reply) => {
    const ctx = await visit(entry, request);
    const typed = { username: given(request, 'username'), email: given(request, 'email') };
    return mending(
      ctx,
      request,
      reply,
      async () => sendMessageSent(reply, await askForAccount(ctx, under(request), typed)),
      typed,
    );
  });
  scope.get(confirmation, async (request, reply) => {
    const ctx = await visit(entry, request);
    const token = given(request, 'token');
    const { username, email } = await readConfirmation(ctx, under(request), token);
    return sendQuestion(reply, {
      title: 'Confirm your address',
      question: html`Make the account <strong>${username}</strong> with the address <strong>${email}</strong>?`,
      button: 'Make the account',
      action: confirmation,
      token,
    });
  });
  scope.post(confirmation, async (request, reply) => {
    const ctx = await visit(entry, request);
    const token = given(request, 'token');
    const former = request.cookies[sessionCookie];
    return mending(ctx, request, reply, async () => {
      const done = await confirmRegistration(ctx, under(request), token, former);
      takeCookie(reply, registrationCookie);
      return giveCookie(reply, sessionCookie, done.session).redirect(done.returnTo, 303);
    });
  });
}

/** What can be mended is asked for once more: in the form, with all that is wrong. */
async function mending(
  ctx: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<FastifyReply>,
  typed?: Record<'username' | 'email', string>,
): Promise<FastifyReply> {
  try {
    return await work();
  } catch (error) {
    const refusals = refusalsIn(error);
    if (!refusals) throw error;
    return sendRegistrationForm(
      reply,
      typed ?? (await readSuggestion(ctx, under(request))),
      refusals,
    );
  }
}
