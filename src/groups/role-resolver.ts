import { Arg, Ctx, Resolver } from 'type-graphql';
import { Change } from '../change.ts';
import { type Context, load } from '../context.ts';
import { toGlobalId } from '../ids.ts';
import { readUsers } from '../users/queries.ts';
import { assign, type Changed, unassign } from './assignments.ts';
import { readRoles } from './queries.ts';
import * as types from './role-types.ts';
import * as roles from './roles.ts';
import { RoleType } from './types.ts';

@Resolver(() => RoleType)
export class RoleChangeResolver {
  @Change(
    () => types.CreateRolePayload,
    'MODERATE',
    'Makes a local role. For those who moderate; one with rights for administrators.',
  )
  async createRole(
    @Ctx() ctx: Context,
    @Arg('input', () => types.CreateRoleInput, { description: 'What it is.' })
    input: types.CreateRoleInput,
  ) {
    return { role: await load(ctx, readRoles, await roles.create(ctx, input)) };
  }

  @Change(
    () => types.UpdateRolePayload,
    'MODERATE',
    'Changes a local role: its name, what is said of it, or its rights. For those who moderate; one with rights for administrators.',
  )
  async updateRole(
    @Ctx() ctx: Context,
    @Arg('input', () => types.UpdateRoleInput, { description: 'What is to change.' })
    input: types.UpdateRoleInput,
  ) {
    return { role: await load(ctx, readRoles, await roles.update(ctx, input)) };
  }

  @Change(
    () => types.DeleteRolePayload,
    'MODERATE',
    'Deletes a local role that is a member of no community. For those who moderate; one with rights for administrators.',
  )
  async deleteRole(
    @Ctx() ctx: Context,
    @Arg('input', () => types.DeleteRoleInput, { description: 'Which.' })
    input: types.DeleteRoleInput,
  ) {
    return { deletedRoleId: toGlobalId('Role', await roles.remove(ctx, input)) };
  }

  @Change(
    () => types.AssignRolePayload,
    'MODERATE',
    'Gives users a local role. For those who moderate; one with rights for administrators, and one that is a member of communities for who may give its level there.',
  )
  async assignRole(
    @Ctx() ctx: Context,
    @Arg('input', () => types.AssignRoleInput, { description: 'Who, and which.' })
    input: types.AssignRoleInput,
  ) {
    const done = await assign(ctx, input);
    return { role: await load(ctx, readRoles, done.roleId), assigned: await usersOf(ctx, done) };
  }

  @Change(
    () => types.UnassignRolePayload,
    'MODERATE',
    'Takes a local role from users. For those who may give it.',
  )
  async unassignRole(
    @Ctx() ctx: Context,
    @Arg('input', () => types.UnassignRoleInput, { description: 'Who, and which.' })
    input: types.UnassignRoleInput,
  ) {
    const done = await unassign(ctx, input);
    return { role: await load(ctx, readRoles, done.roleId), unassigned: await usersOf(ctx, done) };
  }
}

const usersOf = async (ctx: Context, { userIds }: Changed) =>
  (await Promise.all(userIds.map((it) => load(ctx, readUsers, it)))).filter((it) => it != null);
