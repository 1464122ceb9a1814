import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import { demandRoom } from '../limits.ts';
import type { Provider } from '../providers.ts';
import { arrive } from './arrival.ts';
import { type Attempt, keepAttempt, takeAttempt } from './attempts.ts';
import {
  giveCookie,
  registrationCookie,
  sessionCookie,
  signInCookie,
  takeCookie,
} from './cookies.ts';
import { answersFrom, begunFrom, braked } from './limits.ts';
import { signInAddress } from './pages/pages.ts';
import { protocolOf } from './protocols.ts';
import type { Answer, Proof } from './provider.ts';
import { beginAgain } from './refused.ts';
import { localPath } from './return-to.ts';
import { demandOurPage } from './same-site.ts';

export interface To {
  Params: { provider: string };
  Querystring: Record<string, unknown>;
}
export type Visit = FastifyRequest<To>;

/** What is done of a visit on the way to a provider, or back. */
export type Act = (
  ctx: Context,
  provider: Provider,
  request: Visit,
  reply: FastifyReply,
) => Promise<FastifyReply>;

/** Sends the browser to the provider. Of several tabs the newest has the cookie; the others begin again. */
export const begin: Act = async (ctx, provider, request, reply) => {
  const { config, actor } = ctx;
  const returnTo = localPath(request.query.returnTo);
  const isLink = request.query.link !== undefined;
  if (isLink) {
    // Else a page of somebody else's could have its owner's identity added to the visitor's account.
    demandOurPage({ method: 'POST', headers: request.headers } as Visit, config.publicUrl);
    if (actor.userId === undefined) return reply.redirect(signInAddress(returnTo), 303);
  }
  await demandRoom(ctx, begunFrom, request.ip);
  const { url, checks } = await protocolOf(provider).begin(config, provider);
  const userId = isLink ? actor.userId : undefined;
  const secret = await keepAttempt(ctx, provider, { checks, returnTo, userId });
  // SAML's answer is posted by a page of the provider's, and no lax cookie comes with that.
  giveCookie(reply, signInCookie, secret, provider.kind === 'saml' ? 'none' : 'lax');
  return reply.redirect(url, 303);
};

/** OpenID Connect's answer, which is in the address. */
export const receiveRedirect: Act = async (ctx, provider, request, reply) => {
  if (provider.kind !== 'oidc') throw beginAgain();
  return goOn(ctx, provider, await prove(ctx, provider, request, {}), request, reply);
};

/**
 * SAML's answer, which a page of the provider's posts. What it proves is kept until the browser
 * comes a second time, by itself: only then it brings the cookie of the session that it has.
 */
export const receivePost: Act = async (ctx, provider, request, reply) => {
  if (provider.kind !== 'saml') throw beginAgain();
  const { proof, ...attempt } = await prove(ctx, provider, request, fieldsOf(request.body));
  const checks = { proof: JSON.stringify(proof) };
  const secret = await keepAttempt(ctx, provider, { ...attempt, checks });
  giveCookie(reply, signInCookie, secret);
  return reply.redirect(`/sign-in/${provider.key}/arrival`, 303);
};

/** The second coming of who posted their answer. */
export const receiveProven: Act = async (ctx, provider, request, reply) => {
  const secret = request.cookies[signInCookie];
  const attempt = await takeAttempt(ctx, provider, secret, 'proven');
  if (!attempt) throw beginAgain();
  const proof: Proof = JSON.parse(attempt.checks.proof ?? '');
  return goOn(ctx, provider, { ...attempt, proof }, request, reply);
};

type Proven = Attempt & { proof: Proof };

/** What the answer proves, if it is to a sign-in that this browser began. */
function prove(
  ctx: Context,
  provider: Provider,
  request: Visit,
  fields: Answer['fields'],
): Promise<Proven> {
  const { config } = ctx;
  return braked(ctx, answersFrom, request.ip, async () => {
    const [, search = ''] = /(\?.*)$/s.exec(request.url) ?? [];
    const url = new URL(`${config.publicUrl}/sign-in/${provider.key}/callback${search}`);
    const state = url.searchParams.get('state');
    const attempt = await takeAttempt(ctx, provider, request.cookies[signInCookie], { state });
    if (!attempt) throw beginAgain();
    const answer = { url, fields };
    const proof = await protocolOf(provider).finish(config, provider, attempt.checks, answer);
    return { ...attempt, proof };
  });
}

/** The fields of a form; one that is there twice has no value. */
const fieldsOf = (body: unknown): Answer['fields'] =>
  Object.fromEntries(
    Object.entries(body ?? {}).filter((it): it is [string, string] => typeof it[1] === 'string'),
  );

async function goOn(
  ctx: Context,
  provider: Provider,
  { proof, returnTo, userId }: Proven,
  request: Visit,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const former = request.cookies[sessionCookie];
  const arrived = await arrive(ctx, provider, proof, { returnTo, userId, former });
  takeCookie(reply, signInCookie);
  if ('registration' in arrived)
    return giveCookie(reply, registrationCookie, arrived.registration).redirect(
      '/sign-in/register',
      303,
    );
  return giveCookie(reply, sessionCookie, arrived.session).redirect(returnTo, 303);
}
