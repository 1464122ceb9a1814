import { LockMode } from '@mikro-orm/core';
import { sql } from 'kysely';
import { demand } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import { demandVersion, notFound, Refusal } from '../errors.ts';
import { Group } from '../groups/group.ts';
import { levelOf } from '../groups/naming.ts';
import { readGroups } from '../groups/queries.ts';
import { uuidOf } from '../ids.ts';
import { atLeast } from '../level.ts';
import { Community } from './community.ts';
import { type Act, isFor, may, maySee } from './policy.ts';
import { readOwnLevel } from './queries.ts';

/** The group, if the actor may see it, locked. */
export async function findGroup(tx: Context, globalId: string): Promise<Group> {
  const id = uuidOf('Group', globalId) ?? null;
  const group = await tx.em.findOne(
    Group,
    { id, deletedAt: null },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (!group || !(await readGroups(tx, [group.id])).has(group.id)) {
    throw notFound('group', 'input', 'groupId');
  }
  return group;
}

/** Whether the actor may give the group its one community: as a manager of the group, or of syncs. */
export async function speaksFor(tx: Context, group: Group): Promise<boolean> {
  if (tx.actor.has('SYNC')) return true;
  const mine = await rows(
    tx,
    sql<{ category: string }>`
      select r.category from roles r join assignments a on a.role_id = r.id
      where r.group_id = ${group.id} and a.user_id = ${tx.actor.userId ?? null}`,
  );
  const idp = tx.config.idps.get(group.idp);
  return mine.some(({ category }) => atLeast(levelOf(idp, group, category), 'MANAGER'));
}

/** What a change is about: a community by its id, and the version of it that the actor saw. */
export interface Aim {
  communityId: string;
  expectedVersion?: number | null;
}

/**
 * The community for a change, locked: if it is there for the actor, who may do this, in its state,
 * and in the version that the actor saw. In this order, as the ancestor has it.
 * @throws Refusal NOT_FOUND, CONFLICT or VERSION_CONFLICT; Denial.
 */
export async function findFor(
  tx: Context,
  act: Act,
  { communityId, expectedVersion }: Aim,
  path = ['input', 'communityId'],
): Promise<Community> {
  const community = await find(tx, communityId, path);
  demandAct(tx, act, community, path);
  demandVersion(community, expectedVersion);
  return community;
}

/**
 * The community, if it is there for the actor, locked. From here on the actor is what they are there
 * now: while they waited, somebody may have made them less.
 */
export async function find(
  tx: Context,
  globalId: string,
  path = ['input', 'communityId'],
): Promise<Community> {
  const id = uuidOf('Community', globalId) ?? null;
  const community = await tx.em.findOne(
    Community,
    { id },
    { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  );
  if (community) await readActor(tx, community.id);
  if (!community || !maySee(tx.actor, community)) throw notFound('community', ...path);
  return community;
}

/** Makes the actor what they are in a community by now. */
export async function readActor(ctx: Context, communityId: string): Promise<void> {
  if (!ctx.actor.userId) return;
  ctx.actor = ctx.actor.at(communityId, await readOwnLevel(ctx, communityId));
}

/** Goes on if the actor may do this with the community, and it can be done now. */
export function demandAct(tx: Context, act: Act, community: Community, path: string[]): void {
  demand(tx.actor, may(tx.actor, act, community));
  if (isFor(act, community)) return;
  if (!community.deletedAt) throw new Refusal('CONFLICT', 'The community is not deleted.', path);
  let message = 'The community is deleted.';
  if (act === 'UNMARK_FOR_PURGE') message = 'The community is not marked to be purged.';
  else if (community.purgeMarkedAt) message = 'The community is marked to be purged.';
  throw new Refusal('CONFLICT', message, path);
}
