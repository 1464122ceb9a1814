import type { RawBuilder } from 'kysely';
import type { Context } from '../context.ts';
import type { Dialect } from './dialect.ts';

/** What is kept of a thing so that it can be found. */
export interface Document {
  /** The UUID of the thing. */
  id: string;
  /** What the text fields say, in plain text; several texts where no phrase goes over their ends. */
  texts: Readonly<Record<string, string[]>>;
  /** The values of keyword fields as they are; they are compared as `keyword` writes them. */
  values: Readonly<Record<string, string[]>>;
  /** Instants, by date field. */
  dates: Readonly<Record<string, Date>>;
  /** What the order by name goes by. */
  name: string;
  /** What comes first among equals: 0 to 1000. Coarse, so that it seldom changes. */
  popularity: number;
}

/** A kind of things that can be searched: its dialect, and how its documents are made. */
export interface Kind extends Dialect {
  name: 'communities' | 'users' | 'groups' | 'roles';
  /** Keyword fields of at most one value that lists are limited to and counted by, as they are: PostgreSQL's index has columns for them. */
  columns: readonly string[];
  /** Those of the columns whose values are counted. */
  counted: readonly string[];
  /** The table whose rows these are, one document each, by `id`. */
  source: string;
  /** How many belong to each, where anybody does: rows of `id` and `people`. */
  people?: RawBuilder<{ id: string; people: number }>;
  /** Whom values of a lookup field mean, as far as the actor may know: UUIDs by value. */
  lookUp?(ctx: Context, field: string, values: readonly string[]): Promise<Map<string, string[]>>;
  /** The documents of those that there are, as they are now, whoever may see them. */
  read(ctx: Context, ids: readonly string[]): Promise<Map<string, Document>>;
}

/** The popularity of something that so many belong to: in steps of about a fifth, so that it seldom changes. */
export const popularityOf = (members: number): number =>
  Math.min(1000, Math.floor(4 * Math.log2(1 + members)));
