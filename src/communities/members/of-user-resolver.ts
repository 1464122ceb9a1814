import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../../context.ts';
import type { Level } from '../../level.ts';
import type { Shown } from '../../node.ts';
import { PageArgs } from '../../page-args.ts';
import type { UserRow } from '../../users/queries.ts';
import { UserType } from '../../users/types.ts';
import { LevelEnum } from '../enums.ts';
import { CommunityConnection } from '../types.ts';
import { communitiesOfUser } from './of-user.ts';

@Resolver(() => UserType)
export class UserCommunitiesResolver {
  @FieldResolver(() => CommunityConnection, {
    description:
      'The communities that the user is in, by themselves or by a role, newest first. Of others one sees those that one is in as well, and those where they want to be seen.',
  })
  async communities(
    @Ctx() ctx: Context,
    @Root() user: Shown<UserRow>,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('levels', () => [LevelEnum], {
      nullable: true,
      description: 'Only those where this is the highest level that the user has.',
    })
    levels?: Level[] | null,
  ) {
    return CommunityConnection.of(await communitiesOfUser(ctx, user.uuid, args, levels));
  }
}
