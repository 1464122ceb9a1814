import type { Right } from '../actor.ts';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { assign as putIn, unassign as takeOut } from '../groups/assignments.ts';
import { listRoles } from '../groups/lists.ts';
import { findRole, type RoleRow, usersOfRole } from '../groups/queries.ts';
import * as roles from '../groups/roles.ts';
import { uuidOf } from '../ids.ts';
import type { Shown } from '../node.ts';
import { collect } from './collect.ts';
import type { Desk } from './desk.ts';
import type { Answer } from './leaf.ts';
import { facts, table } from './table.ts';
import { whom } from './whom.ts';

/** The role of an id, or the one that is shown under a name. @throws Refusal if there is none. */
async function roleFor(ctx: Context, ref: string): Promise<Shown<RoleRow>> {
  const role = await findRole(ctx, uuidOf('Role', ref) ? { id: ref } : { name: ref });
  if (!role) throw notFound(`role as ${ref}`);
  return role;
}

const jsonOf = ({ uuid: _, __typename: __, groupId: ___, ...role }: Shown<RoleRow>) => role;

export function list(
  desk: Desk,
  { query, local: isLocal, limit }: { query?: string; local?: boolean; limit: number },
): Promise<Answer> {
  return desk.with(async (ctx) => {
    const found = await collect(
      limit,
      (args) => listRoles(ctx, args, query),
      (it) => !isLocal || it.groupId === null,
    );
    const cells = found.map((it) => [it.name, it.rights.join(', '), it.id]);
    const text = table(desk.terminal, ['name', 'rights', 'id'], cells, 'There is no such role.');
    return { json: found.map(jsonOf), text };
  });
}

export function show(desk: Desk, _options: object, ref: string): Promise<Answer> {
  return desk.with(async (ctx) => {
    const role = await roleFor(ctx, ref);
    const people = await (await usersOfRole(ctx, role.uuid, { first: 1 })).count();
    const { uuid: _, __typename: __, groupId, ...json } = role;
    const text = facts(desk.terminal, [
      ['id', role.id],
      ['name', role.name],
      ['kind', groupId === null ? 'local' : 'of a group'],
      ['category', role.category],
      ['rights', role.rights.join(', ')],
      ['people', people],
    ]);
    return { json: { ...json, people }, text };
  });
}

export function users(desk: Desk, { limit }: { limit: number }, ref: string): Promise<Answer> {
  return desk.with(async (ctx) => {
    const role = await roleFor(ctx, ref);
    const found = await collect(limit, (args) => usersOfRole(ctx, role.uuid, args));
    const json = found.map(({ id, username, fullName, email, state }) => ({
      id,
      username,
      fullName,
      email,
      state,
    }));
    const cells = json.map((it) => [it.username, it.fullName, it.email, it.state, it.id]);
    const heads = ['username', 'name', 'e-mail', 'state', 'id'];
    return { json, text: table(desk.terminal, heads, cells, 'Nobody is in it.') };
  });
}

interface Texts {
  title?: string;
  description?: string;
  right?: string[];
}

/** Rights are checked by those who give them. */
const rightsOf = ({ right }: Texts) => right?.map((it) => it.toUpperCase()) as Right[] | undefined;

export function create(desk: Desk, options: Texts, name: string): Promise<Answer> {
  const { title, description } = options;
  return desk.place.asSystem(async (begin) => {
    const rights = rightsOf(options);
    await roles.create(begin(), { name, title, description, rights });
    return told(await roleFor(begin(), name), 'is here');
  });
}

export function update(
  desk: Desk,
  options: Texts & { name?: string },
  ref: string,
): Promise<Answer> {
  return desk.place.asSystem(async (begin) => {
    const { id: roleId } = await roleFor(begin(), ref);
    const emptied = (text?: string) => (text === '' ? null : text);
    await roles.update(begin(), {
      roleId,
      ...(options.name !== undefined && { name: options.name }),
      ...(options.title !== undefined && { title: emptied(options.title) }),
      ...(options.description !== undefined && { description: emptied(options.description) }),
      ...(options.right !== undefined && { rights: rightsOf(options) }),
    });
    return told(await roleFor(begin(), roleId), 'is as you said');
  });
}

export function remove(desk: Desk, _options: object, ref: string): Promise<Answer> {
  return desk.place.asSystem(async (begin) => {
    const role = await roleFor(begin(), ref);
    await roles.remove(begin(), { roleId: role.id });
    return told(role, 'is deleted');
  });
}

const told = (role: Shown<RoleRow>, what: string): Answer => ({
  json: jsonOf(role),
  text: `${role.name} ${what}${role.rights.length > 0 ? `, with ${role.rights.join(', ')}` : ''}.`,
});

export const assign = (desk: Desk, _options: object, ref: string, refs: string[]) =>
  change(desk, ref, refs, 'added');

export const unassign = (desk: Desk, _options: object, ref: string, refs: string[]) =>
  change(desk, ref, refs, 'removed');

function change(
  desk: Desk,
  ref: string,
  refs: string[],
  what: 'added' | 'removed',
): Promise<Answer> {
  return desk.place.asSystem(async (begin) => {
    const role = await roleFor(begin(), ref);
    const people = await Promise.all(refs.map((it) => whom(begin(), it)));
    const input = { roleId: role.id, users: people.map(({ id }) => ({ id })) };
    const { userIds } = await (what === 'added' ? putIn : takeOut)(begin(), input);
    const names = people.filter((it) => userIds.includes(it.uuid)).map((it) => it.username);
    const others = people.length - names.length;
    const rest =
      others > 0 ? ` ${others} ${what === 'added' ? 'had it before' : 'had it not'}.` : '';
    const text = `${names.length === 0 ? 'Nobody' : names.join(', ')} ${what} ${what === 'added' ? 'to' : 'from'} ${role.name}.${rest}`;
    return { json: { role: role.name, [what]: names }, text };
  });
}
