import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import type { Counts } from '../../search/engine.ts';
import { all } from '../../search/tree.ts';
import { termOf } from '../../vocabulary.ts';
import type { CommunityFilterInput } from '../list-types.ts';
import { seenBy, visibleTo } from '../policy.ts';
import { limitsOf, matches } from './filter.ts';
import type { CommunityFacets } from './types.ts';

/** So many are counted in the table itself. */
const many = 50_000;

type Values = Pick<Counts, 'byValue' | 'areValuesExact'>;

/** What the filter's choices would list, from what was counted. */
export function facetsOf(
  { config }: Context,
  { types, visibilities }: CommunityFilterInput,
  { byValue, areValuesExact }: Values,
): CommunityFacets {
  const [byType, byVisibility] = [byValue.type ?? [], byValue.visibility ?? []];
  const isThere = new Set(byType.map((it) => it.value));
  // What is chosen can be chosen no longer, be there none of it.
  const empty = [...new Set(types)].filter((it) => !isThere.has(it));
  return {
    types: [...byType, ...empty.map((value) => ({ value, count: 0 }))].map(({ value, count }) => ({
      type: termOf(config.vocabularies.communityTypes, value),
      count,
      isSelected: types?.includes(value) ?? false,
    })),
    visibilities: (['PUBLIC', 'RESTRICTED'] as const).map((visibility) => ({
      visibility,
      count: byVisibility.find((it) => it.value === visibility)?.count ?? 0,
      isSelected: visibilities?.includes(visibility) ?? false,
    })),
    isExact: areValuesExact,
  };
}

interface Counted {
  type: string | null;
  visibility: string;
  count: number;
}

/** Counts the whole list by value: in the table if there are few, else by the search for everything. */
export async function countListed(ctx: Context, filter: CommunityFilterInput): Promise<Values> {
  const unchosen = { ...filter, types: null, visibilities: null };
  const counted = await rows(
    ctx,
    sql<Counted>`
      select type, visibility, count(*)::int as count from (
        select t.type, t.visibility from communities t
        where ${matches(ctx, unchosen)} and ${visibleTo(ctx.actor)} limit ${many + 1}) it
      group by type, visibility`,
  );
  const { within, choices } = await limitsOf(ctx, filter);
  if (sumOf(counted) > many) {
    const everything = { tree: all, ranks: [], sees: seenBy(ctx.actor), within, choices };
    const list = { sort: 'NEWEST', size: 1, isBackward: false } as const;
    const kind = ctx.search.kinds.communities;
    return (await ctx.search.find(ctx, kind, { ...everything, ...list })).counts();
  }
  const isChosen = (value: string | null, chosen: readonly string[] | undefined) =>
    chosen?.includes(value ?? '') ?? true;
  return {
    byValue: {
      type: byColumn(
        counted.filter((it) => isChosen(it.visibility, choices.visibility)),
        'type',
      ),
      visibility: byColumn(
        counted.filter((it) => isChosen(it.type, choices.type)),
        'visibility',
      ),
    },
    areValuesExact: true,
  };
}

const sumOf = (counted: readonly Counted[]) => counted.reduce((sum, it) => sum + it.count, 0);

/** Most first, then by value, as engines have it. */
const byColumn = (counted: readonly Counted[], column: 'type' | 'visibility') =>
  [...Map.groupBy(counted, (it) => it[column])]
    .flatMap(([value, all]) => (value === null ? [] : [{ value, count: sumOf(all) }]))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
