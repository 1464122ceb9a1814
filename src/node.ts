import { Field, ID, InterfaceType } from 'type-graphql';
import { type Kind, toGlobalId } from './ids.ts';

@InterfaceType({
  description: 'Anything that has an id of its own.',
  resolveType: (row: Shown<{ id: string }>) => row.__typename,
})
export abstract class Node {
  @Field(() => ID, { description: 'Opaque, typed and stable.' })
  id!: string;
}

/** A row as GraphQL shows it: its type, its id for callers, and its own id beside it. */
export type Shown<Row extends { id: string }> = Row & { __typename: Kind; uuid: string };

/** Rows of a kind, ready to be shown. */
export const show = <Row extends { id: string }>(kind: Kind, row: Row): Shown<Row> => ({
  ...row,
  __typename: kind,
  uuid: row.id,
  id: toGlobalId(kind, row.id),
});

/** Rows of a kind by their own ids, as loaders and `node` want them. */
export const showAll = <Row extends { id: string }>(
  kind: Kind,
  rows: Row[],
): Map<string, Shown<Row>> => new Map(rows.map((row) => [row.id, show(kind, row)]));
