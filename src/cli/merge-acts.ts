import { preview, merge as unite } from '../accounts/merging/merge.ts';
import type { Desk } from './desk.ts';
import type { Answer } from './leaf.ts';
import { table } from './table.ts';
import { whom } from './whom.ts';

/** Makes two accounts of one person one, or says what that would do. */
export function merge(
  desk: Desk,
  { dryRun: isDry = false, reason }: { dryRun?: boolean; reason?: string },
  fromRef: string,
  intoRef: string,
): Promise<Answer> {
  return desk.place.asSystem(async (begin) => {
    const [from, into] = [await whom(begin(), fromRef), await whom(begin(), intoRef)];
    const which = { fromUserId: from.id, intoUserId: into.id };
    const plan = await preview(begin(), which);
    if (!isDry) await unite(begin(), { ...which, expectedPlan: plan.key, reason });
    const cells = plan.changes.map(({ kind, ...it }) => [
      kind.toLowerCase().replaceAll('_', ' '),
      Object.entries(it)
        .flatMap(([key, value]) => (value == null ? [] : `${key} ${value}`))
        .join(', '),
    ]);
    const changes = table(desk.terminal, ['change', 'what'], cells, 'It has nothing of its own.');
    const text = isDry
      ? `${changes}\n${from.username} would go into ${into.username}. Nothing is done.`
      : `${changes}\n${from.username} went into ${into.username}.`;
    const json = {
      from: from.username,
      into: into.username,
      isDryRun: isDry,
      changes: plan.changes,
    };
    return { json, text };
  });
}
