import anyAscii from 'any-ascii';

/** Letters of a word that are kept; words of more are cut, in documents and queries alike. */
const longest = 64;
/** Characters of a value that are compared. */
const longestValue = 255;

/** Accents, and the vowel points of Hebrew and Arabic, which people leave out. Indic scripts need theirs. */
const accents =
  /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]/g;

/** Latin letters that have no accent to lose, as `ø`, `ß` and `ł`. */
const otherLatin = /[\p{Script=Latin}--\p{ASCII}]/gv;

const bare = (text: string) => text.normalize('NFKD').replace(accents, '');

/** Text without case, accents and other ways to write the same letter. */
export const folded = (text: string): string =>
  // Lower case may bring an accent back, as for a Turkish I.
  bare(bare(text).toLowerCase())
    .normalize('NFC')
    .replace(otherLatin, (it) => anyAscii(it).toLowerCase());

/** Scripts written without spaces: each character is a word, as Lucene's standard tokenizer has it for Han. */
const word =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[[\p{L}\p{N}\p{M}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]]+/gv;

/**
 * The words of a text in their order, folded. Every engine is given these and no text: that is why
 * they all find the same. Words are not stemmed, for communities speak many languages.
 */
export const wordsOf = (text: string): string[] =>
  (isPlain(text)
    ? (text.toLowerCase().match(plainWord) ?? [])
    : (folded(text.toWellFormed()).match(word) ?? [])
  ).map((it) => cut(it, longest));

/** Most texts are of ASCII: they come to the same four times as fast. */
const isPlain = (text: string) => /^[\0-\x7f]*$/.test(text);
const plainWord = /[a-z\d]+/g;

/** As many of the characters of a text. */
const cut = (text: string, most: number): string =>
  text.length > most ? [...text].slice(0, most).join('') : text;

/** Text as values of keyword fields are compared: without case, and as far as anybody compares. */
export const keyword = (text: string): string =>
  cut(
    (isPlain(text) ? text : text.toWellFormed().normalize('NFKC'))
      .replaceAll('\0', '')
      .trim()
      .toLowerCase(),
    longestValue,
  );
