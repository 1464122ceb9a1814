import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import type { Context } from '../../src/context.ts';
import type { Request } from '../../src/search/engine.ts';
import type { Kind } from '../../src/search/kind.ts';
import { understand } from '../../src/search/language/understand.ts';
import { all } from '../../src/search/tree.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { someDocuments } from './documents.ts';
import { engineNames, type Tested, tested } from './engines.ts';
import { find } from './matcher.ts';

/** Milliseconds; each takes a second or two at most, if nothing else is going on. */
const bound = 10_000;
let world: World;
let ctx: Context;
let engine: Tested;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  ctx = world.app.begin(Actor.system);
});
afterAll(() => world.stop());

/** 128 clauses, or as many as are read. */
function clauses(of: (at: number) => string, joint = ' '): string {
  let text = of(0);
  for (let at = 1; at < 128; at++) {
    const next = text + joint + of(at);
    if (next.length > 1000) return text;
    text = next;
  }
  return text;
}

const oneOf = (some: readonly string[], at: number) => some[at % some.length] ?? '';
const first = (at: number) => oneOf([...'abcdefghijklmnopqrstuvwxyz'], at);
/** Each of these characters is a word. */
const orders = ['東京都', '東都京', '京東都', '京都東', '都東京', '都京東'];
const quoted = (at: number, slop: number, length = 3) =>
  `"${(oneOf(orders, at) + oneOf(orders, at * 7)).slice(0, length)}"~${slop}`;
const pattern = (at: number) => `${oneOf(['s', 'r', 'p', 'ж'], at)}${'?*'.repeat((at % 4) + 1)}`;
const similar = (at: number) => `${oneOf(['seas', 'reeds', 'roadside', 'straße'], at)}~2`;

/** What costs an engine the most that was thought of. */
const queries: Record<string, string> = {
  'two words that move': clauses((at) => quoted(at, 20, 2), ''),
  'three words that move': clauses((at) => quoted(at, 5, 3), ''),
  'four words that move': clauses((at) => quoted(at, 2, 4), ''),
  'six words that move': clauses((at) => quoted(at, 1, 6), ''),
  'words that move and must be there': clauses((at) => `+${quoted(at, 5)}`, ''),
  'words that move and must not be there': clauses((at) => `-${quoted(at, 5)}`, ''),
  'beginnings of one letter': clauses((at) => `${first(at)}*`),
  'beginnings that must be there': clauses((at) => `+${oneOf([...'srotb'], at)}*`),
  patterns: clauses(pattern),
  'words that are spelt nearly so': clauses(similar),
  'some of everything': clauses((at) =>
    at > 16 ? `${first(at)}*` : oneOf([quoted(at, 5), pattern(at), similar(at)], at),
  ),
  'as deep as may be': `${'(s* OR '.repeat(16)}r?*${')'.repeat(16)}`,
};

const documentsOf = (kind: Kind) => someDocuments(kind, 200, 20261121);

describe.each(engineNames)('in bounded time, %s answers 128 clauses of', (name) => {
  beforeAll(async () => {
    engine = tested(name, world, ctx);
    for (const of of ['communities', 'users'] as const) {
      const kind = ctx.search.kinds[of];
      await engine.hold(kind, documentsOf(kind));
    }
  });
  afterAll(() => engine.close());

  describe.each(['communities', 'users'] as const)('%s:', (of) => {
    it.each(Object.entries(queries))('%s', { timeout: 2 * bound }, async (_, text) => {
      const kind = ctx.search.kinds[of];
      const { tree, ranks } = understand(text, kind, new Date());
      const request: Request = {
        ...{ tree, ranks, sees: all, within: all, choices: {} },
        ...{ sort: 'BEST_MATCH', size: 20, isBackward: false },
      };
      const begin = performance.now();
      const found = await engine.find(ctx, kind, request);
      const { total } = await found.counts();
      const took = performance.now() - begin;

      const right = find(documentsOf(kind), kind, request);
      expect(found.hits).toEqual(right.hits);
      expect(total).toBe(right.counts.total);
      expect(took).toBeLessThan(bound);
    });
  });
});
