import type { FastifyRequest } from 'fastify';
import { Denial } from '../errors.ts';

/** Methods that change nothing, and may be asked for from anywhere. */
const harmless = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Goes on if it is a page of ours that uses the cookie: browsers say so themselves, and a page
 * cannot make them lie (OWASP's CSRF cheat sheet, “Fetch Metadata” and “verifying origin”).
 * @throws Denial if it is a page of somebody else's, or nobody says.
 */
export function demandOurPage({ method, headers }: FastifyRequest, publicUrl: string): void {
  if (harmless.has(method)) return;
  // Pages that tell nobody where they are, as ours, have no origin to tell either (“null”).
  const origin = headers.origin === 'null' ? undefined : headers.origin;
  const site = headers['sec-fetch-site'];
  const isOurs =
    origin === undefined ? site === 'same-origin' : origin === new URL(publicUrl).origin;
  if (isOurs && (site === undefined || site === 'same-origin')) return;
  throw new Denial('FORBIDDEN', 'This request came from a page of somebody else.');
}
