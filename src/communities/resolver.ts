import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { Change } from '../change.ts';
import { type Context, load } from '../context.ts';
import { type GroupRow, readGroups, readRoles } from '../groups/queries.ts';
import { GroupType, RoleType } from '../groups/types.ts';
import type { Shown } from '../node.ts';
import { PageArgs } from '../page.ts';
import { readUsers } from '../users/queries.ts';
import { UserType } from '../users/types.ts';
import { explain } from './explain.ts';
import { link, unlink } from './links.ts';
import * as queries from './queries.ts';
import * as types from './types.ts';

@Resolver(() => types.CommunityType)
export class CommunityResolver {
  @Query(() => types.CommunityType, {
    nullable: true,
    description: 'The community with this slug.',
  })
  community(
    @Ctx() ctx: Context,
    @Arg('slug', () => String, { description: 'Its name in addresses.' }) slug: string,
  ) {
    return queries.findCommunity(ctx, slug);
  }

  @Query(() => types.CommunityConnection, {
    description: 'The communities that the viewer can see, newest first.',
  })
  async communities(@Ctx() ctx: Context, @Args(() => PageArgs) args: PageArgs) {
    return types.CommunityConnection.of(await queries.listCommunities(ctx, args));
  }

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
    'Parts a community from its group; its people stay in it at their levels.',
  )
  async unlinkCommunityFromGroup(
    @Ctx() ctx: Context,
    @Arg('input', () => types.UnlinkCommunityFromGroupInput, { description: 'Which community.' })
    input: types.UnlinkCommunityFromGroupInput,
  ) {
    return { community: await readBack(ctx, await unlink(ctx, input)) };
  }

  @FieldResolver(() => GroupType, {
    nullable: true,
    description: 'The remote group whose community it is.',
  })
  group(@Ctx() ctx: Context, @Root() community: Shown<queries.CommunityRow>) {
    return community.groupId === null ? null : load(ctx, readGroups, community.groupId);
  }

  @FieldResolver(() => types.MemberConnection, {
    description: 'Its members; empty for those who are none.',
  })
  async members(
    @Ctx() ctx: Context,
    @Root() community: Shown<queries.CommunityRow>,
    @Args(() => PageArgs) args: PageArgs,
  ) {
    return types.MemberConnection.of(await queries.membersOf(ctx, community.uuid, args));
  }

  @FieldResolver(() => types.LevelEnum, {
    nullable: true,
    description: 'The level of who is asking.',
  })
  viewerLevel(@Ctx() ctx: Context, @Root() community: Shown<queries.CommunityRow>) {
    return ctx.actor.levels.get(community.uuid) ?? null;
  }
}

/** The community after a change, which may have given the actor a place that it had not before. */
async function readBack(ctx: Context, id: string) {
  const [changed] = (await queries.readCommunities(ctx, [id])).values();
  return changed ?? null;
}

@Resolver(() => types.MemberType)
export class MemberResolver {
  @FieldResolver(() => UserType, { nullable: true, description: 'The user; null if it is a role.' })
  user(@Ctx() ctx: Context, @Root() member: queries.MemberRow) {
    return member.userId === null ? null : load(ctx, readUsers, member.userId);
  }

  @FieldResolver(() => RoleType, { nullable: true, description: 'The role; null if it is a user.' })
  role(@Ctx() ctx: Context, @Root() member: queries.MemberRow) {
    return member.roleId === null ? null : load(ctx, readRoles, member.roleId);
  }

  @FieldResolver(() => types.CommunityType, { nullable: true, description: 'The community.' })
  community(@Ctx() ctx: Context, @Root() member: queries.MemberRow) {
    return load(ctx, queries.readCommunities, member.communityId);
  }
}

@Resolver(() => GroupType)
export class GroupCommunityResolver {
  @FieldResolver(() => types.CommunityType, {
    nullable: true,
    description: 'The community that it has here.',
  })
  community(@Ctx() ctx: Context, @Root() group: Shown<GroupRow>) {
    return load(ctx, queries.readCommunitiesOfGroups, group.uuid);
  }
}
