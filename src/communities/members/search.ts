import { type RawBuilder, sql } from 'kysely';
import { type Context, load, rows } from '../../context.ts';
import { askedIn } from '../../search/ask.ts';
import type { Dialect } from '../../search/dialect.ts';
import { understand } from '../../search/language/understand.ts';
import { lookUp } from '../../search/look-up.ts';
import { conditionOf } from '../../search/postgres/compile.ts';
import { byIndex, byRow, type Match, render } from '../../search/postgres/condition.ts';
import { estimate } from '../../search/postgres/sample.ts';
import { spelledOut } from '../../search/postgres/spelling.ts';
import { all, both, either, type Leaf, mapLeaves, not, type Tree } from '../../search/tree.ts';
import type { SearchPage } from '../../search/types.ts';
import { emailsVisibleTo, visibleTo } from '../../users/policy.ts';
import { type Meant, memberDialect, publicMemberDialect, roles, users } from './dialect.ts';

/** So few people are found by the index of words, wherever they are; of more, each member is looked at. */
const few = 5000;

/** A query for members, as it was understood. */
export interface Sought extends Pick<SearchPage<never>, 'parsedQuery' | 'warnings'> {
  /** Whether the user of this UUID is sought. */
  isUser(id: RawBuilder<string>): RawBuilder<boolean>;
  isRole(id: RawBuilder<string>): RawBuilder<boolean>;
}

const everybody: Sought = {
  parsedQuery: null,
  warnings: [],
  isUser: () => sql`true`,
  isRole: () => sql`true`,
};

/**
 * Understands a query for members, or for people who are to become members. It is always the
 * database that finds them: other engines know nothing of who is where.
 */
export const soughtAmong = (ctx: Context, query: string | null | undefined): Promise<Sought> =>
  understood(ctx, query, memberDialect);

/** Understands anybody's query for members who want to be seen: only what is shown of them is searched. */
export const soughtByAnybody = (ctx: Context, query: string | null | undefined): Promise<Sought> =>
  understood(ctx, query, publicMemberDialect, asShown);

/** The same query for many communities is understood once. */
async function understood(
  ctx: Context,
  query: string | null | undefined,
  dialect: Dialect,
  limit?: (leaf: Leaf) => Tree,
): Promise<Sought> {
  const asked = askedIn(query);
  if (asked === undefined) return everybody;
  const read = async (_: Context, queries: readonly string[]) => {
    const each = queries.map(async (it) => [it, await seek(ctx, it, dialect, limit)] as const);
    return new Map(await Promise.all(each));
  };
  return (await load(ctx, read, asked, dialect)) ?? everybody;
}

async function seek(
  ctx: Context,
  query: string,
  dialect: Dialect,
  limit: (leaf: Leaf) => Tree = (it) => it,
): Promise<Sought> {
  const { tree, parsed, warnings } = understand(query, dialect, new Date());
  const { kinds } = ctx.search;
  const [named = all] = await lookUp(ctx, { ...kinds.users, lookUp: whoseAddress }, [tree]);
  const conditionIn = async ({ kind, fields }: Meant) => {
    const [spelt = all] = await spelledOut(ctx, kinds[kind], [mapLeaves(named, limit)]);
    const theirs = Object.entries(fields).flatMap(([name, its]) => {
      const field = kinds[kind].fields[its];
      return field ? [[name, field] as const] : [];
    });
    const target = { fields: Object.fromEntries(theirs), columns: [] };
    return (match: Match) => render(conditionOf(spelt, { ...target, match }), match);
  };
  const [ofUsers, ofRoles] = [await conditionIn(users), await conditionIn(roles)];
  // Each audience has an index of its own.
  const parts = ['EVERYONE', 'SOME'].map(
    (it) => sql<boolean>`(audience = ${sql.lit(it)} and ${ofUsers(byIndex)})`,
  );
  const found = parts.map((it) => sql`select id from search_users where ${it}`);
  const isFew = (await estimate(ctx, { table: 'search_users' }, parts, few)) <= few;
  return {
    parsedQuery: parsed,
    warnings,
    // The database cannot tell how few there are of a word, and might go through all members for it.
    isUser: (id) =>
      isFew
        ? sql`${id} = any(array(${sql.join(found, sql` union all `)}))`
        : sql`(select ${ofUsers(byRow)} from search_users where id = ${id})`,
    isRole: (id) => sql`(select ${ofRoles(byRow)} from search_roles where id = ${id})`,
  };
}

/** A username is only shown of those who have no name. */
function asShown(leaf: Leaf): Tree {
  if (!('fields' in leaf) || !leaf.fields.includes('username')) return leaf;
  const others = leaf.fields.filter((it) => it !== 'username');
  const nameless = both({ ...leaf, fields: ['username'] }, not({ is: 'filled', field: 'name' }));
  return others.length === 0 ? nameless : either({ ...leaf, fields: others }, nameless);
}

/** Whose address it is or begins, if the actor may know. */
async function whoseAddress(ctx: Context, _field: string, values: readonly string[]) {
  const found = await rows(
    ctx,
    sql<{ value: string; id: string }>`
      select it.value, t.id
      from unnest(${values}::text[]) as it (value)
      join users t on t.email is not null and lower(t.email) ~>=~ lower(it.value)
        and lower(t.email) ~<~ (lower(it.value) || ${'\u{10ffff}'}::text)
      where ${visibleTo(ctx.actor)} and ${emailsVisibleTo(ctx.actor)}`,
  );
  return new Map(
    [...Map.groupBy(found, (it) => it.value)].map(([value, its]) => [
      value,
      its.map((it) => it.id),
    ]),
  );
}
