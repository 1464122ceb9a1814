import { randomUUID } from 'node:crypto';
import { toGlobalId } from '../../src/ids.ts';
import type { World } from '../helpers/world.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever they asked for
export type Loose = any;

export const newName = (): string => `r-${randomUUID().slice(0, 8)}`;

const pascal = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** Sends one of the mutations of roles; answers its payload, or the code of the error. */
export async function send(
  world: World,
  token: string | undefined,
  mutation: string,
  input: object,
): Promise<Loose> {
  const fields = {
    createRole: 'role { id name title description rights isProtected version viewerPermissions }',
    updateRole: 'role { id name title description rights version }',
    deleteRole: 'deletedRoleId',
    assignRole: 'role { id } assigned { username }',
    unassignRole: 'role { id } unassigned { username }',
  }[mutation];
  const { data, errors } = await world.ask(
    token,
    `mutation ($input: ${pascal(mutation)}Input!) {
      ${mutation}(input: $input) { ${fields} userErrors { code message path } } }`,
    { input },
  );
  if (errors) {
    const { code, ...rest } = errors[0].extensions;
    return { error: code, message: errors[0].message, ...rest };
  }
  return data[mutation];
}

export interface MadeRole {
  id: string;
  uuid: string;
  name: string;
}

/** A local role with these people in it. */
export async function makeRole(
  { sql }: World,
  { name = newName(), rights = [] as string[], users = [] as { id: string }[] } = {},
): Promise<MadeRole> {
  const [made] = await sql<{ id: string }>(
    'insert into roles (id, name, rights) values (gen_random_uuid(), $1, $2) returning id',
    [name, rights],
  );
  const uuid = made?.id ?? '';
  await sql(
    `insert into assignments (role_id, user_id, source)
      select $1, it, 'LOCAL' from unnest($2::uuid[]) as it`,
    [uuid, users.map((it) => it.id)],
  );
  return { id: toGlobalId('Role', uuid), uuid, name };
}

/** Makes a role a member of a community. */
export const place = ({ sql }: World, role: MadeRole, community: string, level: string) =>
  sql(
    `insert into members (id, community_id, role_id, level) values (gen_random_uuid(), $1, $2, $3)`,
    [community, role.uuid, level],
  );

/** The usernames of those who are in a role. */
export async function peopleOf({ sql }: World, { uuid }: MadeRole): Promise<string[]> {
  const found = await sql<{ username: string }>(
    `select distinct username from users u join assignments a on a.user_id = u.id
      where a.role_id = $1 order by 1`,
    [uuid],
  );
  return found.map((it) => it.username);
}

/** What the log says was done to a role, oldest first. */
export const eventsOf = ({ sql }: World, { id }: { id: string }) =>
  sql(
    `select act, actor_id, via, via_id, ip, details from audit_events
      where subject_id = $1 order by id`,
    [id],
  );

/** Begins a transaction of somebody else; what is answered commits it. */
export async function hold({ app }: World, statement: string): Promise<() => Promise<void>> {
  const { em } = app.begin();
  let commit = () => {};
  const held = new Promise<void>((resolve) => {
    commit = resolve;
  });
  const begun = Promise.withResolvers<void>();
  const done = em.transactional(async (tx) => {
    await tx.execute(statement);
    begun.resolve();
    await held;
  });
  await begun.promise;
  return async () => {
    commit();
    await done;
  };
}
