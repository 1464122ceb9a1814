import { sql } from 'kysely';
import { Actor, type Right } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import { Denial } from '../errors.ts';
import { type Level, levels } from '../level.ts';
import { hashOf, looksLikeToken } from '../users/tokens.ts';

interface Known {
  tokenId: string;
  userId: string;
  rights: Right[] | null;
  /** The communities where a membership or a role gives each level. */
  places: Partial<Record<Level, string[]>> | null;
  isFresh: boolean;
}

/**
 * A context for whoever has this Authorization header: anyone, if there is none. Rights and levels
 * are read with the token, in one statement, so that no policy has to ask for them.
 * @throws Denial if there is a header and it is none of ours, or no longer.
 */
export async function authenticate(
  ctx: Context,
  authorization: string | undefined,
): Promise<Context> {
  if (authorization === undefined) return ctx;
  const [, token = ''] = /^Bearer (\S+)$/i.exec(authorization) ?? [];
  const known = looksLikeToken(token) ? await readActor(ctx, token) : undefined;
  if (!known) throw new Denial('UNAUTHENTICATED', 'The token is wrong, revoked or expired.');
  if (!known.isFresh) await markUsed(ctx, known.tokenId);
  const places = known.places ?? {};
  // Least first: the highest level stays.
  const mine = levels.flatMap((it) => (places[it] ?? []).map((id): [string, Level] => [id, it]));
  return { ...ctx, actor: Actor.user(known.userId, known.rights ?? [], mine) };
}

const roles = sql`select role_id from assignments where user_id = u.id`;

async function readActor(ctx: Context, token: string): Promise<Known | undefined> {
  const [known] = await rows(
    ctx,
    sql<Known>`
      select t.id as "tokenId", u.id as "userId",
        coalesce(t.last_used_at > now() - interval '1 minute', false) as "isFresh",
        (select array_agg(distinct it) from roles r, unnest(r.rights) as it
          where r.id = any(array(${roles})) and r.group_id is null) as rights,
        (select json_object_agg(level, ids) from (
          select level, json_agg(community_id) as ids from (
            select community_id, level from members where user_id = u.id
            union all
            select community_id, level from members where role_id = any(array(${roles}))) m
          group by level) m) as places
      from tokens t join users u on u.id = t.user_id
      where t.hash = ${hashOf(token)} and t.revoked_at is null and t.expires_at > now()
        and u.state = 'ACTIVE'`,
  );
  return known;
}

/** To the minute: a write for each request would cost more than the request. */
const markUsed = (ctx: Context, tokenId: string) =>
  rows(ctx, sql`update tokens set last_used_at = now() where id = ${tokenId}`);
