import type { FastifyReply } from 'fastify';

/** Holds the secret of a session. The prefix has browsers take it over TLS only, and from us alone. */
export const sessionCookie = '__Host-sid';
/** Holds the secret of a sign-in under way. */
export const signInCookie = '__Host-signin';
/** Holds the secret of a registration under way. */
export const registrationCookie = '__Host-register';

/** No script reads them, and no page of somebody else's has them sent but by a link. */
const options = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } as const;

/** Gives the browser a cookie that ends with it. */
export const giveCookie = (
  reply: FastifyReply,
  name: string,
  secret: string,
  sameSite: 'lax' | 'none' = 'lax',
): FastifyReply => reply.setCookie(name, secret, { ...options, sameSite });

/** Has the browser forget a cookie. */
export const takeCookie = (reply: FastifyReply, name: string): FastifyReply =>
  reply.clearCookie(name, options);
