import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Denial, refusalsIn, statusOf } from '../../errors.ts';
import { SignInError } from '../provider.ts';
import { sendProblem, sendRefusal } from './pages.ts';

/** How a fault looks to people: what they can do is told, what we did is masked. */
export function answerAsPage(
  error: FastifyError | Denial | SignInError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (error instanceof SignInError) {
    const { fault, cause } = error;
    request.log.warn({ fault, err: cause }, 'nobody was signed in');
    return sendRefusal(reply, error);
  }
  if (error instanceof Denial) {
    const { retryAfter } = error.data;
    if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
    const title = error.code === 'RATE_LIMITED' ? 'Too often' : 'This is not possible';
    return sendProblem(reply, { status: statusOf[error.code], title, message: error.message });
  }
  const refusals = refusalsIn(error);
  if (refusals) {
    const status = refusals.every((it) => it.code === 'NOT_FOUND') ? 404 : 400;
    const message = refusals.map((it) => it.message).join(' ');
    return sendProblem(reply, { status, title: 'This is not possible', message });
  }
  const status = error.statusCode ?? 500;
  if (status < 500) {
    const message = 'What your browser sent cannot be used.';
    return sendProblem(reply, { status, title: 'This is not possible', message });
  }
  const errorId = randomUUID();
  request.log.error({ err: error, errorId }, 'a request failed');
  const message = `That is our fault, and it is written down as ${errorId}.`;
  return sendProblem(reply, { status: 500, title: 'Something went wrong here', message });
}
