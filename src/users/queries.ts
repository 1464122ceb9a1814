import { sql } from 'kysely';
import { demand } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import type { Order } from '../cursor.ts';
import { type Shown, show, showAll } from '../node.ts';
import { page } from '../page.ts';
import type { PageArgs } from '../page-args.ts';
import { ask, askedIn } from '../search/ask.ts';
import { type SearchPage, unsearched } from '../search/types.ts';
import type { UserSort } from './list-types.ts';
import { identitiesVisibleTo, mayFind, mayList, seenBy, visibleTo } from './policy.ts';
import type { NameParts, UserState, Visibility } from './user.ts';

export interface UserRow {
  id: string;
  username: string;
  email: string | null;
  emailVisibility: Visibility;
  isEmailVerified: boolean;
  fullName: string | null;
  givenName: string | null;
  familyName: string | null;
  nameParts: NameParts;
  affiliation: string | null;
  orcid: string | null;
  locale: string | null;
  timeZone: string | null;
  visibility: Visibility;
  lockedFields: string[];
  state: UserState;
  isVerified: boolean;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface IdentityRow {
  id: string;
  userId: string;
  idp: string;
  subject: string;
  goneAt: Date | null;
}

/** The columns of `users t` that a `UserRow` has. */
export const userColumns = sql`
  t.id, t.username, t.email, t.email_visibility as "emailVisibility",
  t.email_verified_at is not null as "isEmailVerified", t.full_name as "fullName",
  t.given_name as "givenName", t.family_name as "familyName", t.name_parts as "nameParts",
  t.affiliation, t.orcid, t.locale, t.time_zone as "timeZone", t.visibility,
  t.locked_fields as "lockedFields", t.state, t.verified_at is not null as "isVerified", t.version, t.created_at as "createdAt",
  t.updated_at as "updatedAt"`;

/** Which users, and in which order. */
export interface UserList {
  query?: string | null;
  sort: UserSort;
}

/** The users that a query finds, for who is signed in; all of them for those who may list them. */
export async function listUsers(
  ctx: Context,
  args: PageArgs,
  { query, sort }: UserList,
): Promise<SearchPage<UserRow>> {
  const asked = askedIn(query);
  demand(ctx.actor, asked === undefined ? mayList(ctx.actor) : mayFind(ctx.actor));
  if (asked === undefined) return unsearched(await listAll(ctx, args, sort));
  const question = { query: asked, sort, sees: seenBy(ctx.actor) };
  return ask(ctx, ctx.search.kinds.users, args, question, readUsers);
}

const orders: Partial<Record<UserSort, Order>> = {
  NAME: { name: 'name', by: sql`lower(coalesce(t.full_name, t.username))`, type: 'text' },
};

const listAll = (ctx: Context, args: PageArgs, sort: UserSort) =>
  page<UserRow>(ctx, args, {
    kind: 'User',
    columns: userColumns,
    from: sql`from users t where ${visibleTo(ctx.actor)}`,
    newestFirst: sort === 'NEWEST',
    order: orders[sort],
  });

export async function readUsers(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<UserRow>`select ${userColumns} from users t where t.id = any(${ids}) and ${visibleTo(ctx.actor)}`,
  );
  return showAll('User', found);
}

export async function findUser(
  ctx: Context,
  username: string,
): Promise<Shown<UserRow> | undefined> {
  // The database takes no NUL, and no name holds one.
  if (username.includes('\0')) return undefined;
  const [found] = await rows(
    ctx,
    sql<UserRow>`
      select ${userColumns} from users t
      where lower(t.username) = lower(${username}) and ${visibleTo(ctx.actor)}`,
  );
  return found && show('User', found);
}

const identityColumns = sql`id, user_id as "userId", idp, subject, gone_at as "goneAt"`;

/** Identities by their own ids, as far as the actor can see them. */
export async function readIdentities(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<IdentityRow>`
      select ${identityColumns} from identities
      where id = any(${ids}) and ${identitiesVisibleTo(ctx.actor)}`,
  );
  return showAll('Identity', found);
}

/** The identities of each user, as far as the actor can see them. */
export async function readIdentitiesOf(ctx: Context, userIds: readonly string[]) {
  const found = await rows(
    ctx,
    sql<IdentityRow>`
      select ${identityColumns} from identities
      where user_id = any(${userIds}) and ${identitiesVisibleTo(ctx.actor)} order by id`,
  );
  return Map.groupBy(
    found.map((it) => show('Identity', it)),
    (it) => it.userId,
  );
}
