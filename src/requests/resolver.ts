import { Arg, Args, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { Change } from '../change.ts';
import { type Context, load } from '../context.ts';
import type { Shown } from '../node.ts';
import { PageArgs } from '../page-args.ts';
import { UserType } from '../users/types.ts';
import { RequestArgs } from './args.ts';
import { deleteComment, setLock, updateComment } from './comments.ts';
import { RequestActEnum, RequestEventActEnum } from './enums.ts';
import { eventActs, fits, may, requestActs } from './policy.ts';
import * as queries from './queries.ts';
import * as types from './types.ts';

@Resolver(() => types.RequestType)
export class RequestResolver {
  @Query(() => types.RequestConnection, {
    description:
      'The requests that the viewer can see, newest first if nothing else is said. For whoever is signed in.',
  })
  async requests(@Ctx() ctx: Context, @Args(() => RequestArgs) args: RequestArgs) {
    return types.RequestConnection.of(await queries.listRequests(ctx, args));
  }

  @Change(() => types.LockRequestPayload, 'COMMUNITIES', 'Ends the conversation about a request.')
  async lockRequest(
    @Ctx() ctx: Context,
    @Arg('input', () => types.LockRequestInput, { description: 'Which request.' })
    input: types.LockRequestInput,
  ) {
    return { request: await load(ctx, queries.readRequests, await setLock(ctx, input, 'LOCK')) };
  }

  @Change(
    () => types.UnlockRequestPayload,
    'COMMUNITIES',
    'Opens the conversation about a request again.',
  )
  async unlockRequest(
    @Ctx() ctx: Context,
    @Arg('input', () => types.UnlockRequestInput, { description: 'Which request.' })
    input: types.UnlockRequestInput,
  ) {
    return { request: await load(ctx, queries.readRequests, await setLock(ctx, input, 'UNLOCK')) };
  }

  @Change(
    () => types.UpdateCommentPayload,
    'COMMUNITIES',
    'Changes what one said; administrators any comment.',
  )
  async updateComment(
    @Ctx() ctx: Context,
    @Arg('input', () => types.UpdateCommentInput, { description: 'Which comment, and what.' })
    input: types.UpdateCommentInput,
  ) {
    return { comment: await load(ctx, queries.readEvents, await updateComment(ctx, input)) };
  }

  @Change(
    () => types.DeleteCommentPayload,
    'COMMUNITIES',
    'Takes back what one said; administrators any comment. Its place and its replies stay.',
  )
  async deleteComment(
    @Ctx() ctx: Context,
    @Arg('input', () => types.DeleteCommentInput, { description: 'Which comment.' })
    input: types.DeleteCommentInput,
  ) {
    return { comment: await load(ctx, queries.readEvents, await deleteComment(ctx, input)) };
  }

  @FieldResolver(() => UserType, {
    nullable: true,
    description: 'Who is to become a member; null where a community is to join.',
  })
  user(@Ctx() ctx: Context, @Root() request: queries.RequestRow) {
    return request.userId === null ? null : load(ctx, queries.readParties, request.userId);
  }

  @FieldResolver(() => UserType, {
    nullable: true,
    description: 'Who submitted it; null if the account is gone.',
  })
  createdBy(@Ctx() ctx: Context, @Root() request: queries.RequestRow) {
    return request.createdById === null
      ? null
      : load(ctx, queries.readParties, request.createdById);
  }

  @FieldResolver(() => types.RequestEventConnection, {
    description: 'What was said and done, oldest first; replies are with the comments they answer.',
  })
  async timeline(
    @Ctx() ctx: Context,
    @Root() request: Shown<queries.RequestRow>,
    @Args(() => PageArgs) args: PageArgs,
  ) {
    return types.RequestEventConnection.of(await queries.timelineOf(ctx, request.uuid, args));
  }

  @FieldResolver(() => [RequestActEnum], { description: 'What the viewer can do with it now.' })
  viewerPermissions(@Ctx() { actor }: Context, @Root() request: queries.RequestRow) {
    return requestActs.filter((it) => may(actor, it, request) && fits(it, request));
  }
}

@Resolver(() => types.RequestEventType)
export class RequestEventResolver {
  @FieldResolver(() => UserType, {
    nullable: true,
    description: 'Who did or said it; null if the server itself did, or the account is gone.',
  })
  author(@Ctx() ctx: Context, @Root() event: queries.EventRow) {
    return event.authorId === null ? null : load(ctx, queries.readParties, event.authorId);
  }

  @FieldResolver(() => types.RequestType, { nullable: true, description: 'The request.' })
  request(@Ctx() ctx: Context, @Root() event: queries.EventRow) {
    return load(ctx, queries.readRequests, event.requestId);
  }

  @FieldResolver(() => types.RequestEventType, {
    nullable: true,
    description: 'The comment that it answers; null if it answers none.',
  })
  replyTo(@Ctx() ctx: Context, @Root() event: queries.EventRow) {
    return event.replyToId === null ? null : load(ctx, queries.readEvents, event.replyToId);
  }

  @FieldResolver(() => types.RequestEventConnection, {
    description: 'The comments that answer it, oldest first.',
  })
  async replies(
    @Ctx() ctx: Context,
    @Root() event: Shown<queries.EventRow>,
    @Args(() => PageArgs) args: PageArgs,
  ) {
    return types.RequestEventConnection.of(await queries.repliesTo(ctx, event.uuid, args));
  }

  @FieldResolver(() => Int, { description: 'How many comments answer it, deleted ones too.' })
  async replyCount(@Ctx() ctx: Context, @Root() event: Shown<queries.EventRow>) {
    return (await load(ctx, queries.countReplies, event.uuid)) ?? 0;
  }

  @FieldResolver(() => [RequestEventActEnum], {
    description: 'What the viewer can do with the comment now.',
  })
  async viewerPermissions(@Ctx() ctx: Context, @Root() event: queries.EventRow) {
    const request = await load(ctx, queries.readRequests, event.requestId);
    return request ? eventActs(ctx.actor, event, request) : [];
  }
}
