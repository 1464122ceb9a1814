import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { Change } from '../../change.ts';
import { type Context, load } from '../../context.ts';
import type { GroupRow } from '../../groups/queries.ts';
import { GroupType } from '../../groups/types.ts';
import type { Shown } from '../../node.ts';
import { readCommunitiesOfGroups } from '../queries.ts';
import { readBack } from '../read-back.ts';
import { CommunityType } from '../types.ts';
import { explain } from './explain.ts';
import { link, unlink } from './links.ts';
import * as types from './types.ts';

@Resolver(() => GroupType)
export class LinkResolver {
  @Query(() => [types.MembershipReason], {
    description:
      'Why somebody is in their roles, or in one of them, and what that gives them. One’s own, or for those who sync.',
  })
  explainMembership(
    @Ctx() ctx: Context,
    @Arg('userId', () => ID, { description: 'Whose memberships.' }) userId: string,
    @Arg('roleId', () => ID, { nullable: true, description: 'Only this role.' }) roleId?: string,
  ) {
    return explain(ctx, userId, roleId);
  }

  @Change(
    () => types.LinkCommunityToGroupPayload,
    'COMMUNITIES',
    'Gives a remote group its community; makes it when asked.',
  )
  async linkCommunityToGroup(
    @Ctx() ctx: Context,
    @Arg('input', () => types.LinkCommunityToGroupInput, { description: 'Which to which.' })
    input: types.LinkCommunityToGroupInput,
  ) {
    return { community: await readBack(ctx, await link(ctx, input)) };
  }

  @Change(
    () => types.UnlinkCommunityFromGroupPayload,
    'COMMUNITIES',
    'Parts a community from its group; its people stay in it at their levels.',
  )
  async unlinkCommunityFromGroup(
    @Ctx() ctx: Context,
    @Arg('input', () => types.UnlinkCommunityFromGroupInput, { description: 'Which community.' })
    input: types.UnlinkCommunityFromGroupInput,
  ) {
    return { community: await readBack(ctx, await unlink(ctx, input)) };
  }

  @FieldResolver(() => CommunityType, {
    nullable: true,
    description: 'The community that it has here.',
  })
  community(@Ctx() ctx: Context, @Root() group: Shown<GroupRow>) {
    return load(ctx, readCommunitiesOfGroups, group.uuid);
  }
}
