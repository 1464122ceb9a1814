import { sql } from 'kysely';
import { demand } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import { page } from '../page.ts';
import type { PageArgs } from '../page-args.ts';
import { ask, askedIn, type Question } from '../search/ask.ts';
import type { ValueCount } from '../search/engine.ts';
import { type SearchPage, unsearched } from '../search/types.ts';
import type { GroupFacets } from './list-types.ts';
import { mayList, seenBy } from './policy.ts';
import {
  type GroupRow,
  groupColumns,
  type RoleRow,
  readGroups,
  readRoles,
  roleColumns,
} from './queries.ts';

/** Which groups. */
export interface GroupList {
  query?: string | null;
  idp?: string | null;
}

/** All groups, or what a query finds among them, for those who may list them. */
export async function listGroups(
  ctx: Context,
  args: PageArgs,
  { query, idp }: GroupList,
): Promise<SearchPage<GroupRow> & { countFacets: () => Promise<GroupFacets> }> {
  demand(ctx.actor, mayList(ctx.actor));
  // No key of a service holds a NUL, and the database takes none.
  const chosen = idp?.replaceAll('\0', '\ufffd') ?? null;
  const asked = askedIn(query);
  if (asked === undefined) {
    const all = page<GroupRow>(ctx, args, {
      kind: 'Group',
      columns: groupColumns,
      from: sql`from groups t where (${chosen}::text is null or t.idp = ${chosen})`,
    });
    const countFacets = async () => facetsOf(await countByIdp(ctx), chosen, true);
    return { ...unsearched(await all), countFacets };
  }
  const question: Question = {
    query: asked,
    sort: 'BEST_MATCH',
    sees: seenBy(ctx.actor),
    ...(chosen !== null && { choices: { idp: [chosen] } }),
  };
  const found = await ask(ctx, ctx.search.kinds.groups, args, question, readGroups);
  const countFacets = async () => {
    const { byValue, areValuesExact } = await found.counts();
    return facetsOf(byValue.idp ?? [], chosen, areValuesExact);
  };
  return { ...found, countFacets };
}

/** Most first, then by key, as engines have it. */
const countByIdp = (ctx: Context) =>
  rows(
    ctx,
    sql<ValueCount>`
      select idp as value, count(*)::int as count from groups
      group by idp order by 2 desc, idp collate "C"`,
  );

function facetsOf(
  counted: readonly ValueCount[],
  chosen: string | null,
  isExact: boolean,
): GroupFacets {
  const isThere = chosen === null || counted.some((it) => it.value === chosen);
  const all = isThere ? counted : [...counted, { value: chosen, count: 0 }];
  return {
    idps: all.map(({ value, count }) => ({ idp: value, count, isSelected: value === chosen })),
    isExact,
  };
}

/** All roles, or what a query finds among them, for those who may list them. */
export async function listRoles(
  ctx: Context,
  args: PageArgs,
  query: string | null | undefined,
): Promise<SearchPage<RoleRow>> {
  demand(ctx.actor, mayList(ctx.actor));
  const asked = askedIn(query);
  if (asked === undefined) {
    const all = page<RoleRow>(ctx, args, {
      kind: 'Role',
      columns: roleColumns,
      from: sql`from roles t where true`,
    });
    return unsearched(await all);
  }
  const question: Question = { query: asked, sort: 'BEST_MATCH', sees: seenBy(ctx.actor) };
  return ask(ctx, ctx.search.kinds.roles, args, question, readRoles);
}
