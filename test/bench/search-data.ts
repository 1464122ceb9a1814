import type pg from 'pg';
import { makeToken } from '../../src/credentials/secret.ts';
import { corpus, type Written } from './search-corpus.ts';

/** Who asks: somebody in 500 restricted communities, somebody who is not signed in, who may change all. */
export interface Tokens {
  member: string;
  administrator: string;
}

const batchSize = 2000;
const memberships = 500;

const prepare = `
  create schema bench;
  create table bench.sizes (id uuid, n int, size int);
  insert into users (id, username, email, full_name, verified_at)
  select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'person-' || n,
    'person-' || n || '@example.org', 'Person ' || n, now()
  from generate_series(1, $people) n;`;

const insert = `
  with given as (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
      $7::text[], $8::timestamptz[], $9::timestamptz[], $10::int[])
      as it (id, slug, title, description, organization, type, visibility, created, updated, members)
  ), sized as (
    insert into bench.sizes select id, extract(epoch from created)::int, members from given
  )
  insert into communities (id, slug, title, description, organizations, type, visibility, created_at, updated_at)
  select id, slug, title, description,
    case when organization is null then '[]'
      else jsonb_build_array(jsonb_build_object('name', organization, 'identifiers', '[]'::jsonb)) end,
    type, visibility, created, updated from given`;

/** 7919 is a prime: nobody is met twice before everybody was met once. The first two are who asks. */
const members = `
  insert into members (id, community_id, user_id, level, is_visible, created_at, updated_at)
  select gen_random_uuid(), id,
    ('00000000-0000-7000-8000-' || lpad((3 + (n::bigint + i * 7919) % ($people - 2))::text, 12, '0'))::uuid,
    case when i = 1 then 'OWNER' else 'READER' end, true, now(), now()
  from bench.sizes, generate_series(1, least(size, $people / 2)) i;
  insert into members (id, community_id, user_id, level, is_visible, created_at, updated_at)
  select gen_random_uuid(), id, '00000000-0000-7000-8000-000000000001', 'READER', true, now(), now()
  from (select id from communities where visibility = 'RESTRICTED' order by md5(id::text) limit ${memberships}) it;
  insert into assignments (role_id, user_id, source)
  select id, '00000000-0000-7000-8000-000000000002', 'LOCAL' from roles where name = 'administrators';`;

/** What somebody would make who wants to search communities by PostgreSQL and has an hour. */
const plain = `
  create table bench.plain (
    id uuid primary key, slug text not null, title text not null, description text not null,
    organization text not null, type text not null, visibility text not null,
    created_at timestamptz not null, popularity int not null,
    tsv tsvector generated always as (
      setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', slug), 'B')
      || setweight(to_tsvector('simple', description), 'C')
      || setweight(to_tsvector('simple', organization), 'D')) stored);
  insert into bench.plain
  select t.id, slug, title, description, coalesce(organizations->0->>'name', ''), type, visibility, created_at,
    floor(4 * log(2, 1 + coalesce(m.count, 0)))
  from communities t left join (select community_id, count(*) from members group by 1) m on m.community_id = t.id;`;
const plainIndexes = `
  create index on bench.plain using gin (tsv);
  create index on bench.plain (created_at);`;

/** In how many communities a word is. */
const words = `
  create table bench.words as
  select word, ndoc as found from ts_stat('select tsv from bench.plain') where word ~ '^[a-z]{1,19}$'`;

/** Takes indexes away while many rows are written: made at once they are made in a fraction of the time. */
async function withoutIndexes(client: pg.ClientBase, table: string, work: () => Promise<void>) {
  const { rows } = await client.query<{ indexname: string; indexdef: string }>(
    `select indexname, indexdef from pg_indexes where tablename = $1 and indexdef not like 'CREATE UNIQUE%'`,
    [table],
  );
  for (const it of rows) await client.query(`drop index ${it.indexname}`);
  await work();
  for (const it of rows) await client.query(it.indexdef);
}

async function insertAll(client: pg.ClientBase, most: number) {
  let before: Promise<unknown> = Promise.resolve();
  const columns: (keyof Written)[] = [
    'id',
    'slug',
    'title',
    'description',
    'organization',
    'type',
    'visibility',
    'created',
    'updated',
    'members',
  ];
  let batch: Written[] = [];
  const write = async () => {
    const values = columns.map((name) => batch.map((it) => it[name]));
    batch = [];
    // The next are made while these are written.
    await before;
    before = client.query({ name: 'insert', text: insert, values });
  };
  for (const it of corpus(most)) {
    batch.push(it);
    if (batch.length === batchSize) await write();
  }
  if (batch.length > 0) await write();
  await before;
}

/** Fills an empty database, the same way each time. @returns seconds of each part. */
export async function fill(client: pg.ClientBase, most: number): Promise<Record<string, number>> {
  const seconds: Record<string, number> = {};
  const timed = async (name: string, work: () => Promise<unknown>) => {
    const begun = performance.now();
    await work();
    seconds[name] = (performance.now() - begun) / 1000;
    console.error(`${name}: ${seconds[name]?.toFixed(1)} s`);
  };
  const people = Math.max(5000, Math.min(100_000, most / 10));
  const said = (text: string) => text.replaceAll('$people', `${people}`);
  // The rows are right by construction; looking each of them up would take longer than making them.
  await client.query(`set session_replication_role = replica; set work_mem = '256MB'`);
  await client.query(said(prepare));
  await timed('communities', () =>
    withoutIndexes(client, 'communities', () => insertAll(client, most)),
  );
  await timed('members', () =>
    withoutIndexes(client, 'members', async () => {
      await client.query(said(members));
    }),
  );
  await timed('plain table', () => client.query(plain));
  await timed('plain indexes', () => client.query(plainIndexes));
  await timed('words', () => client.query(words));
  // It is the bench that wrote so much at once; what the product writes, it tidies itself.
  await client.query('vacuum (analyze) communities, members, users, bench.plain, bench.words');
  await client.query('reset session_replication_role; reset work_mem');
  return seconds;
}

export async function tokensOf(client: pg.ClientBase): Promise<Tokens> {
  const tokenOf = async (person: number) => {
    const { token, hash } = makeToken();
    await client.query(
      `insert into tokens (id, user_id, name, hash, expires_at)
       select gen_random_uuid(), id, 'measuring', $2, now() + interval '1 day'
       from users where username = 'person-' || $1::int`,
      [person, hash],
    );
    return token;
  };
  return { member: await tokenOf(1), administrator: await tokenOf(2) };
}
