import { wordsOf } from '../words.ts';
import { wordText } from './print.ts';
import type { Reading } from './reading.ts';
import type { Term } from './term.ts';
import { wordsTerm } from './words.ts';

/** Between words, where nothing but words is read. */
const separators = /(?:[\s\u0085\u200b:"“”„«»()[\]{}^~*?!|<>=\\/]|&&)+/;
const operators = new Set(['AND', 'OR', 'NOT', 'TO']);
/** What is about a word, and no part of it. */
const around = /^[^\p{L}\p{N}]+|[^\p{L}\p{M}\p{N}]+$/gu;

/** A text in which no character means anything but itself: its words, one by one. */
export const plainTerms = (reading: Reading, text: string): Term[] =>
  text.split(separators).flatMap((it) => {
    const raw = operators.has(it) ? '' : it.replace(around, '');
    const words = wordsOf(raw);
    if (words.length === 0) return [];
    const sought = { is: 'words' as const, words, slop: 0, isQuoted: false, raw };
    return [wordsTerm(reading, null, sought, wordText([raw]))];
  });
