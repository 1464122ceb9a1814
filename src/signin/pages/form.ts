import type { FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import type { Entry } from '../../feature.ts';
import { demandOurPage } from '../same-site.ts';

/**
 * Whoever comes with a secret in an address or a form of ours; nobody need be signed in for that.
 * @throws Denial if the form is none of ours.
 */
export async function visit(entry: Entry, request: FastifyRequest): Promise<Context> {
  const ctx = await entry.authenticate(request);
  demandOurPage(request, ctx.config.publicUrl);
  return ctx;
}

/** What a form or an address has under a name; nothing if it is there twice, or not as text. */
export function given({ method, body, query }: FastifyRequest, name: string): string {
  const all = (method === 'POST' ? body : query) as Record<string, unknown> | null | undefined;
  const it = all?.[name];
  return typeof it === 'string' ? it : '';
}
