import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import type { Context } from '../../src/context.ts';
import type { Mark, Request } from '../../src/search/engine.ts';
import type { Document, Kind } from '../../src/search/kind.ts';
import { understand } from '../../src/search/language/understand.ts';
import { mapLeaves, type Tree } from '../../src/search/tree.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { type Stock, stockOf, texts, trees } from './arbitraries.ts';
import { type Asked, asked } from './arbitrary-requests.ts';
import { writeCorpus } from './corpus.ts';
import { customFields } from './corpus-communities.ts';
import { someDocuments } from './documents.ts';
import { engineNames, type Tested, tested } from './engines.ts';
import { find } from './matcher.ts';

const seed = 20261121;
const folder = mkdtempSync(join(tmpdir(), 'collegium-search-'));
let world: World;
let ctx: Context;
let engine: Tested;

beforeAll(async () => {
  const path = join(folder, 'collegium.json');
  writeFileSync(path, JSON.stringify({ customFields }));
  world = await startWorld({ isWorking: false, env: { COLLEGIUM_CONFIG: path } });
  await writeCorpus(world);
  ctx = world.app.begin(Actor.system);
});
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
});

/** The mark of what is at a place of a list; of something that is gone by now, for its id is a little higher. */
function markAt(list: readonly Mark[], place: number, isGone: boolean): Mark | undefined {
  const mark = list[Math.floor(place)];
  return mark && isGone ? { ...mark, id: mark.id.replace(/.$/, 'f') } : mark;
}

/** Holds what the engine finds and counts to what the matcher does. */
async function agree(
  kind: Kind,
  documents: readonly Document[],
  { after, before, isGone, ...rest }: Asked,
  tree: Tree,
  ranks: readonly Tree[],
): Promise<void> {
  const whole = { ...rest, tree, ranks, size: documents.length, isBackward: false };
  const { hits: list } = find(documents, kind, whole);
  const begin = (after ?? 0) * list.length;
  const end = begin + (before ?? 0) * (list.length - begin);
  const from = after === null ? undefined : markAt(list, begin, isGone);
  const to = before === null ? undefined : markAt(list, end, isGone);
  const request: Request = {
    ...rest,
    tree,
    ranks,
    ...(from && { after: from }),
    ...(to && { before: to }),
  };
  if (!engine.serves(request)) return;
  const right = find(documents, kind, request);
  const found = await engine.find(ctx, kind, request);
  expect(found.hits).toEqual(right.hits);
  const { byValue, ...counts } = await found.counts();
  if (!counts.isExact || !counts.areValuesExact) return;
  const isThere = ([, all]: [string, unknown[]]) => all.length > 0;
  expect({ ...counts, byValue }).toEqual({
    ...right.counts,
    byValue: Object.fromEntries(Object.entries(right.counts.byValue).filter(isThere)),
  });
}

/** Asks so many queries of each sort. */
async function askMany(kind: Kind, documents: readonly Document[], numRuns: number) {
  const stock = stockOf(kind, documents);
  const some = fc.array(trees(stock), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(asked(stock), trees(stock), some, (...question) =>
      agree(kind, documents, ...question),
    ),
    { numRuns, seed },
  );
  await fc.assert(
    fc.asyncProperty(asked(stock), texts(stock), (rest, text) => {
      const { tree, ranks } = understand(text, kind, new Date());
      return agree(
        kind,
        documents,
        rest,
        lookedUp(tree, stock),
        ranks.map((it) => lookedUp(it, stock)),
      );
    }),
    { numRuns, seed },
  );
}

/** What is looked up may be anything. */
const lookedUp = (tree: Tree, { ids }: Stock): Tree =>
  mapLeaves(tree, (it) => (it.is === 'lookup' ? { is: 'ids', ids: ids.slice(0, 5) } : it));

describe.each(engineNames)('queries at random find the right by %s', (name) => {
  beforeAll(() => {
    engine = tested(name, world, ctx);
  });
  afterAll(() => engine.close());

  it.each([
    ['communities', 400],
    ['users', 100],
    ['groups', 50],
    ['roles', 50],
  ] as const)('of the %s of the corpus', { timeout: 60_000 }, async (of, count) => {
    const kind = ctx.search.kinds[of];
    const rows = await world.sql<{ id: string }>(`select id from ${kind.source}`);
    const documents = await kind.read(
      ctx,
      rows.map((it) => it.id),
    );
    await engine.hold(kind, [...documents.values()]);
    await askMany(kind, [...documents.values()], count);
  });

  // PostgreSQL’s engine goes other ways where there are many, of which it guesses how many by some ids.
  it.each([
    ['few', 40, 200, '', false],
    ['many', 100, 250, '00', true],
  ])('of random documents: %s', { timeout: 60_000 }, async (_, count, numRuns, end, isLarge) => {
    const kind = ctx.search.kinds.communities;
    const documents = someDocuments(kind, count, seed, end);
    await engine.hold(kind, documents, isLarge);
    await askMany(kind, documents, numRuns);
  });
});
