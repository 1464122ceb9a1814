import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import type { Context } from '../../src/context.ts';
import type { Document } from '../../src/search/kind.ts';
import { editsBetween } from '../../src/search/postgres/edits.ts';
import { all } from '../../src/search/tree.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { engineNames, type Tested, tested } from './engines.ts';
import { distance } from './matcher.ts';

it.each([
  ['roam', 'roam', 0],
  ['roam', 'raom', 1],
  ['roam', 'ramo', 2],
  ['smith', 'simth', 1],
  ['simth', 'smiht', 2],
  ['', 'ab', 2],
  // One edit after another at the same place: no swap with a letter put between.
  ['ca', 'abc', 3],
  ['東京', '京東', 1],
  ['😀a', 'a😀', 1],
])('from %s to %s it is %i edits', (from, to, edits) => {
  expect(editsBetween(from, to)).toBe(edits);
  expect(editsBetween(to, from)).toBe(edits);
});

it('is counted as by trying everything', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '東', '😀'), maxLength: 7 });
  fc.assert(
    fc.property(word, word, (from, to) => {
      expect(editsBetween(from, to)).toBe(distance([...from], [...to]));
    }),
    { numRuns: 3_000 },
  );
});

/** Every word of up to so many of three letters, after a first one that is always the same. */
const wordsOf = (most: number): string[] =>
  most === 0
    ? ['x']
    : [...new Set(wordsOf(most - 1).flatMap((it) => [it, ...[...'abc'].map((one) => it + one)]))];

describe.each(engineNames)('words that are spelt nearly so, by %s', (name) => {
  const words = wordsOf(4);
  const id = (at: number) => `018cc251-f000-7000-8000-${at.toString(16).padStart(12, '0')}`;
  let world: World;
  let ctx: Context;
  let engine: Tested;
  beforeAll(async () => {
    world = await startWorld({ isWorking: false });
    ctx = world.app.begin(Actor.system);
    engine = tested(name, world, ctx);
    const documents = words.map(
      (word, at): Document => ({
        ...{ id: id(at), name: word, texts: { name: [word] }, popularity: 0 },
        ...{ values: { audience: ['EVERYONE'] }, dates: {} },
      }),
    );
    await engine.hold(ctx.search.kinds.groups, documents);
  });
  afterAll(async () => {
    await engine.close();
    await world.stop();
  });

  it.each([1, 2] as const)('are all that are %i edits away', { timeout: 60_000 }, async (edits) => {
    for (const word of words) {
      const { hits } = await engine.find(ctx, ctx.search.kinds.groups, {
        ...{ tree: { is: 'similar', fields: ['name'], word, edits }, ranks: [] },
        ...{ sees: all, within: all, choices: {} },
        ...{ sort: 'OLDEST', size: words.length, isBackward: false },
      });

      const right = words.filter((it) => distance([...it], [...word]) <= edits);
      expect(
        hits.map((it) => words[Number.parseInt(it.id.slice(-12), 16)]),
        word,
      ).toEqual(right);
    }
  });
});
