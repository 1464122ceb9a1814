import type { Context } from '../context.ts';
import type { Site } from '../development.ts';
import type { Terminal } from './terminal.ts';

/** How a command gets at the server's configuration and database. */
export interface Place {
  /** Does something where the server runs, without the server. */
  atSite<T>(work: (site: Site) => Promise<T>, needsServices?: boolean): Promise<T>;
  /** Does something as the system itself: whoever may run this may do everything. */
  asSystem<T>(work: (begin: () => Context) => Promise<T>, needsServices?: boolean): Promise<T>;
}

/** What a command has at hand. */
export class Desk {
  constructor(
    readonly terminal: Terminal,
    readonly isJson: boolean,
    readonly place: Place,
  ) {}

  /** Does something with what the server works on. */
  with<T>(work: (ctx: Context) => Promise<T>): Promise<T> {
    return this.place.asSystem((begin) => work(begin()));
  }

  /** Says something beside the answer; programs are not told. */
  note(text: string): void {
    if (!this.isJson) this.terminal.err(`${text}\n`);
  }
}
