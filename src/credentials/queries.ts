import { sql } from 'kysely';
import type { Scope } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import { showAll } from '../node.ts';
import { emptyPage, pageOf } from '../page.ts';
import type { PageArgs } from '../page-args.ts';
import { keptBy, mayKeep } from './policy.ts';

export interface TokenRow {
  id: string;
  userId: string;
  name: string;
  hint: string;
  scopes: Scope[];
  createdAt: Date;
  expiresAt: Date;
  lastUsedAt: Date | null;
  lastUsedFrom: string | null;
  revokedAt: Date | null;
}

export interface SessionRow {
  id: string;
  userId: string;
  identityId: string | null;
  ip: string | null;
  userAgent: string | null;
  createdAt: Date;
  lastSeenAt: Date;
  endsAt: Date;
}

const tokenColumns = sql`
  t.id, t.user_id as "userId", t.name, t.hint, t.scopes, t.created_at as "createdAt",
  t.expires_at as "expiresAt", t.last_used_at as "lastUsedAt", t.last_used_from as "lastUsedFrom",
  t.revoked_at as "revokedAt"`;

const sessionColumns = sql`
  t.id, t.user_id as "userId", t.identity_id as "identityId", t.ip, t.user_agent as "userAgent",
  t.created_at as "createdAt", t.last_seen_at as "lastSeenAt", t.ends_at as "endsAt"`;

/** Whether a session `t` still lets somebody in. */
export const isUnderWay = ({ config }: Context) => sql<boolean>`
  (t.ends_at > now() and t.last_seen_at > now() - make_interval(secs => ${config.sessions.idleHours * 3600}))`;

/** The tokens of a user, newest first, those that are dead too; none for who may not see them. */
export async function tokensOf(ctx: Context, userId: string, args: PageArgs) {
  if (!mayKeep(ctx.actor, userId)) return emptyPage<TokenRow>(args, { kind: 'Token' });
  return pageOf<TokenRow>(ctx, userId, args, 'tokens', {
    kind: 'Token',
    columns: tokenColumns,
    from: sql`from tokens t where t.user_id = parent.id`,
    newestFirst: true,
  });
}

export async function readTokens(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<TokenRow>`
      select ${tokenColumns} from tokens t where t.id = any(${ids}) and ${keptBy(ctx.actor)}`,
  );
  return showAll('Token', found);
}

/** The sessions of a user that are under way, newest first; none for who may not see them. */
export async function sessionsOf(ctx: Context, userId: string, args: PageArgs) {
  if (!mayKeep(ctx.actor, userId)) return emptyPage<SessionRow>(args, { kind: 'Session' });
  return pageOf<SessionRow>(ctx, userId, args, 'sessions', {
    kind: 'Session',
    columns: sessionColumns,
    from: sql`from sessions t where t.user_id = parent.id and ${isUnderWay(ctx)}`,
    newestFirst: true,
  });
}

export async function readSessions(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<SessionRow>`
      select ${sessionColumns} from sessions t
      where t.id = any(${ids}) and ${isUnderWay(ctx)} and ${keptBy(ctx.actor)}`,
  );
  return showAll('Session', found);
}
