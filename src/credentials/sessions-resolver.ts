import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Change } from '../change.ts';
import { type Context, load } from '../context.ts';
import { toGlobalId } from '../ids.ts';
import type { Shown } from '../node.ts';
import { PageArgs } from '../page-args.ts';
import { readIdentities, readUsers, type UserRow } from '../users/queries.ts';
import { IdentityType, UserType } from '../users/types.ts';
import { type SessionRow, sessionsOf } from './queries.ts';
import * as types from './session-types.ts';
import * as sessions from './sessions.ts';

@Resolver(() => types.SessionType)
export class SessionResolver {
  @Change(
    () => types.EndSessionPayload,
    'ACCOUNT',
    'Signs a browser out: one of yours or, for administrators, anybody’s.',
  )
  async endSession(
    @Ctx() ctx: Context,
    @Arg('input', () => types.EndSessionInput, { description: 'Which.' })
    input: types.EndSessionInput,
  ) {
    return { sessionId: toGlobalId('Session', await sessions.endSession(ctx, input)) };
  }

  @Change(
    () => types.EndOtherSessionsPayload,
    'ACCOUNT',
    'Signs a user out everywhere but where it is asked: yourself or, for administrators, anybody.',
  )
  async endOtherSessions(
    @Ctx() ctx: Context,
    @Arg('input', () => types.EndOtherSessionsInput, { description: 'Whom.' })
    input: types.EndOtherSessionsInput,
  ) {
    const ended = await sessions.endOtherSessions(ctx, input);
    return {
      user: await load(ctx, readUsers, ended.userId),
      endedCount: ended.sessions,
      revokedCount: ended.tokens,
    };
  }

  @FieldResolver(() => UserType, { nullable: true, description: 'Who is signed in.' })
  user(@Ctx() ctx: Context, @Root() session: Shown<SessionRow>) {
    return load(ctx, readUsers, session.userId);
  }

  @FieldResolver(() => IdentityType, {
    nullable: true,
    description: 'The identity by which the user signed in; null if it was by a link.',
  })
  identity(@Ctx() ctx: Context, @Root() session: Shown<SessionRow>) {
    return session.identityId === null ? null : load(ctx, readIdentities, session.identityId);
  }

  @FieldResolver(() => Boolean, { description: 'Whether it is the one that you ask by.' })
  isCurrent(@Ctx() { actor }: Context, @Root() session: Shown<SessionRow>) {
    return actor.by?.kind === 'SESSION' && actor.by.id === session.uuid;
  }
}

@Resolver(() => UserType)
export class UserSessionsResolver {
  @FieldResolver(() => types.SessionConnection, {
    description: 'Where the user is signed in, newest first; empty if it is not yours to see.',
  })
  async sessions(
    @Ctx() ctx: Context,
    @Root() user: Shown<UserRow>,
    @Args(() => PageArgs) args: PageArgs,
  ) {
    return types.SessionConnection.of(await sessionsOf(ctx, user.uuid, args));
  }
}
