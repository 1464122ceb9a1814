import { type RawBuilder, sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { showAll } from '../../node.ts';
import { emptyPage, pageOf } from '../../page.ts';
import type { PageArgs } from '../../page-args.ts';
import { type SearchPage, unsearched } from '../../search/types.ts';
import { isFor, may } from '../policy.ts';
import type { ShownCommunity } from '../queries.ts';
import { publicMembersVisibleTo } from './policy.ts';
import { soughtByAnybody } from './search.ts';
import { byName, type Source, sources } from './sources.ts';

export interface PublicMemberRow {
  id: string;
  name: string;
  description: string | null;
  avatar: string | null;
}

/**
 * Members of one kind who want to be seen, as `t`. Their ids are none of the members’ own, which
 * tell when somebody joined.
 */
const publicMembers = (source: Source, where: RawBuilder<boolean>) => sql`(
  select md5(m.id::text)::uuid as id, ${source.publicName} as name,
    ${source.description} as description, ${source.avatar} as avatar
  from ${source.from} and m.is_visible and ${where} and ${source.isPublic}) t`;

const publicColumns = sql`t.id, t.name, t.description, t.avatar`;

/** The members of a community who want to be seen; a query finds only what is shown of them. */
export async function publicMembersOf(
  ctx: Context,
  community: ShownCommunity,
  args: PageArgs,
  query: string | null | undefined,
): Promise<SearchPage<PublicMemberRow>> {
  const kind = 'PublicMember';
  const sought = await soughtByAnybody(ctx, query);
  const { parsedQuery, warnings } = sought;
  const told = { parsedQuery, warnings };
  if (!isFor('SEE_PUBLIC_MEMBERS', community) || !may(ctx.actor, 'SEE_PUBLIC_MEMBERS', community)) {
    return { ...unsearched(emptyPage<PublicMemberRow>(args, { kind, order: byName })), ...told };
  }
  const name = `Community.publicMembers ${query ?? ''}`;
  const found = await pageOf<PublicMemberRow>(ctx, community.uuid, args, name, {
    kind,
    columns: publicColumns,
    from: sources.map((it) => {
      const isListed = sql<boolean>`m.community_id = parent.id and ${it.isAmong(sought)}`;
      return sql`from ${publicMembers(it, isListed)} where true`;
    }),
    order: byName,
  });
  return { ...unsearched(found), ...told };
}

/** Members who want to be seen, by the ids under which they are shown. */
export async function readPublicMembers(ctx: Context, ids: readonly string[]) {
  const isOne = sql<boolean>`md5(m.id::text)::uuid = any(${ids}) and m.community_id in (
    select c.id from communities c where ${publicMembersVisibleTo(ctx.actor)})`;
  const parts = sources.map((it) => sql`select ${publicColumns} from ${publicMembers(it, isOne)}`);
  const found = await rows(ctx, sql<PublicMemberRow>`${sql.join(parts, sql` union all `)}`);
  return showAll('PublicMember', found);
}
