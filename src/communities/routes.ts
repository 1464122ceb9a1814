import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import { Denial } from '../errors.ts';
import type { Routes } from '../feature.ts';
import { logoSizes } from '../pictures/logo.ts';
import { authenticate } from './authenticate.ts';
import { logoKey } from './logos.ts';
import { findCommunity, type ShownCommunity } from './queries.ts';

interface Asked {
  Params: { slug: string; size?: string; file?: string };
}
type Request = FastifyRequest<Asked>;

const nothing = { code: 'NOT_FOUND', message: 'There is nothing here.' };
const year = 31_536_000;

/** Communities by their slugs, old ones among them, and their logos, for those who can see them. */
export const communityRoutes: Routes = (server, begin) => {
  const answering =
    (
      answer: (
        ctx: Context,
        community: ShownCommunity,
        request: Request,
        reply: FastifyReply,
      ) => unknown,
    ) =>
    async (request: Request, reply: FastifyReply) => {
      const ctx = await contextOf(begin(), request, reply);
      if (!ctx) return reply;
      const community = await findCommunity(ctx, request.params.slug);
      if (!community || community.deletedAt) return reply.code(404).send(nothing);
      reply.headers({
        vary: 'authorization',
        'cache-control':
          community.visibility === 'PUBLIC' ? 'public, no-cache' : 'private, no-cache',
      });
      if (community.slug === request.params.slug) return answer(ctx, community, request, reply);
      const path = request.url.replace(/^\/communities\/[^/?]*/, `/communities/${community.slug}`);
      return reply.redirect(path, 308);
    };

  server.get(
    '/communities/:slug',
    answering(({ config }, { id, slug, title, description, logoHash }) => {
      const url = `${config.publicUrl}/communities/${slug}`;
      return { id, slug, title, description, url, logo: logoHash && `${url}/logo` };
    }),
  );
  server.get('/communities/:slug/logo', answering(sendLogo));
  server.get('/communities/:slug/logo/:size', answering(sendLogo));
  server.get('/communities/:slug/logo/:size/:file', answering(sendLogo));
};

async function contextOf(ctx: Context, request: Request, reply: FastifyReply) {
  try {
    return await authenticate(ctx, request.headers.authorization);
  } catch (error) {
    if (!(error instanceof Denial)) throw error;
    reply.code(401).header('cache-control', 'no-store');
    reply.send({ code: error.code, message: error.message });
    return undefined;
  }
}

/** One of the sizes; in the form that the caller reads where the address does not say. */
async function sendLogo(
  ctx: Context,
  { uuid, slug, logoHash: hash, visibility }: ShownCommunity,
  { params, headers }: Request,
  reply: FastifyReply,
) {
  const size = logoSizes.find((it) => String(it) === (params.size ?? '256'));
  const [, asked, wanted] = /^([\da-f]+)\.(webp|png)$/.exec(params.file ?? '') ?? [];
  if (!hash || !size || (params.file !== undefined && !asked)) return reply.code(404).send(nothing);
  const extension = wanted ?? (headers.accept?.includes('image/webp') ? 'webp' : 'png');
  // Somebody has the address of a logo that was replaced since.
  if (asked && asked !== hash) {
    return reply.redirect(`/communities/${slug}/logo/${size}/${hash}.${extension}`, 302);
  }
  const etag = `"${hash}-${size}-${extension}"`;
  const scope = visibility === 'PUBLIC' ? 'public' : 'private';
  reply.headers({
    etag,
    vary: asked ? 'authorization' : 'authorization, accept',
    'cache-control': asked ? `${scope}, max-age=${year}, immutable` : `${scope}, no-cache`,
    'accept-ranges': 'none',
    'cross-origin-resource-policy': 'cross-origin',
    'content-security-policy': "default-src 'none'",
  });
  if (matches(headers['if-none-match'], etag)) return reply.code(304).send();
  const file = await ctx.files.get(ctx, logoKey(uuid, hash, `${size}.${extension}`));
  // The row names it, so it was taken away between the two.
  if (!file) return reply.code(404).header('cache-control', 'no-store').send(nothing);
  return reply.type(file.type).send(file.bytes);
}

/** By the weak comparison, as RFC 9110 §13.1.2 has it. */
const matches = (header = '', etag: string): boolean =>
  header.split(',').some((it) => it.trim() === '*' || it.trim().replace(/^W\//, '') === etag);
