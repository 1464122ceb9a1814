import { plain, type Style, styled, type Terminal } from './terminal.ts';

/** What a cell holds; nothing is shown as `-`. */
export type Cell = string | number | boolean | Date | null | undefined;

/** Characters that take two places: those of Chinese, Japanese and Korean, and pictures. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** How many places a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const it of text) width += /\p{M}/u.test(it) ? 0 : wide.test(it) ? 2 : 1;
  return width;
}

export function textOf(cell: Cell): string {
  if (cell === null || cell === undefined || cell === '') return '-';
  if (cell instanceof Date) return cell.toISOString().replace(/\.\d+Z$/, 'Z');
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  return plain(String(cell));
}

/** Rows under their heads, aligned; of nothing, a line that says so. */
export function table(
  terminal: Pick<Terminal, 'hasColor'>,
  heads: string[],
  rows: Cell[][],
  ifNone = 'None.',
): string {
  if (rows.length === 0) return ifNone;
  const cells = [heads, ...rows.map((row) => row.map(textOf))];
  const widths = heads.map((_, i) => Math.max(...cells.map((it) => widthOf(it[i] ?? ''))));
  const lines = cells.map((row) =>
    row
      .map((cell, i) => cell + ' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf(cell))))
      .join('  ')
      .trimEnd(),
  );
  return [styled(terminal, 'head', lines[0] ?? ''), ...lines.slice(1)].join('\n');
}

/** The facts of one thing, a line for each. */
export function facts(terminal: Pick<Terminal, 'hasColor'>, all: [name: string, Cell][]): string {
  const width = Math.max(...all.map(([name]) => widthOf(name)));
  return all
    .map(([name, cell]) => `${styled(terminal, 'faint', name.padEnd(width))}  ${textOf(cell)}`)
    .join('\n');
}

/** A mark at the beginning of a line: how it is with it. */
export const mark = (
  terminal: Pick<Terminal, 'hasColor'>,
  style: Extract<Style, 'good' | 'bad'>,
  text: string,
): string => styled(terminal, style, text);
