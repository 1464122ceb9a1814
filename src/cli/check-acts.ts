import { checkMemberships } from '../sync/memberships.ts';
import type { Desk } from './desk.ts';
import { exitCodes } from './failure.ts';
import type { Answer } from './leaf.ts';
import { table } from './table.ts';

/** Looks whether each role of a group has its place in the group's community. */
export function check(desk: Desk, options: { fix?: boolean; idp?: string }): Promise<Answer> {
  return desk.place.asSystem(async (begin) => {
    const { fix: isMended = false, idp } = options;
    const checks = await checkMemberships(begin(), { isMended, idp });
    const count = (status: string) => checks.filter((it) => it.status === status).length;
    const counts = { ok: count('OK'), fixed: count('FIXED'), error: count('ERROR') };
    const cells = checks.map((it) => [
      it.status.toLowerCase(),
      it.community,
      `${it.idp}:${it.group}`,
      it.category,
      it.level,
      it.message,
    ]);
    const heads = ['status', 'community', 'group', 'category', 'should be', 'what is'];
    const sum = `${counts.ok} ok, ${counts.fixed} fixed, ${counts.error} wrong.`;
    const way =
      counts.error > 0 && !isMended
        ? '\nPut them right: npx collegium check-group-memberships --fix'
        : '';
    return {
      json: { counts, checks },
      text: `${table(desk.terminal, heads, cells, 'No community is linked to a group.')}\n${sum}${way}`,
      exitCode: counts.error > 0 ? exitCodes.failed : exitCodes.fine,
    };
  }, true);
}
