import { randomUUID } from 'node:crypto';
import { makeToken } from '../../src/credentials/secret.ts';
import { newId, toGlobalId } from '../../src/ids.ts';
import type { World } from '../helpers/world.ts';
import type { ActorName, StateName } from './matrix-table.ts';

type Rows = Record<string, unknown>[];
type Columns = Record<string, unknown>;

export interface Thing {
  uuid: string;
  id: string;
}
export interface Person extends Thing {
  token: string | undefined;
}
export interface Place extends Thing {
  slug: string;
}

/** Who has a member row of their own or a role's in each community of a scene. */
type MemberName = 'reader' | 'curator' | 'manager' | 'owner' | 'founder' | 'shown' | 'shy';
type RoleName = 'team' | 'crew';

/** One actor before one community in one state. Nobody else touches that community. */
export interface Cell extends Place {
  actor: ActorName;
  state: StateName;
  oldSlug: string;
  members: Record<MemberName | RoleName, Thing>;
  /** Open requests to join: of somebody who was invited, and of somebody who asks. */
  invitation: Thing & { comment: Thing };
  membership: Thing & { comment: Thing };
  /** Another request, if the act is about one. */
  extra: Thing;
  entry: Thing;
  hash: string;
  group: Thing & { remoteId: string };
  /** Public communities that the actor owns: one that may be a child, and one that may be a parent. */
  hut: Place;
  hall: Place;
}

/** The people of a scene. Each community has these members; the other people are none. */
export interface Crowd {
  actors: Record<ActorName, Person>;
  founder: Person;
  /** Readers who show that they are, and who do not. */
  shown: Person;
  shy: Person;
  invitee: Person;
  asker: Person;
  guest: Person;
  /** A role with all actors in it, and one with nobody; `crew` is a member everywhere. */
  choir: Thing;
  crew: Thing;
  /** Makes its people managers. */
  team: Thing;
}

/** What an act needs beside what every scene has. */
export interface Needs {
  community?: (cell: Cell) => Columns;
  hut?: (cell: Cell) => Columns;
  extra?: (cell: Cell, crowd: Crowd) => Columns;
  membership?: Columns;
  /** A remote group that all actors manage: the community’s own, or one without a community. */
  group?: 'its own' | 'free';
}

export interface Scene {
  crowd: Crowd;
  cells: Cell[];
}

const thing = (kind: Parameters<typeof toGlobalId>[0]): Thing => {
  const uuid = newId();
  return { uuid, id: toGlobalId(kind, uuid) };
};
const place = (): Place => ({ ...thing('Community'), slug: `c-${randomUUID()}` });

/** A cell whose community, and all that hangs on it, nobody ever made. */
export function newCell(actor: ActorName, state: StateName): Cell {
  const member = () => thing('Member');
  const request = () => ({ ...thing('Request'), comment: thing('RequestEvent') });
  return {
    ...place(),
    actor,
    state,
    oldSlug: `c-${randomUUID()}`,
    members: {
      reader: member(),
      curator: member(),
      manager: member(),
      owner: member(),
      founder: member(),
      shown: member(),
      shy: member(),
      team: member(),
      crew: member(),
    },
    invitation: request(),
    membership: request(),
    extra: thing('Request'),
    entry: thing('FeaturedEntry'),
    hash: randomUUID().replaceAll('-', ''),
    group: { ...thing('Group'), remoteId: randomUUID() },
    hut: place(),
    hall: place(),
  };
}

const columnsOf: Record<StateName, Columns> = {
  'a public community': { visibility: 'PUBLIC' },
  'a restricted community': { visibility: 'RESTRICTED' },
  'a deleted public community': { visibility: 'PUBLIC', deleted_at: new Date() },
  'a deleted restricted community': { visibility: 'RESTRICTED', deleted_at: new Date() },
  'a community marked for purge': {
    visibility: 'PUBLIC',
    deleted_at: new Date(),
    purge_marked_at: new Date(),
  },
};

/** Writes a scene behind everybody's back: one statement a table. */
export async function setScene(
  world: World,
  cells: Cell[],
  needs: Needs,
  actorNames: readonly ActorName[],
): Promise<Scene> {
  const users: Rows = [];
  const tokens: Rows = [];
  const roles: Rows = [];
  const assignments: Rows = [];
  const person = (isKnown = true): Person => {
    const made = thing('User');
    users.push({ id: made.uuid, username: `u-${randomUUID()}` });
    const { token, hash } = makeToken();
    tokens.push({
      id: newId(),
      user_id: made.uuid,
      name: 'test',
      hash: `\\x${hash.toString('hex')}`,
      expires_at: new Date(Date.now() + 3_600_000),
      last_used_at: new Date(),
    });
    return { ...made, token: isKnown ? token : undefined };
  };
  const role = (people: Person[], rights: string[] = []): Thing => {
    const made = thing('Role');
    roles.push({ id: made.uuid, name: `r-${made.uuid}`, rights, group_id: null, category: null });
    for (const it of people)
      assignments.push({ role_id: made.uuid, user_id: it.uuid, source: 'LOCAL' });
    return made;
  };
  const actors = Object.fromEntries(
    actorNames.map((it) => [it, person(it !== 'anyone')]),
  ) as Crowd['actors'];
  const known = actorNames.filter((it) => it !== 'anyone').map((it) => actors[it]);
  role([actors['a moderator']], ['MODERATE']);
  role([actors['an administrator']], ['ADMINISTER']);
  const crowd: Crowd = {
    actors,
    founder: person(),
    shown: person(),
    shy: person(),
    invitee: person(),
    asker: person(),
    guest: person(),
    choir: role(known),
    crew: role([]),
    team: role([actors['a manager by a role']]),
  };

  const tables = { users, groups: [] as Rows, roles, assignments, tokens, ...hanging() };
  for (const cell of cells) addCell(tables, cell, crowd, needs, known);
  for (const [table, all] of Object.entries(tables)) await insert(world, table, all);
  return { crowd, cells };
}

const hanging = () => ({
  communities: [] as Rows,
  members: [] as Rows,
  old_slugs: [] as Rows,
  featured_entries: [] as Rows,
  audit_events: [] as Rows,
  requests: [] as Rows,
  request_events: [] as Rows,
  stored_files: [] as Rows,
});
type Tables = Record<
  keyof ReturnType<typeof hanging> | 'users' | 'roles' | 'groups' | 'assignments' | 'tokens',
  Rows
>;

function addCell(tables: Tables, cell: Cell, crowd: Crowd, needs: Needs, known: Person[]): void {
  const community = (it: Place, more: Columns) =>
    tables.communities.push({
      id: it.uuid,
      slug: it.slug,
      title: it.slug,
      visibility: 'PUBLIC',
      members_visibility: 'PUBLIC',
      member_policy: 'OPEN',
      allows_children: false,
      parent_id: null,
      group_id: null,
      type: null,
      logo_hash: null,
      removed_by_id: null,
      is_tombstone_visible: true,
      deleted_at: null,
      purge_marked_at: null,
      ...more,
    });
  const { hut, hall, group, hash, members, extra } = cell;
  const actor = crowd.actors[cell.actor];
  const state = columnsOf[cell.state];
  community(cell, {
    logo_hash: hash,
    type: cell.slug,
    removed_by_id: state.deleted_at ? crowd.founder.uuid : null,
    group_id: needs.group === 'its own' ? group.uuid : null,
    ...state,
    ...needs.community?.(cell),
  });
  community(hut, { ...needs.hut?.(cell) });
  community(hall, { allows_children: true });

  const join = (
    to: Place,
    who: Columns,
    level: string,
    { uuid = newId(), isVisible = false } = {},
  ) =>
    tables.members.push({
      id: uuid,
      community_id: to.uuid,
      user_id: null,
      role_id: null,
      level,
      is_visible: isVisible,
      ...who,
    });
  for (const to of [hut, hall]) join(to, { user_id: actor.uuid }, 'OWNER');
  const levels = { reader: 'READER', curator: 'CURATOR', manager: 'MANAGER', owner: 'OWNER' };
  for (const [name, level] of Object.entries(levels)) {
    const key = name as keyof typeof levels;
    const article = key === 'owner' ? 'an' : 'a';
    const { uuid } = crowd.actors[`${article} ${key}` as ActorName];
    join(cell, { user_id: uuid }, level, members[key]);
  }
  join(cell, { user_id: crowd.founder.uuid }, 'OWNER', members.founder);
  join(cell, { user_id: crowd.shown.uuid }, 'READER', { ...members.shown, isVisible: true });
  join(cell, { user_id: crowd.shy.uuid }, 'READER', members.shy);
  join(cell, { role_id: crowd.team.uuid }, 'MANAGER', members.team);
  join(cell, { role_id: crowd.crew.uuid }, 'READER', { ...members.crew, isVisible: true });

  tables.old_slugs.push({ slug: cell.oldSlug, community_id: cell.uuid });
  tables.audit_events.push({
    id: newId(),
    act: 'community.created',
    actor_kind: 'SYSTEM',
    subject_type: 'Community',
    subject_id: cell.uuid,
    details: {},
    at: new Date(),
  });
  tables.featured_entries.push({
    id: cell.entry.uuid,
    community_id: cell.uuid,
    starts_at: new Date(),
  });
  tables.stored_files.push({
    key: `logos/${cell.uuid}/${hash}/256.png`,
    type: 'image/png',
    bytes: '\\x00',
  });
  const request = (it: Thing, more: Columns) =>
    tables.requests.push({
      id: it.uuid,
      kind: 'INVITATION',
      community_id: cell.uuid,
      user_id: null,
      child_id: null,
      level: null,
      locked_at: null,
      created_by_id: crowd.founder.uuid,
      ...more,
    });
  const say = ({ uuid, comment }: Cell['invitation'], author: Person) =>
    tables.request_events.push({
      id: comment.uuid,
      request_id: uuid,
      kind: 'COMMENT',
      author_id: author.uuid,
      content: 'Please.',
    });
  request(cell.invitation, { user_id: crowd.invitee.uuid, level: 'READER' });
  say(cell.invitation, crowd.invitee);
  const membership = { kind: 'MEMBERSHIP', user_id: crowd.asker.uuid, level: 'READER' };
  request(cell.membership, { ...membership, ...needs.membership });
  say(cell.membership, crowd.asker);
  if (needs.extra) request(extra, needs.extra(cell, crowd));

  if (!needs.group) return;
  tables.groups.push({
    id: group.uuid,
    idp: 'myCommons',
    remote_id: group.remoteId,
    slug: 'astronomers',
    moderate_categories: ['chair'],
  });
  const chair = newId();
  const columns = { name: null, rights: [], group_id: group.uuid, category: 'chair' };
  tables.roles.push({ id: chair, ...columns });
  for (const it of known) {
    tables.assignments.push({ role_id: chair, user_id: it.uuid, source: 'myCommons' });
  }
}

/** Rows that all have the columns of the first. */
export async function insert({ sql }: Pick<World, 'sql'>, table: string, all: Rows): Promise<void> {
  if (!all[0]) return;
  const columns = Object.keys(all[0]).join();
  await sql(
    `insert into ${table} (${columns})
      select ${columns} from jsonb_populate_recordset(null::${table}, $1)`,
    [JSON.stringify(all)],
  );
}

/** What there is of each community, so that what was to change nothing is seen to have changed nothing. */
export async function fingerprints(
  { sql }: Pick<World, 'sql'>,
  cells: Cell[],
): Promise<Map<string, string>> {
  const hangs = ['members', 'old_slugs', 'featured_entries', 'requests']
    .map(
      (it) =>
        `(select string_agg(t::text, '' order by t::text) from ${it} t where t.community_id = c.id)`,
    )
    .join();
  const found = await sql(
    `select c.id, md5(concat_ws('|', c::text, ${hangs},
        (select string_agg(t::text, '' order by t.id) from request_events t
          join requests r on r.id = t.request_id where r.community_id = c.id),
        (select string_agg(t::text, '' order by t.id) from requests t where t.child_id = c.id),
        (select string_agg(t.id::text, '' order by t.id) from communities t
          where t.parent_id = c.id or t.slug = c.slug || '-new'),
        (select count(*) from audit_events t where t.subject_id = c.id))) as print
      from communities c where c.id = any($1)`,
    [cells.map((it) => it.uuid)],
  );
  return new Map(found.map((it) => [it.id, it.print]));
}
