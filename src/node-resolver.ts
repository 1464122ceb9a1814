import { GraphQLError } from 'graphql';
import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { type Context, load } from './context.ts';
import type { ReadNodes } from './feature.ts';
import { fromGlobalId, type Kind } from './ids.ts';
import { Node } from './node.ts';

const most = 100;

/** The doors for everything with an id, by who reads the things of each kind. */
export function nodeResolver(readers: Partial<Record<Kind, ReadNodes>>) {
  async function readNode(ctx: Context, id: string): Promise<object | null> {
    const found = fromGlobalId(id);
    const read = found && readers[found.kind];
    return read ? ((await load(ctx, read, found.uuid)) ?? null) : null;
  }

  @Resolver()
  class NodeResolver {
    @Query(() => Node, {
      nullable: true,
      description: 'The thing with this id, if the viewer may see it.',
    })
    node(
      @Ctx() ctx: Context,
      @Arg('id', () => ID, { description: 'Any id that was answered.' }) id: string,
    ) {
      return readNode(ctx, id);
    }

    @Query(() => [Node], {
      nullable: 'items',
      description:
        'The things with these ids in their order, null where there is none to see; at most 100.',
    })
    nodes(
      @Ctx() ctx: Context,
      @Arg('ids', () => [ID], { description: 'Any ids that were answered.' }) ids: string[],
    ) {
      if (ids.length > most) {
        throw new GraphQLError(`At most ${most} ids at once, not ${ids.length}.`, {
          extensions: { code: 'BAD_USER_INPUT' },
        });
      }
      return Promise.all(ids.map((id) => readNode(ctx, id)));
    }
  }
  return NodeResolver;
}
