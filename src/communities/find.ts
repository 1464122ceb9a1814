import { LockMode, OptimisticLockError } from '@mikro-orm/core';
import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { notFound, Refusal } from '../errors.ts';
import { Group } from '../groups/group.ts';
import { levelOf } from '../groups/naming.ts';
import { readGroups } from '../groups/queries.ts';
import { uuidOf } from '../ids.ts';
import { atLeast } from '../level.ts';
import { Community } from './community.ts';

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

/** The group before its community, as everywhere: then no sync puts a new role into what is being parted. */
export const lockGroupOf = (tx: Context, communityId: string) =>
  rows(
    tx,
    sql`
      select g.id from groups g join communities c on c.group_id = g.id
      where c.id = ${uuidOf('Community', communityId) ?? null} for update of g`,
  );

/** The community, if the actor may see it, locked and of the version that the actor saw. */
export async function find(
  tx: Context,
  globalId: string,
  path: string[],
  expectedVersion?: number | null,
): Promise<Community> {
  const id = uuidOf('Community', globalId) ?? null;
  const community = await tx.em.findOne(
    Community,
    { id, deletedAt: null },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  const isVisible =
    community?.visibility === 'PUBLIC' ||
    (community && (tx.actor.has('ADMINISTER') || tx.actor.levels.has(community.id)));
  if (!community || !isVisible) throw notFound('community', ...path);
  if (expectedVersion == null) return community;
  try {
    await tx.em.lock(community, LockMode.OPTIMISTIC, expectedVersion);
  } catch (error) {
    if (!(error instanceof OptimisticLockError)) throw error;
    const currentVersion = community.version;
    throw new Refusal(
      'VERSION_CONFLICT',
      `It is at version ${currentVersion} by now.`,
      ['input', 'expectedVersion'],
      { currentVersion },
    );
  }
  return community;
}
