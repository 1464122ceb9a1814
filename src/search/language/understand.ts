import type { Dialect } from '../dialect.ts';
import { all, type Tree } from '../tree.ts';
import { bind, joined } from './bind.ts';
import { parse } from './parse.ts';
import { plainTerms } from './plain.ts';
import { print } from './print.ts';
import { ranksOf } from './ranks.ts';
import { Reading } from './reading.ts';
import { Broken, deepest, mostClauses, tooDeep, tooMany } from './syntax.ts';
import { nothing, type Query, sizeOf, treeOf } from './term.ts';
import type { Warning } from './warning.ts';

const longest = 1000;

/** What a query says. */
export interface Understood {
  tree: Tree;
  /** Trees that tell good hits from others, best first. */
  ranks: Tree[];
  /** How it was understood, in the same language. */
  parsed: string;
  /** What of it was not understood as it was written. */
  warnings: Warning[];
}

/**
 * Understands a query: Lucene's language as Elasticsearch's `query_string` has it, but without
 * regular expressions. What is broken is read as plain words, and the warnings say so. Never throws.
 */
export function understand(text: string, dialect: Dialect, now: Date): Understood {
  // No character is half of one, nor a control, of which PostgreSQL cannot keep all, nor nothing at all.
  const clean = text
    .slice(0, longest)
    .toWellFormed()
    .replace(/[\p{Cc}\u200b]/gu, ' ');
  const reading = new Reading(clean, dialect, now);
  const query = text.length > longest ? tooLong(reading) : read(reading);
  if (!query && !reading.text.trim()) return { tree: all, ranks: [], parsed: '', warnings: [] };
  const found = query ?? nothing;
  const tree = treeOf(found);
  return {
    tree,
    ranks: ranksOf(found, dialect),
    parsed: print(found, dialect.joins),
    warnings: reading.warnings,
  };
}

function tooLong(reading: Reading): Query | undefined {
  reading.warn(
    'TOO_LONG',
    `Only the first ${longest} characters are read, as plain words.`,
    longest,
  );
  return words(reading);
}

function read(reading: Reading): Query | undefined {
  try {
    const query = bind(reading, parse(reading.text));
    if (query) checkSize(query);
    return query;
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    reading.restart();
    reading.warn(error.code, `${error.message}: all of the text is read as plain words.`, error.at);
    return words(reading);
  }
}

/** What is no part of the language has become words, which may be too many. */
function checkSize(query: Query): void {
  const { clauses, depth } = sizeOf(query);
  if (clauses > mostClauses) throw tooMany(null);
  if (depth > deepest) throw tooDeep(null);
}

/** All of the text as plain words, the first so many. */
function words(reading: Reading): Query | undefined {
  const terms = plainTerms(reading, reading.text);
  if (terms.length > mostClauses && reading.warnings[0]?.code !== 'TOO_MANY_CLAUSES') {
    const message = `Only the first ${mostClauses} words are looked for.`;
    reading.warn('TOO_MANY_CLAUSES', message, null);
  }
  return joined(reading, terms.slice(0, mostClauses));
}
