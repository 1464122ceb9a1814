import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { ConfigError } from '../config.ts';
import type { Context } from '../context.ts';
import { type Index, readIndexes } from '../search/indexes.ts';
import { begin, build, type Progress } from '../search/rebuild.ts';
import { complaintOf, type Status, statusOf } from '../search/status.ts';
import type { Desk } from './desk.ts';
import { exitCodes } from './failure.ts';
import type { Answer } from './leaf.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Builds indexes anew. */
export async function reindex(
  desk: Desk,
  only: { kind?: string; engine?: string },
): Promise<Answer | undefined> {
  const isDone = await desk.with((ctx) => rebuild(desk, ctx, only));
  if (isDone) return desk.isJson ? { json: { isDone }, text: '' } : undefined;
  const text = 'Stopped. Run it again, and it goes on from there.';
  return { json: { isDone }, text, exitCode: exitCodes.failed };
}

/** How each index is. */
export function status(desk: Desk): Promise<Answer> {
  return desk.with(async (ctx) => {
    const all = await statusOf(ctx);
    return { json: all, text: tableOf(desk, all) };
  });
}

/** @returns whether all was built; it was not if somebody wanted it to end. */
async function rebuild(
  { terminal }: Desk,
  ctx: Context,
  only: { kind?: string; engine?: string },
): Promise<boolean> {
  const engine = only.engine?.toUpperCase();
  const writers = ctx.search.writers.filter((it) => it.engine === (engine ?? it.engine));
  if (writers.length === 0)
    throw new ConfigError(['ELASTICSEARCH_URL: is not set, so there is no such engine']);
  const stopping = terminal.interrupted();
  for (const kind of Object.values(ctx.search.kinds)) {
    if (kind.name !== (only.kind ?? kind.name)) continue;
    for (const writer of writers) {
      const own = { ...ctx, stopping };
      const index = await begin(own, writer, kind);
      if (!(await finished(terminal, own, index))) return false;
    }
  }
  return true;
}

/** Builds an index, or waits for the process that is at it. @returns whether it is built. */
async function finished(terminal: Terminal, ctx: Context, index: Index): Promise<boolean> {
  const title = `${index.writer.engine.toLowerCase()} ${index.kind.name}`;
  const { show, end } = progressLine(terminal, title);
  try {
    for (;;) {
      const result = await build(ctx, index, show);
      if (result !== 'BUSY') return result === 'DONE';
      const [now] = await readIndexes(ctx, sql`id = ${index.id}`);
      if (now) show({ step: 'ELSEWHERE', done: now.done, total: now.total });
      await sleep(1000);
      if (ctx.stopping.aborted) return false;
    }
  } finally {
    end();
  }
}

const steps = {
  READING: 'writing documents',
  INDEXING: 'making indexes',
  CATCHING_UP: 'writing what was changed meanwhile',
  ELSEWHERE: 'another process is at it',
};

/** One line that is drawn again and again on a terminal; elsewhere a new one every few seconds. */
function progressLine(terminal: Terminal, title: string) {
  const begunAt = Date.now();
  let first: number | undefined;
  let shown = { step: '', at: 0 };
  return {
    show({ step, done, total }: Omit<Progress, 'step'> & { step: keyof typeof steps }) {
      first ??= done;
      const seconds = Math.max(0.001, (Date.now() - begunAt) / 1000);
      const percent = total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total));
      const rate = Math.round((done - first) / seconds);
      const line = `${title}: ${steps[step]}, ${done} of ${total} (${percent} %), ${rate} a second, ${Math.round(seconds)} s`;
      if (terminal.canRedraw) terminal.err(`\r\x1b[K${line}`);
      else if (step !== shown.step || Date.now() - shown.at > 3000) {
        terminal.err(`${line}\n`);
        shown = { step, at: Date.now() };
      }
    },
    end() {
      if (terminal.canRedraw) terminal.err('\n');
    },
  };
}

const tableOf = ({ terminal }: Desk, all: Status[]): string =>
  table(
    terminal,
    ['engine', 'kind', 'index', 'state', 'documents', 'waiting', 'oldest'],
    all.map((it) => [
      it.engine.toLowerCase(),
      it.kind,
      it.name,
      it.state.toLowerCase(),
      complaintOf(it) ?? it.documents,
      it.waiting,
      it.waitingSince,
    ]),
  );
