import { describe, expect, it } from 'vitest';
import { understand } from '../../src/search/language/understand.ts';
import { leavesOf, type Tree } from '../../src/search/tree.ts';
import { communities, users } from './dialects.ts';
import { mostSlop } from './language-arbitraries.ts';
import * as t from './language-trees.ts';

const now = new Date('2024-06-15T12:34:56.789Z');

const codes = (text: string) => understand(text, communities, now).warnings.map((it) => it.code);

const many = (count: number, joint = ' ') =>
  Array.from({ length: count }, (_, it) => `w${it}`).join(joint);

describe('a limit', () => {
  it('lets pass what is as long, as many and as deep as may be', () => {
    expect(codes(`${'a'.repeat(499)} ${'b'.repeat(500)}`)).toEqual([]);
    expect(codes(many(128))).toEqual([]);
    expect(codes(`${'('.repeat(16)}a${')'.repeat(16)}`)).toEqual([]);
  });

  it('reads the first 1,000 characters of a longer text as plain words', () => {
    const { tree, warnings } = understand(
      `a AND ${'-b'.repeat(1)} ${' '.repeat(1000)}c`,
      communities,
      now,
    );

    expect(tree).toEqual(t.either(t.any('a'), t.any('b')));
    expect(warnings).toMatchObject([{ code: 'TOO_LONG', at: 1000 }]);
  });

  it('cuts no character in two', () => {
    const { parsed } = understand(`${'a'.repeat(999)}𝒳b`, communities, now);

    expect(parsed).toBe('a'.repeat(999));
  });

  it('looks for the first 128 of more clauses, as plain words', () => {
    const { tree, warnings } = understand(many(129, '&&'), communities, now);

    expect(tree).toMatchObject({ must: [], mustNot: [] });
    expect(tree.is === 'bool' && tree.should.length).toBe(128);
    expect(warnings).toMatchObject([{ code: 'TOO_MANY_CLAUSES' }]);
  });

  it('is for what words make of clauses, too', () => {
    const deepest = `a ${'(a '.repeat(16)}re:b${')'.repeat(16)}`;

    expect(codes(`re:(${many(130)})`)).toEqual(['TOO_MANY_CLAUSES']);
    expect(codes('re:b '.repeat(64))).not.toContain('TOO_MANY_CLAUSES');
    expect(codes('re:b '.repeat(65))).toEqual(['TOO_MANY_CLAUSES']);
    expect(codes('* '.repeat(129))).toEqual(['TOO_MANY_CLAUSES']);
    expect(codes(deepest)).toEqual(['TOO_DEEP']);
  });

  it('looks for the first 64 of more words one after the other', () => {
    const first = Array.from({ length: 64 }, () => '日').join(' ');

    for (const text of ['日'.repeat(65), `"${'日 '.repeat(65)}"`, `${'日'.repeat(65)}*`]) {
      const { tree, parsed } = understand(text, communities, now);

      expect(tree).toEqual(t.phrase(first));
      expect(parsed).toBe(`"${first}"`);
      expect(codes(text)).toEqual(['TOO_MANY_WORDS']);
    }
    expect(codes('日'.repeat(64))).toEqual([]);
  });

  it('reads what is deeper than 16 as plain words', () => {
    const { parsed, warnings } = understand(
      `${'('.repeat(17)}a${')'.repeat(17)}`,
      communities,
      now,
    );

    expect(parsed).toBe('a');
    expect(warnings).toMatchObject([{ code: 'TOO_DEEP', at: 16 }]);
  });
});

describe('how far words of a quotation may move', () => {
  const slops = (tree: Tree) =>
    leavesOf(tree).flatMap((it) => (it.is === 'phrase' ? [it.slop] : []));

  it.each([...mostSlop.entries(), [7, 0], [64, 0]].slice(2))('of %i words: %i', (count, most) => {
    const text = `"${many(count)}"`;
    const asItIs = most > 0 ? `${text}~${most}` : text;
    const within = understand(`${text}~${most}`, communities, now);
    const beyond = understand(`${text}~${most + 1}`, communities, now);

    expect(slops(within.tree)).toEqual([most]);
    expect(within).toMatchObject({ parsed: asItIs, warnings: [] });
    expect(beyond.tree).toEqual(within.tree);
    expect(beyond).toMatchObject({ parsed: asItIs, warnings: [{ code: 'SLOP', at: 0 }] });
    expect(beyond.warnings[0]?.message).toContain(` ${most} places`);
  });

  it('depends on their number as they are looked for', () => {
    expect(slops(understand('"covid-19 東京"~3', communities, now).tree)).toEqual([2]);
    expect(codes('"covid-19 東京"~3')).toEqual(['SLOP']);
    expect(codes('"!!! open ... science"~20')).toEqual([]);
  });
});

describe('at most 16 words and quotations stand for many', () => {
  const repeated = (text: string, count: number) =>
    Array.from({ length: count }, (_, it) => text.replace('#', `${'abcdefghijklmnopqrstu'[it]}`));
  const vague = (tree: Tree) =>
    leavesOf(tree).flatMap((it) =>
      it.is === 'similar' ? [it.word] : it.is === 'pattern' ? [it.pattern] : [],
    );

  it('patterns', () => {
    const [first, last] = [repeated('p#?t', 16), 'pq?t'];
    const within = understand(first.join(' '), communities, now);
    const beyond = understand([...first, last].join(' '), communities, now);

    expect(within.warnings).toEqual([]);
    expect(vague(within.tree)).toEqual(first);
    expect(beyond.tree).toEqual(t.either(...first.map((it) => t.pattern(it)), t.phrase('pq t')));
    expect(beyond.parsed).toBe([...first, '"pq t"'].join(' OR '));
    expect(beyond.warnings).toMatchObject([{ code: 'WILDCARD', at: 16 * 5 }]);
  });

  it('words with ~', () => {
    const [first, last] = [repeated('p#ut~1', 16), 'pqut~1'];
    const within = understand(first.join(' '), communities, now);
    const beyond = understand([...first, last].join(' '), communities, now);

    expect(within.warnings).toEqual([]);
    expect(vague(within.tree)).toHaveLength(16);
    expect(beyond.tree).toEqual(
      t.either(...first.map((it) => t.similar(it.slice(0, -2), 1)), t.any('pqut')),
    );
    expect(beyond.parsed).toBe([...first, 'pqut'].join(' OR '));
    expect(beyond.warnings).toMatchObject([{ code: 'FUZZINESS', at: 16 * 7 }]);
  });

  it('quotations whose words may move', () => {
    const first = repeated('"p# q"~20', 4);
    const within = understand(first.join(' '), communities, now);
    const beyond = understand([...first, '"pq q"~20'].join(' '), communities, now);

    expect(within.warnings).toEqual([]);
    expect(leavesOf(within.tree)).toEqual(
      first.map((it) =>
        expect.objectContaining({ is: 'phrase', words: [it.slice(1, 3), 'q'], slop: 20 }),
      ),
    );
    expect(leavesOf(beyond.tree).slice(0, 4)).toEqual(leavesOf(within.tree));
    expect(leavesOf(beyond.tree)[4]).toEqual(t.phrase('pq q'));
    expect(beyond.parsed).toBe([...first, '"pq q"'].join(' OR '));
    expect(beyond.warnings).toMatchObject([{ code: 'SLOP', at: 4 * 10 }]);
  });

  it('all of them together, in fields and without, wherever they stand', () => {
    const some = [
      ...repeated('title:p#?t', 4),
      ...repeated('NOT (r#m~)', 4),
      // Each of these is as dear as four words.
      ...repeated('"p# q"~1', 2),
    ].join(' ');

    expect(codes(some)).toEqual([]);
    expect(codes(`${some} description:ab*c roam~1 "open science"~2`)).toEqual([
      ...['WILDCARD', 'FUZZINESS', 'SLOP'],
    ]);
  });

  it('but not beginnings, nor what stands for itself after all', () => {
    const some = repeated('p#?t', 16).join(' ');

    expect(codes(`${some} comm* c* title:co* ab~ open~0 type:pro* "a"~2 "a b"~0 "a b"`)).toEqual(
      [],
    );
    expect(codes(`${some.replaceAll('?', '*')}`)).toEqual([]);
  });

  it('names of people, which then have to be spelt so, without a word about it', () => {
    const names = repeated('an#a', 17);
    const { tree, warnings } = understand(names.join(' '), users, now);

    expect(vague(tree)).toEqual(names.slice(0, 16));
    expect(warnings).toEqual([]);
  });

  it('the first, in what is printed as in what is written', () => {
    const names = repeated('an#a', 17);
    const { tree, parsed } = understand(`NOT (${names.join(' ')}) bert OR carl`, users, now);

    expect(vague(tree).sort()).toEqual(names.slice(0, 16));
    expect(understand(parsed, users, now).tree).toEqual(tree);
  });

  it('the first of what is read anew', () => {
    const names = repeated('an#a', 17);
    const { tree, warnings } = understand(names.join(' ') + ' re:b'.repeat(60), users, now);

    expect(vague(tree)).toEqual(names.slice(0, 16));
    expect(warnings).toMatchObject([{ code: 'TOO_MANY_CLAUSES' }]);
  });
});
