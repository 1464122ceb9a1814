import { describe, expect, it } from 'vitest';
import { understand } from '../../src/search/language/understand.ts';
import { none, type Tree } from '../../src/search/tree.ts';
import { ancestorQueries } from './ancestors.ts';
import { communities, users } from './dialects.ts';
import { type Row, tables } from './language-tables.ts';
import * as t from './language-trees.ts';

const now = new Date('2024-06-15T12:34:56.789Z');

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
