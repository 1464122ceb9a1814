import { type Bound, Broken, type Conjunction, type Modifier, type Part } from './syntax.ts';

export type Token = { at: number; end: number } & (
  | { is: 'word'; parts: Part[] }
  | { is: 'quoted'; text: string }
  | { is: 'range'; from: Bound; to: Bound }
  | { is: 'regex' }
  | { is: 'field'; name: string }
  | { is: 'comparison'; sign: string }
  | { is: 'conjunction'; word: Conjunction }
  | { is: 'modifier'; modifier: Modifier }
  | { is: 'open' }
  | { is: 'close' }
  | { is: 'tilde'; number: number | null }
  | { is: 'boost'; number: number }
);

const blank = /\s/;
/** All quotes are one: phones and word processors write curly ones. */
const quote = /["“”„«»]/;
/** What no word goes over. */
const stop = /[\s()[\]{}"“”„«»]/;
const quotation = String.raw`["“”„«»](?:[^"“”„«»\\]|\\.)*["“”„«»]`;
const bound = String.raw`(${quotation}|(?:[^\s"“”„«»\]}\\]|\\.)+)`;
const quoted = new RegExp(quotation, 'ys');
const range = new RegExp(String.raw`([[{])\s*${bound}\s+TO\s+${bound}\s*([\]}])`, 'ys');
const regex = /\/(?:[^/\\]|\\.)+\/(?![^\s)~^])/sy;
const tilde = /~(\d+(?:\.\d+)?)?/y;
const boost = /\^(\d+(?:\.\d+)?)/y;
const comparison = /[<>]=?/y;
/** A sign that stands before something; alone, as between two words, it is no sign. */
const modifier = /[-+!](?=[^\s)])/y;
const doubled = /&&|\|\|/y;
/** `2024-05-01||+1M`: arithmetic with a date, where the bars are no OR. */
const dateMath = /(?<=\d)\|\|(?=[-+/])/y;

const matchAt = (pattern: RegExp, text: string, at: number) => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

const unescaped = (text: string) => text.replace(/\\(.)/gs, '$1');

/** What `~2` and `^2` may follow. */
const ended = new Set<Token['is']>(['word', 'quoted', 'range', 'regex', 'close', 'tilde', 'boost']);

/**
 * The text in its smallest parts. Linear.
 * @throws Broken for quotes and brackets that are not closed.
 */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  // Whether the parentheses that are open here are the value of a field.
  const groups: boolean[] = [];
  for (let at = 0; at < text.length; ) {
    if (blank.test(text.charAt(at))) at++;
    else {
      const before = tokens.at(-1);
      const isInField = before?.is === 'field' || groups.at(-1) === true;
      const token = tokenAt(text, at, before, isInField);
      if (token.is === 'open') groups.push(isInField);
      if (token.is === 'close') groups.pop();
      tokens.push(token);
      at = token.end;
    }
  }
  return tokens;
}

function tokenAt(text: string, at: number, before: Token | undefined, isInField: boolean): Token {
  const isValue = before?.is === 'field' || before?.is === 'comparison';
  const span = (length: number) => ({ at, end: at + length });
  const char = text.charAt(at);
  if (char === '(') return { is: 'open', ...span(1) };
  if (char === ')') return { is: 'close', ...span(1) };
  if (quote.test(char)) {
    const found = matchAt(quoted, text, at);
    if (!found) throw new Broken('A quotation is not closed', at);
    return { is: 'quoted', text: unescaped(found[0].slice(1, -1)), ...span(found[0].length) };
  }
  if (/[[\]{}]/.test(char)) return rangeAt(text, at);
  if (before?.end === at && ended.has(before.is)) {
    const found = matchAt(tilde, text, at) ?? matchAt(boost, text, at);
    const number = found?.[1] === undefined ? null : Number(found[1]);
    if (found && char === '~') return { is: 'tilde', number, ...span(found[0].length) };
    if (found) return { is: 'boost', number: number ?? 1, ...span(found[0].length) };
  }
  if (matchAt(regex, text, at)) return { is: 'regex', ...span(regex.lastIndex - at) };
  if (isInField && matchAt(comparison, text, at)) {
    const sign = text.slice(at, comparison.lastIndex);
    return { is: 'comparison', sign, ...span(sign.length) };
  }
  if (matchAt(doubled, text, at)) {
    return { is: 'conjunction', word: char === '&' ? 'AND' : 'OR', ...span(2) };
  }
  if (!isValue && matchAt(modifier, text, at)) {
    return { is: 'modifier', modifier: char === '+' ? 'MUST' : 'NOT', ...span(1) };
  }
  return wordAt(text, at, isValue);
}

function rangeAt(text: string, at: number): Token {
  const found = matchAt(range, text, at);
  if (!found) throw new Broken('A bracket is no part of a range', at);
  const [whole, open, from = '', to = '', close] = found;
  const textOf = (it: string) => unescaped(quote.test(it.charAt(0)) ? it.slice(1, -1) : it);
  return {
    is: 'range',
    from: { text: textOf(from), isIncluded: open === '[' },
    to: { text: textOf(to), isIncluded: close === ']' },
    at,
    end: at + whole.length,
  };
}

/** A word, an operator that is one, or the name of a field with its colon. In values, a colon is a letter. */
function wordAt(text: string, at: number, isValue: boolean): Token {
  const parts: Part[] = [];
  let part = '';
  let end = at;
  const close = () => {
    if (part) parts.push(part);
    part = '';
  };
  for (; end < text.length; end++) {
    const char = text.charAt(end);
    if (char === '\\' && end + 1 < text.length) part += text.charAt(++end);
    else if (char === '*' || char === '?') {
      close();
      parts.push({ sign: char });
    } else if (char === ':' && !isValue && end > at) {
      const name = unescaped(text.slice(at, end));
      return { is: 'field', name, at, end: end + 1 };
    } else if (isEnd(text, end, at, isValue)) break;
    else part += char;
  }
  close();
  const word = isValue ? '' : text.slice(at, end);
  if (word === 'NOT') return { is: 'modifier', modifier: 'NOT', at, end };
  if (word === 'AND' || word === 'OR') return { is: 'conjunction', word, at, end };
  return { is: 'word', parts, at, end };
}

function isEnd(text: string, end: number, at: number, isValue: boolean): boolean {
  const char = text.charAt(end);
  if (stop.test(char)) return true;
  if (end > at && (char === '~' || char === '^')) return true;
  if (char !== '&' && char !== '|') return false;
  if (isValue && matchAt(dateMath, text, end)) return false;
  // The second of the two bars of a date, or two that are an operator.
  const isSecond = isValue && end > at && matchAt(dateMath, text, end - 1) !== null;
  return !isSecond && matchAt(doubled, text, end) !== null;
}
