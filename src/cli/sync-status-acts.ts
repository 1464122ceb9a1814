import { listServices } from '../sync/queries.ts';
import type { Desk } from './desk.ts';
import type { Answer } from './leaf.ts';
import { table } from './table.ts';

/** What waits at each service. */
export function status(desk: Desk): Promise<Answer> {
  return desk.place.asSystem(async (begin) => {
    const all = await listServices(begin());
    const text = table(
      desk.terminal,
      ['service', 'waiting', 'since', 'held', 'given up', 'left alone until', 'last fault'],
      all.map((it) => [
        it.idp,
        it.dirty,
        it.oldestDirtySince,
        it.held,
        it.dead,
        it.openUntil,
        it.lastError,
      ]),
      'No identity service is configured.',
    );
    return { json: all, text };
  }, true);
}
