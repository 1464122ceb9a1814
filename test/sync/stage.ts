import { sql } from 'kysely';
import { expect } from 'vitest';
import { Actor } from '../../src/actor.ts';
import type { App } from '../../src/app.ts';
import { type Context, rows, transact } from '../../src/context.ts';
import { slugOf } from '../../src/groups/naming.ts';
import { atLeast, type Level } from '../../src/level.ts';
import type { Change } from '../../src/sync/changes.ts';
import { type LocalWorld, others, ours } from './arbitraries.ts';

/** The id of the nth thing of a kind in a random world. */
export const idOf = (kind: 'user' | 'group' | 'role' | 'community', n: number) => {
  const prefix = { user: 1, group: 2, role: 3, community: 4 }[kind];
  return `0000000${prefix}-0000-7000-8000-${String(n).padStart(12, '0')}`;
};
/** `n` things have this one at `place`, going round. */
const at = <T>(list: T[], place: number): T | undefined => list[place % (list.length || 1)];

class Curtain<T> extends Error {
  constructor(readonly result: T) {
    super('the play is over');
  }
}

/** Plays in a random world, in one transaction; nothing of it stays but what is answered. */
export async function play<T>(
  app: App,
  world: LocalWorld,
  act: (tx: Context) => Promise<T>,
): Promise<T> {
  try {
    await transact(app.begin(Actor.system), async (tx) => {
      await build(tx, world);
      throw new Curtain(await act(tx));
    });
  } catch (error) {
    if (error instanceof Curtain) return error.result;
    throw error;
  }
  throw new Error('unreachable');
}

/** Writes a random world, one statement for each kind of row. */
export async function build(tx: Context, world: LocalWorld): Promise<void> {
  const users = world.users.map((it, n) => ({ ...it, id: idOf('user', n) }));
  const groups = world.groups.map((it, n) => ({ ...it, id: idOf('group', n) }));
  const roles = [
    ...groups.flatMap((it) =>
      it.isDeleted ? [] : it.categories.map((category) => ({ group: it, category })),
    ),
    ...world.localRoles.map((rights, n) => ({ name: `local ${n}`, rights })),
  ].map((it, n) => ({ group: undefined, ...it, id: idOf('role', n) }));
  const linked = new Set<string>();
  const communities = world.communities.map((it, n) => {
    const group = it.group === null ? undefined : at(groups, it.group);
    const isFree = group && !group.isDeleted && !linked.has(group.id);
    if (isFree) linked.add(group.id);
    return { ...it, id: idOf('community', n), slug: `c${n}`, group: isFree ? group.id : null };
  });
  const members = communities.flatMap(({ id, group, userMembers, roleMembers }) => [
    ...userMembers.map((it) => ({
      community: id,
      user: at(users, it.user)?.id,
      level: it.level,
    })),
    ...roleMembers.map(({ role: place, isOwn, level, mapping }) => {
      const own = roles.filter((it) => it.group && it.group.id === group);
      const role = at(isOwn && own.length > 0 ? own : roles, place);
      const isMapped = role?.group && role.group.id === group && mapping !== 'none';
      const mapped = mapping === 'same' ? level : mapping;
      return { community: id, role: role?.id, level, mapped: isMapped ? mapped : null };
    }),
  ]);
  // Whoever made the test's database is nobody's administrator here.
  await rows(tx, sql`delete from users`);
  const insert = (statement: (json: string) => ReturnType<typeof sql>, list: object[]) =>
    rows(tx, statement(JSON.stringify(list)));

  await insert(
    (json) => sql`
      insert into users (id, username, email, full_name, given_name, family_name, affiliation, orcid,
        locale, time_zone, locked_fields, state)
      select id, username, email, "fullName", "givenName", "familyName", affiliation, orcid, locale,
        "timeZone", array(select jsonb_array_elements_text("lockedFields")), state
      from jsonb_to_recordset(${json}) as it (id uuid, username text, email text, "fullName" text,
        "givenName" text, "familyName" text, affiliation text, orcid text, locale text,
        "timeZone" text, "lockedFields" jsonb, state text)`,
    users,
  );
  await insert(
    (json) => sql`
      insert into identities (id, idp, subject, user_id, gone_at)
      select gen_random_uuid(), idp, subject, "user", case when gone then timestamptz '2026-01-01' end
      from jsonb_to_recordset(${json}) as it (idp text, subject text, "user" uuid, gone boolean)`,
    users.flatMap((it, n) =>
      [
        { idp: ours, standing: it.ours },
        { idp: others, standing: it.others },
      ].flatMap(({ idp, standing }) =>
        standing === 'none'
          ? []
          : { idp, subject: `name${n}`, user: it.id, gone: standing === 'gone' },
      ),
    ),
  );
  await insert(
    (json) => sql`
      insert into groups (id, idp, remote_id, name, slug, url, avatar, description, visibility,
        upload_categories, moderate_categories, deleted_at)
      select id, idp, "remoteId", name, slug, url, avatar, description, visibility,
        (select array_agg(c) from jsonb_array_elements_text("uploadCategories") c),
        (select array_agg(c) from jsonb_array_elements_text("moderateCategories") c),
        case when "isDeleted" then timestamptz '2026-01-01' end
      from jsonb_to_recordset(${json}) as it (id uuid, idp text, "remoteId" text, name text,
        slug text, url text, avatar text, description text, visibility text,
        "uploadCategories" jsonb, "moderateCategories" jsonb, "isDeleted" boolean)`,
    groups.map((it) => ({
      ...it,
      uploadCategories: it.uploadCategories ?? [],
      moderateCategories: it.moderateCategories ?? [],
    })),
  );
  await insert(
    (json) => sql`
      insert into roles (id, name, group_id, category, rights)
      select id, name, "group", category, array(select jsonb_array_elements_text(rights))
      from jsonb_to_recordset(${json}) as it (id uuid, name text, "group" uuid, category text,
        rights jsonb)`,
    roles.map((it) => ({ rights: [], ...it, group: it.group?.id })),
  );
  await insert(
    (json) => sql`
      insert into assignments (role_id, user_id, source)
      select role, "user", source from jsonb_to_recordset(${json}) as it (role uuid, "user" uuid,
        source text)
      where role is not null and "user" is not null
      on conflict do nothing`,
    world.assignments.map(({ user, role: place, source }) => {
      const role = at(roles, place);
      return {
        user: at(users, user)?.id,
        role: role?.id,
        source: role?.group ? source : 'LOCAL',
      };
    }),
  );
  await insert(
    (json) => sql`
      insert into communities (id, slug, title, group_id, deleted_at)
      select id, slug, slug, "group", case when "isDeleted" then timestamptz '2026-01-01' end
      from jsonb_to_recordset(${json}) as it (id uuid, slug text, "group" uuid, "isDeleted" boolean)`,
    communities,
  );
  await insert(
    (json) => sql`
      insert into members (id, community_id, user_id, role_id, level, mapped_level)
      select gen_random_uuid(), community, "user", role, level, mapped
      from jsonb_to_recordset(${json}) as it (community uuid, "user" uuid, role uuid, level text,
        mapped text)
      where "user" is not null or role is not null
      on conflict do nothing`,
    members,
  );
}

/** Everything of a world, by names that do not depend on when it was written. */
export interface Dump {
  users: Record<string, Record<string, unknown>>;
  identities: Record<string, { user: string; isGone: boolean }>;
  groups: Record<string, Record<string, unknown>>;
  roles: Record<string, { rights: string[] }>;
  /** By `user role source`. */
  assignments: Record<string, { user: string; role: string; source: string }>;
  communities: Record<string, { group: string | null; isDeleted: boolean }>;
  /** By `community user` or `community role`. */
  members: Record<
    string,
    { community: string; user?: string; role?: string; level: Level; mapped: Level | null }
  >;
}

const roleName = (idp: string, group: string, category: string) => `${idp}|${group}|${category}`;

export async function dump(tx: Context): Promise<Dump> {
  const table = async <Row>(statement: ReturnType<typeof sql<Row>>) => rows<Row>(tx, statement);
  const users = await table(sql<Record<string, string>>`
    select id, username, email, full_name as "fullName", given_name as "givenName",
      family_name as "familyName", affiliation, orcid, locale, time_zone as "timeZone", visibility,
      email_visibility as "emailVisibility", locked_fields as "lockedFields", state
    from users`);
  const identities = await table(sql<{
    name: string;
    user: string;
    isGone: boolean;
  }>`
    select idp || ' ' || subject as name, user_id as "user", gone_at is not null as "isGone"
    from identities order by 1`);
  const groups = await table(sql<Record<string, unknown>>`
    select id, idp || ' ' || remote_id as key, name, slug, url, avatar, description, visibility,
      upload_categories as "uploadCategories", moderate_categories as "moderateCategories",
      deleted_at is not null as "isDeleted"
    from groups`);
  const roles = await table(sql<{ id: string; name: string; rights: string[] }>`
    select r.id, coalesce(r.name, g.idp || '|' || g.remote_id || '|' || r.category) as name, rights
    from roles r left join groups g on g.id = r.group_id`);
  const assignments = await table(sql<{ user: string; role: string; source: string }>`
    select user_id as "user", role_id as role, source from assignments`);
  const communities = await table(sql<{ id: string; group: string | null; isDeleted: boolean }>`
    select id, group_id as "group", deleted_at is not null as "isDeleted" from communities`);
  const members = await table(sql<{
    community: string;
    user: string | null;
    role: string | null;
    level: Level;
    mapped: Level | null;
  }>`
    select community_id as community, user_id as "user", role_id as role, level,
      mapped_level as mapped from members`);

  const userNames = new Map(users.map((it) => [`${it.id}`, `${it.id}`]));
  for (const { user, name } of identities) {
    if (!user.startsWith('0000000')) userNames.set(user, name);
  }
  const roleNames = new Map(roles.map((it) => [it.id, it.name]));
  const groupNames = new Map(groups.map((it) => [it.id, `${it.key}`]));
  const userOf = (id: string) => userNames.get(id) as string;
  const roleOf = (id: string) => roleNames.get(id) as string;
  return {
    users: Object.fromEntries(users.map(({ id, ...it }) => [userOf(`${id}`), it])),
    identities: Object.fromEntries(
      identities.map(({ name, user, isGone }) => [name, { user: userOf(user), isGone }]),
    ),
    groups: Object.fromEntries(groups.map(({ id: _, key, ...it }) => [`${key}`, it])),
    roles: Object.fromEntries(roles.map(({ name, rights }) => [name, { rights }])),
    assignments: Object.fromEntries(
      assignments
        .map((it) => ({ user: userOf(it.user), role: roleOf(it.role), source: it.source }))
        .map((it) => [`${it.user} ${it.role} ${it.source}`, it]),
    ),
    communities: Object.fromEntries(
      communities.map(({ id, group, isDeleted }) => [
        id,
        { group: group && (groupNames.get(group) as string), isDeleted },
      ]),
    ),
    members: Object.fromEntries(
      members.map(({ community, user, role, level, mapped }) => [
        `${community} ${user ? userOf(user) : roleOf(`${role}`)}`,
        {
          community,
          ...(user ? { user: userOf(user) } : { role: roleOf(`${role}`) }),
          level,
          mapped,
        },
      ]),
    ),
  };
}

/** Every row with the place that it lies at: a row that was written again lies elsewhere. */
export async function rawDump(tx: Context): Promise<unknown> {
  const [found] = await rows(
    tx,
    sql<{ all: unknown }>`
      select jsonb_build_object(
        'users', (select jsonb_agg(to_jsonb(t) || jsonb_build_object('at', t.ctid) order by t.ctid) from users t),
        'identities', (select jsonb_agg(to_jsonb(t) || jsonb_build_object('at', t.ctid) order by t.ctid) from identities t),
        'groups', (select jsonb_agg(to_jsonb(t) || jsonb_build_object('at', t.ctid) order by t.ctid) from groups t),
        'roles', (select jsonb_agg(to_jsonb(t) || jsonb_build_object('at', t.ctid) order by t.ctid) from roles t),
        'assignments', (select jsonb_agg(to_jsonb(t) || jsonb_build_object('at', t.ctid) order by t.ctid) from assignments t),
        'communities', (select jsonb_agg(to_jsonb(t) || jsonb_build_object('at', t.ctid) order by t.ctid) from communities t),
        'members', (select jsonb_agg(to_jsonb(t) || jsonb_build_object('at', t.ctid) order by t.ctid) from members t)
      ) as all`,
  );
  return found?.all;
}

/** The level of each user in each community: the highest of their own and of their roles'. */
export function effectiveLevels({ members, assignments }: Dump): Record<string, Level> {
  const best: Record<string, Level> = {};
  const give = (community: string, user: string, level: Level) => {
    const key = `${community} ${user}`;
    const known = best[key];
    if (!known || atLeast(level, known)) best[key] = level;
  };
  const inRole = Map.groupBy(Object.values(assignments), (it) => it.role);
  for (const { community, user, role, level } of Object.values(members)) {
    if (user) give(community, user, level);
    for (const it of inRole.get(role ?? '') ?? []) give(community, it.user, level);
  }
  return best;
}

const fieldsOfNobody = {
  username: null,
  email: null,
  fullName: null,
  givenName: null,
  familyName: null,
  affiliation: null,
  orcid: null,
  locale: null,
  timeZone: null,
  visibility: 'PUBLIC',
  emailVisibility: 'RESTRICTED',
  lockedFields: [],
  state: 'ACTIVE',
};

const newGroup = (name: string | null, remoteId: string) => ({
  name,
  slug: slugOf(name, remoteId),
  url: null,
  avatar: null,
  description: null,
  visibility: null,
  uploadCategories: null,
  moderateCategories: null,
  isDeleted: false,
});

/** What the changes of a run tell that was done, done to a dump; each must be true of what was there. */
export function retell(
  world: Dump,
  idp: string,
  kind: 'USER' | 'GROUP',
  subject: string,
  changes: Change[],
): void {
  const identity = `${idp} ${subject}`;
  const userKey = world.identities[identity]?.user ?? identity;
  for (const it of changes) {
    const before = it.before ?? null;
    const after = it.after ?? null;
    const field = it.field as string;
    const group = `${idp} ${it.group ?? subject}`;
    const role = roleName(idp, it.group ?? subject, it.category ?? '');
    const assignment = `${userKey} ${role} ${idp}`;
    const user = world.users[userKey] as Record<string, unknown>;
    const member = `${it.communityId} ${it.userId ?? role}`;
    switch (it.kind) {
      case 'USER_PROVISIONED':
        expect(world.identities).not.toHaveProperty([identity]);
        world.users[userKey] = { ...fieldsOfNobody, username: after };
        world.identities[identity] = { user: userKey, isGone: false };
        break;
      case 'USER_FIELD_CHANGED':
        expect({ field, is: user[field] }).toEqual({ field, is: before });
        user[field] = after;
        break;
      case 'USER_SUSPENDED':
      case 'USER_REACTIVATED':
        expect(user.state).toBe(before);
        user.state = after;
        break;
      case 'IDENTITY_GONE':
      case 'IDENTITY_BACK':
        expect(world.identities[identity]?.isGone).toBe(it.kind === 'IDENTITY_BACK');
        world.identities[identity] = { user: userKey, isGone: it.kind === 'IDENTITY_GONE' };
        break;
      case 'ROLE_ASSIGNED':
        expect(world.assignments).not.toHaveProperty([assignment]);
        expect(world.roles).toHaveProperty([role]);
        world.assignments[assignment] = { user: userKey, role, source: idp };
        break;
      case 'ROLE_UNASSIGNED':
        expect(world.assignments).toHaveProperty([assignment]);
        delete world.assignments[assignment];
        break;
      case 'GROUP_CREATED':
        expect(world.groups[group]?.isDeleted ?? true).toBe(true);
        world.groups[group] = newGroup(after, it.group ?? '');
        // A run about the group tells its fields one by one.
        if (kind === 'GROUP') Object.assign(world.groups[group], { name: null, slug: null });
        break;
      case 'GROUP_FIELD_CHANGED': {
        const isList = field.endsWith('Categories');
        const read = (text: string | null) =>
          isList && text !== null ? (JSON.parse(text) as string[]) : text;
        const row = world.groups[group] as Record<string, unknown>;
        expect({ field, is: row[field] }).toEqual({ field, is: read(before) });
        row[field] = read(after);
        break;
      }
      case 'ROLE_CREATED':
        expect(world.roles).not.toHaveProperty([role]);
        world.roles[role] = { rights: [] };
        break;
      case 'MEMBER_ADDED':
        expect(world.members).not.toHaveProperty([member]);
        world.members[member] = {
          community: it.communityId as string,
          ...(it.userId ? { user: it.userId } : { role }),
          level: it.level as Level,
          mapped: it.userId ? null : (it.level as Level),
        };
        break;
      case 'MEMBER_LEVEL_CHANGED': {
        const row = world.members[member] as Dump['members'][string];
        expect(row.level).toBe(before);
        world.members[member] = {
          ...row,
          level: after as Level,
          mapped: it.userId ? row.mapped : (after as Level),
        };
        break;
      }
      case 'MEMBER_REMOVED':
        expect(world.members[member]?.level).toBe(before);
        delete world.members[member];
        break;
      case 'ROLE_DELETED':
        expect(world.roles).toHaveProperty([role]);
        delete world.roles[role];
        // Nobody can be in a role that is no more.
        for (const [key, { role: of }] of Object.entries(world.assignments)) {
          if (of === role) delete world.assignments[key];
        }
        break;
      case 'COMMUNITY_UNLINKED':
      case 'COMMUNITY_DELETED': {
        const id = it.communityId as string;
        const community = world.communities[id] as Dump['communities'][string];
        world.communities[id] =
          it.kind === 'COMMUNITY_UNLINKED'
            ? { ...community, group: null }
            : { ...community, isDeleted: true };
        break;
      }
      case 'GROUP_DELETED':
        expect(world.groups[group]?.isDeleted).toBe(false);
        world.groups[group] = { ...world.groups[group], isDeleted: true };
        break;
    }
  }
}
