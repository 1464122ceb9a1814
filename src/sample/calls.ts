import { plain } from './switches.ts';

/** How often each path has been asked for. */
export class Calls {
  readonly #counts = new Map<string, number>();

  note(path: string): void {
    this.#counts.set(path, (this.#counts.get(path) ?? 0) + 1);
  }

  /** The calls of one path, or all of them. */
  count(path?: string): number {
    if (path !== undefined) return this.#counts.get(plain(path)) ?? 0;
    return this.#counts.values().reduce((sum, count) => sum + count, 0);
  }

  clear(): void {
    this.#counts.clear();
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
