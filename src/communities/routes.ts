import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import { Denial, statusOf } from '../errors.ts';
import type { Routes } from '../feature.ts';
import { logoSizes } from '../pictures/logo.ts';
import { logoKey } from './logo/logos.ts';
import { findCommunity, type ShownCommunity } from './queries.ts';

interface Asked {
  Params: { slug: string; size?: string; file?: string };
}
type Request = FastifyRequest<Asked>;

const nothing = { code: 'NOT_FOUND', message: 'There is nothing here.' };
const year = 31_536_000;

/** Communities by their slugs, old ones among them, and their logos, for those who can see them. */
export const communityRoutes: Routes = (server, { authenticate }) => {
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
      // What goes wrong is for nobody to keep; what may be kept says so below.
      reply.headers({ vary: 'authorization, cookie', 'cache-control': 'no-store' });
      const ctx = await contextOf(authenticate(request), reply);
      if (!ctx) return reply;
      const community = await findCommunity(ctx, request.params.slug);
      if (!community || community.deletedAt) return reply.code(404).send(nothing);
      if (community.slug === request.params.slug) return answer(ctx, community, request, reply);
      // The slug is the second part, however the parts were encoded and whatever host stands before.
      const rest = request.url.replace(/^(https?:\/\/[^/]*)?\/[^/?]*\/[^/?]*/i, '');
      reply.header('cache-control', keptBy(community, 'no-cache'));
      return reply.redirect(`${pathOf(ctx, community)}${rest}`, 308);
    };

  server.get(
    '/communities/:slug',
    answering(({ config }, community, _request, reply) => {
      const { id, slug, title, description, logoHash } = community;
      const url = `${config.publicUrl}/communities/${slug}`;
      reply.header('cache-control', keptBy(community, 'no-cache'));
      return { id, slug, title, description, url, logo: logoHash && `${url}/logo` };
    }),
  );
  server.get('/communities/:slug/logo', answering(sendLogo));
  server.get('/communities/:slug/logo/:size', answering(sendLogo));
  server.get('/communities/:slug/logo/:size/:file', answering(sendLogo));
};

async function contextOf(known: Promise<Context>, reply: FastifyReply) {
  try {
    return await known;
  } catch (error) {
    if (!(error instanceof Denial)) throw error;
    if (error.code === 'UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer');
    reply.code(statusOf[error.code]);
    reply.send({ code: error.code, message: error.message });
    return undefined;
  }
}

/** What others have of a restricted community is for nobody but them to keep. */
const keptBy = ({ visibility }: ShownCommunity, how: string) =>
  `${visibility === 'PUBLIC' ? 'public' : 'private'}, ${how}`;

/** A community's path as callers see it: there may be more in front of it than we are asked for. */
const pathOf = ({ config }: Context, { slug }: ShownCommunity) =>
  new URL(`${config.publicUrl}/communities/${slug}`).pathname;

/** One of the sizes; in the form that the caller reads where the address does not say. */
async function sendLogo(
  ctx: Context,
  community: ShownCommunity,
  request: Request,
  reply: FastifyReply,
): Promise<unknown> {
  const { params, headers } = request;
  const { uuid, slug, logoHash: hash } = community;
  const size = logoSizes.find((it) => String(it) === (params.size ?? '256'));
  const [, asked, wanted] = /^([\da-f]{32})\.(webp|png)$/.exec(params.file ?? '') ?? [];
  if (!hash || !size || (params.file !== undefined && !asked)) return reply.code(404).send(nothing);
  const extension = wanted ?? (readsWebp(headers.accept) ? 'webp' : 'png');
  // Somebody has the address of a logo that was replaced since.
  if (asked && asked !== hash) {
    reply.header('cache-control', keptBy(community, 'no-cache'));
    return reply.redirect(`${pathOf(ctx, community)}/logo/${size}/${hash}.${extension}`, 302);
  }
  const etag = `"${hash}-${size}-${extension}"`;
  const found = {
    etag,
    vary: asked ? 'authorization, cookie' : 'authorization, cookie, accept',
    'cache-control': keptBy(community, asked ? `max-age=${year}, immutable` : 'no-cache'),
    'accept-ranges': 'none',
    'cross-origin-resource-policy': 'cross-origin',
    'content-security-policy': "default-src 'none'",
  };
  if (matches(headers['if-none-match'], etag)) return reply.code(304).headers(found).send();
  const key = logoKey(uuid, hash, `${size}.${extension}`);
  const file = await ctx.files.get(ctx, key);
  if (file) return reply.headers(found).type(file.type).send(file.bytes);
  // Files go soon after the row that named them has changed, so maybe since it was read.
  const now = await findCommunity(ctx, slug);
  if (now && !now.deletedAt && now.logoHash !== hash) return sendLogo(ctx, now, request, reply);
  request.log.warn({ key }, 'the file of a logo is missing');
  return reply.code(404).send(nothing);
}

/** Only who names WebP reads it: programs that do not know it ask for everything. */
function readsWebp(accept = ''): boolean {
  const said = accept.toLowerCase().split(',').map(readRange);
  const qualities = new Map(said);
  const webp = qualities.get('image/webp') ?? 0;
  return webp > 0 && webp >= (qualities.get('image/png') ?? 0);
}

function readRange(text: string): [type: string, quality: number] {
  const [type = '', ...parameters] = text.split(';').map((it) => it.trim());
  const quality = parameters.find((it) => it.startsWith('q='));
  return [type, quality === undefined ? 1 : Number(quality.slice(2))];
}

/** By the weak comparison, as RFC 9110 §13.1.2 has it. */
const matches = (header = '', etag: string): boolean =>
  header.trim() === '*' || [...header.matchAll(/"[^"]*"/g)].some(([it]) => it === etag);
