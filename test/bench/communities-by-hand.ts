import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { Actor } from '../../src/actor.ts';
import { may, permissions, type Subject } from '../../src/communities/policy.ts';
import { hashOf } from '../../src/credentials/secret.ts';
import { toGlobalId } from '../../src/ids.ts';
import { highest, type Level } from '../../src/level.ts';

/**
 * The ceiling: a process of its own that answers the benchmark's operations by node:http, pg with
 * prepared statements and JSON.stringify. It reads no GraphQL, checks no input, and knows no cursors.
 */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 });

// biome-ignore lint/suspicious/noExplicitAny: by hand there are no types either
type Row = any;

/** @param name of the prepared statement; without, it is planned each time, for the values at hand. */
async function rows(name: string | undefined, text: string, values: unknown[]): Promise<Row[]> {
  return (await pool.query({ name, text, values })).rows;
}

const actorSql = `
  select u.id, (select array_agg(distinct it) from assignments a join roles r on r.id = a.role_id,
      unnest(r.rights) as it where a.user_id = u.id and r.group_id is null) as rights,
    (select json_agg(json_build_array(m.community_id, m.level)) from (
      select community_id, level from members where user_id = u.id
      union all
      select m.community_id, m.level from assignments a join members m on m.role_id = a.role_id
      where a.user_id = u.id) m) as places
  from tokens t join users u on u.id = t.user_id
  where t.hash = $1 and t.revoked_at is null and t.expires_at > now() and u.state = 'ACTIVE'`;

async function actorOf(authorization: string | undefined): Promise<Actor> {
  if (!authorization) return Actor.anyone;
  const [known] = await rows('actor', actorSql, [hashOf(authorization.slice('Bearer '.length))]);
  const levels = new Map<string, Level>();
  for (const [id, level] of known.places ?? []) {
    const other = levels.get(id);
    levels.set(id, other ? (highest([other, level]) as Level) : level);
  }
  return Actor.user(known.id, known.rights ?? [], levels);
}

const columns = `c.id, c.slug, c.title, c.description, c.visibility, c.logo_hash, c.deleted_at as "deletedAt",
  c.purge_marked_at as "purgeMarkedAt", c.members_visibility as "membersVisibility",
  c.member_policy as "memberPolicy", c.record_submission_policy as "recordSubmissionPolicy",
  c.review_policy as "reviewPolicy"`;

/** What the operations ask of a community. */
function shown(actor: Actor, it: Subject & Row, counts: Map<string, number>): Row {
  const { slug, logo_hash: hash } = it;
  return {
    id: toGlobalId('Community', it.id),
    slug,
    title: it.title,
    description: it.description,
    access: { visibility: it.visibility },
    logo: hash && { url: `${process.env.PUBLIC_URL}/communities/${slug}/logo/256/${hash}.webp` },
    viewerPermissions: permissions(actor, it),
    memberCount: counts.get(it.id) ?? null,
  };
}

/** Those communities whose members an actor sees. */
const open = (actor: Actor, communities: Row[]): string[] =>
  communities.map((it) => it.id).filter((it) => actor.has('ADMINISTER') || actor.levels.has(it));

async function countsOf(ids: string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const found = await rows(
    'counts',
    'select community_id as id, count(*)::int as count from members where community_id = any($1) group by 1',
    [ids],
  );
  return new Map(found.map((it) => [it.id, it.count]));
}

const name = `coalesce(u.full_name, u.username, coalesce(g.name, g.slug) || ' (' || r.category || ')', r.name)`;
const order = (of: string) => `lower(${of}) collate "und-x-icu"`;
const firstSql = `
  select c.id as "communityId", m.name, m.level from unnest($1::uuid[]) as c (id)
  cross join lateral (select m.id, ${name} as name, m.level from members m left join users u on u.id = m.user_id
    left join roles r on r.id = m.role_id left join groups g on g.id = r.group_id
    where m.community_id = c.id order by ${order(name)}, m.id limit $2) m`;

/** Communities, each with its first five members. */
async function withMembers(actor: Actor, communities: Row[]): Promise<Row[]> {
  const ids = open(actor, communities);
  const [counts, first] = await Promise.all([
    countsOf(ids),
    ids.length === 0 ? [] : rows('first', firstSql, [ids, 5]),
  ]);
  const members = Map.groupBy(first, (it) => it.communityId);
  return communities.map((it) => ({
    ...shown(actor, it, counts),
    members: { nodes: (members.get(it.id) ?? []).map(({ name, level }) => ({ name, level })) },
  }));
}

const bySlugSql = `
  select ${columns} from communities c where c.slug = $1 and c.deleted_at is null
    and ($3 or c.visibility = 'PUBLIC' or c.id = any($2))`;
const find = async (actor: Actor, slug: string): Promise<Row | undefined> =>
  (await rows('by slug', bySlugSql, [slug, [...actor.levels.keys()], actor.has('ADMINISTER')]))[0];

/** A list that hangs on a community. */
const listed =
  (name: string, read: (actor: Actor, community: Row, first: number) => Promise<Row>): Answer =>
  async (actor, { slug, first }) => {
    const community = await find(actor, slug);
    return { community: community && { [name]: await read(actor, community, first) } };
  };

const pageSql = (condition: string) => `
  select ${columns} from communities c where c.deleted_at is null
    and ($2 or c.visibility = 'PUBLIC' or c.id = any($1)) and ${condition} order by c.id desc limit $3`;
const page = (name: string, condition: string, actor: Actor, first: number, ...more: unknown[]) =>
  rows(name, pageSql(condition), [
    [...actor.levels.keys()],
    actor.has('ADMINISTER'),
    first,
    ...more,
  ]);

/** The first of the people and the first of the roles, and of these the first. */
const firstOf = (id: string, ...kinds: { name: string; more: string; from: string }[]) => {
  const parts = kinds.map(
    ({ name, more, from }) => `
      (select ${id} as id, ${name} as name, ${more} from members m ${from} and m.community_id = $1
       order by ${order(name)}, 1 limit $2)`,
  );
  return `select * from (${parts.join(' union all ')}) t order by ${order('t.name')}, t.id limit $2`;
};
const people = 'join users u on u.id = m.user_id where m.user_id is not null';
const roles = `join roles r on r.id = m.role_id left join groups g on g.id = r.group_id
  where m.role_id is not null`;
const person = 'coalesce(u.full_name, u.username)';
const membersSql = firstOf(
  'm.id',
  { name: person, more: 'm.level', from: people },
  {
    name: `coalesce(coalesce(g.name, g.slug) || ' (' || r.category || ')', r.name)`,
    more: 'm.level',
    from: roles,
  },
);
const publicSql = firstOf(
  'md5(m.id::text)::uuid',
  {
    name: person,
    more: 'u.affiliation as description',
    from: `${people} and m.is_visible and u.state = 'ACTIVE' and u.visibility = 'PUBLIC'`,
  },
  {
    name: 'coalesce(g.name, g.slug, r.name)',
    more: 'g.description',
    from: `${roles} and m.is_visible and g.visibility is distinct from 'HIDDEN'`,
  },
);
const requestColumns = `q.id, q.kind, q.state, q.user_id`;
const isDue = `(q.state = 'SUBMITTED' and coalesce(q.expires_at <= now(), false))`;

async function requested(found: Row[]): Promise<Row> {
  const ids = [...new Set(found.map((it) => it.user_id))];
  const users = new Map(
    (await rows('users', 'select id, username from users where id = any($1)', [ids])).map((it) => [
      it.id,
      it,
    ]),
  );
  return {
    nodes: found.map((it) => ({
      id: toGlobalId('Request', it.id),
      kind: it.kind,
      state: it.state,
      user: { username: users.get(it.user_id).username },
    })),
  };
}

type Answer = (actor: Actor, variables: Row) => Promise<Row>;

/** The same operations as `communities.ts` has, by name. */
const answers: Record<string, Answer> = {
  async one(actor, { slug }) {
    const community = await find(actor, slug);
    if (!community) return { community: null };
    return { community: shown(actor, community, await countsOf(open(actor, [community]))) };
  },
  async page(actor, { first }) {
    return {
      communities: { nodes: await withMembers(actor, await page('page', 'true', actor, first)) },
    };
  },
  async mine(actor, { first }) {
    const mine = await page('mine', 'c.id = any($1)', actor, first);
    return { viewer: { communities: { nodes: await withMembers(actor, mine) } } };
  },
  async featured(actor, { first }) {
    const found = await rows(
      'featured',
      `select ${columns} from (select community_id, max(starts_at) as since from featured_entries
          where starts_at <= now() and (ends_at is null or ends_at > now()) group by 1) f
        join communities c on c.id = f.community_id
        where c.deleted_at is null and c.visibility = 'PUBLIC' order by f.since desc, c.id desc limit $1`,
      [first],
    );
    const counts = await countsOf(open(actor, found));
    return { featuredCommunities: { nodes: found.map((it) => shown(actor, it, counts)) } };
  },
  children: listed('children', async (actor, { id }, first) => {
    const found = await rows(
      'children',
      `select ${columns} from communities c where c.parent_id = $4 and c.deleted_at is null
        and ($2 or c.visibility = 'PUBLIC' or c.id = any($1)) order by c.id limit $3`,
      [[...actor.levels.keys()], actor.has('ADMINISTER'), first, id],
    );
    const counts = await countsOf(open(actor, found));
    return { nodes: found.map((it) => shown(actor, it, counts)) };
  }),
  members: listed('members', async (actor, community, first) => {
    const found = may(actor, 'SEE_MEMBERS', community)
      ? await rows(undefined, membersSql, [community.id, first])
      : [];
    return { nodes: found.map(({ name, level }) => ({ name, level })) };
  }),
  publicMembers: listed('publicMembers', async (actor, community, first) => {
    const found = may(actor, 'SEE_PUBLIC_MEMBERS', community)
      ? await rows(undefined, publicSql, [community.id, first])
      : [];
    return { nodes: found.map((it) => ({ ...it, id: toGlobalId('PublicMember', it.id) })) };
  }),
  requestsOf: listed('requests', async (_, { id }, first) =>
    requested(
      await rows(
        'requests of',
        `select ${requestColumns} from requests q where q.community_id = $1 and q.state = 'SUBMITTED'
          and not ${isDue} order by q.id desc limit $2`,
        [id, first],
      ),
    ),
  ),
  async requests(actor, { first }) {
    const managed = [...actor.levels].filter(([id]) => actor.isAtLeast('MANAGER', id));
    const found = await rows(
      'requests',
      `select ${requestColumns} from requests q where q.state = 'SUBMITTED' and not ${isDue}
        and (q.user_id = $1 or q.community_id = any($2) or q.child_id = any($2)) order by q.id desc limit $3`,
      [actor.userId, managed.map(([id]) => id), first],
    );
    return { requests: await requested(found) };
  },
};

const server = createServer(async (request, response) => {
  try {
    const { operation, variables } = JSON.parse(await text(request));
    const actor = await actorOf(request.headers.authorization);
    const data = await answers[operation]?.(actor, variables);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ data }));
  } catch (error) {
    response.statusCode = 500;
    response.end(String(error));
  }
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number };
  process.stdout.write(`http://127.0.0.1:${port}\n`);
});
