import { sql } from 'kysely';
import { demand } from '../actor.ts';
import type { Context } from '../context.ts';
import { demandVersion, notFound, Refusal } from '../errors.ts';
import { uuidOf } from '../ids.ts';
import { demandPace, type Limit } from '../limits.ts';
import { lockRoles } from './administrators.ts';
import { Role } from './group.ts';
import { mayChange } from './policy.ts';
import { readRoles } from './queries.ts';

/** How often one user changes roles, and who is in them. */
const changes: Limit = { name: 'role-changes', most: 60, seconds: 60 };

/** @throws Denial RATE_LIMITED if the actor has changed roles too often of late. */
export const demandPatience = (ctx: Context): Promise<void> => demandPace(ctx, changes);

/** Which role a change is about, and the version of it that the actor saw. */
export interface Aim {
  roleId: string;
  expectedVersion?: number | null;
}

/**
 * The local role for a change, locked: if it is there for the actor, who may change it, and in the
 * version that the actor saw.
 * @throws Refusal NOT_FOUND, CONFLICT or VERSION_CONFLICT; Denial.
 */
export async function findRole(
  tx: Context,
  { roleId, expectedVersion }: Aim,
  path = ['input', 'roleId'],
): Promise<Role> {
  const id = uuidOf('Role', roleId) ?? null;
  await lockRoles(tx, sql`id = ${id}`);
  const role = await tx.em.findOne(Role, { id }, { refresh: true, populate: ['group'] });
  if (!role || !(await readRoles(tx, [role.id])).has(role.id)) throw notFound('role', ...path);
  demand(tx.actor, mayChange(tx.actor, role), reasonFor(role));
  const idp = role.group?.getEntity().idp;
  if (idp !== undefined)
    throw new Refusal('CONFLICT', `It is kept by ${idp}: change the group there.`, path);
  demandVersion(role, expectedVersion);
  return role;
}

/** Why somebody who may not change a role may not. */
const reasonFor = ({ rights }: Role) =>
  rights.length > 0
    ? 'Only administrators change roles that give rights in the whole server.'
    : 'Only those who moderate change roles.';
