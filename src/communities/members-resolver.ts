import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { type Context, load } from '../context.ts';
import { readRoles } from '../groups/queries.ts';
import { RoleType } from '../groups/types.ts';
import { PageArgs } from '../page.ts';
import { readUsers } from '../users/queries.ts';
import { UserType } from '../users/types.ts';
import { type MemberRow, membersOf } from './member-queries.ts';
import { MemberConnection, MemberType } from './member-types.ts';
import { readCommunities, type ShownCommunity } from './queries.ts';
import { CommunityType } from './types.ts';

@Resolver(() => MemberType)
export class MemberResolver {
  @FieldResolver(() => UserType, { nullable: true, description: 'The user; null if it is a role.' })
  user(@Ctx() ctx: Context, @Root() member: MemberRow) {
    return member.userId === null ? null : load(ctx, readUsers, member.userId);
  }

  @FieldResolver(() => RoleType, { nullable: true, description: 'The role; null if it is a user.' })
  role(@Ctx() ctx: Context, @Root() member: MemberRow) {
    return member.roleId === null ? null : load(ctx, readRoles, member.roleId);
  }

  @FieldResolver(() => CommunityType, { nullable: true, description: 'The community.' })
  community(@Ctx() ctx: Context, @Root() member: MemberRow) {
    return load(ctx, readCommunities, member.communityId);
  }
}

@Resolver(() => CommunityType)
export class CommunityMembersResolver {
  @FieldResolver(() => MemberConnection, {
    description: 'Its members; empty for those who are none.',
  })
  async members(
    @Ctx() ctx: Context,
    @Root() community: ShownCommunity,
    @Args(() => PageArgs) args: PageArgs,
  ) {
    return MemberConnection.of(await membersOf(ctx, community.uuid, args));
  }
}
