import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { UsageError } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** The most that one command line asks for by a range: beyond, somebody mistyped it. */
const mostOfARange = 100_000;

/**
 * What references name, each once and in their order: lists with commas, ranges as `1-10`, and `-`
 * for lines on standard input.
 * @param isPlain takes every word for what it says: a username may well look like a range.
 * @throws UsageError if a range makes no sense.
 */
export async function readReferences(
  terminal: Terminal,
  given: readonly string[],
  isPlain: boolean,
): Promise<string[]> {
  const all = new Set<string>();
  const add = (text: string) => {
    for (const word of text.split(/[\s,]+/).filter(Boolean))
      for (const it of isPlain ? [word] : expanded(word)) all.add(it);
  };
  for (const text of given) {
    if (text !== '-') add(text);
    else for await (const line of linesOf(terminal.input())) add(line);
  }
  return [...all];
}

/** The lines of a stream. */
export const linesOf = (stream: AsyncIterable<string | Buffer>) =>
  createInterface({ input: Readable.from(stream), crlfDelay: Number.POSITIVE_INFINITY });

function expanded(word: string): string[] {
  const [, from = '', to = ''] = /^(\d{1,15})-(\d{1,15})$/.exec(word) ?? [];
  if (!from) return [word];
  const count = Number(to) - Number(from) + 1;
  if (count < 1) throw new UsageError(`${word} goes backwards: it is ${to}-${from} perhaps.`);
  if (count > mostOfARange)
    throw new UsageError(`${word} is more than ${mostOfARange} at once: split it.`);
  return Array.from({ length: count }, (_, i) => String(Number(from) + i));
}
