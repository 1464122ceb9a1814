import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import type { Idp } from '../idps.ts';
import type { Change, Plan } from './changes.ts';
import type { RoleKey } from './plan-roles.ts';
import type { Brake } from './state.ts';

/** How long removals add up, in hours: as long as a nightly reconciliation may take, and then some. */
const windowHours = 24;

/** What a window is about: one group of an idp, or the whole idp (no group). */
interface Window {
  group: string;
  base: number;
  removed: number;
}

const removals = (changes: Change[]) => changes.filter((it) => it.kind === 'ROLE_UNASSIGNED');

/**
 * Stops runs that would take away suspiciously much, so that a broken service cannot empty our
 * communities: all the groups of a user who had several, or more than a share of one group's or of
 * the idp's assignments within a day. What it lets through is counted in the same transaction.
 */
export class RemovalBrake {
  private constructor(
    private readonly idp: Idp,
    private readonly windows: Map<string, Window>,
  ) {}

  /** Opens the windows that these plans would remove from, and keeps them to itself till the commit. */
  static async open(tx: Context, idp: Idp, plans: Plan[]): Promise<RemovalBrake> {
    const removed = plans.flatMap((it) => removals(it.changes));
    if (!idp.removalBrake || removed.length === 0) return new RemovalBrake(idp, new Map());
    const groups = ['', ...new Set(removed.map((it) => it.group ?? ''))].sort();
    const { from } = idp.removalBrake;
    const isYoung = (window: string) =>
      sql`${sql.ref(window)}.started_at > now() - make_interval(hours => ${windowHours})`;
    // A window that began when there was little to lose is measured anew, for there may be much by now.
    const isUsable = (window: string) =>
      sql`${isYoung(window)} and ${sql.ref(window)}.base >= ${from}`;
    await rows(
      tx,
      sql`
        insert into removal_windows as w (idp, remote_group_id, base)
        select ${idp.key}, it.remote, case it.remote
          when '' then (select count(*) from assignments where source = ${idp.key})
          else (select count(*) from assignments a where a.source = ${idp.key} and a.role_id in (
            select r.id from roles r join groups g on g.id = r.group_id
            where g.idp = ${idp.key} and g.remote_id = it.remote)) end
        from unnest(${groups}::text[]) as it (remote)
        where not exists (select from removal_windows o
          where o.idp = ${idp.key} and o.remote_group_id = it.remote and ${isUsable('o')})
        on conflict (idp, remote_group_id) do update set
          base = case when ${isYoung('w')} then greatest(w.base, excluded.base) else excluded.base end,
          removed = case when ${isYoung('w')} then w.removed else 0 end,
          started_at = case when ${isYoung('w')} then w.started_at else now() end
          where not (${isUsable('w')})`,
    );
    const found = await rows(
      tx,
      sql<Window>`
        select remote_group_id as "group", base, removed from removal_windows
        where idp = ${idp.key} and remote_group_id = any(${groups})
        order by remote_group_id for update`,
    );
    return new RemovalBrake(idp, new Map(found.map((it) => [it.group, it])));
  }

  /**
   * Why a plan must wait for somebody's word; empty if it may go on, and then it counts.
   * @param approved the changes of a held run that somebody approved: those removals pass.
   * @param others reasons that are known already.
   */
  check(
    plan: Plan,
    had: RoleKey[],
    deletionAnnounced: boolean,
    approved: Change[],
    others: Brake[] = [],
  ): Brake[] {
    const taken = removals(plan.changes);
    const text = (it: Change) => `${it.group}|${it.category}`;
    const passes = new Set(removals(approved).map(text));
    const isGone = plan.changes.some((it) => it.kind === 'IDENTITY_GONE');
    const goneApproved = approved.some((it) => it.kind === 'IDENTITY_GONE');
    const reasons: Brake[] = [...others];
    if (!this.idp.removalBrake) return reasons;
    if (isGone && !deletionAnnounced && !goneApproved) reasons.push('ABSENT');
    const isAnnounced = isGone && deletionAnnounced;
    const unapproved = taken.filter((it) => !passes.has(text(it)));
    if (unapproved.length > 0) {
      if (!isAnnounced && this.takesAll(plan, had)) reasons.push('ALL_OF_A_USER');
      reasons.push(...this.sharesTaken(unapproved));
    }
    // What somebody approved is not counted against what nobody was asked about.
    if (reasons.length === 0) this.count(unapproved);
    return reasons;
  }

  private takesAll(plan: Plan, had: RoleKey[]): boolean {
    if (!this.idp.removalBrake || this.idp.removalBrake.allOfAUser === false) return false;
    const before = new Set(had.map((it) => it.group));
    const left = new Set(before);
    const taken = new Set(removals(plan.changes).map((it) => `${it.group}|${it.category}`));
    for (const group of before) {
      const mine = had.filter((it) => it.group === group);
      if (mine.every((it) => taken.has(`${it.group}|${it.category}`))) left.delete(group);
    }
    const gained = plan.changes.some((it) => it.kind === 'ROLE_ASSIGNED');
    return before.size > 1 && left.size === 0 && !gained;
  }

  private sharesTaken(taken: Change[]): Brake[] {
    const reasons = new Set<Brake>();
    for (const [group, count] of this.counts(taken)) {
      const window = this.windows.get(group);
      if (!window || !this.idp.removalBrake || window.base < this.idp.removalBrake.from) continue;
      if (window.removed + count > window.base * this.idp.removalBrake.share) {
        reasons.add(group === '' ? 'SHARE_OF_IDP' : 'SHARE_OF_GROUP');
      }
    }
    return [...reasons];
  }

  private counts(taken: Change[]): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { group = '' } of taken) {
      counts.set(group, (counts.get(group) ?? 0) + 1);
      counts.set('', (counts.get('') ?? 0) + 1);
    }
    return counts;
  }

  private count(taken: Change[]): void {
    for (const [group, count] of this.counts(taken)) {
      const window = this.windows.get(group);
      if (window) window.removed += count;
    }
  }

  /** Writes down what was let through. */
  async close(tx: Context): Promise<void> {
    if (this.windows.size === 0) return;
    await rows(
      tx,
      sql`
        update removal_windows w set removed = it.removed
        from jsonb_to_recordset(${JSON.stringify([...this.windows.values()])}) as it ("group" text, removed int)
        where w.idp = ${this.idp.key} and w.remote_group_id = it."group" and w.removed <> it.removed`,
    );
  }
}
