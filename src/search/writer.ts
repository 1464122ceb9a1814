import type { Context } from '../context.ts';
import type { EngineName } from './engine.ts';
import type { Entry } from './entry.ts';
import type { Kind } from './kind.ts';

/** What an index is to say of a thing from a revision on: nothing, if the thing is gone. */
export interface Edition {
  id: string;
  /** A whole number that grows with each change; 0 before all of them. */
  revision: string;
  entry: Entry | undefined;
}

/** Keeps the indexes of an engine; a name is that of a table, or of an index of Elasticsearch. */
export interface Writer {
  engine: EngineName;
  /** What the index of a number is called while it is built. */
  nameOf(kind: Kind, number: number): string;
  /** Makes an empty index that nobody reads yet, if it is not there. */
  create(ctx: Context, kind: Kind, name: string): Promise<void>;
  /** Writes into an index that is being built, fast; the same again after a build was broken off. */
  fill(ctx: Context, kind: Kind, name: string, editions: readonly Edition[]): Promise<void>;
  /** Ends filling: what was put off for speed is done now, and of what was done before nothing again. */
  finish(ctx: Context, kind: Kind, name: string): Promise<void>;
  /** Writes what was changed into an index that is read. An older revision never takes the place of a newer one. */
  write(ctx: Context, kind: Kind, name: string, editions: readonly Edition[]): Promise<void>;
  /** Whether an error of `write` says that a document cannot be kept, now or ever. */
  refuses(error: unknown): boolean;
  /**
   * Makes an index the one that is read, at once; the one before it is gone then.
   * @returns what it is called from then on.
   */
  swap(ctx: Context, kind: Kind, name: string): Promise<string>;
  drop(ctx: Context, kind: Kind, name: string): Promise<void>;
  /**
   * What is wrong with an index that only a new one mends: somebody removed it, or it is older than
   * the kind's fields. Nothing, as far as the engine says.
   * @param isRead whether it has to be the one that is read.
   */
  flawOf(ctx: Context, kind: Kind, name: string, isRead: boolean): Promise<string | undefined>;
  /** How many things an index knows. */
  count(ctx: Context, kind: Kind, name: string): Promise<number>;
  /** The ids after one, in their order, at most so many, with their digests in hexadecimal: all that was written. */
  digests(
    ctx: Context,
    kind: Kind,
    name: string,
    after: string | null,
    most: number,
  ): Promise<{ id: string; digest: string }[]>;
}
