import fc from 'fast-check';
import { wordsOf } from '../../src/search/words.ts';

const word = fc.constantFrom(
  ...[
    'open',
    'Science',
    'straße',
    'Łódź',
    'covid-19',
    'a',
    'of',
    '日本',
    'مرحبا',
    'İstanbul',
    'o’neill',
  ],
  ...[
    'x1',
    'ﬁne',
    '2024',
    '\\AND',
    'c++',
    'AT&T',
    'a@b.org',
    '0000-0001-2345-678X',
    '1\\:2',
    'e\\ f',
  ],
);
const phrase = fc
  .array(word, { minLength: 1, maxLength: 3 })
  .map((it) => `"${it.join(' ').replaceAll('\\', '')}"`);
/** How far words of a quotation may move, by their number; those of more not at all. */
export const mostSlop = [0, 20, 20, 5, 2, 1, 1];
const date = fc.constantFrom(
  ...[
    '2024',
    '2024-02',
    '2024-02-29',
    '2023-12-31T23:59',
    '2024-05-01T10:00:00+02:00',
    '0000',
    '9999',
  ],
  ...[
    'now',
    'now-7d/d',
    'now/w',
    'now+1y',
    '2024-01-31||+1M',
    '2024||/y',
    '2024-06-15T12:34:56.789Z',
  ],
);
const end = fc.oneof(date, fc.constant('*'));

/** What may stand in the text field, without its name. */
const sought = fc.oneof(
  { weight: 5, arbitrary: word },
  phrase,
  fc.tuple(phrase, fc.nat(20)).map(([it, slop]) => {
    const most = mostSlop[wordsOf(it).length] ?? 0;
    return `${it}~${Math.min(slop, most)}`;
  }),
  fc.constantFrom('comm*', 'co?m*y', 'Ö?n', 'open-sc*', 'scien~', 'scien~1', 'scien~2', 'sc~0.4'),
);

const value = fc.oneof(
  word.filter((it) => it !== '*'),
  phrase,
  fc.constantFrom('pro*', 'two\\ words', 'a:b'),
);

const leaf = fc.oneof(
  { weight: 5, arbitrary: sought },
  fc
    .tuple(fc.constantFrom('title:', 'metadata.title: ', 'Description:'), sought)
    .map((it) => it.join('')),
  value.map((it) => `type:${it}`),
  date.map((it) => `created:"${it}"`),
  fc.tuple(fc.constantFrom('>', '>=', '<', '<='), date).map(([sign, it]) => `updated:${sign}${it}`),
  fc
    .tuple(fc.constantFrom('[', '{'), end, end, fc.constantFrom(']', '}'))
    .map(([open, from, to, close]) => `created:${open}${from} TO ${to}${close}`),
  fc.constantFrom('*', '*:*', 'title:*', '_exists_:type', 'created:*'),
);

const boost = fc.constantFrom('', '', '', '^2', '^0.5', '^10');
const before = fc.constantFrom('', '', '', '+', '-', '!', 'NOT ');
const between = fc.constantFrom(' ', ' ', ' ', ' AND ', ' OR ', ' && ', ' || ', '\u3000');

const { clauses } = fc.letrec<{ clauses: string; clause: string }>((tie) => ({
  clause: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.tuple(leaf, boost).map((it) => it.join('')),
    fc.tuple(tie('clauses'), boost).map(([it, more]) => `(${it})${more}`),
    tie('clauses')
      .map((it) => `title:(${it.replaceAll(/(?<!\\)[\w.]+: ?/g, '')})`)
      .filter((it) => !/[[\]{}<>*]/.test(it)),
  ),
  clauses: fc
    .tuple(
      before,
      tie('clause'),
      fc.array(fc.tuple(between, before, tie('clause')), { maxLength: 4 }),
    )
    .map(([sign, first, rest]) => sign + first + rest.flat().join('')),
}));

/** A query that communities understand. */
export const query: fc.Arbitrary<string> = clauses.filter((it) => it.length <= 400);

/** What means something, one after the other in no order; and what means nothing. */
export const pieces = [
  ...[
    'AND',
    'OR',
    'NOT',
    'TO',
    '&&',
    '||',
    '!',
    '+',
    '-',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '"',
    '“',
    '»',
  ],
  ...[
    '~',
    '~1',
    '~2',
    '~0.8',
    '~99',
    '^',
    '^2',
    '^0.5',
    '*',
    '?',
    ':',
    '/',
    '\\',
    '>=',
    '<',
    '>',
    '=',
  ],
  ...[
    'title:',
    'slug:',
    'type:',
    'created:',
    'email:',
    'orcid:',
    '_exists_:',
    'foo:',
    '*:*',
    '__proto__:',
  ],
  ...[
    'now',
    'now-1d/d',
    '||+1M',
    '2024',
    '2024-05-01',
    '[2024 TO 2025]',
    '{* TO now}',
    '0000-0001-2345-678X',
  ],
  ...[
    'a',
    'b',
    'word',
    'Ünï',
    'covid-19',
    'a@b.c',
    '日',
    '本',
    'ß',
    'İ',
    'ﬁ',
    'ا',
    '\u0650',
    '😀',
    '𝒳',
    '＂',
  ],
  ...[
    ' ',
    ' ',
    ' ',
    ' ',
    '  ',
    '\u3000',
    '\0',
    '\n',
    '\ud800',
    '\udc00',
    '&',
    '|',
    '#',
    '@',
    '.',
    ',',
    '_',
  ],
];

/** Anything: mostly not a query. */
export const soup: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 20 }).map((it) => it.join('')),
  },
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'binary-ascii', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(...pieces), maxLength: 20, size: 'max' }),
);
