import { LockMode } from '@mikro-orm/core';
import type { Context } from '../../context.ts';
import { notFound, Refusal } from '../../errors.ts';
import { uuidOf } from '../../ids.ts';
import { Community } from '../community.ts';
import { maySee } from '../policy.ts';

/** The community that is to be a parent, if the actor can see it, kept as it is until the end. */
export async function parentFor(tx: Context, globalId: string): Promise<Community> {
  const id = uuidOf('Community', globalId) ?? null;
  const parent = await tx.em.findOne(Community, { id }, { lockMode: LockMode.PESSIMISTIC_READ });
  if (!parent || !maySee(tx.actor, parent)) throw notFound('community', 'input', 'parentId');
  return parent;
}

/**
 * Goes on if one may be the parent of the other: there is one level of children only.
 * @throws Refusal CONFLICT.
 */
export function demandFitting(parent: Community, child: Community, path: string[]): void {
  const problem = misfit(parent, child);
  if (problem) throw new Refusal('CONFLICT', problem, path);
}

function misfit(parent: Community, child: Community): string | undefined {
  if (parent.id === child.id) return 'A community cannot be its own parent.';
  if (parent.deletedAt || child.deletedAt) return 'The community is deleted.';
  if (parent.parent) return 'A community that has a parent cannot be one.';
  if (!parent.allowsChildren) return 'The community does not accept subcommunities.';
  if (child.allowsChildren) return 'A community that accepts subcommunities cannot be one.';
  return undefined;
}
