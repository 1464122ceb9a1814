import { randomUUID } from 'node:crypto';
import { type Kind, newId, toGlobalId } from '../../src/ids.ts';
import type { World } from '../helpers/world.ts';

type Sql = Pick<World, 'sql'>;

/** A thing by its own id, and as callers see it. */
export interface Made {
  uuid: string;
  id: string;
}

const made = (kind: Kind, uuid = newId()): Made => ({ uuid, id: toGlobalId(kind, uuid) });

export const byUuid = (a: Made, b: Made): number => (a.uuid < b.uuid ? -1 : 1);

/** So many users whom nobody knows yet, in the order of their ids. */
export async function makeUsers({ sql }: Sql, count: number): Promise<Made[]> {
  const users = Array.from({ length: count }, () => made('User')).sort(byUuid);
  await sql(
    `insert into users (id, username, full_name)
     select id, 'u' || replace(id::text, '-', ''), 'Somebody' from unnest($1::uuid[]) as it (id)`,
    [users.map((it) => it.uuid)],
  );
  return users;
}

/** A remote group with its role of members. */
export async function makeGroup({ sql }: Sql, idp = 'myCommons') {
  const [group, role] = [made('Group'), made('Role')];
  const remoteId = randomUUID();
  await sql('insert into groups (id, idp, remote_id, slug, name) values ($1, $2, $3, $4, $4)', [
    group.uuid,
    idp,
    remoteId,
    'developers',
  ]);
  await sql(`insert into roles (id, group_id, category) values ($1, $2, 'member')`, [
    role.uuid,
    group.uuid,
  ]);
  return { group, role, name: `${idp}---developers|${remoteId}|member` };
}

export async function assign({ sql }: Sql, role: Made, users: Made[]): Promise<void> {
  await sql(
    `insert into assignments (role_id, user_id, source)
     select $1, id, 'myCommons' from unnest($2::uuid[]) as it (id)`,
    [role.uuid, users.map((it) => it.uuid)],
  );
}

/** A community, and its members among users and roles. */
export async function makeCommunity(
  { sql }: Sql,
  { visibility = 'PUBLIC', users = [] as Made[], level = 'READER' } = {},
) {
  const community = made('Community');
  const slug = `c-${randomUUID()}`;
  await sql('insert into communities (id, slug, title, visibility) values ($1, $2, $2, $3)', [
    community.uuid,
    slug,
    visibility,
  ]);
  const members = users.map((user) => ({ ...made('Member'), user }));
  for (const it of members) {
    await sql('insert into members (id, community_id, user_id, level) values ($1, $2, $3, $4)', [
      it.uuid,
      community.uuid,
      it.user.uuid,
      level,
    ]);
  }
  return { ...community, slug, members };
}

/** A user of the world with a right in the whole instance, by a local role of their own. */
export async function makeUserWith(world: World, right: 'ADMINISTER' | 'MODERATE' | 'SYNC') {
  const user = await world.makeUser();
  const role = newId();
  await world.sql('insert into roles (id, name, rights) values ($1, $2, $3)', [
    role,
    `role-${randomUUID()}`,
    [right],
  ]);
  await world.sql(`insert into assignments (role_id, user_id, source) values ($1, $2, 'LOCAL')`, [
    role,
    user.id,
  ]);
  return user;
}
