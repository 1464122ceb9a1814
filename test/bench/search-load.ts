import type pg from 'pg';
import { drawing } from './search-corpus.ts';
import type { Question } from './search-questions.ts';
import type { Part, Server, Who } from './search-servers.ts';

/** Milliseconds that one request took. */
export interface Taken {
  question: Question;
  who: Who;
  ms: number;
}

export interface Figures {
  p50: number;
  p95: number;
  most: number;
}

export function figuresOf(all: readonly number[]): Figures {
  const sorted = all.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50: at(0.5) ?? 0, p95: at(0.95) ?? 0, most: sorted.at(-1) ?? 0 };
}

/** In an order that has nothing to do with their kinds. */
export function shuffled<T>(all: readonly T[]): T[] {
  const draw = drawing(11);
  return all
    .map((it) => ({ it, key: draw() }))
    .sort((a, b) => a.key - b.key)
    .map(({ it }) => it);
}

/** Asks one question after the other. */
export async function askEach(
  server: Server,
  questions: readonly Question[],
  who: Who,
  part: Part = 'all',
): Promise<Taken[]> {
  const taken: Taken[] = [];
  for (const question of shuffled(questions)) {
    const begun = performance.now();
    await server.ask(question, who, part);
    taken.push({ question, who, ms: performance.now() - begun });
  }
  return taken;
}

/** Asks all kinds of questions over so many connections at once, every second one as a member. */
export async function load(
  server: Server,
  questions: readonly Question[],
  connections: number,
  seconds: number,
): Promise<Figures & { rate: number }> {
  const order = shuffled(questions);
  const taken: number[] = [];
  const begun = performance.now();
  const until = begun + seconds * 1000;
  let next = 0;
  const lane = async () => {
    for (let now = performance.now(); now < until; ) {
      const n = next++;
      await server.ask(order[n % order.length] as Question, n % 2 === 0 ? 'anyone' : 'member');
      const then = performance.now();
      taken.push(then - now);
      now = then;
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  const rate = taken.length / ((performance.now() - begun) / 1000);
  return { ...figuresOf(taken), rate };
}

/** What the database did since it was asked last: for all statements that are like a pattern. */
export async function costOf(pool: pg.Pool, pattern: string) {
  const { rows } = await pool.query<{ calls: number; ms: number; wal: number }>(
    `select coalesce(sum(calls), 0)::float as calls, coalesce(sum(wal_bytes), 0)::float as wal,
       coalesce(sum(total_exec_time + total_plan_time), 0)::float as ms
     from pg_stat_statements
     where query !~ 'pg_stat_statements|pgboss|bench' and query ~* $1`,
    [pattern],
  );
  return rows[0] ?? { calls: 0, ms: 0, wal: 0 };
}
