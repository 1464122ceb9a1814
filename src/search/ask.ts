import type { Page } from '../connection.ts';
import type { Context } from '../context.ts';
import { type CursorOrder, cursorOf } from '../cursor.ts';
import type { Shown } from '../node.ts';
import { type PageArgs, pageInfoOf, readArgs } from '../page-args.ts';
import type { Counts, EngineName, Request, Sort } from './engine.ts';
import type { Kind } from './kind.ts';
import { understand } from './language/understand.ts';
import type { Warning } from './language/warning.ts';
import { lookUp } from './look-up.ts';
import { all, type Tree } from './tree.ts';

/** What somebody looks for, and where. */
export interface Question extends Pick<Request, 'sees' | 'sort'> {
  /** In the query language. */
  query: string;
  within?: Tree;
  choices?: Request['choices'];
}

/** A page of what was found. */
export interface Answer<Row extends { id: string }> extends Page<Row> {
  /** How the query was understood, and what of it was not. */
  parsed: string;
  warnings: Warning[];
  engine: EngineName;
  counts(): Promise<Counts>;
}

type ReadRows<Row extends { id: string }> = (
  ctx: Context,
  ids: readonly string[],
) => Promise<Map<string, Shown<Row>>>;

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
  const shown = hits.filter((it) => rows.has(it.id));
  const cursors = shown.map(({ id, key }) => cursorOf({ id, key }, order));
  return {
    nodes: shown.map((it) => rows.get(it.id) as Shown<Row>),
    cursors,
    pageInfo: pageInfoOf(wanted, found.hits.length > wanted.size, cursors),
    count: async () => (await found.counts()).total,
    parsed,
    warnings,
    engine: found.engine,
    counts: found.counts,
  };
}
