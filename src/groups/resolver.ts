import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { type Context, load } from '../context.ts';
import type { Shown } from '../node.ts';
import { PageArgs } from '../page-args.ts';
import { SearchArgs } from '../search/types.ts';
import { readUsers, type UserRow } from '../users/queries.ts';
import { UserConnection, UserType } from '../users/types.ts';
import { GroupFacets, GroupSearchConnection, RoleSearchConnection } from './list-types.ts';
import { listGroups, listRoles } from './lists.ts';
import * as queries from './queries.ts';
import { permissionsWith } from './roles.ts';
import {
  AssignmentConnection,
  AssignmentType,
  GroupType,
  RoleActEnum,
  RoleConnection,
  RoleType,
} from './types.ts';

@Resolver(() => GroupType)
export class GroupResolver {
  @Query(() => GroupSearchConnection, {
    description:
      'The groups that a query finds, or all of them, oldest first. For those who sync or moderate.',
  })
  async groups(
    @Ctx() ctx: Context,
    @Args(() => SearchArgs) { query, ...args }: SearchArgs,
    @Arg('idp', () => String, {
      nullable: true,
      description: 'Only those of this identity service.',
    })
    idp?: string | null,
  ) {
    const { countFacets, ...page } = await listGroups(ctx, args, { query, idp });
    return GroupSearchConnection.found(page, { countFacets });
  }

  @Query(() => GroupType, {
    nullable: true,
    description: 'The group that a service knows by this id.',
  })
  async group(
    @Ctx() ctx: Context,
    @Arg('idp', () => String, { description: 'The identity service, by its key.' }) idp: string,
    @Arg('remoteId', () => String, { description: 'What the service calls it.' }) remoteId: string,
  ) {
    const id = await queries.findGroupId(ctx, idp, remoteId);
    return id === undefined ? null : load(ctx, queries.readGroups, id);
  }

  @FieldResolver(() => RoleConnection, {
    description: 'Its roles, one for each category that was met.',
  })
  async roles(
    @Ctx() ctx: Context,
    @Root() group: Shown<queries.GroupRow>,
    @Args(() => PageArgs) args: PageArgs,
  ) {
    return RoleConnection.of(await queries.rolesOfGroup(ctx, group.uuid, args));
  }

  @FieldResolver(() => UserConnection, {
    description: 'Who is in it by whichever of its roles, as far as the viewer may see.',
  })
  async users(
    @Ctx() ctx: Context,
    @Root() group: Shown<queries.GroupRow>,
    @Args(() => PageArgs) args: PageArgs,
  ) {
    return UserConnection.of(await queries.usersOfGroup(ctx, group.uuid, args));
  }
}

@Resolver(() => AssignmentType)
export class AssignmentResolver {
  @FieldResolver(() => RoleType, { nullable: true, description: 'The role.' })
  role(@Ctx() ctx: Context, @Root() { roleId }: queries.AssignmentRow) {
    return load(ctx, queries.readRoles, roleId);
  }

  @FieldResolver(() => UserType, { nullable: true, description: 'Who has it.' })
  user(@Ctx() ctx: Context, @Root() { userId }: queries.AssignmentRow) {
    return load(ctx, readUsers, userId);
  }
}

@Resolver(() => GroupSearchConnection)
export class GroupSearchResolver {
  @FieldResolver(() => GroupFacets, {
    description: 'How many groups each choice would list; counted only when asked for.',
  })
  facets(@Root() { countFacets }: GroupSearchConnection) {
    return countFacets();
  }
}

@Resolver(() => RoleType)
export class RoleResolver {
  @Query(() => RoleSearchConnection, {
    description:
      'The roles that a query finds, or all of them, oldest first. For those who sync or moderate.',
  })
  async roles(@Ctx() ctx: Context, @Args(() => SearchArgs) { query, ...args }: SearchArgs) {
    return RoleSearchConnection.found(await listRoles(ctx, args, query));
  }

  @Query(() => RoleType, {
    nullable: true,
    description: 'The role of this id, or the one that is shown under this name: one of the two.',
  })
  role(
    @Ctx() ctx: Context,
    @Arg('id', () => ID, { nullable: true, description: 'The id.' }) id?: string | null,
    @Arg('name', () => String, {
      nullable: true,
      description: 'As `myCommons---developers|12345|member`; a local one’s as it is.',
    })
    name?: string | null,
  ) {
    return queries.findRole(ctx, { id, name });
  }

  @FieldResolver(() => GroupType, {
    nullable: true,
    description: 'The remote group; null for a local role.',
  })
  group(@Ctx() ctx: Context, @Root() role: Shown<queries.RoleRow>) {
    return role.groupId === null ? null : load(ctx, queries.readGroups, role.groupId);
  }

  @FieldResolver(() => UserConnection, {
    description: 'Who has the role, as far as the viewer may see.',
  })
  async users(
    @Ctx() ctx: Context,
    @Root() role: Shown<queries.RoleRow>,
    @Args(() => PageArgs) args: PageArgs,
  ) {
    return UserConnection.of(await queries.usersOfRole(ctx, role.uuid, args));
  }

  @FieldResolver(() => AssignmentConnection, {
    description:
      'Who has the role, by whose word and since when, oldest first. For those who sync or moderate; others see their own.',
  })
  async assignments(
    @Ctx() ctx: Context,
    @Root() role: Shown<queries.RoleRow>,
    @Args(() => PageArgs) args: PageArgs,
  ) {
    return AssignmentConnection.of(await queries.assignmentsOfRole(ctx, role.uuid, args));
  }

  @FieldResolver(() => [RoleActEnum])
  viewerPermissions(@Ctx() ctx: Context, @Root() role: Shown<queries.RoleRow>) {
    return permissionsWith(ctx, role);
  }
}

@Resolver(() => UserType)
export class UserRolesResolver {
  @FieldResolver(() => RoleConnection, {
    description: 'The roles that the user has, from whatever source.',
  })
  async roles(
    @Ctx() ctx: Context,
    @Root() user: Shown<UserRow>,
    @Args(() => PageArgs) args: PageArgs,
  ) {
    return RoleConnection.of(await queries.rolesOfUser(ctx, user.uuid, args));
  }

  @FieldResolver(() => AssignmentConnection, {
    description:
      'The roles that the user has, by whose word and since when, oldest first. One’s own, or for those who sync or moderate.',
  })
  async assignments(
    @Ctx() ctx: Context,
    @Root() user: Shown<UserRow>,
    @Args(() => PageArgs) args: PageArgs,
  ) {
    return AssignmentConnection.of(await queries.assignmentsOfUser(ctx, user.uuid, args));
  }
}
