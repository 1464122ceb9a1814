import { Field, Int, ObjectType } from 'type-graphql';
import type { Shown } from './node.ts';

@ObjectType({ description: 'Where a page lies in its list.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'There are items after the page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'There are items before the page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'The cursor of the first item.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'The cursor of the last item.' })
  endCursor!: string | null;
}

/** A page of rows, which the GraphQL types made by `connectionOf` show. */
export interface Page<Row extends { id: string }> {
  nodes: Shown<Row>[];
  pageInfo: PageInfo;
  count: () => Promise<number>;
}

/**
 * The GraphQL type of a list in pages: `XConnection` with its edges.
 * @param name of the items' type, as in the schema.
 */
export function connectionOf(node: () => new () => object, name: string) {
  type Item = Shown<{ id: string }>;

  @ObjectType(`${name}Edge`, { description: `An item of a list of ${name}, with its cursor.` })
  class Edge {
    @Field(() => String, { description: 'Where the item is; still of use when it is gone.' })
    cursor!: string;

    @Field(node, { description: 'The item.' })
    node!: Item;
  }

  @ObjectType(`${name}Connection`, { description: `A list of ${name}, in pages.` })
  class Connection implements Page<Item> {
    @Field(() => [node()], { description: 'The items of this page.' })
    nodes!: Shown<Item>[];

    @Field(() => PageInfo, { description: 'Where this page lies.' })
    pageInfo!: PageInfo;

    count!: () => Promise<number>;

    @Field(() => [Edge], { description: 'The items of this page with their cursors.' })
    edges(): Edge[] {
      return this.nodes.map((it) => ({ cursor: cursorOf(it.uuid), node: it }));
    }

    @Field(() => Int, {
      description: 'How many items the whole list has; counted only when asked for.',
    })
    totalCount(): Promise<number> {
      return this.count();
    }

    static of(page: Page<{ id: string }>): Connection {
      return Object.assign(new Connection(), page);
    }
  }
  return Connection;
}

/** Where the thing with this UUID stands; opaque, and of use when the thing is gone. */
export const cursorOf = (id: string) => Buffer.from(`1 ${id}`).toString('base64url');

/** The UUID in a cursor; undefined if it is none of ours. */
export const idOf = (cursor: string | null | undefined): string | undefined =>
  /^1 ([\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12})$/.exec(
    Buffer.from(cursor ?? '', 'base64url').toString(),
  )?.[1];
