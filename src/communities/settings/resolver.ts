import { Arg, Ctx, Resolver } from 'type-graphql';
import { Change } from '../../change.ts';
import type { Context } from '../../context.ts';
import { readBack } from '../read-back.ts';
import { create } from './create.ts';
import { feature, unfeature } from './featured.ts';
import * as inputs from './inputs.ts';
import * as payloads from './payloads.ts';
import * as removal from './removal.ts';
import { rename } from './rename.ts';
import { update } from './update.ts';

@Resolver()
export class CommunityChangesResolver {
  @Change(
    () => payloads.CreateCommunityPayload,
    'COMMUNITIES',
    'Founds a community; whoever founds it owns it.',
  )
  async createCommunity(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.CreateCommunityInput, { description: 'What it is to be.' })
    input: inputs.CreateCommunityInput,
  ) {
    return { community: await readBack(ctx, await create(ctx, input)) };
  }

  @Change(
    () => payloads.UpdateCommunityPayload,
    'COMMUNITIES',
    'Changes what is said of a community.',
  )
  async updateCommunity(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.UpdateCommunityInput, { description: 'What is to be different.' })
    input: inputs.UpdateCommunityInput,
  ) {
    return { community: await readBack(ctx, await update(ctx, input)) };
  }

  @Change(
    () => payloads.RenameCommunityPayload,
    'COMMUNITIES',
    'Gives a community another slug; the one that it had goes on leading to it.',
  )
  async renameCommunity(
    @Ctx() ctx: Context,
    @Arg('input', () => payloads.RenameCommunityInput, { description: 'Which, and how.' })
    input: payloads.RenameCommunityInput,
  ) {
    return { community: await readBack(ctx, await rename(ctx, input)) };
  }

  @Change(
    () => payloads.DeleteCommunityPayload,
    'COMMUNITIES',
    'Deletes a community so that it can be restored. Its slug stays its own.',
  )
  async deleteCommunity(
    @Ctx() ctx: Context,
    @Arg('input', () => payloads.DeleteCommunityInput, { description: 'Which, and why.' })
    input: payloads.DeleteCommunityInput,
  ) {
    return { community: await readBack(ctx, await removal.remove(ctx, input)) };
  }

  @Change(
    () => payloads.RestoreCommunityPayload,
    'COMMUNITIES',
    'Takes the deletion of a community back.',
  )
  async restoreCommunity(
    @Ctx() ctx: Context,
    @Arg('input', () => payloads.RestoreCommunityInput, { description: 'Which.' })
    input: payloads.RestoreCommunityInput,
  ) {
    return { community: await readBack(ctx, await removal.restore(ctx, input)) };
  }

  @Change(
    () => payloads.UpdateTombstonePayload,
    'COMMUNITIES',
    'Changes what is said of a deletion.',
  )
  async updateTombstone(
    @Ctx() ctx: Context,
    @Arg('input', () => payloads.UpdateTombstoneInput, { description: 'What is to be said.' })
    input: payloads.UpdateTombstoneInput,
  ) {
    return { community: await readBack(ctx, await removal.editTombstone(ctx, input)) };
  }

  @Change(
    () => payloads.MarkForPurgePayload,
    'COMMUNITIES',
    'Marks a deleted community to be removed for good; it cannot be restored while it is.',
  )
  async markCommunityForPurge(
    @Ctx() ctx: Context,
    @Arg('input', () => payloads.MarkCommunityForPurgeInput, { description: 'Which.' })
    input: payloads.MarkCommunityForPurgeInput,
  ) {
    return { community: await readBack(ctx, await removal.markForPurge(ctx, input)) };
  }

  @Change(
    () => payloads.UnmarkForPurgePayload,
    'COMMUNITIES',
    'Takes that mark away: it can be restored again.',
  )
  async unmarkCommunityForPurge(
    @Ctx() ctx: Context,
    @Arg('input', () => payloads.UnmarkCommunityForPurgeInput, { description: 'Which.' })
    input: payloads.UnmarkCommunityForPurgeInput,
  ) {
    return { community: await readBack(ctx, await removal.unmarkForPurge(ctx, input)) };
  }

  @Change(
    () => payloads.FeatureCommunityPayload,
    'COMMUNITIES',
    'Puts a public community forward, now or later. For administrators.',
  )
  async featureCommunity(
    @Ctx() ctx: Context,
    @Arg('input', () => payloads.FeatureCommunityInput, { description: 'Which, and when.' })
    input: payloads.FeatureCommunityInput,
  ) {
    return { community: await readBack(ctx, await feature(ctx, input)) };
  }

  @Change(
    () => payloads.UnfeatureCommunityPayload,
    'COMMUNITIES',
    'Puts a community forward no longer. For administrators.',
  )
  async unfeatureCommunity(
    @Ctx() ctx: Context,
    @Arg('input', () => payloads.UnfeatureCommunityInput, { description: 'Which.' })
    input: payloads.UnfeatureCommunityInput,
  ) {
    return { community: await readBack(ctx, await unfeature(ctx, input)) };
  }
}
