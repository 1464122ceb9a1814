/** What could pass for another order of the letters, or for nothing at all. */
const invisible = /\p{Cf}/gu;
/** These are of \p{Cf} too, but scripts and emoji are not whole without them. */
const joiners = new Set(['\u200c', '\u200d']);
const isBlank = /[\p{Cc}\p{Z}]+/gu;

/**
 * Somebody's words as one line of plain text, whatever was in them: nothing that ends a header,
 * turns the reading direction or hides.
 */
export function line(text: string, most: number): string {
  return cut(visible(text).replace(isBlank, ' ').trim(), most);
}

/** Somebody's words as a quotation: what they wrote cannot pass for what we write. */
export function quotation(text: string, most: number): string {
  const lines = cut(text.replace(/\r\n?|[\u2028\u2029]/g, '\n').trim(), most).split('\n');
  return lines.map((it) => `> ${line(it, most)}`.trimEnd()).join('\n');
}

const visible = (text: string) =>
  text
    .toWellFormed()
    .normalize('NFC')
    .replace(invisible, (it) => (joiners.has(it) ? it : ''));

function cut(text: string, most: number): string {
  const letters = [...text];
  return letters.length <= most
    ? text
    : `${letters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}
