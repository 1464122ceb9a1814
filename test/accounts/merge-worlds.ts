import fc from 'fast-check';
import { newId, toGlobalId } from '../../src/ids.ts';
import { atLeast, type Level, levels } from '../../src/level.ts';
import type { World } from '../helpers/world.ts';
import type { Loose } from './kit.ts';

/** What is made up; people, places and roles are numbers. The first two people are one. */
export interface Plot {
  members: { place: number; person: number; level: Level }[];
  rolePlaces: { place: number; role: number; level: Level }[];
  roles: { person: number; role: number; isLocal: boolean }[];
  identities: { person: number; idp: string; isGone: boolean }[];
  requests: {
    place: number;
    person: number;
    level: Level;
    isInvitation: boolean;
    isDue: boolean;
  }[];
  isFromClosed: boolean;
}

const people = 3;
const places = 4;
const roles = 3;
const person = fc.nat({ max: people - 1 });
const place = fc.nat({ max: places - 1 });
const role = fc.nat({ max: roles - 1 });
const level = fc.constantFrom(...levels);
const some = <T>(it: fc.Arbitrary<T>, by: (it: T) => string) =>
  fc.uniqueArray(it, { maxLength: 8, selector: by });

export const plots: fc.Arbitrary<Plot> = fc.record({
  members: some(fc.record({ place, person, level }), (it) => `${it.place} ${it.person}`),
  rolePlaces: some(fc.record({ place, role, level }), (it) => `${it.place} ${it.role}`),
  roles: some(fc.record({ person, role, isLocal: fc.boolean() }), (it) => JSON.stringify(it)),
  identities: fc.array(
    fc.record({
      person,
      // The first is asked for its people, the others are not.
      idp: fc.constantFrom('knowledgeCommons', 'orcid', 'elsewhere'),
      isGone: fc.boolean(),
    }),
    { maxLength: 6 },
  ),
  requests: some(
    fc.record({ place, person, level, isInvitation: fc.boolean(), isDue: fc.boolean() }),
    (it) => `${it.place} ${it.person}`,
  ),
  isFromClosed: fc.boolean(),
});

/** The plot, in the database; ids by number. */
export async function stage(world: World, plot: Plot) {
  const ids = (count: number) => Array.from({ length: count }, newId);
  const made = { people: ids(people), places: ids(places), roles: ids(roles) };
  const group = newId();
  const insert = (text: string, list: object[]) =>
    world.sql(`${text} from jsonb_populate_recordset(null::${text.split(' ')[2]}, $1) as it`, [
      JSON.stringify(list),
    ]);
  await world.sql(
    `insert into users (id, username, state)
     select it, 'u' || it, case when it = $2 then $3 else 'ACTIVE' end from unnest($1::uuid[]) it`,
    [made.people, made.people[0], plot.isFromClosed ? 'SUSPENDED' : 'ACTIVE'],
  );
  await world.sql(
    `insert into communities (id, slug, title) select it, 'c-' || it, 'C' from unnest($1::uuid[]) it`,
    [made.places],
  );
  await world.sql(
    `insert into groups (id, idp, remote_id, slug) values ($1, 'elsewhere', $2, 'g')`,
    [group, group],
  );
  await world.sql(
    `insert into roles (id, group_id, category) select it, $2, it::text from unnest($1::uuid[]) it`,
    [made.roles, group],
  );
  await insert(
    'insert into members (id, community_id, user_id, role_id, level) select id, community_id, user_id, role_id, level',
    [
      ...plot.members.map((it) => ({
        id: newId(),
        community_id: made.places[it.place],
        user_id: made.people[it.person],
        level: it.level,
      })),
      ...plot.rolePlaces.map((it) => ({
        id: newId(),
        community_id: made.places[it.place],
        role_id: made.roles[it.role],
        level: it.level,
      })),
    ],
  );
  await insert(
    'insert into assignments (role_id, user_id, source) select role_id, user_id, source',
    plot.roles.map((it) => ({
      role_id: made.roles[it.role],
      user_id: made.people[it.person],
      source: it.isLocal ? 'LOCAL' : 'elsewhere',
    })),
  );
  await insert(
    'insert into identities (id, idp, subject, user_id, gone_at) select id, idp, subject, user_id, gone_at',
    plot.identities.map((it) => ({
      id: newId(),
      idp: it.idp,
      subject: newId(),
      user_id: made.people[it.person],
      gone_at: it.isGone ? new Date() : null,
    })),
  );
  await insert(
    'insert into requests (id, kind, community_id, user_id, level, expires_at) select id, kind, community_id, user_id, level, expires_at',
    plot.requests.map((it) => ({
      id: newId(),
      kind: it.isInvitation ? 'INVITATION' : 'MEMBERSHIP',
      community_id: made.places[it.place],
      user_id: made.people[it.person],
      level: it.level,
      expires_at: it.isDue ? new Date(Date.now() - 1_000) : null,
    })),
  );
  return { ...made, globalIds: made.people.map((it) => toGlobalId('User', it)) };
}
export type Staged = Awaited<ReturnType<typeof stage>>;

export interface Snapshot {
  identities: { id: string; idp: string; user_id: string; isGone: boolean }[];
  assignments: { role_id: string; user_id: string; source: string }[];
  members: { id: string; community_id: string; user_id: string; level: Level }[];
  requests: { id: string; user_id: string; state: string }[];
}

/** What there is of the people. */
export async function look({ sql }: World, { people }: Staged): Promise<Snapshot> {
  const of = (table: string, columns: string) =>
    sql(`select ${columns} from ${table} where user_id = any($1)`, [people]);
  return {
    identities: await of('identities', 'id, idp, user_id, gone_at is not null as "isGone"'),
    assignments: await of('assignments', 'role_id, user_id, source'),
    members: await of('members', 'id, community_id, user_id, level'),
    requests: await of('requests', 'id, user_id, state'),
  };
}

/** The highest level that somebody has in each place, by themselves or a role. */
export async function levelsOf({ sql }: World, { people, places }: Staged) {
  const found = await sql(
    `select u.id as person, m.community_id as place, m.level from users u
     join members m on m.user_id = u.id
       or m.role_id in (select role_id from assignments a where a.user_id = u.id)
     where u.id = any($1) and m.community_id = any($2)`,
    [people, places],
  );
  const top = new Map<string, Level>();
  for (const { person, place, level } of found) {
    const key = `${person} ${place}`;
    const known = top.get(key);
    if (!known || atLeast(level, known)) top.set(key, level);
  }
  return top;
}

/** The places that somebody owns who can use their account. */
export const ownedOf = async ({ sql }: World, { places }: Staged): Promise<string[]> =>
  (
    await sql(
      `select distinct m.community_id as id from members m
       join users u on u.id = m.user_id
         or u.id in (select a.user_id from assignments a where a.role_id = m.role_id)
       where m.level = 'OWNER' and u.state = 'ACTIVE' and m.community_id = any($1)`,
      [places],
    )
  )
    .map((it) => it.id)
    .sort();

/** What a plan says that there is after it. */
export function after(before: Snapshot, changes: Loose[], from: string, into: string): Snapshot {
  const of = (...kinds: string[]) => changes.filter((it) => kinds.includes(it.kind));
  const named = (list: Loose[], key: string) => new Set(list.map((it) => it[key]));
  const moved = named(of('IDENTITY_MOVED'), 'identityId');
  const retired = named(of('IDENTITY_RETIRED'), 'identityId');
  const gone = named(of('MEMBER_RAISED', 'MEMBER_DROPPED'), 'memberId');
  const travelling = named(of('MEMBER_MOVED'), 'memberId');
  const raised = new Map(of('MEMBER_RAISED').map((it) => [it.communityId, it.after]));
  const cancelled = named(of('REQUEST_CANCELLED'), 'requestId');
  const dropped = new Set(of('ROLE_DROPPED').map((it) => `${it.roleId} ${it.source}`));
  return {
    identities: before.identities.map((it) => ({
      ...it,
      user_id: moved.has(it.id) ? into : retired.has(it.id) ? from : it.user_id,
    })),
    assignments: before.assignments.flatMap((it) => {
      if (it.user_id !== from) return it;
      return dropped.has(`${it.role_id} ${it.source}`) ? [] : { ...it, user_id: into };
    }),
    members: before.members
      .filter((it) => !gone.has(it.id))
      .map((it) => ({
        ...it,
        user_id: travelling.has(it.id) ? into : it.user_id,
        level: (it.user_id === into && raised.get(it.community_id)) || it.level,
      })),
    requests: before.requests.map((it) => ({
      ...it,
      user_id: it.user_id === from ? into : it.user_id,
      state: cancelled.has(it.id) ? 'CANCELLED' : it.state,
    })),
  };
}
