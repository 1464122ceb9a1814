import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { isUnderWay } from '../../credentials/queries.ts';
import { hashOf } from '../../credentials/secret.ts';
import { roleColumns } from '../../groups/queries.ts';

export interface OwnSession {
  id: string;
  isCurrent: boolean;
  ip: string | null;
  userAgent: string | null;
  lastSeenAt: Date;
  createdAt: Date;
}

/** What the console shows its visitor of themselves. */
export interface Self {
  username: string;
  fullName: string | null;
  email: string | null;
  roles: string[];
  identities: { idp: string; subject: string }[];
  sessions: OwnSession[];
}

/** Roles and sessions that are shown; GraphQL has the others. */
const most = 50;

/** Who is signed in; undefined for everybody else. @param secret what the session cookie holds. */
export async function readSelf(
  ctx: Context,
  secret: string | undefined,
): Promise<Self | undefined> {
  const { userId } = ctx.actor;
  if (userId === undefined || ctx.actor.by?.kind !== 'SESSION') return undefined;
  const [user] = await rows(
    ctx,
    sql<Pick<Self, 'username' | 'fullName' | 'email'>>`
      select username, full_name as "fullName", email from users where id = ${userId}`,
  );
  const roles = await rows(
    ctx,
    sql<{ name: string }>`
      select distinct name from (select ${roleColumns} from roles t
        where t.id in (select role_id from assignments where user_id = ${userId})) r
      order by name limit ${most}`,
  );
  const identities = await rows(
    ctx,
    sql<Self['identities'][number]>`
      select idp, subject from identities where user_id = ${userId} and gone_at is null order by id`,
  );
  const sessions = await rows(
    ctx,
    sql<OwnSession>`
      select id, hash = ${hashOf(secret ?? '')} as "isCurrent", ip, user_agent as "userAgent",
        last_seen_at as "lastSeenAt", created_at as "createdAt"
      from sessions t where user_id = ${userId} and ${isUnderWay(ctx)}
      order by 2 desc, last_seen_at desc limit ${most}`,
  );
  return user && { ...user, roles: roles.map((it) => it.name), identities, sessions };
}
