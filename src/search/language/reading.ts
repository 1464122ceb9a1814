import {
  bareFields,
  begunFields,
  type Dialect,
  type KeywordField,
  type LookupField,
} from '../dialect.ts';
import type { Warning, WarningCode } from './warning.ts';

/**
 * Words and quotations of a query that may stand for many: engines look for such a word among all that
 * there are, and for such a quotation in every way in which its words may move.
 */
export const mostVague = 16;
/** A quotation is as dear as so many words. */
const quotation = 4;

/** What is known while a text is read, and what there is to say about it. */
export class Reading {
  readonly warnings: Warning[] = [];
  private vague = 0;
  /** The fields of text in which words without a field are looked for, and beginnings of words. */
  readonly bare: string[];
  readonly begun: string[];
  /** The other fields in which they are looked for. */
  readonly values: (readonly [name: string, field: KeywordField | LookupField])[];

  constructor(
    readonly text: string,
    readonly dialect: Dialect,
    readonly now: Date,
  ) {
    this.bare = bareFields(dialect);
    const begun = begunFields(dialect);
    // Where they are the same fields, they are the same trees, which need no comparing.
    this.begun = begun.join() === this.bare.join() ? this.bare : begun;
    this.values = Object.entries(dialect.fields).flatMap(([name, it]) =>
      (it.is === 'keyword' || it.is === 'lookup') && it.isBare ? [[name, it] as const] : [],
    );
  }

  /** Whether one more word or quotation may stand for many. */
  takesVague({ isQuoted } = { isQuoted: false }): boolean {
    const more = this.vague + (isQuoted ? quotation : 1);
    if (more > mostVague) return false;
    this.vague = more;
    return true;
  }

  /** As if nothing of the text had been read. */
  restart(): void {
    this.warnings.length = 0;
    this.vague = 0;
  }

  warn(code: WarningCode, message: string, at: number | null): void {
    this.warnings.push({ code, message, at });
  }

  /** The name of a field by one of its names; undefined if there is none. */
  fieldOf(name: string): string | undefined {
    const { fields, aliases } = this.dialect;
    const lower = name.toLowerCase();
    const own = Object.hasOwn(aliases, lower) ? (aliases[lower] ?? lower) : lower;
    const field = Object.hasOwn(fields, own) ? fields[own] : undefined;
    return !field || (field.is === 'keyword' && field.isOurs) ? undefined : own;
  }
}
