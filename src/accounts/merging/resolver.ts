import { Arg, Ctx, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import { Change } from '../../change.ts';
import { type Context, load } from '../../context.ts';
import { type Kind, toGlobalId } from '../../ids.ts';
import { readUsers } from '../../users/queries.ts';
import type { MergeChange } from './changes.ts';
import { merge, preview } from './merge.ts';
import * as types from './types.ts';

const global = (kind: Kind, uuid: string | undefined) =>
  uuid === undefined ? null : toGlobalId(kind, uuid);

@Resolver(() => types.MergeChangeType)
export class MergeResolver {
  @Change(
    () => types.PreviewMergePayload,
    'ADMINISTER',
    'Shows what it means to make two accounts of one person one. For administrators; nothing is written.',
  )
  async previewMerge(
    @Ctx() ctx: Context,
    @Arg('input', () => types.PreviewMergeInput, { description: 'Which two.' })
    input: types.PreviewMergeInput,
  ) {
    return { plan: await preview(ctx, input) };
  }

  @Change(
    () => types.MergeUsersPayload,
    'ADMINISTER',
    'Makes two accounts of one person one, as `previewMerge` showed it: all of it or nothing. The one is closed and keeps its username, so that nobody takes it; nobody loses anything by it. For administrators, and not for their own accounts. There is no way back but by hand, from the audit log.',
  )
  async mergeUsers(
    @Ctx() ctx: Context,
    @Arg('input', () => types.MergeUsersInput, { description: 'Which two.' })
    input: types.MergeUsersInput,
  ) {
    const plan = await merge(ctx, input);
    return { plan, user: await load(ctx, readUsers, plan.intoId) };
  }

  @FieldResolver(() => ID, { nullable: true })
  identityId(@Root() it: MergeChange) {
    return global('Identity', it.identityId);
  }

  @FieldResolver(() => ID, { nullable: true })
  roleId(@Root() it: MergeChange) {
    return global('Role', it.roleId);
  }

  @FieldResolver(() => ID, { nullable: true })
  communityId(@Root() it: MergeChange) {
    return global('Community', it.communityId);
  }

  @FieldResolver(() => ID, { nullable: true })
  memberId(@Root() it: MergeChange) {
    return global('Member', it.memberId);
  }

  @FieldResolver(() => ID, { nullable: true })
  requestId(@Root() it: MergeChange) {
    return global('Request', it.requestId);
  }
}
