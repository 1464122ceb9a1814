import type { Change } from '../sync/changes.ts';
import type { Subject } from '../sync/service.ts';
import { type Standing, type Verdict, verdicts } from '../sync/standing.ts';
import { exitCodes } from './failure.ts';
import type { Answer } from './leaf.ts';
import { timeOf } from './progress.ts';
import { plain, styled, type Terminal } from './terminal.ts';

/** What people read for what became of them. */
const words: Record<Verdict, string> = {
  CHANGED: 'changed',
  UNCHANGED: 'unchanged',
  HELD: 'held',
  ABSENT: 'not found there',
  UNKNOWN: 'unknown here',
  FAILED: 'failed',
  WAITING: 'timeout',
};
/** The names by which programs know the same. */
const keys = { ...words, ABSENT: 'notFoundThere', UNKNOWN: 'unknownHere' };
const fine: Verdict[] = ['CHANGED', 'UNCHANGED'];
/** So many of each kind are named; all of them are counted. */
const mostExamples = 20;

interface Counted {
  subject: Subject;
  standing: Standing;
}

/** So few are told of one by one, to people and to programs. */
const mostDetails = { text: 20, json: 100 };

/** Counts what became of subjects. */
export class Tally {
  private readonly begunAt = performance.now();
  private readonly counts = new Map<Verdict, number>();
  private readonly reasons = new Map<string, { verdict: Verdict; reason: string; count: number }>();
  private readonly examples: Counted[] = [];
  private readonly details: Counted[] = [];
  private changes = 0;

  constructor(
    private readonly total: number,
    private readonly isDry = false,
  ) {}

  get done(): number {
    return [...this.counts.values()].reduce((sum, it) => sum + it, 0);
  }

  count(subject: Subject, standing: Standing): void {
    const { verdict, reason, changes } = standing;
    this.counts.set(verdict, this.of(verdict) + 1);
    if (verdict === 'CHANGED') this.changes += changes.length;
    if (this.total <= mostDetails.json) this.details.push({ subject, standing });
    if (reason !== undefined) {
      const key = `${verdict} ${reason}`;
      const known = this.reasons.get(key) ?? { verdict, reason, count: 0 };
      this.reasons.set(key, { ...known, count: known.count + 1 });
    }
    const isShort = this.examples.filter((it) => it.standing.verdict === verdict).length;
    if (!fine.includes(verdict) && isShort < mostExamples)
      this.examples.push({ subject, standing });
  }

  of(verdict: Verdict): number {
    return this.counts.get(verdict) ?? 0;
  }

  /** In few words, beside the progress. */
  get brief(): string {
    const some = verdicts.filter((it) => this.of(it) > 0);
    return some.map((it) => `${words[it]} ${this.of(it)}`).join(', ') || 'waiting';
  }

  /** All that came of it. */
  answer(terminal: Terminal, isStopped: boolean): Answer {
    const seconds = (performance.now() - this.begunAt) / 1000;
    const isFine = fine.reduce((sum, it) => sum + this.of(it), 0);
    const exitCode =
      isFine === this.total
        ? exitCodes.fine
        : isFine > 0 || isStopped
          ? exitCodes.partly
          : exitCodes.failed;
    const json = {
      total: this.total,
      done: this.done,
      isStopped,
      isDryRun: this.isDry,
      seconds: Math.round(seconds * 10) / 10,
      changes: this.changes,
      outcomes: Object.fromEntries(verdicts.map((it) => [keys[it], this.of(it)])),
      reasons: [...this.reasons.values()].map((it) => ({ ...it, verdict: keys[it.verdict] })),
      examples: this.examples.map(({ subject, standing }) => ({
        ...subject,
        outcome: keys[standing.verdict],
        reason: standing.reason ?? null,
      })),
      subjects: this.details.map(({ subject, standing: { verdict, ...rest } }) => ({
        ...subject,
        outcome: keys[verdict],
        ...rest,
      })),
    };
    return { json, text: this.text(terminal, isStopped, seconds), exitCode };
  }

  private text(terminal: Terminal, isStopped: boolean, seconds: number): string {
    const rate = this.done / Math.max(0.001, seconds);
    const verb = this.isDry ? 'Looked at, without writing,' : 'Looked at';
    const end = `${this.done} of ${this.total} in ${timeOf(seconds)}, ${rate.toFixed(1)} a second`;
    const lines = [`${isStopped ? 'Stopped. ' : ''}${verb} ${end}.`];
    if (this.total <= mostDetails.text)
      lines.unshift(...this.details.flatMap((it) => detailOf(it)), '');
    for (const verdict of verdicts) {
      const count = this.of(verdict);
      if (count === 0 && !fine.includes(verdict)) continue;
      const changes = verdict === 'CHANGED' && count > 0 ? `  (${this.changes} changes)` : '';
      const style = fine.includes(verdict) ? 'good' : 'bad';
      const name = styled(terminal, style, words[verdict].padEnd(16));
      lines.push(`  ${name}${String(count).padStart(7)}${changes}`);
      for (const it of [...this.reasons.values()].filter((it) => it.verdict === verdict))
        lines.push(`    ${String(it.count).padStart(7)} × ${plain(it.reason)}`);
      const named = this.examples.filter((it) => it.standing.verdict === verdict);
      const more = count > named.length ? ' …' : '';
      if (named.length > 0)
        lines.push(`            ${named.map((it) => plain(nameOf(it.subject))).join(', ')}${more}`);
    }
    if (this.of('HELD') > 0)
      lines.push(
        'Held ones wait for approveSync or rejectSync, by GraphQL: `syncRuns(outcomes: [HELD])`.',
      );
    return lines.join('\n');
  }
}

/** What became of one, a line for each change and each thing that was left alone. */
const detailOf = ({ subject, standing }: Counted): string[] => [
  `${plain(nameOf(subject))}  ${words[standing.verdict]}`,
  ...standing.changes.map((it) => `  ${plain(changeText(it))}`),
  ...standing.notes.map((it) => plain(`  (${it.field}: ${it.message})`)),
];

function changeText({ kind, field, before, after, group, category, level }: Change): string {
  const role =
    group === undefined ? category : `group ${[group, category].filter(Boolean).join(' as ')}`;
  const values = field && `${before ?? 'nothing'} → ${after ?? 'nothing'}`;
  const what = [field && `${field}:`, values, role, !values && (level ?? after)];
  return [kind.toLowerCase().replaceAll('_', ' '), ...what].filter(Boolean).join(' ');
}

export const nameOf = ({ idp, kind, remoteId }: Subject): string =>
  `${idp}:${kind === 'GROUP' ? 'group ' : ''}${remoteId}`;
