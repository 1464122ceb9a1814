import type { Document, Kind } from '../../src/search/kind.ts';
import { random } from './corpus.ts';

/** Few words, so that documents have many in common; some are nearly like others. */
const words = [
  ...[
    'sea',
    'seas',
    'sear',
    'seats',
    'pea',
    'peas',
    'red',
    'reed',
    'reeds',
    'roadside',
    'roadsides',
  ],
  ...['été', 'Straße', 'strassen', 'Øre', 'жук', 'жуки', '東', '京', '都', 'a', 'b', 'the', 'of'],
  ...['covid', '19', '2024', 'o’brien', 'naïve'],
];
const someValues = ['Alpha', 'ALPHA', 'alpha beta', 'Beta 2', 'Ünï', 'a=b', "it's", 'back\\slash'];
/** What columns hold: one of these, if anything. */
const columns: Record<string, string[]> = {
  type: ['event', 'topic', 'project'],
  visibility: ['PUBLIC', 'RESTRICTED'],
  state: ['LIVE', 'DELETED', 'MARKED_FOR_PURGE'],
  allows_children: ['true', 'false'],
};
const day = 86_400_000;

/**
 * Documents at random, the same every time.
 * @param end what all ids end with: PostgreSQL's engine estimates by those that end with 00 to 03.
 */
export function someDocuments(kind: Kind, count: number, seed: number, end = ''): Document[] {
  const next = random(seed);
  const below = (most: number) => Math.floor(next() * most);
  const oneOf = <T>(some: readonly T[]) => some[below(some.length)] as T;
  // The square makes some much more frequent than others.
  const word = () => words[Math.floor(next() ** 2 * words.length)] as string;
  const many = <T>(most: number, of: () => T) => Array.from({ length: below(most + 1) }, of);
  const text = () => [word(), ...many(11, word)].join(oneOf([' ', ' ', '-', '. ', ', the ']));
  const date = () => new Date(Date.UTC(2024, 0, 1) + below(20) * day - below(3));
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => below(16).toString(16)).join('');
  const fields = Object.entries(kind.fields);
  return Array.from({ length: count }, (_, index): Document => {
    const id = `018cc251-f${index.toString(16).padStart(3, '0')}-7${hex(3)}-8${hex(3)}-${hex(12)}`;
    return {
      id: id.slice(0, id.length - end.length) + end,
      texts: Object.fromEntries(
        fields.filter(([, it]) => it.is === 'text').map(([name]) => [name, many(2, text)]),
      ),
      values: {
        ...Object.fromEntries(
          fields
            .filter(([, it]) => it.is === 'keyword')
            .map(([name]) => [
              name,
              columns[name]
                ? many(1, () => oneOf(columns[name] ?? []))
                : [...new Set(many(2, () => oneOf(someValues)))],
            ]),
        ),
        audience: [oneOf(['EVERYONE', 'SOME'])],
      },
      dates: Object.fromEntries(
        fields.filter(([, it]) => it.is === 'date').map(([name]) => [name, date()]),
      ),
      name: `${word()} ${oneOf(['', word(), word().toUpperCase()])}`.trim(),
      popularity: oneOf([0, 0, 4, 8, 1000]),
    };
  });
}
