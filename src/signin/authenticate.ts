import type { FastifyRequest } from 'fastify';
import { type RawBuilder, sql } from 'kysely';
import { Actor, type Credential, type Right, type Scope } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import { looksLikeJwt, readJwt } from '../credentials/jwt.ts';
import { hashOf, looksLikeToken } from '../credentials/secret.ts';
import { Denial } from '../errors.ts';
import { type Level, levels } from '../level.ts';
import { demandRoom } from '../limits.ts';
import { sessionCookie } from './cookies.ts';
import { demandOurPage } from './same-site.ts';

/** Wrong credentials from one address; right ones are taken from it all the while. */
const wrongCredentials = { name: 'wrong-credentials', most: 20, seconds: 300 };

/** A row that lets somebody in: as `c`, of a user `u`. */
interface Way {
  kind: Credential['kind'];
  from: RawBuilder<unknown>;
  id: RawBuilder<unknown>;
  scopes: RawBuilder<unknown>;
  expiresAt?: RawBuilder<unknown>;
  isFresh: RawBuilder<unknown>;
  issuedAt?: Date;
}

interface Known {
  id: string | null;
  userId: string;
  scopes: Scope[] | null;
  expiresAt: Date | null;
  rights: Right[] | null;
  /** The communities where a membership or a role gives each level. */
  places: Partial<Record<Level, string[]>> | null;
  isFresh: boolean;
}

/** A context for nobody in particular, from where the request came. */
export const meet = (begun: Context, { ip, headers }: FastifyRequest): Context => ({
  ...begun,
  actor: Actor.anyone,
  caller: { ip, userAgent: headers['user-agent'] },
});

/**
 * A context for whoever asks: by a bearer token, else by the session in a cookie; anyone, if there
 * is neither. Rights and levels are read with them, in one statement, so that no policy has to ask.
 * @throws Denial if there is a token and it is none of ours, or no longer; or if a page of somebody
 * else's uses the cookie.
 */
export async function authenticate(begun: Context, request: FastifyRequest): Promise<Context> {
  const { authorization } = request.headers;
  if (authorization === undefined) return authenticateBrowser(begun, request);
  const ctx = meet(begun, request);
  const [, token = ''] = /^Bearer (\S+)$/i.exec(authorization) ?? [];
  const known = await byBearer(ctx, token);
  if (known) return known;
  await demandRoom(ctx, wrongCredentials, request.ip);
  throw new Denial('UNAUTHENTICATED', 'The token is wrong, revoked or expired.');
}

/**
 * A context for whoever has a page of ours: by the session in a cookie alone, for what pages do no
 * scope holds back, and a token would become a session by them; anyone, if there is none.
 * @throws Denial if a page of somebody else's uses the cookie.
 */
export async function authenticateBrowser(
  begun: Context,
  request: FastifyRequest,
): Promise<Context> {
  const ctx = meet(begun, request);
  const secret = request.cookies[sessionCookie];
  if (!secret) return ctx;
  const known = await enter(ctx, bySession(ctx, secret));
  // What has ended is as if it were not there, for pages that anyone may see.
  if (!known) return ctx;
  demandOurPage(request, ctx.config.publicUrl);
  return known;
}

async function byBearer(ctx: Context, token: string): Promise<Context | undefined> {
  if (looksLikeToken(token)) return enter(ctx, byToken(token));
  if (!looksLikeJwt(token)) return undefined;
  const claims = await readJwt(ctx, token);
  if (!claims) return undefined;
  const { of, issuedAt, expiresAt, id, scopes } = claims;
  const isTheirs =
    'userId' in of
      ? sql`u.id = ${of.userId}`
      : sql`u.id = (select user_id from identities
          where idp = ${of.idp} and subject = ${of.subject} and gone_at is null)`;
  return enter(ctx, {
    kind: 'JWT',
    from: sql`users u where ${isTheirs} and coalesce(u.locked_out_at, '-infinity') < ${issuedAt}`,
    id: sql`${id ?? null}::text`,
    scopes: sql`${scopes ? [...scopes] : null}::text[]`,
    expiresAt: sql`${expiresAt}::timestamptz`,
    isFresh: sql`true`,
    issuedAt,
  });
}

const byToken = (token: string): Way => ({
  kind: 'TOKEN',
  from: sql`tokens c join users u on u.id = c.user_id
    where c.hash = ${hashOf(token)} and c.revoked_at is null and c.expires_at > now()`,
  id: sql`c.id`,
  scopes: sql`c.scopes`,
  expiresAt: sql`c.expires_at`,
  isFresh: sql`coalesce(c.last_used_at > now() - interval '1 minute', false)`,
});

const bySession = ({ config }: Context, secret: string): Way => ({
  kind: 'SESSION',
  from: sql`sessions c join users u on u.id = c.user_id
    where c.hash = ${hashOf(secret)} and c.ends_at > now()
      and c.last_seen_at > now() - make_interval(secs => ${config.sessions.idleHours * 3600})`,
  id: sql`c.id`,
  scopes: sql`null::text[]`,
  isFresh: sql`c.last_seen_at > now() - interval '1 minute'`,
});

const roles = sql`select role_id from assignments where user_id = u.id`;

async function enter(ctx: Context, way: Way): Promise<Context | undefined> {
  const [known] = await rows(
    ctx,
    sql<Known>`
      select ${way.id} as id, u.id as "userId", ${way.scopes} as scopes, ${way.isFresh} as "isFresh",
        ${way.expiresAt ?? sql`null::timestamptz`} as "expiresAt",
        (select array_agg(distinct it) from roles r, unnest(r.rights) as it
          where r.id = any(array(${roles})) and r.group_id is null) as rights,
        (select json_object_agg(level, ids) from (
          select level, json_agg(community_id) as ids from (
            select community_id, level from members where user_id = u.id
            union all
            select community_id, level from members where role_id = any(array(${roles}))) m
          group by level) m) as places
      from ${way.from} and u.state = 'ACTIVE'`,
  );
  if (!known) return undefined;
  const { id, userId, rights, scopes, expiresAt } = known;
  if (id && !known.isFresh) await markUsed(ctx, way.kind, id);
  const places = known.places ?? {};
  // Least first: the highest level stays.
  const mine = levels.flatMap((it) => (places[it] ?? []).map((at): [string, Level] => [at, it]));
  const by: Credential = {
    kind: way.kind,
    id: id ?? undefined,
    scopes: scopes ? new Set(scopes) : undefined,
    expiresAt: expiresAt ?? undefined,
    issuedAt: way.issuedAt,
  };
  return { ...ctx, actor: Actor.user(userId, rights ?? [], mine, by) };
}

/** To the minute: a write for each request would cost more than the request. */
const markUsed = (ctx: Context, kind: Credential['kind'], id: string) =>
  kind === 'SESSION'
    ? rows(ctx, sql`update sessions set last_seen_at = now() where id = ${id}`)
    : rows(
        ctx,
        sql`update tokens set last_used_at = now(), last_used_from = ${ctx.caller?.ip ?? null} where id = ${id}`,
      );
