import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect } from 'vitest';
import type { Group, Membership, Person } from '../../src/sample/world.ts';
import type { World } from '../helpers/world.ts';

let numbers = 5_000_000;
/** A number that nobody and nothing else in the file has. */
export const newNumber = () => ++numbers;

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever they asked for
type Loose = any;

const runFields = `id trigger outcome heldFor error
  changes { kind field before after group category userId communityId level }
  notes { field message }`;

/** Runs and plans as tests compare them: without what they do not say. */
export function said<T>(value: T): T {
  if (Array.isArray(value)) return value.map(said) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, it]) => it !== null);
  return Object.fromEntries(entries.map(([key, it]) => [key, said(it)])) as T;
}

/** What a mutation answered; it fails on top-level errors, which tests of rights ask for themselves. */
export async function change(
  world: World,
  name: string,
  input: object,
  fields: string,
  token = world.admin,
): Promise<Loose> {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const answer = await world.ask(
    token,
    `mutation ($input: ${type}!) { ${name}(input: $input) {
      ${fields} userErrors { code message path ... on VersionConflictError { currentVersion } }
    } }`,
    { input },
  );
  expect(answer.errors).toBeUndefined();
  return answer.data[name];
}

/** Somebody with an account, as an administrator sees them. */
export async function userOf(world: World, username: string): Promise<Loose> {
  const { data } = await world.ask(
    world.admin,
    `query ($username: String!) { user(username: $username) {
      id username email fullName givenName familyName affiliation orcid locale timeZone
      state version lockedFields
      identities { idp subject goneAt } roles(first: 100) { nodes { name } }
    } }`,
    { username },
  );
  if (!data.user) return null;
  const { roles, ...user } = data.user;
  return { ...user, roles: roles.nodes.map((it: { name: string }) => it.name).sort() };
}

/** The level of each member of a community, by the name of the user or role. */
export async function levelsIn(world: World, slug: string): Promise<Record<string, string>> {
  const { data } = await world.ask(
    world.admin,
    `query ($slug: String!) { community(slug: $slug) { members(first: 100) {
      nodes { level user { username } role { name } }
    } } }`,
    { slug },
  );
  return Object.fromEntries(
    data.community.members.nodes.map((it: Loose) => [it.user?.username ?? it.role.name, it.level]),
  );
}

/** A community that no group knows of yet, with these users as its members. */
export async function newCommunity(
  { sql }: World,
  members: Record<string, string> = {},
  visibility = 'PUBLIC',
): Promise<{ slug: string; uuid: string }> {
  const slug = `c${newNumber()}`;
  const [made] = await sql<{ id: string }>(
    `insert into communities (id, slug, title, visibility)
      values (gen_random_uuid(), $1, $1, $2) returning id`,
    [slug, visibility],
  );
  const uuid = made?.id ?? '';
  for (const [username, level] of Object.entries(members)) {
    await sql(
      `insert into members (id, community_id, user_id, level)
        select gen_random_uuid(), $1, id, $3 from users where username = $2`,
      [uuid, username, level],
    );
  }
  return { slug, uuid };
}

/** A local role with rights, which a user gets by the word of this instance. */
export async function giveRole(
  { sql }: World,
  username: string,
  { name = `role-${newNumber()}`, rights = [] as string[] } = {},
): Promise<string> {
  await sql(
    `insert into roles (id, name, rights) values (gen_random_uuid(), $1, $2)
      on conflict do nothing`,
    [name, rights],
  );
  await sql(
    `insert into assignments (role_id, user_id, source)
      select r.id, u.id, 'LOCAL' from roles r, users u where r.name = $1 and u.username = $2`,
    [name, username],
  );
  return name;
}

/** Waits until as many connections wait for a lock. */
export async function waitingForLocks({ sql }: World, many: number): Promise<void> {
  for (const until = Date.now() + 15_000; ; await sleep(10)) {
    const [{ count = 0 } = {}] = await sql<{ count: number }>(
      `select count(*)::int from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (count >= many) return;
    if (Date.now() > until) throw new Error(`${count} connections wait, not ${many}`);
  }
}

/** Begins a transaction of somebody else. @returns what ends it. */
export async function elsewhere({ databaseUrl }: World, text: string, values: unknown[] = []) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('begin');
  await client.query(text, values);
  return async () => {
    await client.query('commit');
    await client.end();
  };
}

/** An identity service of a world, and what it says. */
export class Remote {
  constructor(
    readonly world: World,
    readonly idp: string,
  ) {}

  /** Somebody whom the service knows by a number; what is not given here it does not tell. */
  person(fields: Person = {}): { subject: string; username: string } {
    const subject = String(newNumber());
    const username = fields.username ?? `p${subject}`;
    this.world.sample.world.people.set(subject, { id: subject, username, groups: [], ...fields });
    return { subject, username };
  }

  /** Somebody whom it knows and who has an account here. */
  async member(fields: Person = {}): Promise<{ subject: string; username: string }> {
    const person = this.person(fields);
    await this.tell('users', 'created', person.subject);
    return person;
  }

  /** From now on it says this too, or instead. */
  says(subject: string, fields: Person): void {
    this.world.sample.world.people.patch(subject, fields);
  }

  /** It knows nobody by this number any more. */
  forgets(subject: string): void {
    this.world.sample.world.people.delete(subject);
  }

  /** A group with the categories `member`, `moderator` and `administrator`. */
  group(fields: Group = {}): number {
    const id = fields.id ?? newNumber();
    this.world.sample.world.groups.set(String(id), {
      id,
      slug: `g${id}`,
      name: `Group ${id}`,
      visibility: 'public',
      upload_roles: ['member', 'moderator', 'administrator'],
      moderate_roles: ['moderator', 'administrator'],
      ...fields,
    });
    return id;
  }

  /** The role of a group of this service, under the name that is shown. */
  role(group: number, category = 'member', slug = `group-${group}`): string {
    return `${this.idp}---${slug}|${group}|${category}`;
  }

  /** Has the service post what happened, waits until it was acted upon, and answers the newest runs. */
  async tell(
    kind: 'users' | 'groups',
    event: 'created' | 'updated' | 'deleted',
    ...ids: (string | number)[]
  ): Promise<Loose[]> {
    const updates = { [kind]: ids.map((id) => ({ id: String(id), event })) };
    const answer = await this.world.post({ idp: this.idp, updates });
    expect(answer.status).toBe(202);
    await this.settled(kind, ids);
    return Promise.all(ids.map((id) => this.lastRun(kind, id)));
  }

  async settled(kind: 'users' | 'groups', ids: (string | number)[]): Promise<void> {
    for (const until = Date.now() + 15_000; ; await sleep(20)) {
      const [open] = await this.world.sql(
        `select remote_id, error from sync_states where idp = $1 and kind = $2
          and remote_id = any($3) and requested > synced and dead_at is null limit 1`,
        [this.idp, kind === 'users' ? 'USER' : 'GROUP', ids.map(String)],
      );
      if (!open) return;
      if (Date.now() > until) throw new Error(`not settled: ${JSON.stringify(open)}`);
    }
  }

  async lastRun(kind: 'users' | 'groups', id: string | number): Promise<Loose> {
    const [run] = await this.runs(kind, id);
    return run;
  }

  /** The runs about somebody or something, newest first. */
  async runs(kind: 'users' | 'groups', id: string | number): Promise<Loose[]> {
    const { data } = await this.world.ask(
      this.world.admin,
      `query ($idp: String, $kind: SyncSubjectKind, $id: String) {
        syncRuns(idp: $idp, kind: $kind, remoteId: $id) { nodes { ${runFields} } }
      }`,
      { idp: this.idp, kind: kind === 'users' ? 'USER' : 'GROUP', id: String(id) },
    );
    return said(data.syncRuns.nodes);
  }

  async groupOf(id: number): Promise<Loose> {
    const { data } = await this.world.ask(
      this.world.admin,
      `query ($idp: String!, $id: String!) { group(idp: $idp, remoteId: $id) {
        id name slug url avatar description visibility deletedAt version
        roles(first: 100) { nodes { id name } } community { id slug title access { visibility } version }
      } }`,
      { idp: this.idp, id: String(id) },
    );
    return data.group;
  }

  /** Gives somebody who has an account here an identity of this service. */
  async adopt(username: string, fields: Person = {}): Promise<{ subject: string }> {
    const { subject } = this.person({ username, ...fields });
    await this.world.sql(
      `insert into identities (id, user_id, idp, subject)
        select gen_random_uuid(), id, $2, $3 from users where username = $1`,
      [username, this.idp, subject],
    );
    return { subject };
  }

  /** Gives a group a new community; the administrator owns it. */
  async link(group: number, create: object = {}): Promise<Loose> {
    const { id } = await this.groupOf(group);
    const { community, userErrors } = await change(
      this.world,
      'linkCommunityToGroup',
      { groupId: id, community: { create } },
      'community { id slug title access { visibility } version }',
    );
    expect(userErrors).toEqual([]);
    return community;
  }

  /** Where the service answers about a person or group; for its switches and calls. */
  path(kind: 'users' | 'groups', id: string | number): string {
    const isWordPress = this.idp === 'knowledgeCommons';
    const noun = !isWordPress && kind === 'users' ? 'members' : kind;
    return `${isWordPress ? '/wp-json/commons' : '/api'}/v1/${noun}/${id}`;
  }
}

export type { Group, Membership, Person };
