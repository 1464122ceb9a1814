import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { Failure } from './failure.ts';
import { linesOf } from './references.ts';
import type { Terminal } from './terminal.ts';

export type Format = 'auto' | 'jsonl' | 'usernames' | 'csv';

/** Whom a file names. */
export interface Ingest {
  format: Exclude<Format, 'auto'>;
  rowsSeen: number;
  /** Each once, in the order of the file. */
  ids: string[];
  /** Blank rows, and those that name somebody once more. */
  skipped: number;
  /** Rows that name nobody, with the reason. */
  problems: { row: number; message: string }[];
}

/** What a row names somebody by: the first of these that it has. */
const keys = ['subject', 'id', 'username', 'user_login', 'login'];
const byExtension: Record<string, Ingest['format']> = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.csv': 'csv',
  '.txt': 'usernames',
};

/**
 * Reads whom a file names, as the ancestor's `ingest-profiles-dump`.
 * @throws Failure if the file cannot be read.
 */
export async function readIngest(
  terminal: Terminal,
  path: string,
  { format, offset, limit }: { format: Format; offset: number; limit?: number },
): Promise<Ingest> {
  const stream = path === '-' ? terminal.input() : createReadStream(path);
  const ids = new Set<string>();
  const told: Ingest = { format: 'usernames', rowsSeen: 0, ids: [], skipped: 0, problems: [] };
  let read: ((line: string) => string | undefined) | undefined;
  try {
    for await (const raw of linesOf(stream)) {
      const line = raw.replace(/^\ufeff/, '').trim();
      if (!read && line !== '') {
        told.format = format === 'auto' ? (byExtension[extname(path)] ?? guess(line)) : format;
        const isHead = told.format === 'csv' && columnIn(line) !== undefined;
        read = readerOf(told.format, line);
        if (isHead) continue;
      }
      if (told.rowsSeen >= offset + (limit ?? Number.POSITIVE_INFINITY)) break;
      told.rowsSeen++;
      if (told.rowsSeen <= offset || line === '') {
        told.skipped++;
        continue;
      }
      const id = read?.(line);
      const message = id === undefined ? `has none of ${keys.join(', ')}` : problemOf(id);
      if (message) told.problems.push({ row: told.rowsSeen, message });
      else if (ids.has(id as string)) told.skipped++;
      else ids.add(id as string);
    }
  } catch (error) {
    throw new Failure(`${path} cannot be read: ${(error as Error).message}`);
  }
  return { ...told, ids: [...ids] };
}

const problemOf = (id: string) =>
  id === '' || id.length > 255 || /\p{Cc}/u.test(id)
    ? 'names nobody by 1 to 255 printable characters'
    : undefined;

function guess(line: string): Ingest['format'] {
  if (/^[{["]/.test(line) && isJson(line)) return 'jsonl';
  return columnIn(line) !== undefined || line.includes(',') ? 'csv' : 'usernames';
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function readerOf(format: Ingest['format'], firstLine: string) {
  if (format === 'jsonl') return idInJson;
  if (format === 'usernames') return (line: string) => line;
  const column = columnIn(firstLine) ?? 0;
  return (line: string) => cellsOf(line)[column]?.trim();
}

/** Where the heads of a CSV file have what names somebody; undefined if they are no heads. */
function columnIn(line: string): number | undefined {
  const heads = cellsOf(line).map((it) => it.trim().toLowerCase());
  const key = keys.find((it) => heads.includes(it));
  return key === undefined ? undefined : heads.indexOf(key);
}

function idInJson(line: string): string | undefined {
  try {
    const row: unknown = JSON.parse(line);
    const of = (it: unknown) =>
      typeof it === 'string' ? it.trim() : Number.isSafeInteger(it) ? String(it) : undefined;
    if (typeof row !== 'object' || row === null) return of(row);
    const fields = row as Record<string, unknown>;
    return keys.map((it) => of(fields[it])).find((it) => it !== undefined);
  } catch {
    return undefined;
  }
}

/** The cells of a row of CSV: quoted ones may hold commas, and quotes twice. */
function cellsOf(line: string): string[] {
  const found = line.matchAll(/(?:^|[,;\t])(?:"((?:[^"]|"")*)"|([^,;\t]*))/g);
  return [...found].map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '');
}
