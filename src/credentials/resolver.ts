import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Change } from '../change.ts';
import { type Context, load } from '../context.ts';
import type { Shown } from '../node.ts';
import { PageArgs } from '../page-args.ts';
import { readUsers, type UserRow } from '../users/queries.ts';
import { UserType } from '../users/types.ts';
import { readTokens, type TokenRow, tokensOf } from './queries.ts';
import * as tokens from './tokens.ts';
import * as types from './types.ts';

@Resolver(() => types.TokenType)
export class TokenResolver {
  @Change(
    () => types.CreateTokenPayload,
    'ACCOUNT',
    'Makes a token for yourself. At most 50 live at once, and 20 an hour are made.',
  )
  async createToken(
    @Ctx() ctx: Context,
    @Arg('input', () => types.CreateTokenInput, { description: 'What it is to be.' })
    input: types.CreateTokenInput,
  ) {
    const { id, secret } = await tokens.createOwnToken(ctx, input);
    return { token: await load(ctx, readTokens, id), secret };
  }

  @Change(() => types.UpdateTokenPayload, 'ACCOUNT', 'Gives a token of yours another name.')
  async updateToken(
    @Ctx() ctx: Context,
    @Arg('input', () => types.UpdateTokenInput, { description: 'Which, and the name.' })
    input: types.UpdateTokenInput,
  ) {
    return { token: await load(ctx, readTokens, await tokens.updateToken(ctx, input)) };
  }

  @Change(
    () => types.RevokeTokenPayload,
    'ACCOUNT',
    'Has a token let nobody in any more, from the next request on: one of yours or, for administrators, anybody’s.',
  )
  async revokeToken(
    @Ctx() ctx: Context,
    @Arg('input', () => types.RevokeTokenInput, { description: 'Which.' })
    input: types.RevokeTokenInput,
  ) {
    return { token: await load(ctx, readTokens, await tokens.revokeToken(ctx, input)) };
  }

  @FieldResolver(() => UserType, { nullable: true, description: 'For whom it acts.' })
  user(@Ctx() ctx: Context, @Root() token: Shown<TokenRow>) {
    return load(ctx, readUsers, token.userId);
  }

  @FieldResolver(() => Boolean, { description: 'Whether it is the one that you ask by.' })
  isCurrent(@Ctx() { actor }: Context, @Root() token: Shown<TokenRow>) {
    return actor.by?.kind === 'TOKEN' && actor.by.id === token.uuid;
  }
}

@Resolver(() => UserType)
export class UserTokensResolver {
  @FieldResolver(() => types.TokenConnection, {
    description:
      'The personal tokens, newest first, with those that are of no use any more; empty if they are not yours to see.',
  })
  async tokens(
    @Ctx() ctx: Context,
    @Root() user: Shown<UserRow>,
    @Args(() => PageArgs) args: PageArgs,
  ) {
    return types.TokenConnection.of(await tokensOf(ctx, user.uuid, args));
  }
}
