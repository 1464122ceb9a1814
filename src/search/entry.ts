import { hash } from 'node:crypto';
import type { Document, Kind } from './kind.ts';
import { keyword, wordsOf } from './words.ts';

/** Words of one field that are found; what comes after is only shown. */
const mostWords = 4000;
/** Between the words of two texts of one field: no phrase, however sloppy, goes from one to the other. */
export const gap = 100;
/** How far the places of words go: PostgreSQL counts no further. */
const lastPlace = 16_000;

/** A document as engines keep it: words and values, ready to be compared. */
export interface Entry {
  id: string;
  /** By text field the words of each of its texts. */
  words: Record<string, string[][]>;
  values: Record<string, string[]>;
  /** As they are; null where there is none. */
  columns: Record<string, string | null>;
  dates: Record<string, Date>;
  name: string;
  popularity: number;
  /** Tells whether two entries of one thing say the same. */
  digest: Buffer;
}

/** The entry of a document: what its kind has no field for is left out. */
export function entryOf({ fields, columns }: Kind, document: Document): Entry {
  const words: Entry['words'] = {};
  const values: Entry['values'] = {};
  for (const [name, texts] of Object.entries(document.texts)) {
    if (fields[name]?.is === 'text' && texts.length > 0) words[name] = cut(texts.map(wordsOf));
  }
  for (const [name, given] of Object.entries(document.values)) {
    if (fields[name]?.is === 'keyword' && given.length > 0) values[name] = given.map(keyword);
  }
  const entry = {
    id: document.id,
    words,
    values,
    columns: Object.fromEntries(columns.map((it) => [it, document.values[it]?.[0] ?? null])),
    dates: document.dates,
    name: document.name.toLowerCase(),
    popularity: document.popularity,
  };
  return { ...entry, digest: hash('sha256', JSON.stringify(entry), 'buffer').subarray(0, 16) };
}

/** As much of the texts of a field as is found. */
function cut(texts: string[][]): string[][] {
  let left = mostWords;
  let place = 0;
  return texts
    .map((words) => {
      const kept = words.slice(0, Math.max(0, Math.min(left, lastPlace - place)));
      left -= kept.length;
      place += kept.length + gap;
      return kept;
    })
    .filter((words) => words.length > 0);
}
