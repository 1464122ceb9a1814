import { expect, it } from 'vitest';
import type { Dialect } from '../../src/search/dialect.ts';
import { understand } from '../../src/search/language/understand.ts';
import { ancestorQueries } from './ancestors.ts';
import { communities, users } from './dialects.ts';
import { pieces } from './language-arbitraries.ts';

const inputs = 1_000_000;
const most = 1;
const now = new Date('2024-06-15T12:34:56.789Z');
const queries = ancestorQueries.map((it) => it.query);

/** Numbers at random (xorshift), the same for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

type Random = ReturnType<typeof randomOf>;

const one = (random: Random, from: readonly string[]) => from[random(from.length)] ?? '';

const several = (random: Random, most: number, make: () => string) =>
  Array.from({ length: 1 + random(most) }, make).join('');

/** A query that somebody typed, with something put into it, taken out of it or turned round. */
function mutated(random: Random): string {
  let text = one(random, queries);
  for (let left = random(4); left > 0; left--) {
    const at = random(text.length + 1);
    const end = at + random(4);
    const put = [one(random, pieces), text.slice(at, end).repeat(2), '', one(random, queries)];
    text = text.slice(0, at) + one(random, put) + text.slice(end);
  }
  return text;
}

/** Clauses with operators, as deep as it comes. */
function made(random: Random, depth = 0): string {
  const clause = () => {
    const inner =
      random(5) === 0 && depth < 4 ? `(${made(random, depth + 1)})` : one(random, queries);
    return one(random, ['', '', '', '+', '-', '!', 'NOT ', 'title:']) + inner;
  };
  return several(random, 3, () => clause() + one(random, [' ', ' AND ', ' OR ', ' && ', '||', '']));
}

/** Any code units, half characters among them. */
const units = (random: Random) =>
  several(random, 20, () => String.fromCharCode(random(random(2) === 0 ? 0x250 : 0x10000)));

const long = (random: Random) => {
  const run = one(random, pieces).repeat(random(1100));
  return one(random, [run, one(random, queries) + run, `${'('.repeat(random(40))}${run}`]);
};

function inputOf(random: Random): string {
  const kind = random(400);
  if (kind === 0) return long(random);
  if (kind < 200) return mutated(random);
  if (kind < 320) return several(random, 8, () => one(random, pieces));
  return kind < 350 ? made(random) : units(random);
}

const timeOf = (text: string, dialect: Dialect) => {
  const begin = performance.now();
  understand(text, dialect, now);
  return performance.now() - begin;
};

it('understands anything at once, and throws at nothing', { timeout: 600_000 }, () => {
  const seed = Date.now() % 1_000_000;
  const random = randomOf(seed);
  const slow: { text: string; dialect: Dialect }[] = [];
  for (let count = 0; count < inputs; count++) {
    const dialect = count % 2 === 0 ? communities : users;
    const text = inputOf(random);
    try {
      if (timeOf(text, dialect) > most) slow.push({ text, dialect });
    } catch (error) {
      throw new Error(`of seed ${seed}, ${JSON.stringify(text)}`, { cause: error });
    }
  }

  // What took long may have waited for the garbage collector, or for another process.
  const worst = slow.flatMap(({ text, dialect }) => {
    let least = Number.POSITIVE_INFINITY;
    for (let left = 50; left > 0 && least > most; left--) {
      least = Math.min(least, timeOf(text, dialect));
    }
    return least > most ? [[least, text]] : [];
  });

  expect(worst, `of seed ${seed}`).toEqual([]);
});

/** What costs the most that was thought of: each is as long as a query is read, or longer. */
const hard = [
  ...[
    'a ',
    'ab ',
    'Łódźstraße ',
    'a AND ',
    'a&&',
    'a:b ',
    'title:a ',
    'title:"a b" ',
    'x~2^3 ',
    'a-b-c ',
  ],
  ...[
    '(',
    ')',
    '"',
    '“a',
    '[',
    '[a TO ',
    '{* TO ',
    '/',
    '/a ',
    '/a/ ',
    '\\',
    '+-',
    'NOT ',
    '~',
    '^',
    '^1',
    '&&',
    '||',
  ],
  ...[
    'a*b?',
    'a*',
    '*',
    '?',
    '* ',
    'ß*ß?',
    '日',
    'ﷺ',
    'ﷺ ',
    'İ',
    '\u0301',
    'e\u0301',
    '\ud800',
    '😀',
    '\0',
    '\u200b',
  ],
  ...[
    'created:now-1d/d ',
    '+1d',
    'created:[2024 TO now} ',
    'https://a.b/c ',
    'a@b.c ',
    '_exists_:a ',
  ],
].map((it) => it.repeat(Math.ceil(1200 / it.length)).slice(0, 1000));

it.each([
  ...hard,
  ...hard.map((it) => `title:(${it}`),
  `${'(a '.repeat(16)}${'b OR c '.repeat(120)}${')'.repeat(16)}`,
  `created:2024||${'+1d'.repeat(300)}`,
  `a${'#'.repeat(990)}b (`,
  `created:2024${'#'.repeat(980)}b`,
  `[${' '.repeat(990)}`,
  `[a${' '.repeat(500)}TO${' '.repeat(490)}`,
  'x'.repeat(2_000_000),
  '('.repeat(2_000_000),
])('is no slower for %#', (text) => {
  const times = [communities, users].map((dialect) =>
    Math.min(...Array.from({ length: 60 }, () => timeOf(text, dialect))),
  );

  expect(Math.max(...times), text.slice(0, 20)).toBeLessThan(most);
});
