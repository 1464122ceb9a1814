import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { demand, type Right } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, load, rows, transact } from '../context.ts';
import { Refusal, valid } from '../errors.ts';
import type { Shown } from '../node.ts';
import { changed } from '../search/changes.ts';
import { administrators, keepingAdministrators } from './administrators.ts';
import { demandPatience, findRole } from './find-role.ts';
import { Role } from './group.ts';
import { named, readPlaces } from './places.ts';
import { mayGive, mayManage, type RoleAct, roleActsOf, seesPlace } from './policy.ts';
import type { RoleRow } from './queries.ts';
import { newRole, roleChanges } from './role-shapes.ts';
import type { CreateRoleInput, DeleteRoleInput, UpdateRoleInput } from './role-types.ts';

/** What the actor may do with a role now. */
export async function permissionsWith(ctx: Context, role: Shown<RoleRow>): Promise<RoleAct[]> {
  if (!mayManage(ctx.actor) || role.groupId !== null) return [];
  const places = (await load(ctx, readPlaces, role.uuid)) ?? [];
  return roleActsOf(ctx.actor, { ...role, isLocal: true }, places);
}

/**
 * Makes a local role, without anybody in it.
 * @returns its UUID. @throws a unique violation, which the doors turn into TAKEN.
 */
export async function create(ctx: Context, input: CreateRoleInput): Promise<string> {
  demand(ctx.actor, mayManage(ctx.actor));
  await demandPatience(ctx);
  const data = valid(newRole, input);
  demandGivable(ctx, data.rights);
  return transact(ctx, async (tx) => {
    const role = tx.em.create(Role, data);
    await tx.em.flush();
    await changed(tx, 'roles', [role.id]);
    const { name, rights } = data;
    record(tx, 'role.created', { kind: 'Role', id: role.id }, { name, rights });
    return role.id;
  });
}

/**
 * Changes what a local role is called and what it lets its people do. It may get another name, where
 * Invenio's may not: whatever points at a role here does so by its id.
 * @returns its UUID.
 */
export async function update(ctx: Context, input: UpdateRoleInput): Promise<string> {
  demand(ctx.actor, ctx.actor.kind !== 'ANYONE');
  await demandPatience(ctx);
  return transact(ctx, async (tx) => {
    const role = await findRole(tx, input);
    const data = changesOf(role, valid(roleChanges, unlessSame(role, input)));
    const keys = Object.keys(data);
    if (keys.length === 0) return role.id;
    if (data.rights) demandGivable(tx, data.rights);
    demandStays(role, data);
    const before = role.rights;
    await keepingAdministrators(tx, ['input', 'rights'], async () => tx.em.assign(role, data));
    await changed(tx, 'roles', [role.id]);
    record(
      tx,
      'role.updated',
      { kind: 'Role', id: role.id },
      { changed: keys, ...(data.rights && { rights: { before, after: data.rights } }) },
    );
    return role.id;
  });
}

/** The name that it has is no new one: that of the administrators could not be given. */
const unlessSame = (role: Role, { name, ...rest }: UpdateRoleInput) =>
  name === role.name ? rest : { name, ...rest };

type Changes = Partial<Pick<Role, 'name' | 'title' | 'description' | 'rights'>>;

/** What of it is another than it was. */
function changesOf(role: Role, given: Changes): Changes {
  const isOther = ([key, value]: [string, unknown]) =>
    value !== undefined && !isDeepStrictEqual(value, role[key as keyof Changes] ?? null);
  return Object.fromEntries(Object.entries(given).filter(isOther));
}

function demandGivable({ actor }: Context, rights: readonly Right[]): void {
  demand(actor, mayGive(actor, rights), 'Only administrators give rights in the whole server.');
}

/** @throws Refusal CONFLICT if the role that nobody can do without would be another. */
function demandStays(role: Role, { name, rights }: Changes): void {
  if (role.name !== administrators) return;
  const must = (what: string, key: string) =>
    new Refusal('CONFLICT', `The role “${administrators}” ${what}.`, ['input', key]);
  if (name !== undefined) throw must('keeps its name', 'name');
  if (rights && !rights.includes('ADMINISTER')) throw must('keeps ADMINISTER', 'rights');
}

/**
 * Deletes a local role that is a member of no community; from those that were deleted it goes
 * without being asked, for no door leads to their members.
 * @returns its UUID.
 */
export async function remove(ctx: Context, input: DeleteRoleInput): Promise<string> {
  demand(ctx.actor, ctx.actor.kind !== 'ANYONE');
  await demandPatience(ctx);
  return transact(ctx, async (tx) => {
    const path = ['input', 'roleId'];
    const role = await findRole(tx, input);
    const { id, name, rights } = role;
    if (name === administrators)
      throw new Refusal('CONFLICT', `The role “${name}” cannot be deleted.`, path);
    await demandNoPlace(tx, id, path);
    const users = await keepingAdministrators(tx, path, async () => {
      await rows(tx, sql`delete from members where role_id = ${id}`);
      const gone = await rows(
        tx,
        sql<{ id: string }>`delete from assignments where role_id = ${id} returning user_id as id`,
      );
      tx.em.remove(role);
      return new Set(gone.map((it) => it.id));
    });
    await changed(tx, 'roles', [id], { isHidden: true });
    // Who lost what matters where it was a right; else how many they were is enough.
    const people = rights.length > 0 ? { users: [...users] } : { people: users.size };
    record(tx, 'role.deleted', { kind: 'Role', id }, { name, rights, ...people });
    return id;
  });
}

/** @throws Refusal CONFLICT with all live communities that the role is a member of, as far as the actor may know them. */
async function demandNoPlace(tx: Context, id: string, path: string[]): Promise<void> {
  const places = (await readPlaces(tx, [id])).get(id) ?? [];
  const live = places.filter((it) => !it.isDeleted);
  if (live.length === 0) return;
  const seen = live.filter((it) => seesPlace(tx.actor, it));
  const names = named(seen, live.length - seen.length);
  throw new Refusal(
    'CONFLICT',
    `It is a member of ${names}: it has to be taken out of there first.`,
    path,
  );
}
