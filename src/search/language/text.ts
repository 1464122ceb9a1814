import { wordsOf } from '../words.ts';
import { quotedText, wordText } from './print.ts';
import { mostVague, type Reading } from './reading.ts';
import type { Clause, Part, Sign } from './syntax.ts';
import type { Term } from './term.ts';
import { wordsTerm } from './words.ts';

/**
 * How far words of a quotation may move, by their number. PostgreSQL is told every way to do so: these
 * are a hundred at most.
 */
const mostSlop = [0, 20, 20, 5, 2, 1, 1];
/** One after the other: titles have fewer. */
export const mostWords = 64;
/** More would be too much for engines, which look at every word that there is. */
const mostSigns = 10;

/** What stands after it, and where it is. */
type Asked = Pick<Clause, 'tilde'> & { at: number | null };

/** A quotation in a field of text, or where words without a field look; undefined if it has no words. */
export function quotedTerm(
  reading: Reading,
  field: string | null,
  raw: string,
  { at, tilde }: Asked,
): Term | undefined {
  const words = wordsOf(raw);
  if (words.length === 0) return noWords(reading, at);
  if (words.length > mostWords) return shortened(reading, field, words, { at, tilde });
  if (tilde?.number === null)
    reading.warn('SLOP', 'After a quotation ~ needs a number: it is left out.', at);
  const most = mostSlop[words.length] ?? 0;
  if ((tilde?.number ?? 0) > most) {
    reading.warn('SLOP', `Words of so long a quotation may move ${most} places at most.`, at);
  }
  let slop = Math.min(Math.trunc(tilde?.number ?? 0), most);
  if (slop > 0 && words.length > 1 && !reading.takesVague({ isQuoted: true })) {
    const message = 'Words may move in 4 quotations at most: ~ is left out.';
    reading.warn('SLOP', message, at);
    slop = 0;
  }
  const text = quotedText(raw) + (slop > 0 ? `~${slop}` : '');
  return wordsTerm(reading, field, { is: 'words', words, slop, isQuoted: true, raw }, text);
}

/** A word in a field of text, or where words without a field look; undefined if there is none in it. */
export function wordTerm(
  reading: Reading,
  field: string | null,
  written: readonly Part[],
  asked: Asked,
): Term | undefined {
  const { at, tilde } = asked;
  const [alone = ''] = written;
  if (written.length === 1 && !isSign(alone)) return spelt(reading, field, alone, asked);
  const { first, parts } = trimmed(written);
  const [raw, sign, ...rest] = parts;
  if (raw === undefined || isSign(raw)) return noWords(reading, at);
  if (first > 0)
    reading.warn('LEADING_WILDCARD', 'A word cannot begin with * or ?: they are left out.', at);
  if (!sign) return spelt(reading, field, raw, asked);
  if (tilde) reading.warn('FUZZINESS', 'A word with * or ? has no ~: it is left out.', at);
  const text = wordText(parts);
  if (isSign(sign) && sign.sign === '*' && rest.length === 0) {
    const words = wordsOf(raw);
    return words.length > mostWords
      ? shortened(reading, field, words, { at, tilde: null })
      : wordsTerm(reading, field, { is: 'beginning', words }, text);
  }
  const texts = parts.flatMap((it) => (isSign(it) ? [] : [it]));
  if (parts.length - texts.length > mostSigns) {
    reading.warn(
      'WILDCARD',
      `There are more than ${mostSigns} * and ? in a word: they are left out.`,
      at,
    );
    return quotedTerm(reading, field, texts.join(' '), { at, tilde: null });
  }
  const isOne =
    texts.every((it) => wordsOf(it).length === 1) && wordsOf(texts.join('')).length === 1;
  if (isOne && !reading.takesVague()) {
    reading.warn(
      'WILDCARD',
      `Only ${mostVague} words and quotations may stand for others: * and ? are left out.`,
      at,
    );
    return quotedTerm(reading, field, texts.join(' '), { at, tilde: null });
  }
  if (isOne) {
    const pattern = parts.map((it) => (isSign(it) ? it.sign : wordsOf(it).join(''))).join('');
    return wordsTerm(reading, field, { is: 'pattern', pattern }, text);
  }
  reading.warn('WILDCARD', 'Several words have no * or ? among them: they are left out.', at);
  return quotedTerm(reading, field, texts.join(' '), { at, tilde: null });
}

/** A word without signs, or one that is spelt nearly so. */
function spelt(
  reading: Reading,
  field: string | null,
  raw: string,
  { at, tilde }: Asked,
): Term | undefined {
  const words = wordsOf(raw);
  const [word] = words;
  if (word === undefined) return noWords(reading, at);
  if (words.length > mostWords) return shortened(reading, field, words, { at, tilde: null });
  const plain = wordText([raw]);
  if (tilde && words.length > 1) {
    reading.warn('FUZZINESS', 'Several words have no ~: it is left out.', at);
  } else if (tilde) {
    if ((tilde.number ?? 0) > 2)
      reading.warn('TOO_FUZZY', 'A word may differ in 2 letters at most.', at);
    const edits = editsOf(word, tilde.number);
    if (edits !== 0 && !reading.takesVague()) {
      reading.warn(
        'FUZZINESS',
        `Only ${mostVague} words and quotations may stand for others: ~ is left out.`,
        at,
      );
    } else if (edits !== 0) {
      return wordsTerm(reading, field, { is: 'similar', word, edits }, `${plain}~${edits}`);
    }
  }
  return wordsTerm(reading, field, { is: 'words', words, slop: 0, isQuoted: false, raw }, plain);
}

/** The first of too many words one after the other. */
function shortened(
  reading: Reading,
  field: string | null,
  words: string[],
  asked: Asked,
): Term | undefined {
  const message = `Only the first ${mostWords} words of this are looked for.`;
  reading.warn('TOO_MANY_WORDS', message, asked.at);
  return quotedTerm(reading, field, words.slice(0, mostWords).join(' '), asked);
}

/** As Elasticsearch's AUTO has it where no whole number is given; `~0.8` is how Lucene once said it. */
function editsOf(word: string, number: number | null): 0 | 1 | 2 {
  if (number === 0) return 0;
  if (number !== null && number >= 1) return number >= 2 ? 2 : 1;
  const { length } = [...word];
  return length < 3 ? 0 : length < 6 ? 1 : 2;
}

/** The parts from the first word on, without punctuation between signs; and how many signs were before it. */
function trimmed(parts: readonly Part[]): { first: number; parts: Part[] } {
  const wordy = parts.filter((it) => isSign(it) || wordsOf(it).length > 0);
  const first = wordy.findIndex((it) => !isSign(it));
  if (first < 0) return { first, parts: [] };
  const kept = wordy.slice(first).filter((it, index, all) => {
    const before = all[index - 1];
    return !(isStar(it) && isStar(before));
  });
  return { first, parts: kept };
}

const isStar = (part: Part | undefined) => isSign(part) && part.sign === '*';

const isSign = (part: Part | undefined): part is Sign => typeof part === 'object';

function noWords(reading: Reading, at: number | null): undefined {
  reading.warn('NO_WORDS', 'There is no word in this: it is left out.', at);
}
