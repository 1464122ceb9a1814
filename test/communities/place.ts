import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { newId, toGlobalId } from '../../src/ids.ts';
import type { Level } from '../../src/level.ts';
import type { World } from '../helpers/world.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever they asked for
type Loose = any;

/** Somebody with an account, and what they are in a community. */
export interface Person {
  uuid: string;
  id: string;
  username: string;
  token: string;
}

/** A role, local or of a group, with whoever is in it. */
export interface Role {
  uuid: string;
  id: string;
  name: string;
}

/** A community of a test's own, with what can be done in it. */
export class Place {
  private constructor(
    readonly world: World,
    readonly uuid: string,
    readonly slug: string,
  ) {}

  static async make(world: World, settings: Record<string, string> = {}): Promise<Place> {
    const slug = `c-${randomUUID()}`;
    const columns = { id: newId(), slug, title: slug, ...settings };
    const names = Object.keys(columns);
    await world.sql(
      `insert into communities (${names}) values (${names.map((_, n) => `$${n + 1}`)})`,
      Object.values(columns),
    );
    return new Place(world, columns.id, slug);
  }

  get id(): string {
    return toGlobalId('Community', this.uuid);
  }

  /** A new user, who is a member if a level is given. @returns their membership's id, too. */
  async person(level?: Level, fields: Record<string, unknown> = {}) {
    const { id: uuid, username, token } = await this.world.makeUser();
    for (const [column, value] of Object.entries(fields)) {
      await this.world.sql(`update users set ${column} = $2 where id = $1`, [uuid, value]);
    }
    const person = { uuid, id: toGlobalId('User', uuid), username, token };
    return { ...person, member: level ? await this.take({ user_id: uuid }, level) : '' };
  }

  /** A role with these people, which is a member if a level is given. */
  async role(level?: Level, people: Person[] = []) {
    const role = await newRole(this.world, people);
    return { ...role, member: level ? await this.take({ role_id: role.uuid }, level) : '' };
  }

  /** Makes somebody or something a member behind everybody's back. @returns the member's id. */
  async take(who: { user_id: string } | { role_id: string }, level: Level): Promise<string> {
    const [column, id] = Object.entries(who)[0] as [string, string];
    const [made] = await this.world.sql(
      `insert into members (id, community_id, ${column}, level)
        values (gen_random_uuid(), $1, $2, $3) returning id`,
      [this.uuid, id, level],
    );
    return toGlobalId('Member', made.id);
  }

  /** How the members are in the database, by whose they are. */
  async members(): Promise<Record<string, Loose>> {
    const found = await this.world.sql(
      `select coalesce(user_id, role_id) as key, level, is_visible, is_notified, mapped_level
        from members where community_id = $1`,
      [this.uuid],
    );
    return Object.fromEntries(found.map(({ key, ...it }) => [key, it]));
  }

  /** What a mutation about this community answers. */
  async change(name: string, input: object, token: string | undefined = this.world.admin) {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
    const more: Record<string, string> = {
      removeCommunityMembers: 'removed',
      leaveCommunity: '',
    };
    const { data, errors } = await this.world.ask(
      token,
      `mutation ($input: ${type}!) { ${name}(input: $input) {
        community { id viewerLevel }
        ${more[name] ?? 'members { id level isVisible isNotified user { id } role { id } }'}
        userErrors { code message path }
      } }`,
      { input: { communityId: this.id, ...input } },
    );
    return errors ? { denied: errors[0].extensions.code, message: errors[0].message } : data[name];
  }

  add(members: object[], level: Level, token?: string, more: object = {}) {
    return this.change('addCommunityMembers', { members, level, ...more }, token);
  }
  update(memberIds: string[], changes: object, token?: string) {
    return this.change('updateCommunityMembers', { memberIds, ...changes }, token);
  }
  remove(memberIds: string[], token?: string) {
    return this.change('removeCommunityMembers', { memberIds }, token);
  }
  leave(token: string | undefined) {
    return this.change('leaveCommunity', {}, token);
  }
}

/** A local role with these people. */
export async function newRole({ sql }: World, people: Person[] = []): Promise<Role> {
  const [uuid, name] = [randomUUID(), `role-${randomUUID()}`];
  await sql('insert into roles (id, name) values ($1, $2)', [uuid, name]);
  await assign({ sql }, uuid, people);
  return { uuid, id: toGlobalId('Role', uuid), name };
}

/** A group with a role for each of these categories, and people in all of them. */
export async function newGroup(
  { sql }: World,
  categories: string[],
  people: Person[] = [],
  fields: Record<string, string> = {},
): Promise<Role[]> {
  const group = randomUUID();
  const columns = { id: group, idp: 'myCommons', remote_id: group, slug: 'astronomers', ...fields };
  const names = Object.keys(columns);
  await sql(
    `insert into groups (${names}) values (${names.map((_, n) => `$${n + 1}`)})`,
    Object.values(columns),
  );
  const roles: Role[] = [];
  for (const category of categories) {
    const uuid = randomUUID();
    await sql('insert into roles (id, group_id, category) values ($1, $2, $3)', [
      uuid,
      group,
      category,
    ]);
    await assign({ sql }, uuid, people);
    roles.push({ uuid, id: toGlobalId('Role', uuid), name: category });
  }
  return roles;
}

export async function assign({ sql }: Pick<World, 'sql'>, role: string, people: Person[]) {
  for (const it of people) {
    await sql(`insert into assignments (role_id, user_id, source) values ($1, $2, 'myCommons')`, [
      role,
      it.uuid,
    ]);
  }
}

/** What the last audit event about a thing says. */
export async function audited({ sql }: World, uuid: string) {
  const [event] = await sql(
    'select act, actor_id, details from audit_events where subject_id = $1 order by id desc limit 1',
    [uuid],
  );
  return event;
}

/** Expects a refusal of everything, for these reasons at these places. */
export function expectRefused(answer: Loose, ...problems: [code: string, ...path: string[]][]) {
  expect(answer.denied).toBeUndefined();
  expect(answer.userErrors.map((it: Loose) => [it.code, ...it.path])).toEqual(
    problems.map(([code, ...path]) => [code, 'input', ...path]),
  );
  expect(answer.community).toBeNull();
}
