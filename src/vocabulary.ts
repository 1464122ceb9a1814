import { z } from 'zod';

/** A word that an instance may offer, with its titles by language. */
export interface Term {
  key: string;
  /** Language (BCP 47) → title; English is always there. */
  titles: ReadonlyMap<string, string>;
}
export type Vocabulary = ReadonlyMap<string, Term>;

const termId = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_.-]{0,62}$/,
    'is not a word of a vocabulary: lower case letters, digits, "_", "." and "-", at most 63',
  );
const language = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'is not a language, as "en" or "pt-BR"');
/** `false` takes a word of ours away. */
const terms = z.record(
  termId,
  z.union(
    [
      z.literal(false),
      z
        .record(language, z.string().trim().min(1, 'is empty'))
        .refine((it) => it.en !== undefined, 'needs a title in English: "en"'),
    ],
    'is neither titles by language, as "en" or "pt-BR", nor false',
  ),
);

export const vocabularyKinds = ['communityTypes', 'removalReasons'] as const;
export type VocabularyKind = (typeof vocabularyKinds)[number];
export type Vocabularies = Record<VocabularyKind, Vocabulary>;

/** What an instance says of its vocabularies: words beside ours, or instead of them. */
export const vocabulariesFile = z
  .strictObject({ communityTypes: terms.default({}), removalReasons: terms.default({}) })
  .default({ communityTypes: {}, removalReasons: {} });

/** The ancestor's words (Invenio's `communitytypes` and `removalreasons`), with titles of ours. */
const ours: Record<VocabularyKind, Record<string, Record<string, string>>> = {
  communityTypes: {
    organization: { en: 'Organization', de: 'Organisation', fr: 'Organisation' },
    event: { en: 'Event', de: 'Veranstaltung', fr: 'Événement' },
    topic: { en: 'Topic', de: 'Thema', fr: 'Thème' },
    project: { en: 'Project', de: 'Projekt', fr: 'Projet' },
  },
  removalReasons: {
    'out-of-scope': { en: 'Out of scope', de: 'Nicht zum Thema gehörig', fr: 'Hors sujet' },
    'personal-data': { en: 'Personal data', de: 'Persönliche Daten', fr: 'Données personnelles' },
    copyright: {
      en: 'Copyright infringement',
      de: 'Urheberrechtsverletzung',
      fr: 'Violation du droit d’auteur',
    },
    misconduct: { en: 'Misconduct', de: 'Fehlverhalten', fr: 'Comportement répréhensible' },
    spam: { en: 'Spam', de: 'Spam', fr: 'Spam' },
    'test-record': { en: 'Test', de: 'Test', fr: 'Essai' },
    retracted: { en: 'Retracted', de: 'Zurückgezogen', fr: 'Retiré' },
    'take-down-request': {
      en: 'Take-down request',
      de: 'Löschverlangen',
      fr: 'Demande de retrait',
    },
  },
};

/** Our vocabularies as an instance changed them. */
export function vocabulariesOf(given: z.output<typeof vocabulariesFile>): Vocabularies {
  const made = (kind: VocabularyKind): Vocabulary =>
    new Map(
      Object.entries({ ...ours[kind], ...given[kind] })
        .filter(([, titles]) => titles !== false)
        .map(([key, titles]) => [key, { key, titles: new Map(Object.entries(titles)) }]),
    );
  return { communityTypes: made('communityTypes'), removalReasons: made('removalReasons') };
}

/** The word of this key; one that was taken away since goes on naming what it named. */
export const termOf = (vocabulary: Vocabulary, key: string): Term =>
  vocabulary.get(key) ?? { key, titles: new Map([['en', key]]) };

/** The title in the first of some languages that there is one in; `de` does for `de-AT`, and English always. */
export function titleIn(term: Pick<Term, 'titles'>, languages: readonly string[]): string {
  for (const language of languages) {
    for (let it = language; it !== ''; it = it.slice(0, Math.max(it.lastIndexOf('-'), 0))) {
      const found = [...term.titles].find(([key]) => key.toLowerCase() === it.toLowerCase());
      if (found) return found[1];
    }
  }
  return term.titles.get('en') ?? '';
}
