import { GraphQLDateTimeISO } from 'graphql-scalars';
import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { Change } from '../change.ts';
import { type Context, load } from '../context.ts';
import type { Shown } from '../node.ts';
import { SearchArgs } from '../search/types.ts';
import { UserSearchConnection, type UserSort, UserSortEnum } from './list-types.ts';
import { mayInspect, mayModerate, maySeeEmail } from './policy.ts';
import { findUser, listUsers, readIdentitiesOf, readUsers, type UserRow } from './queries.ts';
import { verify } from './service.ts';
import {
  IdentityType,
  UserStateEnum,
  UserType,
  VerifyUserInput,
  VerifyUserPayload,
} from './types.ts';

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

  @Query(() => UserSearchConnection, {
    description:
      'The users whom a query finds among those that the viewer can see. Without one all users, for those who sync or moderate.',
  })
  async users(
    @Ctx() ctx: Context,
    @Args(() => SearchArgs) { query, ...args }: SearchArgs,
    @Arg('sort', () => UserSortEnum, {
      nullable: true,
      description: 'In which order; `BEST_MATCH` if absent.',
    })
    sort?: UserSort | null,
  ) {
    const list = { query, sort: sort ?? 'BEST_MATCH' };
    return UserSearchConnection.found(await listUsers(ctx, args, list));
  }

  @Change(
    () => VerifyUserPayload,
    'MODERATE',
    'Says of a user that they are who they say, or no longer. For those who moderate; nobody verifies themselves.',
  )
  async verifyUser(
    @Ctx() ctx: Context,
    @Arg('input', () => VerifyUserInput, { description: 'Whom.' }) input: VerifyUserInput,
  ) {
    return { user: await load(ctx, readUsers, await verify(ctx, input)) };
  }

  @FieldResolver(() => [IdentityType], {
    description: 'How identity services know the user; empty if it is not yours to see.',
  })
  async identities(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return (await load(ctx, readIdentitiesOf, user.uuid)) ?? [];
  }

  @FieldResolver(() => String, { nullable: true })
  email(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return maySeeEmail(ctx.actor, user) ? user.email : null;
  }

  @FieldResolver(() => Boolean, { nullable: true })
  isVerified(@Ctx() { actor }: Context, @Root() user: Shown<UserRow>) {
    return mayModerate(actor) ? user.isVerified : null;
  }

  @FieldResolver(() => String, { nullable: true })
  locale(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return whole(ctx, user)?.locale;
  }

  @FieldResolver(() => String, { nullable: true })
  timeZone(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return whole(ctx, user)?.timeZone;
  }

  @FieldResolver(() => [String])
  lockedFields(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return whole(ctx, user)?.lockedFields ?? [];
  }

  @FieldResolver(() => UserStateEnum, { nullable: true })
  state(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return whole(ctx, user)?.state;
  }

  @FieldResolver(() => GraphQLDateTimeISO, { nullable: true })
  createdAt(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return whole(ctx, user)?.createdAt;
  }

  @FieldResolver(() => GraphQLDateTimeISO, { nullable: true })
  updatedAt(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return whole(ctx, user)?.updatedAt;
  }
}

/** The user, to whom how the account stands may be shown; nothing for others. */
const whole = (ctx: Context, user: Shown<UserRow>) =>
  mayInspect(ctx.actor, user.uuid) ? user : undefined;
