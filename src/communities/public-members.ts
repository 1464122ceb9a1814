import { type RawBuilder, sql } from 'kysely';
import type { Actor } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import { showAll } from '../node.ts';
import { type PageArgs, pageOf } from '../page.ts';
import { publicMembersVisibleTo } from './member-policy.ts';
import { matchesWords } from './member-search.ts';
import { byName, memberDescription, memberSources, publicName } from './member-sources.ts';

export interface PublicMemberRow {
  id: string;
  name: string;
  description: string | null;
  avatar: string | null;
}

/**
 * Members who want to be seen, as `t`. Their ids are none of the members’ own, which tell when
 * somebody joined.
 */
const publicMembers = (actor: Actor, where: RawBuilder<boolean>) => sql`(
  select md5(m.id::text)::uuid as id, ${publicName} as name, ${memberDescription} as description, g.avatar
  from ${memberSources}
  where m.is_visible and ${publicMembersVisibleTo(actor)} and ${where}
    and (u.id is null or (u.state = 'ACTIVE' and u.visibility = 'PUBLIC'))
    and g.visibility is distinct from 'HIDDEN') t`;

const publicColumns = sql`t.id, t.name, t.description, t.avatar`;

/** The members of a community who want to be seen; a query finds only what is shown of them. */
export const publicMembersOf = (
  ctx: Context,
  communityId: string,
  args: PageArgs,
  query: string | null | undefined,
) =>
  pageOf<PublicMemberRow>(ctx, communityId, args, `Community.publicMembers ${query ?? ''}`, {
    kind: 'PublicMember',
    columns: publicColumns,
    from: sql`from ${publicMembers(ctx.actor, sql`m.community_id = parent.id`)}
      where ${query == null ? sql`true` : matchesWords(sql`concat_ws(' ', t.name, t.description)`, query)}`,
    order: byName,
  });

/** Members who want to be seen, by the ids under which they are shown. */
export async function readPublicMembers(ctx: Context, ids: readonly string[]) {
  const isOne = sql<boolean>`m.is_visible and md5(m.id::text)::uuid = any(${ids})`;
  const found = await rows(
    ctx,
    sql<PublicMemberRow>`select ${publicColumns} from ${publicMembers(ctx.actor, isOne)}`,
  );
  return showAll('PublicMember', found);
}
