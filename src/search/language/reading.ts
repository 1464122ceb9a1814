import { bareFields, begunFields, type Dialect } from '../dialect.ts';
import type { Warning, WarningCode } from './warning.ts';

/** What is known while a text is read, and what there is to say about it. */
export class Reading {
  readonly warnings: Warning[] = [];
  readonly bare: string[];
  readonly begun: string[];

  constructor(
    readonly text: string,
    readonly dialect: Dialect,
    readonly now: Date,
  ) {
    this.bare = bareFields(dialect);
    this.begun = begunFields(dialect);
  }

  warn(code: WarningCode, message: string, at: number | null): void {
    this.warnings.push({ code, message, at });
  }

  /** The name of a field by one of its names; undefined if there is none. */
  fieldOf(name: string): string | undefined {
    const { fields, aliases } = this.dialect;
    const lower = name.toLowerCase();
    const own = Object.hasOwn(aliases, lower) ? (aliases[lower] ?? lower) : lower;
    return Object.hasOwn(fields, own) ? own : undefined;
  }
}
