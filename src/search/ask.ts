import type { Context } from '../context.ts';
import { type CursorOrder, cursorOf } from '../cursor.ts';
import type { Shown } from '../node.ts';
import { type PageArgs, pageInfoOf, readArgs } from '../page-args.ts';
import type { Counts, Request, Sort } from './engine.ts';
import type { Kind } from './kind.ts';
import { understand } from './language/understand.ts';
import { lookUp } from './look-up.ts';
import { all, type Tree } from './tree.ts';
import type { SearchPage } from './types.ts';

/** What somebody looks for, and where. */
export interface Question extends Pick<Request, 'sees' | 'sort'> {
  /** In the query language. */
  query: string;
  within?: Tree;
  choices?: Request['choices'];
}

/** A page of what was found. */
export interface Answer<Row extends { id: string }> extends SearchPage<Row> {
  counts: () => Promise<Counts>;
}

type ReadRows<Row extends { id: string }> = (
  ctx: Context,
  ids: readonly string[],
) => Promise<Map<string, Shown<Row>>>;

/** What a query asks for; undefined if it says nothing, and everything is to be listed. */
export const askedIn = (query: string | null | undefined): string | undefined =>
  query?.replace(/\p{Cc}/gu, '').trim() ? query : undefined;

/** How cursors of lists in each order are kept apart. */
const orders: Record<Sort, CursorOrder | undefined> = {
  BEST_MATCH: { name: 'best', type: 'rank' },
  NEWEST: undefined,
  OLDEST: undefined,
  UPDATED: { name: 'updated', type: 'timestamptz' },
  NAME: { name: 'name', type: 'text' },
};

/**
 * Answers a question with a page of rows.
 * @param read reads what was found: those that are there for the actor now, whatever the index says.
 * @throws Refusals if the page is none.
 */
export async function ask<Row extends { id: string }>(
  ctx: Context,
  kind: Kind,
  args: PageArgs,
  question: Question,
  read: ReadRows<Row>,
): Promise<Answer<Row>> {
  const { query, sort, sees, within = all, choices = {} } = question;
  const order = orders[sort];
  const wanted = readArgs(args, order);
  const { tree, ranks, parsed, warnings } = understand(query, kind, new Date());
  const [lookedUp = tree, ...lookedUpRanks] = await lookUp(ctx, kind, [tree, ...ranks]);
  const found = await ctx.search.find(ctx, kind, {
    tree: lookedUp,
    ranks: lookedUpRanks,
    sees,
    within,
    choices,
    sort,
    size: wanted.size + 1,
    isBackward: wanted.isBackward,
    after: wanted.after && { key: '', ...wanted.after },
    before: wanted.before && { key: '', ...wanted.before },
  });
  const hits = found.hits.slice(0, wanted.size);
  if (wanted.isBackward) hits.reverse();
  const rows = await read(
    ctx,
    hits.map((it) => it.id),
  );
  const shown = hits.flatMap((hit) => {
    const row = rows.get(hit.id);
    return row ? [{ row, cursor: cursorOf(hit, order) }] : [];
  });
  return {
    nodes: shown.map((it) => it.row),
    cursors: shown.map((it) => it.cursor),
    // What is gone since it was found still says where the page lies.
    pageInfo: pageInfoOf(
      wanted,
      found.hits.length > wanted.size,
      hits.map((it) => cursorOf(it, order)),
    ),
    count: async () => (await found.counts()).total,
    parsedQuery: parsed,
    warnings,
    engine: found.engine,
    isExact: async () => (await found.counts()).isExact,
    counts: found.counts,
  };
}
