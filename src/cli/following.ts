import { setTimeout as sleep } from 'node:timers/promises';
import { handlers } from '../app.ts';
import { type Context, transact } from '../context.ts';
import { work } from '../jobs.ts';
import { type Requested, request, type Subject } from '../sync/service.ts';
import { readStandings } from '../sync/standing.ts';
import type { Trigger } from '../sync/state.ts';
import type { Desk } from './desk.ts';
import type { Answer } from './leaf.ts';
import { progressOn } from './progress.ts';
import { Tally } from './tally.ts';

export interface Pace {
  /** Subjects a second at most. */
  rate?: number;
  /** Seconds that it waits while nothing happens. */
  timeout: number;
}

/** Asked for and not yet looked at: a worker's hands are full, and a stop leaves few behind. */
const mostOpen = 400;
const chunk = 100;

interface Open {
  subject: Subject;
  asked: Requested;
}

/**
 * Has subjects looked at and says what came of it. This process does the worker's jobs meanwhile,
 * beside the workers that there are; leases and the service's rate are shared with them.
 */
export async function follow(
  desk: Desk,
  begin: () => Context,
  subjects: readonly Subject[],
  trigger: Trigger,
  { rate = Number.POSITIVE_INFINITY, timeout }: Pace,
): Promise<Answer> {
  const stopping = desk.terminal.interrupted();
  const tally = new Tally(subjects.length);
  const progress = progressOn(desk.terminal, desk.isJson);
  const jobs = handlers.filter((it) => /^(sync-(idp|sweep)|index-changes)$/.test(it.name));
  const endWork = await work(begin().queue, jobs, begin);
  const begunAt = performance.now();
  let heardAt = begunAt;
  let next = 0;
  let open: Open[] = [];
  try {
    while (!stopping.aborted && tally.done < subjects.length) {
      const allowed = ((performance.now() - begunAt) / 1000) * rate + 1 - next;
      const room = Math.floor(Math.min(chunk, mostOpen - open.length, allowed));
      const some = subjects.slice(next, next + Math.max(0, room));
      next += some.length;
      open.push(...(await ask(begin(), some, trigger)));
      const waiting = await countEnded(begin(), open, tally);
      if (some.length > 0 || waiting.length < open.length) heardAt = performance.now();
      open = waiting;
      progress.show(tally.done, subjects.length, tally.brief);
      if (performance.now() - heardAt > timeout * 1000 && allowed >= 1) break;
      if (tally.done < subjects.length) await sleep(100);
    }
    const isOver = !stopping.aborted && tally.done < subjects.length;
    if (isOver) await countEnded(begin(), open, tally, true);
  } finally {
    endWork();
    progress.end();
  }
  if (open.length > 0)
    desk.note(`${open.length} are still marked: the next worker that comes by looks at them.`);
  return tally.answer(desk.terminal, tally.done < subjects.length);
}

/** Counts those that were looked at. @returns the others, which are counted too if nobody waits for them. */
async function countEnded(ctx: Context, open: Open[], tally: Tally, isOver = false) {
  const standings = await readStandings(
    ctx,
    open.map((it) => it.asked),
  );
  return open.filter(({ subject }, place) => {
    const standing = standings[place];
    const isWaiting = standing?.verdict === 'WAITING';
    if (standing && (isOver || !isWaiting)) tally.count(subject, standing);
    return isWaiting;
  });
}

/** Asks for subjects, and pairs each with the number by which it can be waited for. */
export async function ask(
  ctx: Context,
  subjects: readonly Subject[],
  trigger: Trigger,
): Promise<Open[]> {
  if (subjects.length === 0) return [];
  const asked = await transact(ctx, (tx) => request(tx, [...subjects], trigger));
  const byKey = new Map(asked.map((it) => [keyOf(it), it]));
  return subjects.map((subject) => ({ subject, asked: byKey.get(keyOf(subject)) as Requested }));
}

const keyOf = ({ idp, kind, remoteId }: Subject) => JSON.stringify([idp, kind, remoteId]);
