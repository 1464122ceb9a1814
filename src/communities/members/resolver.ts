import { Arg, Args, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { Change } from '../../change.ts';
import { type Context, load } from '../../context.ts';
import { readRoles } from '../../groups/queries.ts';
import { RoleType } from '../../groups/types.ts';
import type { Level } from '../../level.ts';
import { PageArgs } from '../../page-args.ts';
import { readUsers } from '../../users/queries.ts';
import { UserType } from '../../users/types.ts';
import { LevelEnum } from '../enums.ts';
import { readCommunities, type ShownCommunity } from '../queries.ts';
import { readBack } from '../read-back.ts';
import { CommunityType } from '../types.ts';
import { countMembers } from './counts.ts';
import * as inputs from './inputs.ts';
import { leave } from './leaving.ts';
import * as members from './members.ts';
import { isOwn, permissionsWith } from './policy.ts';
import { publicMembersOf } from './public.ts';
import * as queries from './queries.ts';
import * as types from './types.ts';

@Resolver(() => CommunityType)
export class CommunityMembersResolver {
  @Change(
    () => inputs.AddCommunityMembersPayload,
    'COMMUNITIES',
    'Makes roles members of a community, and users where an administrator does. For its managers; others than administrators invite people.',
  )
  async addCommunityMembers(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.AddCommunityMembersInput, { description: 'Who, where and how.' })
    input: inputs.AddCommunityMembersInput,
  ) {
    return changed(ctx, await members.add(ctx, input));
  }

  @Change(
    () => inputs.UpdateCommunityMembersPayload,
    'COMMUNITIES',
    'Gives members of a community another level, shows or hides them. For its managers; everybody can show or hide themselves.',
  )
  async updateCommunityMembers(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.UpdateCommunityMembersInput, { description: 'Whom, and how.' })
    input: inputs.UpdateCommunityMembersInput,
  ) {
    return changed(ctx, await members.update(ctx, input));
  }

  @Change(
    () => inputs.RemoveCommunityMembersPayload,
    'COMMUNITIES',
    'Takes members out of a community. For its managers; everybody can take out themselves.',
  )
  async removeCommunityMembers(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.RemoveCommunityMembersInput, { description: 'Whom.' })
    input: inputs.RemoveCommunityMembersInput,
  ) {
    const { communityId } = await members.remove(ctx, input);
    return { community: await readBack(ctx, communityId), removed: input.memberIds };
  }

  @Change(
    () => inputs.LeaveCommunityPayload,
    'COMMUNITIES',
    'Ends one’s own membership. Whoever is in by a role leaves that at its group.',
  )
  async leaveCommunity(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.LeaveCommunityInput, { description: 'Which community.' })
    input: inputs.LeaveCommunityInput,
  ) {
    return { community: await readBack(ctx, await leave(ctx, input)) };
  }

  @FieldResolver(() => types.MemberConnection, {
    description: 'Its members; empty for those who are none.',
  })
  async members(
    @Ctx() ctx: Context,
    @Root() community: ShownCommunity,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('query', () => String, {
      nullable: true,
      description:
        'Only those whom it finds, in the query language: by name, username, institution, or an address that the viewer can see.',
    })
    query?: string | null,
    @Arg('levels', () => [LevelEnum], {
      nullable: true,
      description: 'Only those of these levels.',
    })
    levels?: Level[] | null,
    @Arg('isVisible', () => Boolean, {
      nullable: true,
      description: 'Only those whom others see, or do not.',
    })
    isVisible?: boolean | null,
    @Arg('sort', () => types.MemberSortEnum, {
      defaultValue: 'NAME',
      description: 'In which order.',
    })
    sort: types.MemberSort = 'NAME',
  ) {
    const filter = { query, levels, isVisible };
    const { countFacets, ...page } = await queries.membersOf(
      ctx,
      community.uuid,
      args,
      filter,
      sort,
    );
    return types.MemberConnection.found(page, { countFacets });
  }

  @FieldResolver(() => types.PublicMemberConnection, {
    description:
      'Its members who want to be seen, by name; empty if its access settings show them to members only.',
  })
  async publicMembers(
    @Ctx() ctx: Context,
    @Root() community: ShownCommunity,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('query', () => String, {
      nullable: true,
      description: 'Only those whom it finds, in the query language: by what is shown of them.',
    })
    query?: string | null,
  ) {
    return types.PublicMemberConnection.found(await publicMembersOf(ctx, community, args, query));
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: 'How many members it has; null for those who may not see all of them.',
  })
  memberCount(@Ctx() ctx: Context, @Root() community: ShownCommunity) {
    return countMembers(ctx, community.uuid);
  }
}

/** What a change left, as the actor sees it now. */
async function changed(ctx: Context, { communityId, memberIds }: members.Changed) {
  const community = await readBack(ctx, communityId);
  const found = await queries.readMembers(ctx, memberIds);
  return { community, members: memberIds.flatMap((it) => found.get(it) ?? []) };
}

@Resolver(() => types.MemberConnection)
export class MemberConnectionResolver {
  @FieldResolver(() => types.MemberFacets, {
    description: 'How many members each choice would list; counted only when asked for.',
  })
  facets(@Root() { countFacets }: types.MemberConnection) {
    return countFacets();
  }
}

@Resolver(() => types.MemberType)
export class MemberResolver {
  @FieldResolver(() => UserType, {
    nullable: true,
    description: 'The user; null if it is a role, or the viewer cannot see the user.',
  })
  user(@Ctx() ctx: Context, @Root() member: queries.MemberRow) {
    return member.userId === null ? null : load(ctx, readUsers, member.userId);
  }

  @FieldResolver(() => RoleType, {
    nullable: true,
    description: 'The role; null if it is a user, or the viewer cannot see the role.',
  })
  role(@Ctx() ctx: Context, @Root() member: queries.MemberRow) {
    return member.roleId === null ? null : load(ctx, readRoles, member.roleId);
  }

  @FieldResolver(() => CommunityType, { nullable: true, description: 'The community.' })
  community(@Ctx() ctx: Context, @Root() member: queries.MemberRow) {
    return load(ctx, readCommunities, member.communityId);
  }

  @FieldResolver(() => Boolean, {
    description: 'Whether it is who is asking; not for a role that they have.',
  })
  isViewer(@Ctx() { actor }: Context, @Root() member: queries.MemberRow) {
    return isOwn(actor, member);
  }

  @FieldResolver(() => [types.MemberActEnum], {
    description: 'What the viewer may do with it now.',
  })
  viewerPermissions(@Ctx() { actor }: Context, @Root() member: queries.MemberRow) {
    return member.isLive ? permissionsWith(actor, member) : [];
  }
}
