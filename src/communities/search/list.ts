import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Order } from '../../cursor.ts';
import { page } from '../../page.ts';
import type { PageArgs } from '../../page-args.ts';
import { ask, askedIn, type Question } from '../../search/ask.ts';
import { type SearchPage, unsearched } from '../../search/types.ts';
import type { CommunityFilterInput, CommunitySort } from '../list-types.ts';
import { seenBy, stateOf, visibleTo } from '../policy.ts';
import { type CommunityRow, communityColumns, readCommunities } from '../queries.ts';
import { countListed, facetsOf } from './facets.ts';
import { limitsOf, matches, statesOf } from './filter.ts';
import type { CommunityFacets } from './types.ts';

/** Which communities, and in which order. */
export interface CommunityList {
  query?: string | null;
  filter: CommunityFilterInput;
  sort: CommunitySort;
}

/** The communities that are there for the actor: all of them, or what a query finds. */
export async function listCommunities(
  ctx: Context,
  args: PageArgs,
  { query, filter, sort }: CommunityList,
): Promise<SearchPage<CommunityRow> & { countFacets: () => Promise<CommunityFacets> }> {
  const asked = askedIn(query);
  if (asked === undefined) {
    const countFacets = async () => facetsOf(ctx, filter, await countListed(ctx, filter));
    return { ...unsearched(await listAll(ctx, args, filter, sort)), countFacets };
  }
  const question: Question = {
    query: asked,
    sort: sort === 'TITLE' ? 'NAME' : sort,
    sees: seenBy(ctx.actor),
    ...(await limitsOf(ctx, filter)),
  };
  const states = statesOf(filter);
  const read = async (_: Context, ids: readonly string[]) => {
    const found = await readCommunities(ctx, ids);
    return new Map([...found].filter(([, it]) => states.includes(stateOf(it))));
  };
  const found = await ask(ctx, ctx.search.kinds.communities, args, question, read);
  return { ...found, countFacets: async () => facetsOf(ctx, filter, await found.counts()) };
}

const orders: Partial<Record<CommunitySort, Order>> = {
  UPDATED: { name: 'updated', by: sql`t.updated_at`, type: 'timestamptz', isDescending: true },
  TITLE: { name: 'title', by: sql`lower(t.title)`, type: 'text' },
};

/** From the table itself, and so as it is at this moment. */
const listAll = (ctx: Context, args: PageArgs, filter: CommunityFilterInput, sort: CommunitySort) =>
  page<CommunityRow>(ctx, args, {
    kind: 'Community',
    columns: communityColumns,
    from: sql`from communities t where ${matches(ctx, filter)} and ${visibleTo(ctx.actor)}`,
    newestFirst: sort === 'NEWEST' || sort === 'BEST_MATCH',
    order: orders[sort],
  });
