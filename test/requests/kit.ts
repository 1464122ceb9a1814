import { randomUUID } from 'node:crypto';
import { newId, toGlobalId } from '../../src/ids.ts';
import type { Level } from '../../src/level.ts';
import type { World } from '../helpers/world.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever they asked for
type Loose = any;

export interface Person {
  uuid: string;
  id: string;
  username: string;
  token: string;
}

export interface Place {
  uuid: string;
  id: string;
  title: string;
}

export const requestFields = `id kind state isOpen title level isLocked version expiresAt closedAt
  lastActivityAt viewerPermissions community { id } child { id } user { id } createdBy { id }`;
const errors = `userErrors { code message path
  ... on VersionConflictError { currentVersion } }`;
const eventFields =
  'id kind content isEdited version level formerLevel viewerPermissions author { id }';

/** What each mutation of requests answers. */
const answers: Record<string, string> = {
  inviteToCommunity: `requests { ${requestFields} }`,
  commentOnRequest: `comment { ${eventFields} replyTo { id } }`,
  updateComment: `comment { ${eventFields} }`,
  deleteComment: `comment { ${eventFields} }`,
};

/** People, communities and requests of a world, and what is done with them. */
export class Kit {
  constructor(readonly world: World) {}

  /** A new user, who can get e-mails. */
  async person(more: Record<string, unknown> = {}): Promise<Person> {
    const { id: uuid, username, token } = await this.world.makeUser();
    const values = { email: `${username}@example.org`, ...more };
    for (const [column, value] of Object.entries(values)) {
      await this.world.sql(`update users set ${column} = $2 where id = $1`, [uuid, value]);
    }
    return { uuid, id: toGlobalId('User', uuid), username, token };
  }

  /** A new community with these columns, and these people at these levels. */
  async community(
    people: [Person, Level][] = [],
    columns: Record<string, unknown> = {},
  ): Promise<Place> {
    const uuid = newId();
    const all = {
      id: uuid,
      slug: `c-${randomUUID()}`,
      title: `Place ${uuid.slice(-4)}`,
      ...columns,
    };
    const names = Object.keys(all);
    await this.world.sql(
      `insert into communities (${names.join()}) values (${names.map((_, i) => `$${i + 1}`).join()})`,
      Object.values(all),
    );
    for (const [person, level] of people) await this.enter({ uuid }, person, level);
    return { uuid, id: toGlobalId('Community', uuid), title: String(all.title) };
  }

  /** Makes somebody a member, as if an administrator had. */
  enter(community: { uuid: string }, person: { uuid: string }, level: Level) {
    return this.world.sql(
      'insert into members (id, community_id, user_id, level) values ($1, $2, $3, $4)',
      [newId(), community.uuid, person.uuid, level],
    );
  }

  /** Makes somebody a member by a local role of their own. */
  async enterByRole(community: Place, person: Person, level: Level): Promise<string> {
    const role = newId();
    await this.world.sql('insert into roles (id, name) values ($1, $2)', [role, `r-${role}`]);
    await this.world.sql(
      `insert into assignments (role_id, user_id, source) values ($1, $2, 'LOCAL')`,
      [role, person.uuid],
    );
    await this.world.sql(
      'insert into members (id, community_id, role_id, level) values ($1, $2, $3, $4)',
      [newId(), community.uuid, role, level],
    );
    return role;
  }

  /** What a mutation answers: its payload, or what kind of denial it was. */
  async does(token: string | undefined, mutation: string, input: object): Promise<Loose> {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    const fields = answers[mutation] ?? `request { ${requestFields} }`;
    const { data, errors: denials } = await this.world.ask(
      token,
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} ${errors} } }`,
      { input },
    );
    return denials ? { denied: denials[0].extensions.code } : data[mutation];
  }

  /** An open invitation of one user. */
  async invite(by: Person, community: Place, person: Person, level: Level = 'READER', more = {}) {
    const users = [{ id: person.id }];
    const input = { communityId: community.id, users, level, ...more };
    const { requests, userErrors } = await this.does(by.token, 'inviteToCommunity', input);
    if (!requests) throw new Error(JSON.stringify(userErrors));
    return requests[0];
  }

  /** Somebody's open wish to join. */
  async askToJoin(person: Person, community: Place, more = {}) {
    const input = { communityId: community.id, ...more };
    const { request, userErrors } = await this.does(person.token, 'requestMembership', input);
    if (!request) throw new Error(JSON.stringify(userErrors));
    return request;
  }

  /** A request as somebody sees it, with its timeline; null if it is not there for them. */
  async read(token: string | undefined, id: string): Promise<Loose> {
    const { data, errors: denials } = await this.world.ask(
      token,
      `query ($id: ID!) { node(id: $id) { ... on Request { ${requestFields}
        timeline(first: 100) { totalCount nodes { ${eventFields} replyCount
          replies(first: 100) { nodes { ${eventFields} } } } } } } }`,
      { id },
    );
    if (denials) throw new Error(JSON.stringify(denials));
    return data.node;
  }

  /** The kinds of a request's events, oldest first. */
  async history(id: string): Promise<string[]> {
    const found = await this.read(this.world.admin, id);
    return found.timeline.nodes.map((it: { kind: string }) => it.kind);
  }

  /** Everybody's own level in a community, by UUID. */
  async levels({ uuid }: Place): Promise<Record<string, string>> {
    const found = await this.world.sql(
      'select user_id, level from members where community_id = $1 and user_id is not null',
      [uuid],
    );
    return Object.fromEntries(found.map((it: Loose) => [it.user_id, it.level]));
  }

  /** Lets a request be due, without anybody writing it down. */
  expire(id: string) {
    return this.world.sql(
      `update requests set expires_at = now() - interval '1 millisecond' where id = $1`,
      [uuidIn(id)],
    );
  }

  /** What e-mails were written since a moment, as `KIND to whom`, sorted. */
  async mails(people: Record<string, Person>, work: () => Promise<unknown>): Promise<string[]> {
    const [{ count }] = await this.world.sql('select count(*)::int as count from mails');
    await work();
    const found = await this.world.sql('select kind, user_id from mails order by id offset $1', [
      count,
    ]);
    const name = (uuid: string) =>
      Object.entries(people).find(([, it]) => it.uuid === uuid)?.[0] ?? 'somebody else';
    return found.map((it: Loose) => `${it.kind} to ${name(it.user_id)}`).sort();
  }
}

/** The UUID in an id that was answered. */
export const uuidIn = (id: string): string => {
  const hex = Buffer.from(id.slice(4), 'base64url').toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};
