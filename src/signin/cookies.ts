/** Holds the secret of a session. The prefix has browsers take it over TLS only, and from us alone. */
export const sessionCookie = '__Host-sid';
/** Holds the secret of a sign-in under way. */
export const signInCookie = '__Host-signin';

/** Nothing but our own requests sends it, no script reads it, and it ends with the browser. */
export const sessionCookieOptions = {
  path: '/',
  secure: true,
  httpOnly: true,
  sameSite: 'lax',
} as const;
