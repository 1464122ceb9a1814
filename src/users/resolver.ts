import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { type Context, load } from '../context.ts';
import type { Shown } from '../node.ts';
import { PageArgs } from '../page.ts';
import { maySeePrivate } from './policy.ts';
import { findUser, listUsers, readIdentitiesOf, readUsers, type UserRow } from './queries.ts';
import { IdentityType, UserConnection, UserType } from './types.ts';

@Resolver(() => UserType)
export class UserResolver {
  @Query(() => UserType, {
    nullable: true,
    description: 'Who is asking; null if nobody is signed in.',
  })
  viewer(@Ctx() ctx: Context) {
    return ctx.actor.userId === undefined ? null : load(ctx, readUsers, ctx.actor.userId);
  }

  @Query(() => UserType, {
    nullable: true,
    description: 'The user of this name, if the viewer may see them.',
  })
  user(
    @Ctx() ctx: Context,
    @Arg('username', () => String, { description: 'The name, in any case.' }) username: string,
  ) {
    return findUser(ctx, username);
  }

  @Query(() => UserConnection, {
    description: 'All users, oldest first. For those who sync or moderate.',
  })
  async users(@Ctx() ctx: Context, @Args(() => PageArgs) args: PageArgs) {
    return UserConnection.of(await listUsers(ctx, args));
  }

  @FieldResolver(() => String, { nullable: true })
  email(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return maySeePrivate(ctx.actor, user.uuid) ? user.email : null;
  }

  @FieldResolver(() => [IdentityType], { description: 'How identity services know the user.' })
  async identities(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return (await load(ctx, readIdentitiesOf, user.uuid)) ?? [];
  }
}
