import { styleText } from 'node:util';

/** What a command is read on: the process's own, or that of a test. */
export interface Terminal {
  /** What was asked for, to be read or piped on. */
  out(text: string): void;
  /** What is said beside: how far it is, and what is wrong. */
  err(text: string): void;
  /** Whether what is said beside can be drawn anew in its place. */
  canRedraw: boolean;
  hasColor: boolean;
  input(): AsyncIterable<string | Buffer>;
  /** Aborted when somebody wants it to end; whoever asks twice does not wait. */
  interrupted(): AbortSignal;
}

/** The terminal that the process was started on; NO_COLOR is obeyed by Node. */
export const standard: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  canRedraw: process.stderr.isTTY === true,
  hasColor: process.stdout.isTTY === true && process.stdout.hasColors(),
  input: () => process.stdin,
  interrupted() {
    const stopping = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => stopping.abort());
    return stopping.signal;
  },
};

export type Style = 'head' | 'good' | 'bad' | 'faint';
const looks = { head: 'bold', good: 'green', bad: 'red', faint: 'dim' } as const;

/** A text in a style, where there are colours. */
export const styled = ({ hasColor }: Pick<Terminal, 'hasColor'>, style: Style, text: string) =>
  hasColor ? styleText(looks[style], text, { validateStream: false }) : text;

/** What moves the cursor or turns the text around: names come from elsewhere and must do neither. */
const unprintable = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** A text as one line, that does nothing to the terminal. */
export const plain = (text: string): string => text.replace(unprintable, '\ufffd');
