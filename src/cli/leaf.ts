import { type Command, InvalidArgumentError } from 'commander';
import type { Desk } from './desk.ts';

/** What a command came to, for programs and for people. */
export interface Answer {
  json: unknown;
  text: string;
  exitCode?: number;
}

// biome-ignore lint/suspicious/noExplicitAny: commander hands on what the command's own lines declare
export type Act = (desk: Desk, options: any, ...operands: any[]) => Promise<Answer | undefined>;

/** How commands reach what they do. */
export interface Cli {
  /** Loads what does it only when it is called: help must come at once. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  act(load: () => Promise<Act>): (...given: any[]) => Promise<void>;
}

/** Adds a thing with which something can be done. */
export const noun = (parent: Command, name: string, says: string, example: string): Command =>
  parent
    .command(name)
    .description(says)
    .addHelpText('after', `\nExample:\n  $ npx collegium ${example}`);

/** Adds a command that does something, with its example. */
export function leaf(
  parent: Command,
  usage: string,
  { says, example }: { says: string; example: string | string[] },
): Command {
  const lines = [example].flat().map((it) => `  $ npx collegium ${it}`);
  return parent
    .command(usage)
    .description(says)
    .option('--json', 'for programs')
    .addHelpText('after', `\nExample${lines.length > 1 ? 's' : ''}:\n${lines.join('\n')}`);
}

/** Reads a whole number out of an option. */
export const whole = (least: number) => (text: string) => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < least)
    throw new InvalidArgumentError(`It is not a whole number from ${least}.`);
  return number;
};

/** Reads a number above 0 out of an option. */
export const positive = (text: string) => {
  const number = Number(text);
  if (!(number > 0) || !Number.isFinite(number))
    throw new InvalidArgumentError('It is not a number above 0.');
  return number;
};

/** What is given again and again, or with commas. */
export const list = (text: string, before: string[] = []) => [
  ...before,
  ...text
    .split(',')
    .map((it) => it.trim())
    .filter(Boolean),
];
