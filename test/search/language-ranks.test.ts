import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../src/search/dialect.ts';
import { understand } from '../../src/search/language/understand.ts';
import type { Tree } from '../../src/search/tree.ts';
import { communities, users } from './dialects.ts';
import * as t from './language-trees.ts';

const ranksOf = (text: string, dialect: Dialect = communities) =>
  understand(text, dialect, new Date('2024-06-15')).ranks;

const title = ['title'];
const whole = (word: string) => t.word(word, title);
const begun = (word: string) => t.beginning(word, title);
const exact = (words: string) => t.value('exact', words);

describe('the ranks of', () => {
  it.each<[text: string, ranks: Tree[]]>([
    ['open', [exact('open'), whole('open'), begun('open')]],
    ['Ópen', [exact('open'), whole('open'), begun('open')]],
    [
      'open science',
      [
        exact('open science'),
        t.phrase('open science', 0, title),
        t.both(whole('open'), whole('science')),
        t.both(begun('open'), begun('science')),
        t.both(t.any('open'), t.any('science')),
        t.either(whole('open'), whole('science')),
      ],
    ],
    [
      'open AND science',
      [
        exact('open science'),
        t.phrase('open science', 0, title),
        t.both(whole('open'), whole('science')),
        t.both(begun('open'), begun('science')),
        t.either(whole('open'), whole('science')),
      ],
    ],
    ['"open science"', [exact('open science'), t.phrase('open science', 0, title)]],
    ['covid-19', [exact('covid 19'), t.phrase('covid 19', 0, title)]],
    ['open -science', [exact('open'), whole('open'), begun('open')]],
    ['comm*', [begun('comm')]],
    ['open~1', [t.similar('open', 1, title)]],
    ['op?n', [t.pattern('op?n', title)]],
    ['title:open', []],
    ['title:open type:project', [t.both(t.titled('open'), t.value('type', 'project'))]],
    [
      'title:open science',
      [
        t.both(t.titled('open'), whole('science')),
        t.both(t.titled('open'), begun('science')),
        t.both(t.titled('open'), t.any('science')),
        t.either(whole('science')),
      ],
    ],
    [
      'a (b AND c)',
      [
        t.both(whole('a'), t.both(whole('b'), whole('c'))),
        t.both(begun('a'), t.both(begun('b'), begun('c'))),
        t.both(t.any('a'), t.both(t.any('b'), t.any('c'))),
        t.either(whole('a'), whole('b'), whole('c')),
      ],
    ],
    [
      'open^2 science',
      [
        exact('open science'),
        t.phrase('open science', 0, title),
        t.any('open'),
        t.both(whole('open'), whole('science')),
        t.both(begun('open'), begun('science')),
        t.both(t.any('open'), t.any('science')),
        t.either(whole('open'), whole('science')),
      ],
    ],
    ['NOT open', []],
    ['type:project', []],
    ['created:2024 type:project', []],
    ['*', []],
    ['', []],
    ['&', []],
    ['open NOT *', []],
  ])('%s', (text, ranks) => {
    expect(ranksOf(text)).toEqual(ranks);
  });
});

it('counts boosts from the highest, at most three, and has room for nine ranks', () => {
  const ranks = ranksOf('a^0.5 b c^2 d^3 e^4 f^4');

  expect(ranks.slice(2, 5)).toEqual([t.either(t.any('e'), t.any('f')), t.any('d'), t.any('c')]);
  expect(ranks).toHaveLength(9);
  expect(ranksOf('anna OR b^2 OR c^3 OR d^4', users)).toHaveLength(9);
});

it('puts what is spelt nearly so last, where that is found', () => {
  const fields = ['name', 'username'];
  const spelt = t.either(t.word('anna', fields), t.beginning('anna', fields));

  expect(ranksOf('anna', users)).toEqual([
    exact('anna'),
    t.word('anna', fields),
    t.beginning('anna', fields),
    spelt,
  ]);
  expect(ranksOf('anna OR bo', users).slice(4, 6)).toEqual([
    t.both(spelt, t.either(t.word('bo', fields), t.beginning('bo', fields))),
    t.both(
      t.either(t.word('anna', fields), t.beginning('anna', fields), t.similar('anna', 1, fields)),
      t.either(t.word('bo', fields), t.beginning('bo', fields)),
    ),
  ]);
});

it('has none for exact names where there is no such field', () => {
  const { exact: _, ...fields } = communities.fields;

  expect(ranksOf('open', { ...communities, fields })).toEqual([whole('open'), begun('open')]);
});

it('does with what fields there are', () => {
  const only: Dialect = {
    fields: { email: { is: 'lookup', read: (it) => it, isBare: true } },
    aliases: {},
    joins: 'OR',
  };
  const found: Tree = { is: 'lookup', field: 'email', value: 'open' };

  expect(understand('open', only, new Date()).tree).toEqual(found);
  expect(ranksOf('open', only)).toEqual([]);
});
