import { Arg, Ctx, Resolver } from 'type-graphql';
import { Change } from '../../change.ts';
import { type Context, load } from '../../context.ts';
import { readEvents, readRequests } from '../../requests/queries.ts';
import {
  CommentOnRequestInput,
  CommentOnRequestPayload,
  RequestType,
} from '../../requests/types.ts';
import { accept, cancel, commentOn, decline, setLevel } from './answers.ts';
import { invite } from './invitations.ts';
import { askToJoin } from './membership-requests.ts';
import { requestBack } from './queries.ts';
import { inviteSubcommunity, requestSubcommunity } from './subcommunities.ts';
import * as types from './types.ts';

@Resolver(() => RequestType)
export class CommunityRequestResolver {
  @Change(() => types.InviteToCommunityPayload, 'COMMUNITIES', 'Invites users to become members.')
  async inviteToCommunity(
    @Ctx() ctx: Context,
    @Arg('input', () => types.InviteToCommunityInput, { description: 'Whom, and where to.' })
    input: types.InviteToCommunityInput,
  ) {
    const ids = await invite(ctx, input);
    return { requests: await Promise.all(ids.map((it) => load(ctx, readRequests, it))) };
  }

  @Change(() => types.RequestMembershipPayload, 'COMMUNITIES', 'Asks to become a member.')
  async requestMembership(
    @Ctx() ctx: Context,
    @Arg('input', () => types.RequestMembershipInput, { description: 'Which community.' })
    input: types.RequestMembershipInput,
  ) {
    return { request: await load(ctx, readRequests, await askToJoin(ctx, input)) };
  }

  @Change(
    () => types.RequestSubcommunityPayload,
    'COMMUNITIES',
    'Asks a community to become its child; done at once by who owns both.',
  )
  async requestSubcommunity(
    @Ctx() ctx: Context,
    @Arg('input', () => types.RequestSubcommunityInput, { description: 'Which of which.' })
    input: types.RequestSubcommunityInput,
  ) {
    return { request: await requestBack(ctx, await requestSubcommunity(ctx, input)) };
  }

  @Change(
    () => types.InviteSubcommunityPayload,
    'COMMUNITIES',
    'Asks another community to become a child; done at once by who owns both.',
  )
  async inviteSubcommunity(
    @Ctx() ctx: Context,
    @Arg('input', () => types.InviteSubcommunityInput, { description: 'Which of which.' })
    input: types.InviteSubcommunityInput,
  ) {
    return { request: await requestBack(ctx, await inviteSubcommunity(ctx, input)) };
  }

  @Change(
    () => types.AcceptRequestPayload,
    'COMMUNITIES',
    'Accepts a request: what is asked is done.',
  )
  async acceptRequest(
    @Ctx() ctx: Context,
    @Arg('input', () => types.AcceptRequestInput, { description: 'Which request.' })
    input: types.AcceptRequestInput,
  ) {
    return { request: await requestBack(ctx, await accept(ctx, input)) };
  }

  @Change(() => types.DeclineRequestPayload, 'COMMUNITIES', 'Declines a request.')
  async declineRequest(
    @Ctx() ctx: Context,
    @Arg('input', () => types.DeclineRequestInput, { description: 'Which request.' })
    input: types.DeclineRequestInput,
  ) {
    return { request: await load(ctx, readRequests, await decline(ctx, input)) };
  }

  @Change(() => types.CancelRequestPayload, 'COMMUNITIES', 'Takes a request back.')
  async cancelRequest(
    @Ctx() ctx: Context,
    @Arg('input', () => types.CancelRequestInput, { description: 'Which request.' })
    input: types.CancelRequestInput,
  ) {
    return { request: await load(ctx, readRequests, await cancel(ctx, input)) };
  }

  @Change(
    () => types.ChangeRequestLevelPayload,
    'COMMUNITIES',
    'Lets a request to become a member give another level.',
  )
  async changeRequestLevel(
    @Ctx() ctx: Context,
    @Arg('input', () => types.ChangeRequestLevelInput, { description: 'Which request and level.' })
    input: types.ChangeRequestLevelInput,
  ) {
    return { request: await load(ctx, readRequests, await setLevel(ctx, input)) };
  }

  @Change(
    () => CommentOnRequestPayload,
    'COMMUNITIES',
    'Says something about a request, or answers a comment.',
  )
  async commentOnRequest(
    @Ctx() ctx: Context,
    @Arg('input', () => CommentOnRequestInput, { description: 'What, and about which request.' })
    input: CommentOnRequestInput,
  ) {
    return { comment: await load(ctx, readEvents, await commentOn(ctx, input)) };
  }
}
