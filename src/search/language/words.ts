import { both, either, type Tree } from '../tree.ts';
import { keyword } from '../words.ts';
import { fieldText } from './print.ts';
import type { Reading } from './reading.ts';
import type { Term } from './term.ts';

/** What is looked for in fields of text. Words are folded. */
export type Sought =
  | { is: 'words'; words: string[]; slop: number; isQuoted: boolean; raw: string }
  /** The last of the words is the beginning of one. */
  | { is: 'beginning'; words: string[] }
  | { is: 'pattern'; pattern: string }
  | { is: 'similar'; word: string; edits: 1 | 2 };

/** The term that looks for it in one field, or in all that are looked in where none is named. */
export function wordsTerm(
  reading: Reading,
  field: string | null,
  sought: Sought,
  text: string,
): Term {
  if (field !== null) {
    const isBegun = reading.begun.includes(field) && isOneWord(sought);
    const found = inFields([field], sought);
    const tree = one([found, ...(isBegun ? [begunIn([field], sought)] : [])]);
    const words = { plain: undefined, isBare: false, whole: tree, begun: tree, exact: tree };
    return { is: 'term', text: fieldText(field, text), tree, words };
  }
  const { bare, begun } = reading;
  const whole = inFields(begun, sought);
  const beginnings = isOneWord(sought) ? begunIn(begun, sought) : whole;
  const exact: Tree[] = [];
  if (bare.length > 0) exact.push(bare === begun ? whole : inFields(bare, sought));
  if (begun.length > 0 && isOneWord(sought)) exact.push(beginnings);
  if (sought.is === 'words') exact.push(...valuesOf(reading, sought.raw));
  const isTolerant = begun.length > 0 && reading.dialect.isTolerant;
  const similar =
    isTolerant && mayBeMisspelt(sought) && reading.takesVague() ? nearly(begun, sought) : [];
  const spelt = one(exact);
  return {
    is: 'term',
    text,
    tree: similar.length > 0 ? one([...exact, ...similar]) : spelt,
    words: {
      plain: sought.is === 'words' ? sought.words : undefined,
      isBare: true,
      whole: begun.length > 0 ? whole : spelt,
      begun: begun.length > 0 ? beginnings : spelt,
      exact: spelt,
    },
  };
}

type OneWord = Extract<Sought, { is: 'words' }>;

const isOneWord = (sought: Sought): sought is OneWord =>
  sought.is === 'words' && sought.words.length === 1 && !sought.isQuoted;

const one = (trees: Tree[]): Tree => {
  const [only] = trees;
  return only && trees.length === 1 ? only : either(...trees);
};

function inFields(fields: string[], sought: Sought): Tree {
  switch (sought.is) {
    case 'words':
      return inOrder(fields, sought.words, sought.slop);
    case 'beginning': {
      const begun: Tree = { is: 'beginning', fields, word: sought.words.at(-1) ?? '' };
      const whole = sought.words.slice(0, -1);
      return whole.length > 0 ? both(inOrder(fields, whole, 0), begun) : begun;
    }
    case 'pattern':
      return { is: 'pattern', fields, pattern: sought.pattern };
    case 'similar':
      return { is: 'similar', fields, word: sought.word, edits: sought.edits };
  }
}

const inOrder = (fields: string[], words: string[], slop: number): Tree => {
  const [word] = words;
  return word !== undefined && words.length === 1
    ? { is: 'word', fields, word }
    : { is: 'phrase', fields, words, slop };
};

const begunIn = (fields: string[], { words }: OneWord): Tree => ({
  is: 'beginning',
  fields,
  word: words[0] ?? '',
});

/** Whether the text as it is can be meant as a value of some field, and as little else. */
export const isValue = ({ values }: Reading, raw: string): boolean =>
  values.some(([, it]) => it.read?.(raw) !== undefined);

/** Where the text as it is may be a value. */
const valuesOf = ({ values }: Reading, raw: string): Tree[] =>
  values.flatMap(([field, it]): Tree[] => {
    const value = it.read ? it.read(raw) : keyword(raw);
    return value ? [{ is: it.is === 'keyword' ? 'value' : 'lookup', field, value }] : [];
  });

/** Short words, and numbers, have too many neighbours that mean something else. */
const mayBeMisspelt = (sought: Sought): sought is OneWord =>
  isOneWord(sought) && /^\P{N}{4,}$/u.test(sought.words[0] ?? '');

function nearly(fields: string[], { words: [word = ''] }: OneWord): Tree[] {
  return [{ is: 'similar', fields, word, edits: [...word].length > 6 ? 2 : 1 }];
}
