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
  /** Where each of the nodes stands. */
  cursors: string[];
  pageInfo: PageInfo;
  count: () => Promise<number>;
}

/**
 * The GraphQL type of a list in pages: `XConnection` with its edges. A list that has more to show
 * extends it by a class of the same GraphQL name, with the other fields.
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

    cursors!: string[];
    count!: () => Promise<number>;

    @Field(() => [Edge], { description: 'The items of this page with their cursors.' })
    edges(): Edge[] {
      return this.nodes.map((node, i) => ({ cursor: this.cursors[i] as string, node }));
    }

    @Field(() => Int, {
      description: 'How many items the whole list has; counted only when asked for.',
    })
    totalCount(): Promise<number> {
      return this.count();
    }

    /** The connection that shows a page; of a class that adds fields, with what these are made of. */
    static of<C extends Connection>(
      this: new () => C,
      page: Page<{ id: string }>,
      ...more: keyof C extends keyof Connection ? [] : [Omit<C, keyof Connection>]
    ): C {
      return Object.assign(new this(), page, ...more);
    }
  }
  return Connection;
}
