import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { z } from 'zod';
import { Change } from '../change.ts';
import { type Context, load } from '../context.ts';
import { valid } from '../errors.ts';
import { readGroups } from '../groups/queries.ts';
import { GroupType } from '../groups/types.ts';
import { type Kind, uuidOf } from '../ids.ts';
import type { Shown } from '../node.ts';
import { PageArgs } from '../page-args.ts';
import { readUsers } from '../users/queries.ts';
import { UserType } from '../users/types.ts';
import { approve, reject } from './approvals.ts';
import * as inputs from './inputs.ts';
import * as payloads from './payloads.ts';
import { preview } from './preview.ts';
import * as queries from './queries.ts';
import { requestNow, type Subject, waitFor } from './service.ts';
import { groupSubject, userSubject } from './subjects.ts';
import * as types from './types.ts';
import { redrive, requestReconciliation } from './upkeep.ts';

const waited = z.object({
  waitMs: z.int().min(0, 'is less than 0').max(10_000, 'is more than 10,000'),
});
const some = z.array(z.string()).min(1, 'is empty').max(100, 'holds more than 100');

/** The UUIDs in ids of a kind; what is no such id finds nothing. */
const uuids = (kind: Kind, ids: string[]) =>
  ids.map((it) => uuidOf(kind, it) ?? '00000000-0000-0000-0000-000000000000');

async function syncAndWait(ctx: Context, subject: Subject, waitMs: number) {
  const id = await requestNow(ctx, subject);
  await waitFor(ctx, id, waitMs);
  return (await queries.readRuns(ctx, [id])).get(id) as Shown<queries.RunRow>;
}

async function readBack(ctx: Context, ids: string[]) {
  const found = await queries.readRuns(ctx, ids);
  return ids.map((it) => found.get(it));
}

@Resolver(() => types.SyncRunType)
export class SyncRunResolver {
  @Query(() => types.SyncRunConnection, {
    description: 'Looks at people and groups, newest first. For those who sync.',
  })
  async syncRuns(
    @Ctx() ctx: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Args(() => inputs.SyncRunFilterArgs) filter: inputs.SyncRunFilterArgs,
  ) {
    return types.SyncRunConnection.of(await queries.listRuns(ctx, args, filter));
  }

  @Change(() => payloads.SyncRemoteUserPayload, 'SYNC', 'Looks at a person again, now.')
  async syncRemoteUser(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.SyncRemoteUserInput, { description: 'Whom.' })
    input: inputs.SyncRemoteUserInput,
  ) {
    const { waitMs } = valid(waited, input);
    const run = await syncAndWait(ctx, await userSubject(ctx, input.user), waitMs);
    return { run, user: run.userId && (await load(ctx, readUsers, run.userId)) };
  }

  @Change(() => payloads.SyncRemoteGroupPayload, 'SYNC', 'Looks at a group again, now.')
  async syncRemoteGroup(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.SyncRemoteGroupInput, { description: 'Which.' })
    input: inputs.SyncRemoteGroupInput,
  ) {
    const { waitMs } = valid(waited, input);
    const run = await syncAndWait(ctx, await groupSubject(ctx, input.group), waitMs);
    return { run, group: run.groupId && (await load(ctx, readGroups, run.groupId)) };
  }

  @Change(
    () => payloads.PreviewRemoteUserPayload,
    'SYNC',
    'Asks the service about a person and says what a sync would do.',
  )
  async previewRemoteUser(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.PreviewRemoteUserInput, { description: 'Whom.' })
    input: inputs.PreviewRemoteUserInput,
  ) {
    return { plan: await preview(ctx, await userSubject(ctx, input.user)) };
  }

  @Change(
    () => payloads.PreviewRemoteGroupPayload,
    'SYNC',
    'Asks the service about a group and says what a sync would do.',
  )
  async previewRemoteGroup(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.PreviewRemoteGroupInput, { description: 'Which.' })
    input: inputs.PreviewRemoteGroupInput,
  ) {
    return { plan: await preview(ctx, await groupSubject(ctx, input.group)) };
  }

  @Change(
    () => payloads.ApproveSyncPayload,
    'ADMINISTER',
    'Lets held runs do what they would do. For administrators.',
  )
  async approveSync(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.ApproveSyncInput, { description: 'Which.' })
    input: inputs.ApproveSyncInput,
  ) {
    const { runIds } = valid(z.object({ runIds: some }), input);
    return { runs: await readBack(ctx, await approve(ctx, uuids('SyncRun', runIds))) };
  }

  @Change(
    () => payloads.RejectSyncPayload,
    'ADMINISTER',
    'Has held runs do nothing. For administrators.',
  )
  async rejectSync(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.RejectSyncInput, { description: 'Which.' })
    input: inputs.RejectSyncInput,
  ) {
    const { runIds } = valid(z.object({ runIds: some }), input);
    await reject(ctx, uuids('SyncRun', runIds));
    return { runs: await readBack(ctx, uuids('SyncRun', runIds)) };
  }

  @Change(() => payloads.RedriveSyncPayload, 'SYNC', 'Tries dead letters once more.')
  async redriveSync(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.RedriveSyncInput, { description: 'Which.' })
    input: inputs.RedriveSyncInput,
  ) {
    const { stateIds } = valid(z.object({ stateIds: some.nullish() }), input);
    const ids = stateIds ? uuids('SyncState', stateIds) : undefined;
    return { revivedCount: await redrive(ctx, { idp: input.idp, ids }) };
  }

  @Change(
    () => payloads.ReconcilePayload,
    'SYNC',
    'Has the people and groups of a service looked at again, in the background.',
  )
  async reconcile(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.ReconcileInput, { description: 'Which service.' })
    input: inputs.ReconcileInput,
  ) {
    await requestReconciliation(ctx, input);
    return { idp: input.idp };
  }

  @FieldResolver(() => UserType, { nullable: true, description: 'The account that it is about.' })
  user(@Ctx() ctx: Context, @Root() run: queries.RunRow) {
    return run.userId === null ? null : load(ctx, readUsers, run.userId);
  }

  @FieldResolver(() => GroupType, { nullable: true, description: 'The group that it is about.' })
  group(@Ctx() ctx: Context, @Root() run: queries.RunRow) {
    return run.groupId === null ? null : load(ctx, readGroups, run.groupId);
  }
}
