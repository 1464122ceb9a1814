import { describe, expect, it } from 'vitest';
import { understand } from '../../src/search/language/understand.ts';
import { all, none, type Tree } from '../../src/search/tree.ts';
import { ancestorQueries } from './ancestors.ts';
import { communities, users } from './dialects.ts';
import * as t from './language-trees.ts';

const now = new Date('2024-06-15T12:34:56.789Z');

/** A text, what it looks for, how it was understood if not as it is written, and what of it was not. */
type Row = [text: string, tree: Tree, parsed?: string, warns?: string];

const tables: Record<string, Row[]> = {
  'words and phrases': [
    ['', all],
    [' \u3000\u00a0\t\n', all, ''],
    ['open', t.any('open')],
    ['Ópen', t.either(t.word('open'), t.beginning('open', ['title']))],
    ['open science', t.either(t.any('open'), t.any('science')), 'open OR science'],
    ['open\u3000science', t.either(t.any('open'), t.any('science')), 'open OR science'],
    ['"open science"', t.phrase('open science')],
    ['“open science”', t.phrase('open science'), '"open science"'],
    ['„open science“', t.phrase('open science'), '"open science"'],
    ['«open science»', t.phrase('open science'), '"open science"'],
    ['"open science"~3', t.phrase('open science', 3)],
    ['"open science"~0', t.phrase('open science'), '"open science"'],
    ['"open science"~20', t.phrase('open science', 20)],
    ['"open science"~21', t.phrase('open science', 20), '"open science"~20', 'SLOP'],
    ['"open science data"~5', t.phrase('open science data', 5)],
    ['"open science data"~6', t.phrase('open science data', 5), '"open science data"~5', 'SLOP'],
    ['"open science"~', t.phrase('open science'), '"open science"', 'SLOP'],
    ['"open"', t.either(t.word('open'), t.value('slug', 'open'))],
    ['"a \\" b"', t.phrase('a b')],
    ['covid-19', t.either(t.phrase('covid 19'), t.value('slug', 'covid-19'))],
    ['日本', t.phrase('日 本')],
    ['AT&T', t.phrase('at t')],
    ['c++', t.either(t.word('c'), t.beginning('c', ['title']))],
    ['toString', t.any('tostring')],
    ["o'neill", t.phrase('o neill')],
    ['and or not to', t.either(...['and', 'or', 'not', 'to'].map(t.any)), 'and OR or OR not OR to'],
    ['foo"bar baz"', t.either(t.any('foo'), t.phrase('bar baz')), 'foo OR "bar baz"'],
  ],
  'words that are spelt nearly so': [
    ['open~', t.similar('open', 1), 'open~1'],
    ['ab~', t.any('ab'), 'ab'],
    ['abc~', t.similar('abc', 1), 'abc~1'],
    ['abcde~', t.similar('abcde', 1), 'abcde~1'],
    ['abcdef~', t.similar('abcdef', 2), 'abcdef~2'],
    ['open~0', t.any('open'), 'open'],
    ['open~1', t.similar('open', 1)],
    ['open~2', t.similar('open', 2)],
    ['open~3', t.similar('open', 2), 'open~2', 'TOO_FUZZY'],
    ['science~0.8', t.similar('science', 2), 'science~2'],
    ['Öpen~1', t.similar('open', 1)],
    [
      'open-air~1',
      t.either(t.phrase('open air'), t.value('slug', 'open-air')),
      'open-air',
      'FUZZINESS',
    ],
    ['op*n~1', t.pattern('op*n'), 'op*n', 'FUZZINESS'],
    ['title:open~1', t.similar('open', 1, ['title'])],
    ['(open)~1', t.any('open'), 'open', 'FUZZINESS'],
  ],
  'signs for letters': [
    ['comm*', t.beginning('comm')],
    ['Cömm*', t.beginning('comm')],
    ['comm**', t.beginning('comm'), 'comm*'],
    ['co?m*y', t.pattern('co?m*y')],
    ['CO?M', t.pattern('co?m')],
    ['comm?', t.pattern('comm?')],
    ['w??????????', t.pattern('w??????????')],
    ['w???????????', t.either(t.word('w'), t.value('slug', 'w')), '"w"', 'WILDCARD'],
    ['*foo', t.any('foo'), 'foo', 'LEADING_WILDCARD'],
    ['?foo', t.any('foo'), 'foo', 'LEADING_WILDCARD'],
    ['*foo*', t.beginning('foo'), 'foo*', 'LEADING_WILDCARD'],
    ['open-sc*', t.both(t.word('open'), t.beginning('sc'))],
    ['very-open-sc*', t.both(t.phrase('very open'), t.beginning('sc'))],
    ['title:open-sc*', t.both(t.word('open', ['title']), t.beginning('sc', ['title']))],
    ['op*n-air', t.phrase('op n air'), '"op n-air"', 'WILDCARD'],
    ['title:comm*', t.beginning('comm', ['title'])],
    ['title:co?m', t.pattern('co?m', ['title'])],
    ['*', all],
    ['*:*', all, '*'],
    ['open *', t.either(t.any('open'), all), 'open OR *'],
    ['title:*', t.filled('title')],
    ['title:**', none, 'NOT *', 'NO_WORDS'],
    ['created:*', t.filled('created')],
    ['_exists_:title', t.filled('title'), 'title:*'],
    ['_exists_:metadata.type.id', t.filled('type'), 'type:*'],
    ['NOT _exists_:type', t.not(t.filled('type')), 'NOT type:*'],
    ['"comm*"', t.word('comm')],
  ],
  operators: [
    ['a AND b', t.both(t.any('a'), t.any('b'))],
    ['a && b', t.both(t.any('a'), t.any('b')), 'a AND b'],
    ['a&&b', t.both(t.any('a'), t.any('b')), 'a AND b'],
    ['a OR b', t.either(t.any('a'), t.any('b'))],
    ['a || b', t.either(t.any('a'), t.any('b')), 'a OR b'],
    ['a OR b AND c', t.bool([t.any('b'), t.any('c')], [t.any('a')]), 'a +b +c'],
    ['a AND b OR c', t.bool([t.any('a'), t.any('b')], [t.any('c')]), '+a +b c'],
    ['+a b', t.bool([t.any('a')], [t.any('b')])],
    ['+a', t.any('a'), 'a'],
    ['a -b', t.bool([t.any('a')], [], [t.any('b')]), 'a AND NOT b'],
    ['a NOT b', t.bool([t.any('a')], [], [t.any('b')]), 'a AND NOT b'],
    ['a !b', t.bool([t.any('a')], [], [t.any('b')]), 'a AND NOT b'],
    ['a OR -b', t.bool([t.any('a')], [], [t.any('b')]), 'a AND NOT b'],
    ['a b -c', t.bool([], [t.any('a'), t.any('b')], [t.any('c')]), 'a OR b NOT c'],
    ['a -b c', t.bool([], [t.any('a'), t.any('c')], [t.any('b')]), 'a OR NOT b OR c'],
    ['-a b c', t.bool([], [t.any('b'), t.any('c')], [t.any('a')]), 'NOT a b OR c'],
    ['+a b -c', t.bool([t.any('a')], [t.any('b')], [t.any('c')])],
    ['NOT a', t.not(t.any('a'))],
    ['-a -b', t.not(t.any('a'), t.any('b')), 'NOT a AND NOT b'],
    ['a AND (NOT b)', t.both(t.any('a'), t.not(t.any('b')))],
    ['a AND NOT (b OR c)', t.bool([t.any('a')], [], [t.either(t.any('b'), t.any('c'))])],
    ['NOT *', none],
    ['a NOT *', none, 'a AND NOT *'],
    ['(a b) AND c', t.both(t.either(t.any('a'), t.any('b')), t.any('c')), '(a OR b) AND c'],
    ['((a))', t.any('a'), 'a'],
    ['a (b (c))', t.either(t.any('a'), t.either(t.any('b'), t.any('c'))), 'a OR (b OR c)'],
    ['rock - pop', t.either(t.any('rock'), t.any('pop')), 'rock OR pop', 'NO_WORDS'],
    ['a & b', t.either(t.any('a'), t.any('b')), 'a OR b', 'NO_WORDS'],
    ['*** AND a b', t.either(t.any('a'), t.any('b')), 'a OR b', 'NO_WORDS'],
    ['***', none, 'NOT *', 'NO_WORDS'],
    ['&', none, 'NOT *', 'NO_WORDS'],
    ['""', none, 'NOT *', 'NO_WORDS'],
  ],
  fields: [
    ['title:comm', t.titled('comm')],
    ['TITLE:comm', t.titled('comm'), 'title:comm'],
    ['metadata.title:comm', t.titled('comm'), 'title:comm'],
    ['title: comm', t.titled('comm'), 'title:comm'],
    ['title:"comm"', t.word('comm', ['title'])],
    ['title:"open science"~2', t.phrase('open science', 2, ['title'])],
    ['title:open-air', t.phrase('open air', 0, ['title'])],
    ['title:a:b', t.phrase('a b', 0, ['title']), 'title:a\\:b'],
    ['title:-a', t.titled('a'), 'title:\\-a'],
    ['title:AND', t.titled('and'), 'title:\\AND'],
    ['description:comm', t.word('comm', ['description'])],
    ['title:(a b)', t.either(t.titled('a'), t.titled('b')), 'title:a OR title:b'],
    ['title:(+a -b)', t.bool([t.titled('a')], [], [t.titled('b')]), 'title:a AND NOT title:b'],
    [
      'title:(a description:b)',
      t.either(t.titled('a'), t.word('b', ['description'])),
      'title:a OR description:b',
    ],
    ['title:***', none, 'NOT *', 'NO_WORDS'],
    ['type:Project', t.value('type', 'project'), 'type:Project'],
    ['metadata.type.id:project', t.value('type', 'project'), 'type:project'],
    ['type:"two words"', t.value('type', 'two words')],
    ['type:two\\ words', t.value('type', 'two words'), 'type:"two words"'],
    ['type:a:b', t.value('type', 'a:b'), 'type:"a:b"'],
    ['type:pro*', t.valueBeginning('type', 'pro')],
    ['type:PRO*', t.valueBeginning('type', 'pro')],
    ['type:p*ct', t.valueBeginning('type', 'p'), 'type:p*', 'WILDCARD'],
    ['type:pro?', t.valueBeginning('type', 'pro'), 'type:pro*', 'WILDCARD'],
    ['type:*ject', t.value('type', 'ject'), 'type:ject', 'WILDCARD'],
    ['type:project~1', t.value('type', 'project'), 'type:project', 'FUZZINESS'],
    ['type:""', none, 'NOT *', 'NO_WORDS'],
    ['type:-1', t.value('type', '-1'), 'type:"-1"'],
    ['slug:Open-Air', t.value('slug', 'open-air')],
    ['slug:"open air"', none, 'NOT *', 'NOT_A_VALUE'],
    ['a OR slug:"?"', t.either(t.any('a'), none), 'a OR (NOT *)', 'NOT_A_VALUE'],
  ],
  'boosts, which change no tree': [
    ['open^2 science', t.either(t.any('open'), t.any('science')), 'open^2 OR science'],
    ['open^0.5', t.any('open'), 'open'],
    ['"open science"^2 x', t.either(t.phrase('open science'), t.any('x')), '"open science"^2 OR x'],
    ['(a b)^4 c', t.either(t.either(t.any('a'), t.any('b')), t.any('c')), '(a OR b)^4 OR c'],
    ['open~1^2 x', t.either(t.similar('open', 1), t.any('x')), 'open~1^2 OR x'],
    ['a^0 b', t.either(t.any('a'), t.any('b')), 'a^0 OR b'],
    ['a^99999999999 b', t.either(t.any('a'), t.any('b')), 'a^1000000 OR b'],
    ['10^6', t.any('10'), '10'],
  ],
  dates: [
    ['created:2024', t.days('2024-01-01', '2025-01-01'), 'created:[2024-01-01 TO 2025-01-01}'],
    ['created:2024-05', t.days('2024-05-01', '2024-06-01'), 'created:[2024-05-01 TO 2024-06-01}'],
    [
      'created:"2024-02-29"',
      t.days('2024-02-29', '2024-03-01'),
      'created:[2024-02-29 TO 2024-03-01}',
    ],
    [
      'created:[2024 TO 2025]',
      t.days('2024-01-01', '2026-01-01'),
      'created:[2024-01-01 TO 2026-01-01}',
    ],
    ['created:{2024 TO 2025}', none, 'created:[2025-01-01 TO 2025-01-01}'],
    [
      'created:{2024 TO 2026}',
      t.days('2025-01-01', '2026-01-01'),
      'created:[2025-01-01 TO 2026-01-01}',
    ],
    ['created:[2024 TO *]', t.days('2024-01-01', null), 'created:[2024-01-01 TO *]'],
    ['created:{* TO 2024}', t.days(null, '2024-01-01'), 'created:[* TO 2024-01-01}'],
    ['created:[* TO *]', t.filled('created'), 'created:*'],
    ['created:>2024', t.days('2025-01-01', null), 'created:[2025-01-01 TO *]'],
    ['created:>=2024', t.days('2024-01-01', null), 'created:[2024-01-01 TO *]'],
    ['created:<2024', t.days(null, '2024-01-01'), 'created:[* TO 2024-01-01}'],
    ['created:<=2024', t.days(null, '2025-01-01'), 'created:[* TO 2025-01-01}'],
    ['created:>="2024"', t.days('2024-01-01', null), 'created:[2024-01-01 TO *]'],
    [
      'created:(>=2024 AND <2025)',
      t.both(t.days('2024-01-01', null), t.days(null, '2025-01-01')),
      'created:[2024-01-01 TO *] AND created:[* TO 2025-01-01}',
    ],
    ['created:>=now-7d/d', t.days('2024-06-08', null), 'created:[2024-06-08 TO *]'],
    [
      'created:2024-05-01||+1M/d',
      t.days('2024-06-01', '2024-06-02'),
      'created:[2024-06-01 TO 2024-06-02}',
    ],
    [
      'created:2024-13',
      t.either(t.phrase('2024 13'), t.value('slug', '2024-13')),
      '2024-13',
      'NOT_A_VALUE',
    ],
    [
      'created:[soon TO later]',
      t.either(t.any('soon'), t.any('later')),
      'soon OR later',
      'NOT_A_VALUE',
    ],
    [
      'created:2024~1',
      t.days('2024-01-01', '2025-01-01'),
      'created:[2024-01-01 TO 2025-01-01}',
      'FUZZINESS',
    ],
    ['created:20*', t.any('20'), '20', 'NOT_A_VALUE'],
    ['title:[a TO b]', t.either(t.any('a'), t.any('b')), 'a OR b', 'NO_RANGE'],
    ['type:>a', t.any('a'), 'a', 'NO_RANGE'],
    ['[a TO b]', t.either(t.any('a'), t.any('b')), 'a OR b', 'NO_RANGE'],
  ],
  'what is no field or no part of the language': [
    ['re: hello', t.either(t.any('re'), t.any('hello')), 're OR hello', 'UNKNOWN_FIELD'],
    [
      'a AND re:b',
      t.both(t.any('a'), t.either(t.any('re'), t.any('b'))),
      'a AND (re OR b)',
      'UNKNOWN_FIELD',
    ],
    ['a:b:c', t.either(t.any('a'), t.any('b'), t.any('c')), 'a OR b OR c', 'UNKNOWN_FIELD'],
    [
      're:(a AND b)',
      t.either(t.any('re'), t.any('a'), t.any('b')),
      're OR a OR b',
      'UNKNOWN_FIELD',
    ],
    [
      'constructor:a',
      t.either(t.any('constructor'), t.any('a')),
      'constructor OR a',
      'UNKNOWN_FIELD',
    ],
    ['__proto__:a', t.either(t.any('proto'), t.any('a')), 'proto OR a', 'UNKNOWN_FIELD'],
    ['exact:a', t.either(t.any('exact'), t.any('a')), 'exact OR a', 'UNKNOWN_FIELD'],
    [
      '_exists_:exact',
      t.either(t.any('exists'), t.any('exact')),
      'exists OR exact',
      'UNKNOWN_FIELD',
    ],
    ['_exists_:re', t.either(t.any('exists'), t.any('re')), 'exists OR re', 'UNKNOWN_FIELD'],
    [
      'https://a.org/b',
      t.either(t.any('https'), t.phrase('a org'), t.any('b')),
      'https OR a.org OR b',
      'UNKNOWN_FIELD',
    ],
    ['/a.*b/', t.either(t.any('a'), t.any('b')), 'a OR b', 'NO_REGEX'],
    ['title:/ab/', t.any('ab'), 'ab', 'NO_REGEX'],
    ['and/or', t.phrase('and or')],
    ['/and/or', t.phrase('and or'), '\\/and/or'],
    ['/etc', t.either(t.word('etc'), t.beginning('etc', ['title'])), '\\/etc'],
  ],
  escapes: [
    ['a\\:b', t.phrase('a b')],
    ['\\AND', t.any('and')],
    ['\\-a', t.either(t.word('a'), t.beginning('a', ['title']), t.value('slug', '-a'))],
    ['comm\\*', t.either(t.word('comm'), t.beginning('comm', ['title']))],
    ['\\(1\\+1\\)\\=2', t.phrase('1 1 2'), '\\(1+1\\)=2'],
    ['a\\ b', t.phrase('a b')],
    ['a\\&&b', t.phrase('a b')],
    ['a\\||b', t.phrase('a b')],
    ['a\\', t.either(t.word('a'), t.beginning('a', ['title'])), 'a\\\\'],
  ],
  'what is broken': [
    ['"open science', t.either(t.any('open'), t.any('science')), 'open OR science', 'BROKEN'],
    ['(open AND science', t.either(t.any('open'), t.any('science')), 'open OR science', 'BROKEN'],
    ['open) science', t.either(t.any('open'), t.any('science')), 'open OR science', 'BROKEN'],
    ['open AND', t.any('open'), 'open', 'BROKEN'],
    ['OR open', t.any('open'), 'open', 'BROKEN'],
    ['a AND OR b', t.either(t.any('a'), t.any('b')), 'a OR b', 'BROKEN'],
    ['NOT NOT a', t.any('a'), 'a', 'BROKEN'],
    ['NOT', none, 'NOT *', 'BROKEN'],
    ['a ()', t.any('a'), 'a', 'BROKEN'],
    ['title:', t.any('title'), 'title', 'BROKEN'],
    ['title: AND a)', t.either(t.any('title'), t.any('a')), 'title OR a', 'BROKEN'],
    ['created:[2024 TO', t.either(t.any('created'), t.any('2024')), 'created OR 2024', 'BROKEN'],
    ['a [draft]', t.either(t.any('a'), t.any('draft')), 'a OR draft', 'BROKEN'],
    ['title:> ', t.any('title'), 'title', 'BROKEN'],
    ['(a^2 b~1.5', t.either(t.any('a'), t.any('b')), 'a OR b', 'BROKEN'],
    ['re:b ("c', t.either(t.any('re'), t.any('b'), t.any('c')), 're OR b OR c', 'BROKEN'],
  ],
};

const codes = (text: string) => understand(text, communities, now).warnings.map((it) => it.code);

describe.each(Object.entries(tables))('%s', (_, rows) => {
  it.each(rows)('%j', (text, tree, parsed = text, warns = '') => {
    const understood = understand(text, communities, now);

    expect(understood.tree).toEqual(tree);
    expect(understood.parsed).toBe(parsed);
    expect(codes(text).join(' ')).toBe(warns);
  });
});

it.each(ancestorQueries)(
  'takes for broken what our ancestors do, and no more: $query',
  ({ query, note }) => {
    if (codes(query).includes('BROKEN')) expect(note).toMatch(/^broken/);
  },
);

describe('a warning', () => {
  it.each([
    ['a AND (b', 6, 'A parenthesis is not closed'],
    ['a AND "b', 6, 'A quotation is not closed'],
    ['a b AND', 7, 'An operator has nothing after it'],
    ['a title:', 8, 'The field title has nothing after it'],
    ['a AND re:b', 6, 're'],
    ['a 😀 created:2024-13', 5, 'no date'],
    ['a foo:b', 2, 'no field foo'],
  ])('about %j says where and what', (text, at, message) => {
    const { warnings } = understand(text, communities, now);

    expect(warnings.at(-1)).toMatchObject({ at: expect.any(Number) });
    expect(warnings.at(-1)?.message).toContain(message);
    expect(warnings.at(-1)?.at).toBe(at);
  });
});

describe('where two words mean both', () => {
  const fields = ['name', 'username'];
  const any = (word: string, edits?: 1 | 2) =>
    t.either(
      t.word(word, fields),
      t.beginning(word, fields),
      ...(edits ? [t.similar(word, edits, fields)] : []),
    );
  const email: Tree = { is: 'lookup', field: 'email', value: 'a@b.org' };

  it.each<Row>([
    ['ada', any('ada')],
    ['ada lovelace', t.both(any('ada'), any('lovelace', 2)), 'ada AND lovelace'],
    ['anna', any('anna', 1)],
    ['archie', any('archie', 1)],
    ['b2b4you', any('b2b4you')],
    ['a OR b', t.either(any('a'), any('b'))],
    ['a b OR c', t.bool([any('a')], [any('b'), any('c')]), 'a b OR c'],
    ['a OR b AND c', t.bool([any('b'), any('c')], [any('a')])],
    ['a OR +b', t.either(any('a'), any('b')), 'a OR b'],
    ['a OR -b c', t.bool([any('c')], [any('a')], [any('b')]), 'a OR NOT b c'],
    ['a OR -b OR c', t.bool([], [any('a'), any('c')], [any('b')]), 'a OR NOT b OR c'],
    ['-a b OR c', t.bool([], [any('b'), any('c')], [any('a')]), 'NOT a b OR c'],
    ['b OR c -a', t.bool([], [any('b'), any('c')], [any('a')]), 'b OR c NOT a'],
    ['jonh', any('jonh', 1)],
    ['a@b.org', t.either(t.phrase('a b org', 0, fields), email)],
    ['"a@b.org"', t.either(t.phrase('a b org', 0, fields), email)],
    ['email:a@b.org', email, 'email:"a@b.org"'],
    ['email:a*', none, 'NOT *', 'WILDCARD NOT_A_VALUE'],
    ['email:a', none, 'NOT *', 'NOT_A_VALUE'],
    ['orcid:0000-0001-2345-678x', t.value('orcid', '0000-0001-2345-678X')],
    [
      'https://orcid.org/0000-0001-2345-6789',
      t.either(
        t.phrase('https orcid org 0000 0001 2345 6789', 0, fields),
        t.value('orcid', '0000-0001-2345-6789'),
      ),
      'https\\://orcid.org/0000-0001-2345-6789',
    ],
    ['full_name:ada', t.either(t.word('ada', ['name']), t.beginning('ada', ['name'])), 'name:ada'],
    ['ada (', any('ada'), 'ada', 'BROKEN'],
  ])('%j', (text, tree, parsed = text, warns = '') => {
    const understood = understand(text, users, now);

    expect(understood.tree).toEqual(tree);
    expect(understood.parsed).toBe(parsed);
    expect(understood.warnings.map((it) => it.code).join(' ')).toBe(warns);
  });
});
