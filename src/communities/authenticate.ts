import { sql } from 'kysely';
import { Actor, type Right } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import { Denial } from '../errors.ts';
import { highest, type Level } from '../level.ts';
import { hashOf, looksLikeToken } from '../users/tokens.ts';

interface Known {
  tokenId: string;
  userId: string;
  rights: Right[] | null;
  places: { communityId: string; level: Level }[] | null;
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
  const levels = Map.groupBy(known.places ?? [], (it) => it.communityId);
  return {
    ...ctx,
    actor: Actor.user(
      known.userId,
      known.rights ?? [],
      [...levels].map(([id, places]) => [id, highest(places.map((it) => it.level)) as Level]),
    ),
  };
}

async function readActor(ctx: Context, token: string): Promise<Known | undefined> {
  const [known] = await rows(
    ctx,
    sql<Known>`
      select t.id as "tokenId", u.id as "userId",
        coalesce(t.last_used_at > now() - interval '1 minute', false) as "isFresh",
        (select array_agg(distinct it) from assignments a join roles r on r.id = a.role_id,
          unnest(r.rights) as it
          where a.user_id = u.id and r.group_id is null) as rights,
        (select jsonb_agg(jsonb_build_object('communityId', m.community_id, 'level', m.level))
          from (select community_id, level from members where user_id = u.id
            union all
            select m.community_id, m.level from assignments a join members m on m.role_id = a.role_id
            where a.user_id = u.id) m) as places
      from tokens t join users u on u.id = t.user_id
      where t.hash = ${hashOf(token)} and t.revoked_at is null and t.expires_at > now()
        and u.state = 'ACTIVE'`,
  );
  return known;
}

/** To the minute: a write for each request would cost more than the request. */
const markUsed = (ctx: Context, tokenId: string) =>
  rows(ctx, sql`update tokens set last_used_at = now() where id = ${tokenId}`);
