import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { toGlobalId } from '../../src/ids.ts';
import { costOf, type Figures, figuresOf, load } from './search-load.ts';
import type { Question } from './search-questions.ts';
import { poster, type Server } from './search-servers.ts';

const mutation = `
  mutation ($input: UpdateCommunityInput!) {
    updateCommunity(input: $input) { userErrors { message } } }`;

/** Statements that write what is found, and read what for. */
const indexing = '(insert into|delete from|update) "search_';

export interface Written {
  /** Updates a second, as they were really made. */
  rate: number;
  searches: Figures;
  /** Milliseconds for which the oldest change that waits has waited, looked at ten times a second. */
  lag: Figures;
  /** Of the database, for each update: keeping the index, and all else that updates are. */
  indexMs: number;
  indexWal: number;
  otherMs: number;
}

/**
 * Changes descriptions of communities at random, so many a second, by the door and the job as they
 * are; one client searches meanwhile, if there are questions.
 */
export async function writeSteadily(
  pool: pg.Pool,
  url: string,
  token: string,
  { perSecond, seconds }: { perSecond: number; seconds: number },
  search?: { server: Server; questions: readonly Question[] },
): Promise<Written> {
  const most = perSecond * seconds;
  const { rows } = await pool.query<{ id: string; description: string }>(
    `select id, description from communities order by md5(id::text || $1) limit $2`,
    [`${Math.random()}`, most],
  );
  const { post, close } = poster(url, '/graphql', { administrator: token });
  const lags: number[] = [];
  let isOver = false;
  const watch = async () => {
    while (!isOver) {
      const { rows } = await pool.query<{ ms: number }>(
        `select coalesce(extract(epoch from clock_timestamp() - min(noted_at)) * 1000, 0)::float as ms
         from search_changes /* bench */`,
      );
      lags.push(rows[0]?.ms ?? 0);
      await sleep(100);
    }
  };
  await pool.query('select pg_stat_statements_reset()');
  const begun = performance.now();
  const waiting: Promise<unknown>[] = [];
  const write = async () => {
    for (const [n, it] of rows.entries()) {
      await sleep(Math.max(0, begun + (n * 1000) / perSecond - performance.now()));
      const input = {
        communityId: toGlobalId('Community', it.id),
        description: `${it.description.slice(0, 1900)} Revised ${n}.`,
      };
      waiting.push(post('administrator', { query: mutation, variables: { input } }));
    }
    await Promise.all(waiting);
    return rows.length / ((performance.now() - begun) / 1000);
  };
  const watching = watch();
  const [rate, searches] = await Promise.all([
    write(),
    search ? load(search.server, search.questions, 1, seconds) : figuresOf([]),
  ]);
  await settled(pool);
  isOver = true;
  await watching;
  const index = await costOf(pool, indexing);
  const all = await costOf(pool, '^\\s*(with|insert|update|delete)');
  await close();
  return {
    rate,
    searches,
    lag: figuresOf(lags),
    indexMs: index.ms / most,
    indexWal: index.wal / most,
    otherMs: (all.ms - index.ms) / most,
  };
}

/** Until everything that was changed is found as it is. */
async function settled(pool: pg.Pool): Promise<void> {
  for (;;) {
    const { rows } = await pool.query('select from search_changes limit 1 /* bench */');
    if (rows.length === 0) return;
    await sleep(50);
  }
}
