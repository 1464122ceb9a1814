import { sql } from 'kysely';
import type { Dialect } from '../dialect.ts';
import type { Bool, Leaf, Tree } from '../tree.ts';
import { keyword } from '../words.ts';
import { always, and, type Condition, type Match, never, not, or } from './condition.ts';
import { codeOf, filledLexeme, quoted, valueLexeme, wordLexeme } from './lexemes.ts';

/** What a search table says of a thing, and how its words are asked. */
export interface Target {
  fields: Dialect['fields'];
  /** Values of these fields are compared in their columns. */
  columns: readonly string[];
  /** The audience of all rows that are looked at, where it is known. */
  audience?: string;
  match: Match;
}

/** A tree as a condition on a search table; without `pattern`, `similar` and `lookup`, which are answered before. */
export function conditionOf(tree: Tree, target: Target): Condition {
  return tree.is === 'bool' ? boolOf(tree, target) : leafOf(tree, target);
}

function boolOf({ must, should, mustNot }: Bool, target: Target): Condition {
  const of = (all: Tree[]) => all.map((it) => conditionOf(it, target));
  const wanted = must.length > 0 || should.length === 0 ? of(must) : [or(of(should), target.match)];
  return and([...wanted, ...of(mustNot).map(not)], target.match);
}

function leafOf(leaf: Leaf, target: Target): Condition {
  switch (leaf.is) {
    case 'word':
      return inFields(leaf.fields, target, (code) => quoted(wordLexeme(code, leaf.word)));
    case 'beginning':
      return inFields(leaf.fields, target, (code) => `${quoted(wordLexeme(code, leaf.word))}:*`);
    case 'phrase':
      return inFields(leaf.fields, target, (code) => phrase(leaf.words, leaf.slop, code));
    case 'value':
      return valueIs(leaf.field, leaf.value, target);
    case 'valueBeginning':
      return inFields([leaf.field], target, (code) => {
        return `${quoted(valueLexeme(code, keyword(leaf.value)))}:*`;
      });
    case 'filled':
      return target.fields[leaf.field]?.is === 'date'
        ? always
        : inFields([leaf.field], target, (code) => quoted(filledLexeme(code)));
    case 'dates':
      return between(leaf.field, leaf.from, leaf.to);
    case 'ids':
      return leaf.ids.length === 0 ? never : { is: 'sql', sql: sql`id = any(${leaf.ids}::uuid[])` };
    case 'pattern':
    case 'similar':
    case 'lookup':
      throw new Error(`${leaf.is} is answered before`);
  }
}

function inFields(names: string[], { fields }: Target, of: (code: string) => string): Condition {
  const codes = names.flatMap((it) => codeOf(fields[it]) ?? []);
  if (codes.length === 0) return never;
  return { is: 'query', query: codes.map(of).join(' | ') };
}

function valueIs(field: string, value: string, target: Target): Condition {
  if (field === 'audience' && target.audience !== undefined) {
    return keyword(value) === keyword(target.audience) ? always : never;
  }
  if (target.columns.includes(field))
    return { is: 'sql', sql: sql`${sql.ref(field)} is not distinct from ${value}` };
  return inFields([field], target, (code) => quoted(valueLexeme(code, keyword(value))));
}

function between(field: string, from: string | null, to: string | null): Condition {
  const date = sql.ref(field);
  const bounds = [
    ...(from === null ? [] : [sql<boolean>`${date} >= ${from}::timestamptz`]),
    ...(to === null ? [] : [sql<boolean>`${date} < ${to}::timestamptz`]),
  ];
  return bounds.length === 0 ? always : { is: 'sql', sql: sql`${sql.join(bounds, sql` and `)}` };
}

/** The words one after the other; moved from their places as Lucene allows, in every way that there is. */
function phrase(words: string[], slop: number, code: string): string {
  const lexemes = words.map((it) => quoted(wordLexeme(code, it)));
  return movesOf(words.length, slop)
    .map((moves) => inOrder(lexemes, moves))
    .filter((it) => it !== undefined)
    .join(' | ');
}

/** Every way to move so many words, apart from moving all of them alike: the least move is 0, the most the slop. */
function movesOf(length: number, slop: number): number[][] {
  let all: number[][] = [[]];
  for (let i = 0; i < length; i++) {
    all = all.flatMap((moves) => Array.from({ length: slop + 1 }, (_, move) => [...moves, move]));
  }
  return all.filter((moves) => Math.min(...moves) === 0);
}

/** The moved words in the order of their new places; nothing if two of them would be in one. */
function inOrder(lexemes: string[], moves: number[]): string | undefined {
  const placed = lexemes
    .map((lexeme, i) => ({ lexeme, place: i + (moves[i] ?? 0) }))
    .sort((a, b) => a.place - b.place);
  const steps = placed.map(({ lexeme, place }, i) => {
    const before = placed[i - 1];
    return before ? `<${place - before.place}> ${lexeme}` : lexeme;
  });
  return steps.some((it) => it.startsWith('<0>')) ? undefined : `(${steps.join(' ')})`;
}
