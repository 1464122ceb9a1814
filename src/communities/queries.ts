import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { highest, type Level } from '../level.ts';
import { type Shown, show, showAll } from '../node.ts';
import type { Visibility } from '../users/user.ts';
import type {
  Funding,
  MemberPolicy,
  Organization,
  ReviewPolicy,
  SubmissionPolicy,
  Theme,
} from './community.ts';
import { maySee } from './policy.ts';
import { idOfSlug, soughtSlug } from './settings/slugs.ts';

export interface CommunityRow {
  id: string;
  slug: string;
  title: string;
  description: string | null;
  website: string | null;
  type: string | null;
  organizations: Organization[];
  funding: Funding[];
  customFields: Record<string, unknown>;
  theme: Theme | null;
  visibility: Visibility;
  membersVisibility: Visibility;
  memberPolicy: MemberPolicy;
  recordSubmissionPolicy: SubmissionPolicy;
  reviewPolicy: ReviewPolicy;
  allowsChildren: boolean;
  parentId: string | null;
  groupId: string | null;
  logoHash: string | null;
  deletedAt: Date | null;
  purgeMarkedAt: Date | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}
export type ShownCommunity = Shown<CommunityRow>;

/** The columns of `communities t` that a `CommunityRow` has; the long texts are read when asked for. */
export const communityColumns = sql`
  t.id, t.slug, t.title, t.description, t.website, t.type, t.organizations, t.funding,
  t.custom_fields as "customFields", t.theme, t.visibility,
  t.members_visibility as "membersVisibility", t.member_policy as "memberPolicy",
  t.record_submission_policy as "recordSubmissionPolicy", t.review_policy as "reviewPolicy",
  t.allows_children as "allowsChildren", t.parent_id as "parentId", t.group_id as "groupId",
  t.logo_hash as "logoHash", t.deleted_at as "deletedAt", t.purge_marked_at as "purgeMarkedAt",
  t.version, t.created_at as "createdAt", t.updated_at as "updatedAt"`;

/** Communities by id. Of rows at hand the policy is asked: an actor may have hundreds of places to send along. */
export async function readCommunities(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<CommunityRow>`select ${communityColumns} from communities t where t.id = any(${ids})`,
  );
  return showAll(
    'Community',
    found.filter((it) => maySee(ctx.actor, it)),
  );
}

/** Communities by id, without those that are deleted. */
export async function readLiveCommunities(ctx: Context, ids: readonly string[]) {
  const found = await readCommunities(ctx, ids);
  return new Map([...found].filter(([, it]) => !it.deletedAt));
}

/** The community that has this slug, or had it and no other has it since. */
export async function findCommunity(
  ctx: Context,
  slug: string,
): Promise<ShownCommunity | undefined> {
  const wanted = soughtSlug(slug);
  if (wanted === undefined) return undefined;
  const [found] = await rows(
    ctx,
    sql<CommunityRow>`
      select ${communityColumns} from communities t
      where t.id = ${idOfSlug(wanted)}`,
  );
  return found && maySee(ctx.actor, found) ? show('Community', found) : undefined;
}

/** The community of each group. */
export async function readCommunitiesOfGroups(ctx: Context, groupIds: readonly string[]) {
  const found = await rows(
    ctx,
    sql<CommunityRow & { groupId: string }>`
      select ${communityColumns} from communities t where t.group_id = any(${groupIds})`,
  );
  const seen = found.filter((it) => maySee(ctx.actor, it));
  return new Map(seen.map((it) => [it.groupId, show('Community', it)]));
}

interface Texts {
  id: string;
  curationPolicy: string | null;
  page: string | null;
}

/** The long texts of communities that the actor was shown. */
export async function readTexts(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<Texts>`
      select id, curation_policy as "curationPolicy", page from communities where id = any(${ids})`,
  );
  return new Map(found.map((it) => [it.id, it]));
}

/** The slugs that communities had before. */
export async function readOldSlugs(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<{ id: string; slug: string }>`
      select community_id as id, slug from old_slugs where community_id = any(${ids})
      order by left_at, slug`,
  );
  return new Map(
    [...Map.groupBy(found, (it) => it.id)].map(([id, all]) => [id, all.map((it) => it.slug)]),
  );
}

/** Which communities have an owner, a person and not a role, who was verified. */
export async function readVerified(ctx: Context, ids: readonly string[]) {
  const found = await rows(
    ctx,
    sql<{ id: string }>`
      select distinct m.community_id as id from members m join users u on u.id = m.user_id
      where m.community_id = any(${ids}) and m.level = 'OWNER' and u.verified_at is not null`,
  );
  return new Map(found.map((it) => [it.id, true]));
}

/** How many children a community has, deleted ones among them. */
export async function readChildCount(ctx: Context, communityId: string): Promise<number> {
  const [counted] = await rows(
    ctx,
    sql<{ count: number }>`
      select count(*)::int as count from communities where parent_id = ${communityId}`,
  );
  return counted?.count ?? 0;
}

/** The actor's own level in a community as it is now: a change may just have given or taken it. */
export async function readOwnLevel(ctx: Context, communityId: string): Promise<Level | undefined> {
  const own = await rows(
    ctx,
    sql<{ level: Level }>`
      select m.level from members m where m.community_id = ${communityId}
        and (m.user_id = ${ctx.actor.userId ?? null} or m.role_id in (
          select role_id from assignments where user_id = ${ctx.actor.userId ?? null}))
        and exists (select from users where id = ${ctx.actor.userId ?? null} and state = 'ACTIVE')`,
  );
  return highest(own.map((it) => it.level));
}

/** A reason why a user is in a role, and what the role gives them in a community. */
export interface ReasonRow {
  userId: string;
  roleId: string;
  source: string;
  since: Date;
  communityId: string | null;
  level: Level | null;
}

/** Every chain from a source through a role, and on to the communities that the role is in. */
export const readReasons = (ctx: Context, userId: string, roleId?: string): Promise<ReasonRow[]> =>
  rows(
    ctx,
    sql<ReasonRow>`
      select a.user_id as "userId", a.role_id as "roleId", a.source, a.created_at as since,
        m.community_id as "communityId", m.level
      from assignments a left join members m on m.role_id = a.role_id
      where a.user_id = ${userId} and (${roleId ?? null}::uuid is null or a.role_id = ${roleId ?? null})
      order by a.role_id, a.source, m.community_id limit 1000`,
  );
