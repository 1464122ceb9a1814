import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { sql } from 'kysely';
import { asSystem, say } from './cli-system.ts';
import { ConfigError } from './config.ts';
import type { Context } from './context.ts';
import { type Index, readIndexes } from './search/indexes.ts';
import { begin, build, type Progress } from './search/rebuild.ts';
import { complaintOf, type Status, statusOf } from './search/status.ts';

const kinds = ['communities', 'users', 'groups', 'roles'];

/** Adds what is done with the indexes. */
export function addSearch(program: Command): void {
  const search = program.command('search').description('what is found by searching');
  search
    .command('reindex')
    .description('build indexes anew, while those before are read; run again, it goes on')
    .addOption(new Option('-k, --kind <kind>', 'of these things only').choices(kinds))
    .addOption(
      new Option('-e, --engine <engine>', 'of this engine only').choices([
        'postgresql',
        'elasticsearch',
      ]),
    )
    .addHelpText('after', '\nExample:\n  $ npx collegium search reindex --kind communities')
    .action((options: { kind?: string; engine?: string }) =>
      asSystem((begin) => reindex(begin(), options)),
    );
  search
    .command('status')
    .description('how each index is, and what waits to be written into it')
    .option('--json', 'for programs', false)
    .addHelpText('after', '\nExample:\n  $ npx collegium search status --json')
    .action(({ json }: { json: boolean }) =>
      asSystem(async (begin) => {
        const all = await statusOf(begin());
        say(json ? JSON.stringify(all, null, 2) : tableOf(all));
      }, 'silent'),
    );
}

async function reindex(ctx: Context, only: { kind?: string; engine?: string }): Promise<void> {
  const engine = only.engine?.toUpperCase();
  const writers = ctx.search.writers.filter((it) => it.engine === (engine ?? it.engine));
  if (writers.length === 0)
    throw new ConfigError(['ELASTICSEARCH_URL: is not set, so there is no such engine']);
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort());
  for (const kind of Object.values(ctx.search.kinds)) {
    if (kind.name !== (only.kind ?? kind.name)) continue;
    for (const writer of writers) {
      const own = { ...ctx, stopping: stopping.signal };
      const index = await begin(own, writer, kind);
      if (!(await finished(own, index))) {
        process.exitCode = 1;
        say('Stopped. Run it again, and it goes on from there.');
        return;
      }
    }
  }
}

/** Builds an index, or waits for the process that is at it. @returns whether it is built. */
async function finished(ctx: Context, index: Index): Promise<boolean> {
  const title = `${index.writer.engine.toLowerCase()} ${index.kind.name}`;
  const { show, end } = progressLine(title);
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
function progressLine(title: string) {
  const out = process.stderr;
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
      if (out.isTTY) out.write(`\r\x1b[K${line}`);
      else if (step !== shown.step || Date.now() - shown.at > 3000) {
        out.write(`${line}\n`);
        shown = { step, at: Date.now() };
      }
    },
    end() {
      if (out.isTTY) out.write('\n');
    },
  };
}

function tableOf(all: Status[]): string {
  const lines = [
    ['engine', 'kind', 'index', 'state', 'documents', 'waiting', 'oldest'],
    ...all.map((it) => [
      it.engine.toLowerCase(),
      it.kind,
      it.name,
      it.state.toLowerCase(),
      complaintOf(it) ?? String(it.documents),
      String(it.waiting),
      it.waitingSince?.toISOString() ?? '-',
    ]),
  ];
  const widths = (lines[0] ?? []).map((_, i) => Math.max(...lines.map((it) => it[i]?.length ?? 0)));
  return lines
    .map((it) =>
      it
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
