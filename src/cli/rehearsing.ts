import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { refusalsIn } from '../errors.ts';
import { preview } from '../sync/preview.ts';
import type { Subject } from '../sync/service.ts';
import { type Standing, verdictOf } from '../sync/standing.ts';
import type { Desk } from './desk.ts';
import type { Pace } from './following.ts';
import type { Answer } from './leaf.ts';
import { progressOn } from './progress.ts';
import { Tally } from './tally.ts';

/** Previews under way at once. */
const lanes = 10;

/** Says what looks would come to, by the code of previews; nothing is written. */
export async function rehearse(
  desk: Desk,
  begin: () => Context,
  subjects: readonly Subject[],
  { rate = Number.POSITIVE_INFINITY }: Pick<Pace, 'rate'>,
): Promise<Answer> {
  const stopping = desk.terminal.interrupted();
  const tally = new Tally(subjects.length, true);
  const progress = progressOn(desk.terminal, desk.isJson);
  const turn = turns(begin(), rate, stopping);
  const rest = subjects.values();
  const lane = async () => {
    for (const subject of rest) {
      await turn(subject.idp);
      if (stopping.aborted) return;
      tally.count(subject, await foresee(begin(), subject));
      progress.show(tally.done, subjects.length, tally.brief);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane)).finally(() => progress.end());
  return tally.answer(desk.terminal, tally.done < subjects.length);
}

/** Waits for the next turn of a service, no sooner than it allows and than was asked for. */
function turns({ config }: Context, rate: number, stopping: AbortSignal) {
  const free = new Map<string, number>();
  let all = 0;
  return async (idp: string) => {
    const now = performance.now();
    const at = Math.max(free.get(idp) ?? 0, all, now);
    free.set(idp, at + 1000 / (config.idps.get(idp)?.rate ?? 1));
    all = Math.max(all, now) + 1000 / rate;
    await sleep(at - now, undefined, { signal: stopping }).catch(() => {});
  };
}

async function foresee(ctx: Context, subject: Subject): Promise<Standing> {
  try {
    const plan = await preview(ctx, subject);
    return { verdict: verdictOf(plan), ...plan };
  } catch (error) {
    const [refusal] = refusalsIn(error) ?? [];
    if (!refusal) throw error;
    return { verdict: 'FAILED', changes: [], notes: [], reason: refusal.message };
  }
}
