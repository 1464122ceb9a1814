import sanitizeHtml from 'sanitize-html';
import { z } from 'zod';

/** Controls but tab and line feed, zero-width spaces, byte order marks, and what turns the writing direction over. */
const unwanted = /[[\p{Cc}--[\t\n]]\u200b\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/gv;

/** The text in one form of each letter (NFC), without what nobody sees or what deceives the eye. */
export const cleaned = (text: string): string =>
  text.replace(/\r\n?/g, '\n').replace(unwanted, '').normalize('NFC').trim();

const clean = z
  .string('is not text')
  .refine((it) => it.isWellFormed(), { error: 'is not well-formed Unicode', abort: true })
  .transform(cleaned);

/** Length as people count it: in code points, as PostgreSQL does. */
const lengthOf = (text: string) => [...text].length;

const atMost = (most: number) => (it: string) => lengthOf(it) <= most;
const tooLong = (most: number) => `is longer than ${most} characters`;

/** Joiners, fillers and marks of direction alone are nothing to read. */
const isVisible = (text: string) => /[^\s\p{Default_Ignorable_Code_Point}\u2800]/u.test(text);
const empty = { error: 'is empty', abort: true };

/** Text of one line: 1 to so many characters. */
export const line = (most: number) =>
  clean
    .transform((it) => it.replace(/\s+/g, ' '))
    .refine(isVisible, empty)
    .refine(atMost(most), tooLong(most));

/** Plain text of any number of lines: 1 to so many characters. */
export const paragraph = (most: number) =>
  clean.refine(isVisible, empty).refine(atMost(most), tooLong(most));

/** Plain text that may be empty. */
export const note = (most: number) => clean.refine(atMost(most), tooLong(most));

/** HTML, of which only what is harmless is kept; what is too long after that is refused. */
export const html = (most: number) =>
  clean
    // What is thrown away may be long, but not so long that it costs us dearly.
    .refine(atMost(most * 4), { error: tooLong(most), abort: true })
    // Nesting costs by its square, and what has that many tags would not fit anyway.
    .refine((it) => it.split('<').length <= most / 2, { error: 'has too many tags', abort: true })
    .transform(sanitized)
    .refine(atMost(most), tooLong(most));

/** HTML with something to read in it. */
export const writing = (most: number) => html(most).refine((it) => hasText(it), 'is empty');

const hasText = (markup: string) =>
  isVisible(sanitizeHtml(markup, { allowedTags: [], allowedAttributes: {} }));

/** An address on the web: complete, for a browser reads `https:name` as a path, and without a password. */
export const webAddress = (most = 2000) =>
  line(most).refine(
    (it) => /^https?:\/\/[^\s/\\?#@]+([/?#][^\s<>"\\]*)?$/i.test(it) && URL.canParse(it),
    'is not an http(s) address',
  );

const signs: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' };

/** What there is to read in HTML that `html` has cleaned: it has no other references than these. */
export const plainText = (markup: string): string =>
  markup.replace(/<[^>]*>/g, ' ').replace(/&(amp|lt|gt|quot);/g, (_, name) => signs[name] ?? '');

const blocks = [
  ...['a', 'abbr', 'acronym', 'b', 'blockquote', 'br', 'code', 'col', 'colgroup', 'div', 'em'],
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'i', 'li', 'ol', 'p', 'pre', 's', 'span', 'strike', 'strong'],
  ...['sub', 'sup', 'table', 'tbody', 'td', 'tfoot', 'th', 'thead', 'tr', 'u', 'ul'],
];
const length = [/^(0|\d{1,4}(\.\d{1,3})?(px|em|rem|%|pt)|auto)$/];
const lengths = [
  'border-spacing',
  'border-width',
  'height',
  'margin-left',
  'margin-right',
  'padding',
  'width',
];

/**
 * Character references become characters in the first pass, so that they can be cleaned as all
 * others. That may make other letters of what a tag begins or ends with: hence the second.
 */
const sanitized = (markup: string): string => harmless(cleaned(harmless(markup)));

/** The ancestor's allow-list (Invenio's bleach settings); of what is not on it the text is kept. */
const harmless = (markup: string): string =>
  sanitizeHtml(markup, {
    allowedTags: blocks,
    allowedAttributes: {
      a: ['href', 'title', 'name', 'target', 'rel'],
      abbr: ['title'],
      acronym: ['title'],
      col: ['span'],
      colgroup: ['span'],
      div: ['dir', 'lang'],
      p: ['dir', 'lang'],
      span: ['dir', 'lang', 'style'],
      table: ['style'],
      td: ['colspan', 'nowrap', 'rowspan', 'style'],
      th: ['colspan', 'nowrap', 'rowspan', 'scope', 'style'],
    },
    allowedSchemes: ['http', 'https', 'mailto'],
    allowedStyles: {
      '*': {
        ...Object.fromEntries(lengths.map((it) => [it, length])),
        'border-collapse': [/^(collapse|separate)$/],
        'text-align': [/^(left|right|center|justify)$/],
        'vertical-align': [/^(top|middle|bottom|baseline)$/],
      },
    },
    transformTags: {
      // A page that is opened from here must not reach back into this one.
      a: (tagName, attribs) => ({
        tagName,
        attribs: attribs.target ? { ...attribs, rel: 'noopener noreferrer' } : attribs,
      }),
    },
    nestingLimit: 50,
  }).trim();
