import { hashOf, makeToken } from '../../src/credentials/secret.ts';
import { type Kind, newId, toGlobalId } from '../../src/ids.ts';
import { insert } from '../communities/matrix-scene.ts';
import { type World, webhookToken } from '../helpers/world.ts';
import { type ActorName, scopeOf, type TargetName, targets } from './matrix-table.ts';

export interface Thing {
  uuid: string;
  id: string;
}

export interface Person extends Thing {
  username: string;
  identities: [Thing, Thing];
  token: Thing & { secret: string };
  session: Thing;
}

/** All that one cell of the matrix is about; no other has to do with it. */
export interface Cell {
  actor: ActorName;
  target: TargetName;
  self: Person;
  /** Whom it is done to; oneself, perhaps. */
  other: Person;
  /** Somebody with whom nobody has anything to do. */
  third: Person;
  community: Thing;
  role: Thing & { name: string; group: Thing & { remoteId: string } };
  /** By what the actor asks. */
  bearer: string | undefined;
}

/** What an act needs to find there. */
export interface Needs {
  /** Columns of the user whom it is done to, unless that is the actor. */
  other?: Record<string, unknown>;
  /** The services that know everybody; two if absent. */
  idps?: string[];
}

const made = (kind: Kind): Thing => {
  const uuid = newId();
  return { uuid, id: toGlobalId(kind, uuid) };
};

function newPerson(): Person {
  const user = made('User');
  return {
    ...user,
    username: `u${user.uuid.replaceAll('-', '')}`,
    identities: [made('Identity'), made('Identity')],
    token: { ...made('Token'), secret: makeToken().token },
    session: made('Session'),
  };
}

export function newCell(actor: ActorName, target: TargetName): Cell {
  const self = newPerson();
  const bearers: Partial<Record<ActorName, string | undefined>> = {
    anyone: undefined,
    'a webhook sender': webhookToken,
  };
  const role = made('Role');
  return {
    actor,
    target,
    self,
    other: target === 'oneself' ? self : newPerson(),
    third: newPerson(),
    community: made('Community'),
    role: { ...role, name: `r${role.uuid}`, group: { ...made('Group'), remoteId: role.uuid } },
    bearer: actor in bearers ? bearers[actor] : self.token.secret,
  };
}

type Columns = Record<string, unknown>;

/** The shared roles that give rights, by the right. */
export type RightRoles = Record<'ADMINISTER' | 'MODERATE' | 'SYNC', string>;

export async function makeRightRoles(world: World): Promise<RightRoles> {
  const [administrators] = await world.sql(`select id from roles where name = 'administrators'`);
  const all = { ADMINISTER: administrators.id, MODERATE: newId(), SYNC: newId() };
  for (const right of ['MODERATE', 'SYNC'] as const) {
    await world.sql('insert into roles (id, name, rights) values ($1, $2, $3)', [
      all[right],
      `matrix-${right}`,
      [right],
    ]);
  }
  return all;
}

/** Writes what the cells are about into the database. */
export async function setScene(
  world: World,
  rights: RightRoles,
  cells: Cell[],
  needs: Needs,
): Promise<void> {
  const tables: Record<string, Columns[]> = Object.fromEntries(
    ['users', 'identities', 'tokens', 'sessions', 'groups', 'roles', 'communities']
      .concat('assignments', 'members')
      .map((it) => [it, []]),
  );
  const add = (table: string, columns: Columns) => tables[table]?.push(columns);
  const assign = (role: string, { uuid }: Person, source = 'LOCAL') =>
    add('assignments', { role_id: role, user_id: uuid, source });
  const person = (it: Person, columns: Columns = {}, scopes?: string[]) => {
    add('users', {
      ...{ id: it.uuid, username: it.username, full_name: it.username },
      ...{ visibility: 'PUBLIC', state: 'ACTIVE', email: `${it.username}@example.org` },
      ...columns,
    });
    for (const [n, idp] of (needs.idps ?? ['myCommons', 'knowledgeCommons']).entries()) {
      const { uuid } = it.identities[n] as Thing;
      add('identities', { id: uuid, idp, subject: it.username, user_id: it.uuid });
    }
    add('tokens', {
      id: it.token.uuid,
      user_id: it.uuid,
      name: 'test',
      hash: bytes(hashOf(it.token.secret)),
      scopes: scopes ?? ['COMMUNITIES', 'ACCOUNT', 'SYNC', 'MODERATE', 'ADMINISTER'],
      expires_at: new Date(Date.now() + 86_400_000),
    });
    add('sessions', {
      id: it.session.uuid,
      user_id: it.uuid,
      hash: bytes(hashOf(it.session.uuid)),
      ends_at: new Date(Date.now() + 86_400_000),
    });
  };
  for (const cell of cells) {
    const { actor, target, self, other, third, community, role } = cell;
    const scope = scopeOf(actor);
    person(
      self,
      actor === 'a suspended user' ? { state: 'SUSPENDED' } : {},
      scope ? [scope] : undefined,
    );
    if (actor === 'an administrator' || scope) assign(rights.ADMINISTER, self);
    if (actor === 'a moderator') assign(rights.MODERATE, self);
    if (actor === 'a syncer') assign(rights.SYNC, self);
    person(third);
    if (other !== self) {
      person(other, {
        ...(target === 'somebody hidden' && { visibility: 'RESTRICTED' }),
        ...needs.other,
      });
    }
    if (targets.people.some((it) => it === target)) assign(role.uuid, other);
    if (target === 'a moderator') assign(rights.MODERATE, other);
    if (target === 'an administrator') assign(rights.ADMINISTER, other);
    add('communities', {
      ...{ id: community.uuid, slug: community.uuid, title: community.uuid },
      visibility: 'RESTRICTED',
    });
    const join = (columns: Columns) =>
      add('members', {
        ...{ id: newId(), community_id: community.uuid, user_id: null, role_id: null },
        ...columns,
      });
    join({ user_id: third.uuid, level: 'OWNER' });
    if (actor === 'a reader') join({ user_id: self.uuid, level: 'READER' });
    if (actor === 'an owner') join({ user_id: self.uuid, level: 'OWNER' });
    if (other !== self) join({ user_id: other.uuid, level: 'READER' });
    if (target === 'the administrators') {
      Object.assign(role, { uuid: rights.ADMINISTER, name: 'administrators' });
      role.id = toGlobalId('Role', role.uuid);
      assign(role.uuid, third);
      continue;
    }
    const isRemote = target === 'a role of a group';
    if (isRemote) {
      const { uuid: id, remoteId } = role.group;
      add('groups', { id, idp: 'myCommons', remote_id: remoteId, slug: 'g' });
      role.name = `myCommons---g|${remoteId}|member`;
    }
    add('roles', {
      id: role.uuid,
      name: isRemote ? null : role.name,
      group_id: isRemote ? role.group.uuid : null,
      category: isRemote ? 'member' : null,
      rights: target === 'a role with rights' ? ['SYNC'] : [],
    });
    assign(role.uuid, third, isRemote ? 'myCommons' : 'LOCAL');
    if (target === 'a role of one’s own') assign(role.uuid, self);
    if (target === 'a role in the community') join({ role_id: role.uuid, level: 'CURATOR' });
    if (target === 'a role that owns the community') join({ role_id: role.uuid, level: 'OWNER' });
  }
  for (const [table, all] of Object.entries(tables)) await insert(world, table, all);
}

const bytes = (it: Buffer) => `\\x${it.toString('hex')}`;

/** What there is of each cell, so that what was to change nothing is seen to have changed nothing. */
export async function fingerprints({ sql }: World, cells: Cell[]): Promise<Map<Cell, string>> {
  const wanted = cells.map(({ self, other, third, role, target }, place) => ({
    place,
    users: [self.uuid, other.uuid, third.uuid],
    self: self.uuid,
    role: role.uuid,
    // That of the administrators is everybody's: of it the log tells.
    own: target === 'the administrators' ? null : role.uuid,
  }));
  const all = (of: string, from: string) =>
    `(select string_agg((${of})::text, '' order by (${of})::text) from ${from})`;
  const found = await sql<{ place: number; print: string }>(
    `select c.place, md5(concat_ws('|',
        ${all(`to_jsonb(u)`, 'users u where u.id = any(c.users)')},
        ${all(`to_jsonb(i)`, 'identities i where i.user_id = any(c.users)')},
        ${all(`to_jsonb(t) - 'last_used_at' - 'last_used_from'`, 'tokens t where t.user_id = any(c.users)')},
        ${all(`s.id`, 'sessions s where s.user_id = any(c.users)')},
        ${all(`to_jsonb(a)`, 'assignments a where a.user_id = any(c.users)')},
        ${all(`to_jsonb(r)`, 'roles r where r.id = c.own')},
        ${all(`to_jsonb(m)`, 'members m where m.user_id = any(c.users) or m.role_id = c.own')},
        (select count(*) from audit_events e where e.actor_id = c.self::text))) as print
      from jsonb_to_recordset($1) as c (place int, users uuid[], self uuid, role uuid, own uuid)`,
    [JSON.stringify(wanted)],
  );
  return new Map(found.map((it) => [cells[it.place] as Cell, it.print]));
}
