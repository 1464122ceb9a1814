import { Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../context.ts';
import { toGlobalId } from '../ids.ts';
import type { Shown } from '../node.ts';
import { PageArgs } from '../page-args.ts';
import * as inputs from './inputs.ts';
import * as queries from './queries.ts';
import * as types from './types.ts';

/** Addresses are hidden here from whom they are hidden elsewhere. */
const maySee = (ctx: Context, { field }: types.SyncChange) =>
  field !== 'email' || ctx.actor.has('MODERATE');

@Resolver(() => types.SyncChange)
export class SyncChangeResolver {
  @FieldResolver(() => String, { nullable: true })
  before(@Ctx() ctx: Context, @Root() change: types.SyncChange) {
    return maySee(ctx, change) ? change.before : null;
  }

  @FieldResolver(() => String, { nullable: true })
  after(@Ctx() ctx: Context, @Root() change: types.SyncChange) {
    return maySee(ctx, change) ? change.after : null;
  }

  @FieldResolver(() => ID, { nullable: true })
  userId(@Root() change: types.SyncChange) {
    return change.userId ? toGlobalId('User', change.userId) : null;
  }

  @FieldResolver(() => ID, { nullable: true })
  communityId(@Root() change: types.SyncChange) {
    return change.communityId ? toGlobalId('Community', change.communityId) : null;
  }
}

@Resolver(() => types.SyncStateType)
export class SyncStateResolver {
  @Query(() => types.SyncStateConnection, {
    description:
      'How our copies of people and groups stand; dead letters among them. For those who sync.',
  })
  async syncStates(
    @Ctx() ctx: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Args(() => inputs.SyncStateFilterArgs) filter: inputs.SyncStateFilterArgs,
  ) {
    return types.SyncStateConnection.of(await queries.listStates(ctx, args, filter));
  }

  @Query(() => [types.RemoteService], {
    description: 'The identity services, and how they do. For those who sync.',
  })
  remoteServices(@Ctx() ctx: Context) {
    return queries.listServices(ctx);
  }

  @FieldResolver(() => types.SyncRunConnection, { description: 'The looks at it, newest first.' })
  async runs(
    @Ctx() ctx: Context,
    @Root() state: Shown<queries.StateRow>,
    @Args(() => PageArgs) args: PageArgs,
  ) {
    return types.SyncRunConnection.of(await queries.runsOfState(ctx, state.uuid, args));
  }
}
