import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keyword, wordsOf } from '../../src/search/words.ts';

it('come from plain text as from any other', () => {
  const plain = fc.string({ unit: 'binary-ascii', maxLength: 200 });
  fc.assert(
    fc.property(plain, (text) => {
      // What is not plain is read the long way.
      expect(wordsOf(text)).toEqual(wordsOf(`${text} 中`).slice(0, -1));
    }),
    { numRuns: 2_000 },
  );
});

it('are cut, and values too, between characters', () => {
  expect(wordsOf('a'.repeat(70))).toEqual(['a'.repeat(64)]);
  expect(wordsOf('𐐨'.repeat(70))).toEqual(['𐐨'.repeat(64)]);
  expect(keyword('𐐨'.repeat(300))).toBe('𐐨'.repeat(255));
  expect(keyword(` ${'B'.repeat(255)} `)).toBe('b'.repeat(255));
});
