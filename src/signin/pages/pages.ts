import type { FastifyReply } from 'fastify';
import type { Provider } from '../../providers.ts';
import type { SignInFault } from '../provider.ts';
import { home } from '../return-to.ts';
import { html, sendPage } from './html.ts';

const query = (returnTo: string) =>
  returnTo === home ? '' : `?returnTo=${encodeURIComponent(returnTo)}`;

/** Where one signs in and comes back to a page of ours. */
export const signInAddress = (returnTo = home): string => `/sign-in${query(returnTo)}`;

/** Who signs people in here. */
export function sendSignInPage(
  reply: FastifyReply,
  providers: Iterable<Provider>,
  { returnTo, isSignedIn }: { returnTo: string; isSignedIn: boolean },
): FastifyReply {
  const ways = [...providers].map(
    ({ key, title }) =>
      html`<li><a class="way" href="${`/sign-in/${key}${query(returnTo)}`}">${title}</a></li>`,
  );
  const body = html`
${isSignedIn && html`<p>You are signed in already. <a href="${returnTo}">Go on</a></p>`}
${
  ways.length > 0
    ? html`<p>Sign in with</p>
<ul class="ways">${ways}</ul>`
    : html`<p>Nobody can sign in here yet: no provider is configured. Whoever runs this site adds one
under <code>signIn</code> in the file that <code>COLLEGIUM_CONFIG</code> names.</p>`
}`;
  return sendPage(reply, { title: 'Sign in', body });
}

const faults: Record<SignInFault, { status: number; title: string }> = {
  REFUSED: { status: 403, title: 'You were not signed in' },
  INVALID: { status: 400, title: 'You were not signed in' },
  EXPIRED: { status: 400, title: 'Begin again' },
  UNAVAILABLE: { status: 503, title: 'Signing in does not work just now' },
  CONFLICT: { status: 409, title: 'This belongs to another account' },
  UNKNOWN: { status: 403, title: 'You have no account here' },
  CLOSED: { status: 403, title: 'Your account is closed' },
};

/** Why nobody was signed in, and the way on. */
export const sendRefusal = (
  reply: FastifyReply,
  { fault, message }: { fault: SignInFault; message: string },
): FastifyReply => sendProblem(reply, { ...faults[fault], message });

export const sendProblem = (
  reply: FastifyReply,
  { status, title, message }: { status: number; title: string; message: string },
): FastifyReply =>
  sendPage(reply, {
    status,
    title,
    body: html`<p role="alert">${message}</p>
<p><a class="button" href="${signInAddress()}">Begin again</a></p>`,
  });
