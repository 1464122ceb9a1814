import type { Dialect } from '../dialect.ts';
import { all, type Tree } from '../tree.ts';
import { bind, joined } from './bind.ts';
import { deepest, parse } from './parse.ts';
import { plainTerms } from './plain.ts';
import { print } from './print.ts';
import { ranksOf } from './ranks.ts';
import { Reading } from './reading.ts';
import { Broken } from './syntax.ts';
import { nothing, type Query, sizeOf, treeOf } from './term.ts';
import type { Warning } from './warning.ts';

const longest = 1000;
const mostClauses = 128;

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
  // No character is half of one, and none is a control, of which PostgreSQL cannot keep all.
  const clean = text
    .slice(0, longest + 1)
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ');
  const isLong = text.length > longest;
  const reading = new Reading(
    isLong ? clean.slice(0, longest).replace(/[\ud800-\udbff]$/, '') : clean,
    dialect,
    now,
  );
  const query = isLong ? tooLong(reading) : read(reading);
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
    `Only the first ${longest} characters are read, as plain words`,
    longest,
  );
  return words(reading);
}

function read(reading: Reading): Query | undefined {
  try {
    const query = bind(reading, parse(reading.text));
    const { clauses, depth } = query ? sizeOf(query) : { clauses: 0, depth: 0 };
    if (clauses <= mostClauses && depth <= deepest) return query;
    reading.warnings.length = 0;
    if (depth > deepest)
      reading.warn(
        'TOO_DEEP',
        `Parentheses are more than ${deepest} deep: the text is read as plain words`,
        null,
      );
    else tooMany(reading);
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    reading.warnings.length = 0;
    reading.warn(error.code, `${error.message}: the text is read as plain words`, error.at);
  }
  return words(reading);
}

/** All of the text as plain words. */
function words(reading: Reading): Query | undefined {
  const terms = plainTerms(reading, reading.text);
  const isKnown = reading.warnings.some((it) => it.code === 'TOO_MANY_CLAUSES');
  if (terms.length > mostClauses && !isKnown) tooMany(reading);
  return joined(reading, terms.slice(0, mostClauses));
}

const tooMany = (reading: Reading) =>
  reading.warn(
    'TOO_MANY_CLAUSES',
    `Only the first ${mostClauses} words are looked for, as plain words`,
    null,
  );
