import { KeyObject } from 'node:crypto';
import { ConfigError, readConfig } from '../config.ts';
import type { Desk } from './desk.ts';
import { exitCodes } from './failure.ts';
import type { Answer } from './leaf.ts';
import { plain, styled } from './terminal.ts';

const hidden = '***';
/** Names of what nobody is to read, wherever it stands. */
const secretName = /secret|token|password|(api|access|signing)[_-]?key|hashes/i;

/** The configuration as it counts, development's own parts among it. */
export function print(desk: Desk): Promise<Answer> {
  return desk.place.atSite(async ({ config, databaseUrl, sampleUrl }) => {
    const shown = shownOf({ ...config, databaseUrl, ...(sampleUrl && { sampleUrl }) }) as object;
    const lines = linesOf(shown).map(
      ([path, value]) => `${styled(desk.terminal, 'faint', path)} ${plain(value)}`,
    );
    return { json: shown, text: lines.join('\n') };
  }, true);
}

/** All that is wrong, at once; nothing is started for it. */
export async function check(desk: Desk): Promise<Answer> {
  const problems = problemsIn();
  const isFine = problems.length === 0;
  const lines = problems.map((it) => `  - ${plain(it)}`);
  const text = isFine
    ? styled(desk.terminal, 'good', 'The configuration can be used.')
    : `${styled(desk.terminal, 'bad', 'The configuration cannot be used:')}\n${lines.join('\n')}`;
  return { json: { isFine, problems }, text, exitCode: isFine ? exitCodes.fine : exitCodes.failed };
}

function problemsIn(): string[] {
  try {
    readConfig();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** A value as it may be shown: without secrets, and as JSON has it. */
export function shownOf(value: unknown, name = ''): unknown {
  if (value === undefined || value === null) return null;
  if (value instanceof KeyObject) {
    const kind = value.asymmetricKeyType ?? 'key';
    return value.type === 'public' ? `${kind}, public` : hidden;
  }
  if (secretName.test(name)) return isEmpty(value) ? value : hidden;
  if (value instanceof Map) return shownOf(Object.fromEntries(value), name);
  if (value instanceof Set || Array.isArray(value))
    return [...value].map((it) => shownOf(it, name));
  if (Buffer.isBuffer(value)) return hidden;
  if (typeof value === 'string') return withoutSecrets(value);
  if (typeof value !== 'object') return typeof value === 'function' ? null : value;
  const entries = Object.entries(value).map(([key, it]) => [key, shownOf(it, key)]);
  return Object.fromEntries(entries);
}

const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;

/** An address without its password, and without what its query calls a secret. */
const withoutSecrets = (text: string): string =>
  text
    .replace(/(\/\/[^/?#@:\s]*:)[^/?#\s]*@/g, `$1${hidden}@`)
    .replace(/([?&]([^=&#]+)=)[^&#\s]*/g, (whole, before, key) =>
      secretName.test(key) || /^(key|sig|pass)$/i.test(key) ? `${before}${hidden}` : whole,
    );

/** Each leaf with the way to it: `idps.knowledgeCommons.rate`. */
function linesOf(value: unknown, path = ''): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[path, String(value ?? '-')]];
  const isPlain = Array.isArray(value) && value.every((it) => typeof it !== 'object');
  if (isPlain) return [[path, value.join(', ') || '-']];
  const entries = Object.entries(value);
  if (entries.length === 0) return [[path, '-']];
  return entries.flatMap(([key, it]) => linesOf(it, path ? `${path}.${key}` : key));
}
