import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Taken } from './search-load.ts';
import type { Server } from './search-servers.ts';

const shown = 5;

/** Says which questions took longest, and of each the plan of its longest statement. */
export async function slowest(pool: pg.Pool, server: Server, taken: Taken[]): Promise<void> {
  const sorted = taken.toSorted((a, b) => b.ms - a.ms);
  const different = [...new Map(sorted.map((it) => [it.question.query, it])).values()]
    .sort((a, b) => b.ms - a.ms)
    .slice(0, shown);
  const setting = async (value: string) => {
    await pool.query(`alter system ${value}`);
    await pool.query('select pg_reload_conf()');
    await sleep(500);
  };
  for (const { question, who, ms } of different) {
    await setting('set auto_explain.log_min_duration = 5');
    const begun = await logSize(pool);
    const { totalCount } = await server.ask(question, who);
    await setting('reset auto_explain.log_min_duration');
    const plans = (await plansSince(pool, begun)).sort((a, b) => b.ms - a.ms);
    const all = plans.map((it) => it.ms.toFixed(0)).join(' + ');
    console.log(
      `\n${ms.toFixed(0)} ms: \`${question.query}\` (${question.kind}, ${question.sort}, as ${who}), ${totalCount} found; statements of ${all || 'less than 5'} ms`,
    );
    if (plans[0]) console.log(`\n\`\`\`\n${essence(plans[0].text)}\n\`\`\``);
  }
}

const logSize = async (pool: pg.Pool): Promise<number> =>
  (await pool.query(`select (pg_stat_file(pg_current_logfile('jsonlog'))).size::float as size`))
    .rows[0].size;

async function plansSince(pool: pg.Pool, begun: number): Promise<{ ms: number; text: string }[]> {
  const { rows } = await pool.query<{ text: string }>(
    `select pg_read_file(pg_current_logfile('jsonlog'), $1, 10000000) as text`,
    [begun],
  );
  return (rows[0]?.text ?? '').split('\n').flatMap((line) => {
    const [, ms, text] = /^duration: ([\d.]+) ms {2}plan:\n(.*)$/s.exec(messageOf(line)) ?? [];
    return text && !/pgboss|pg_reload_conf|pg_stat_file/.test(text)
      ? [{ ms: Number(ms), text }]
      : [];
  });
}

/** The plan without its costs, which say less than what it did. */
function essence(plan: string): string {
  const lines = plan.split('\n');
  const first = lines.findIndex((it) => /\(cost=/.test(it));
  return [lines.slice(0, first).join(' ').replace(/\s+/g, ' ').slice(0, 600), ...lines.slice(first)]
    .map((it) => it.replace(/\(cost=[^)]*\) /, '').slice(0, 300))
    .join('\n');
}

/** The last line may be cut off. */
function messageOf(line: string): string {
  try {
    return JSON.parse(line).message;
  } catch {
    return '';
  }
}
