import { sql } from 'kysely';
import { demand } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, rows, transact } from '../context.ts';
import { notFound, Refusal, Refusals, valid } from '../errors.ts';
import { changed } from '../search/changes.ts';
import { findUsers } from '../users/refs.ts';
import { keepingAdministrators } from './administrators.ts';
import { demandPatience, findRole } from './find-role.ts';
import type { Role } from './group.ts';
import { keepingOwners, type Place, readPlaces } from './places.ts';
import { mayPlace } from './policy.ts';
import { people } from './role-shapes.ts';
import type { AssignRoleInput, UnassignRoleInput } from './role-types.ts';

/** A role, and whom a change of its people was about, by UUID. */
export interface Changed {
  roleId: string;
  userIds: string[];
}

/**
 * Puts users into a local role; all of them or none. It counts from their next request on.
 * @returns those who had not got it before.
 * @throws Refusals with whatever stands in the way of each of them; Denial.
 */
export function assign(ctx: Context, input: AssignRoleInput): Promise<Changed> {
  return change(ctx, input, async (tx, { id }, users) => {
    const problems = users.flatMap(({ state }, place) =>
      state === 'ACTIVE'
        ? []
        : new Refusal('CONFLICT', 'The account cannot be used.', pathOf(place)),
    );
    if (problems.length > 0) throw new Refusals(problems);
    const added = await rows(
      tx,
      sql<{ id: string }>`
        insert into assignments (role_id, user_id, source)
        select ${id}, it, 'LOCAL' from unnest(${users.map((it) => it.id)}::uuid[]) as it
        on conflict do nothing returning user_id as id`,
    );
    return note(tx, 'role.assigned', id, added);
  });
}

/**
 * Takes users out of a local role; all of them or none. Whoever was not in it stays out.
 * @returns those who had it before.
 * @throws Refusals with whatever stands in the way of each of them; Denial.
 */
export function unassign(ctx: Context, input: UnassignRoleInput): Promise<Changed> {
  const path = ['input', 'users'];
  return change(ctx, input, async (tx, { id }, users, places) => {
    const take = () =>
      rows(
        tx,
        sql<{ id: string }>`
          delete from assignments
          where role_id = ${id} and source = 'LOCAL' and user_id = any(${users.map((it) => it.id)})
          returning user_id as id`,
      );
    const removed = await keepingAdministrators(tx, path, () =>
      keepingOwners(tx, places, path, take),
    );
    return note(tx, 'role.unassigned', id, removed);
  });
}

interface Person {
  id: string;
  state: string;
}

type Work = (tx: Context, role: Role, users: Person[], places: Place[]) => Promise<Changed>;

/** Changes who is in a role: users are locked before roles, and roles before communities. */
async function change(
  ctx: Context,
  input: AssignRoleInput | UnassignRoleInput,
  work: Work,
): Promise<Changed> {
  demand(ctx.actor, ctx.actor.kind !== 'ANYONE');
  await demandPatience(ctx);
  return transact(ctx, async (tx) => {
    const { problems, ids } = await findPeople(tx, input.users);
    const states = await lockUsers(tx, ids);
    const role = await findRole(tx, { roleId: input.roleId });
    const places = (await readPlaces(tx, [role.id])).get(role.id) ?? [];
    demand(
      tx.actor,
      mayPlace(tx.actor, places),
      'The role gives a place in communities where you may not give or take it: ask who manages them, or an administrator.',
    );
    valid(people, input);
    if (problems.length > 0) throw new Refusals(problems);
    const users = ids.map((id) => ({ id, state: states.get(id) ?? '' }));
    return work(tx, role, users, places);
  });
}

const pathOf = (place: number) => ['input', 'users', `${place}`];

async function findPeople(
  tx: Context,
  refs: AssignRoleInput['users'],
): Promise<{ ids: string[]; problems: Refusal[] }> {
  const found = await findUsers(tx, refs.slice(0, 100), { inAnyState: true });
  const problems = found.flatMap((id, place) => {
    if (id === undefined) return notFound('user', ...pathOf(place));
    if (found.indexOf(id) === place) return [];
    return new Refusal('INVALID', 'is named twice.', pathOf(place));
  });
  return { ids: found.filter((it) => it !== undefined), problems };
}

async function lockUsers(tx: Context, ids: string[]): Promise<Map<string, string>> {
  const locked = await rows(
    tx,
    sql<Person>`
      select id, state from users where id = any(${ids}) order by id for no key update`,
  );
  return new Map(locked.map((it) => [it.id, it.state]));
}

async function note(tx: Context, act: string, roleId: string, done: { id: string }[]) {
  const userIds = done.map((it) => it.id);
  if (userIds.length > 0) {
    await changed(tx, 'roles', [roleId]);
    record(tx, act, { kind: 'Role', id: roleId }, { users: userIds });
  }
  return { roleId, userIds };
}
