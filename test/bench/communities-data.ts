import type pg from 'pg';
import { makeToken } from '../../src/credentials/secret.ts';

/** How much there is. */
export interface Amounts {
  communities: number;
  users: number;
  members: number;
}

/** Who asks, and for what: slugs of which one is asked for after the other. */
export interface Place {
  /** Somebody in a two-hundredth of all communities, somebody in none, and who sees everything. */
  tokens: { viewer: string; stranger: string; administrator: string };
  slugs: {
    /** Everyone can see them. */
    public: string[];
    /** The viewer is in these, by a membership or a role, and nobody else can see them. */
    restricted: string[];
    /** The viewer is in these with a handful of others. */
    small: string[];
    /** The viewer manages these, with a thousandth of all memberships each. */
    thousand: string[];
    /** The viewer manages this, with a twentieth of all memberships. */
    largest: string[];
    /** Everyone can see these, and their children. */
    parents: string[];
  };
}

/**
 * Draws that are the same in every run: PostgreSQL's own hash of a number is the generator, and the
 * seed says which of its sequences. Everything else is made out of these in sets.
 */
const draws = `
  create schema bench;
  create function bench.draw(n bigint, seed bigint, most bigint) returns bigint
    language sql immutable parallel safe
    return (hashint8extended(n, seed) & 9007199254740991) % most;
  create function bench.one_of(n bigint, seed bigint, given text[]) returns text
    language sql immutable parallel safe
    return given[1 + bench.draw(n, seed, cardinality(given))];
  -- As randomUUIDv7 makes them: the order of n is the order of birth.
  create function bench.id(n bigint, seed bigint) returns uuid
    language sql immutable parallel safe
    return overlay(overlay(overlay(md5(seed || ' ' || n)
      placing lpad(to_hex(1700000000000 + n * 1000), 12, '0') from 1) placing '7' from 13) placing '8' from 17)::uuid;
  create function bench.born(n bigint) returns timestamptz
    language sql immutable parallel safe return to_timestamp(1700000000 + n);
  create table bench.texts (id bigint primary key, text text not null);
  insert into bench.texts select n, (select string_agg(bench.one_of(n, i, array[
      'We gather the papers, data and software of everybody who works on this question.',
      'Manuscripts are welcome in any language; a summary in English helps others to find them.',
      'Every record is looked at by a curator before it is shown, as a rule within a week.',
      'The community grew out of a workshop that has been held every second year since 1998.',
      'Members meet online on the first Tuesday of the month; minutes are deposited here.',
      'Négatifs, plaques de verre et carnets de terrain sont décrits pièce par pièce.',
      'Large collections should be announced beforehand, so that we can help with their metadata.',
      'Preprints may be replaced by the accepted version as soon as the publisher allows it.'
    ]), ' ') from generate_series(1, 35) i)
  from generate_series(0, 999) n;
  create function bench.text(n bigint, seed bigint, length bigint) returns text
    language sql stable parallel safe
    return (select left(text, length::int) from bench.texts where id = bench.draw(n, seed, 1000));`;

const people = `
  insert into users (id, username, email, full_name, given_name, family_name, affiliation, orcid,
    visibility, state, verified_at, created_at, updated_at)
  select bench.id(n, 1), 'person-' || n, 'person-' || n || '@example.org', given || ' ' || family,
    given, family, bench.one_of(n, 13, array['University of Bergen', 'Michigan State University',
      'Université de Genève', 'Universität Hamburg', 'Northwestern University', 'CERN', null]),
    case when bench.draw(n, 14, 3) = 0 then
      regexp_replace(lpad(n::text, 15, '0'), '(.{4})(.{4})(.{4})(.{3})', '\\1-\\2-\\3-\\4X') end,
    case when bench.draw(n, 15, 20) = 0 and n > 3 then 'RESTRICTED' else 'PUBLIC' end,
    case when bench.draw(n, 16, 50) = 0 and n > 3 then 'SUSPENDED' else 'ACTIVE' end,
    case when bench.draw(n, 17, 10) = 0 then now() end, bench.born(n), bench.born(n)
  from (select n, bench.one_of(n, 11, array['Ada', 'Björn', 'Chiamaka', 'Dolores', 'Émile', 'Farida',
      'Grace', 'Hiroshi', 'Ingrid', 'José', 'Kateryna', 'Lwazi', 'María', 'Nils', 'Olga', 'Priya']) as given,
    initcap(bench.one_of(n, 12, array['al', 'ber', 'can', 'dö', 'eg', 'fer', 'gal', 'han', 'iz', 'jo', 'kov'])
      || bench.one_of(n, 18, array['an', 'berg', 'es', 'ing', 'land', 'mann', 'ov', 'ski', 'ström', 'ton'])
      || bench.one_of(n, 19, array['a', 'e', 'en', 'i', 'o', 's', 'sen', ''])) as family
    from generate_series(1, :users::bigint) n) it;`;

const communities = `
  insert into groups (id, idp, remote_id, slug, name, description, created_at, updated_at)
  select bench.id(n, 2), 'knowledgeCommons', n::text, 'group-' || n, 'Group ' || n,
    bench.text(n, 21, 85), bench.born(n), bench.born(n)
  from generate_series(3, :communities::bigint, 50) n;

  insert into roles (id, group_id, category, created_at, updated_at)
  select bench.id(n, seed), bench.id(n, 2), category, bench.born(n), bench.born(n)
  from generate_series(3, :communities::bigint, 50) n, (values (3, 'member'), (4, 'administrator')) it (seed, category);

  insert into communities (id, slug, title, description, curation_policy, page, website, type,
    organizations, funding, custom_fields, visibility, members_visibility, member_policy,
    review_policy, allows_children, group_id, logo_hash, deleted_at, version, created_at, updated_at)
  select bench.id(n, 5), 'community-' || n,
    bench.one_of(n, 31, array['Open', 'Applied', 'Digital', 'Medieval', 'Comparative', 'Urban', 'Marine', 'Östliche'])
      || ' ' || bench.one_of(n, 32, array['Philology', 'Astronomy', 'Ecology', 'History', 'Linguistics', 'Genomics',
        'Archives', 'Economics', 'Éthique']) || ' ' || n,
    bench.text(n, 33, 200 + bench.draw(n, 34, 700)),
    case when bench.draw(n, 35, 3) = 0 then '<p>' || bench.text(n, 36, 1500) || '</p>' end,
    case when bench.draw(n, 37, 3) = 0 then '<p>' || bench.text(n, 38, 3000) || '</p>' end,
    case when bench.draw(n, 39, 2) = 0 then 'https://community-' || n || '.example.org/' end,
    bench.one_of(n, 40, array['event', 'organization', 'project', 'topic', null]),
    jsonb_build_array(jsonb_build_object('name', 'Institute ' || bench.draw(n, 41, 5000), 'identifiers',
      jsonb_build_array(jsonb_build_object('scheme', 'ror', 'identifier', '03yrm5c26')))),
    case when bench.draw(n, 42, 4) > 0 then '[]'::jsonb else jsonb_build_array(jsonb_build_object(
      'funder', jsonb_build_object('name', 'Research Council', 'identifiers', '[]'::jsonb),
      'award', jsonb_build_object('title', 'A grant', 'number', n::text, 'identifiers', '[]'::jsonb))) end,
    jsonb_build_object('kcr:commons_domain', 'commons-' || bench.draw(n, 43, 20)),
    case when n > 51 and (bench.draw(n, 44, 10) = 0 or n % 1000 = 103) then 'RESTRICTED' else 'PUBLIC' end,
    case when n > 51 and bench.draw(n, 45, 3) = 0 then 'RESTRICTED' else 'PUBLIC' end,
    bench.one_of(n, 46, array['OPEN', 'CLOSED']), bench.one_of(n, 47, array['OPEN', 'CLOSED', 'MEMBERS']),
    n % 500 = 107, case when n % 50 = 3 then bench.id(n, 2) end,
    case when bench.draw(n, 48, 10) < 7 then md5('logo ' || n) end,
    case when n > 51 and n % 1000 <> 103 and bench.draw(n, 49, 50) = 0 then bench.born(n + 1000) end,
    1 + bench.draw(n, 50, 20), bench.born(n), bench.born(n + bench.draw(n, 51, 30000000))
  from generate_series(1, :communities::bigint) n;

  update communities t set parent_id = bench.id(n - n % 500 + 107, 5)
  from generate_series(1, :communities::bigint) n
  where n % 500 between 108 and 127 and t.id = bench.id(n, 5) and n - n % 500 + 107 <= :communities;

  insert into old_slugs (slug, community_id, left_at)
  select 'was-' || n, bench.id(n, 5), bench.born(n) from generate_series(5, :communities::bigint, 20) n;

  -- What was put forward once, a month each, and what is today.
  insert into featured_entries (id, community_id, starts_at, ends_at)
  select bench.id(n, 6), bench.id(n, 5), bench.born(n), bench.born(n) + interval '1 month'
  from generate_series(1, :communities::bigint, 50) n
  union all
  select bench.id(n, 7), bench.id(n, 5), bench.born(n), null from generate_series(9, :communities::bigint, :communities / 40) n;`;

/**
 * One community has a twentieth of all memberships, fifty have a thousandth each; of the others most
 * have 5 to 10, and one in ten so many more that the sum is right. The viewer, user 1, is in one of
 * 200 communities, in some of them by a role.
 */
const members = `
  create table bench.people as select n, bench.id(n, 1) as id from generate_series(1, :users::bigint) n;
  create table bench.sizes as
  select n, bench.id(n, 5) as id, case when n = 1 then :members / 20 when n <= 51 then :members / 1000
    else 5 + bench.draw(n, 61, 6) + case when bench.draw(n, 62, 10) = 0
      then bench.draw(n, 63, 1 + greatest(0, 20 * ((:members * 9 / 10) / :communities - 7.5)::bigint)) else 0 end end as size
  from generate_series(1, :communities::bigint) n;

  insert into members (id, community_id, user_id, level, is_visible, created_at, updated_at)
  select bench.id(at, 8), community, people.id, level, bench.draw(at, 64, 10) < 3, bench.born(at), bench.born(at)
  from (select *, row_number() over (order by bench.draw(n * 100000 + i, 65, 1000000000)) as at from (
    -- 7919 is a prime: nobody is met twice before everybody was met once.
    select n, id as community, i, 3 + (bench.draw(n, 66, :users) + i * 7919) % (:users - 2) as person,
      case when i = 0 then 'OWNER' when i = 1 and n % 2 = 0 then 'MANAGER'
        when bench.draw(n * 100000 + i, 67, 10) = 0 then 'CURATOR' else 'READER' end as level
    from bench.sizes, generate_series(0, size - 1) i
    union all
    select n, id, 99999, 1, case when n <= 51 then 'MANAGER' else bench.one_of(n, 68, array['READER', 'CURATOR', 'OWNER']) end
    from bench.sizes where n in (1, 2, 3) or (n % 200 = 103 and n % 2000 <> 103)) it) it
  join bench.people on people.n = person order by at;

  insert into members (id, community_id, role_id, level, mapped_level, is_visible, created_at, updated_at)
  select bench.id(n, seed), bench.id(n, 5), bench.id(n, seed - 6), level, level, bench.draw(n, 69, 2) = 0,
    bench.born(n), bench.born(n)
  from generate_series(3, :communities::bigint, 50) n, (values (9, 'READER'), (10, 'OWNER')) it (seed, level);

  insert into assignments (role_id, user_id, source)
  select id, bench.id(3, 1), 'LOCAL' from roles where name = 'administrators';

  insert into assignments (role_id, user_id, source, created_at)
  select bench.id(n, seed), bench.id(3 + (bench.draw(n, 70, :users) + i * 7919) % (:users - 2), 1), 'knowledgeCommons', bench.born(n)
  from generate_series(3, :communities::bigint, 50) n, (values (3, 20), (4, 2)) it (seed, people), generate_series(1, people) i
  union
  select bench.id(n, 3), bench.id(1, 1), 'knowledgeCommons', bench.born(n) from generate_series(103, :communities::bigint, 2000) n;`;

/** Half as many as there are communities; a hundredth of them are in the largest. */
const requests = `
  insert into requests (id, kind, state, community_id, user_id, level, created_by_id, expires_at,
    closed_at, last_activity_at, created_at, updated_at)
  select bench.id(n, 12), kind, state, bench.id(place, 5), bench.id(person, 1), 'READER', bench.id(person, 1),
    now() + interval '30 days', case when state <> 'SUBMITTED' then bench.born(n) end,
    bench.born(n), bench.born(n), bench.born(n)
  from (select n, bench.one_of(n, 81, array['INVITATION', 'MEMBERSHIP']) as kind,
      bench.one_of(n, 82, array['SUBMITTED', 'ACCEPTED', 'DECLINED', 'CANCELLED', 'ACCEPTED']) as state,
      case when n % 100 = 0 then 1 else 1 + bench.draw(n, 83, :communities) end as place,
      3 + (n * 7919) % (:users - 2) as person
    from generate_series(1, :communities / 2::bigint) n) it
  on conflict do nothing;`;

/** Slugs in an order of their own, so that neighbours in it are none in the table. */
async function slugsOf(client: pg.ClientBase, which: string): Promise<string[]> {
  const { rows } = await client.query<{ slug: string }>(`
    select slug from (select *, substr(slug, 11)::bigint as n from communities) t
    where deleted_at is null and ${which} order by bench.draw(n, 91, 1000000000) limit 500`);
  return rows.map((it) => it.slug);
}

async function tokenOf(client: pg.ClientBase, person: number): Promise<string> {
  const { token, hash } = makeToken();
  await client.query(
    `insert into tokens (id, user_id, name, hash, expires_at)
     values (bench.id($1, 14), bench.id($1, 1), 'measuring', $2, now() + interval '1 day')`,
    [person, hash],
  );
  return token;
}

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

/** Fills an empty database, the same way each time. */
export async function fill(client: pg.ClientBase, amounts: Amounts): Promise<Place> {
  // The rows are right by construction; looking each of them up would take longer than making them.
  await client.query(`set session_replication_role = replica; set work_mem = '256MB'`);
  for (const [name, text] of Object.entries({
    draws,
    users: people,
    communities,
    members,
    requests,
  })) {
    const begun = performance.now();
    const said = text.replace(
      /:(communities|users|members)\b/g,
      (_, it) => `${amounts[it as keyof Amounts]}`,
    );
    await withoutIndexes(client, name, async () => {
      await client.query(said);
    });
    console.error(`${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  }
  await client.query('reset session_replication_role; reset work_mem');
  return {
    tokens: {
      viewer: await tokenOf(client, 1),
      stranger: await tokenOf(client, 2),
      administrator: await tokenOf(client, 3),
    },
    slugs: {
      public: await slugsOf(client, `visibility = 'PUBLIC'`),
      restricted: await slugsOf(client, `visibility = 'RESTRICTED' and n % 200 = 103`),
      small: await slugsOf(client, 'n % 200 = 103 and n > 51'),
      thousand: ['community-2', 'community-3'],
      largest: ['community-1'],
      parents: await slugsOf(client, `visibility = 'PUBLIC' and allows_children`),
    },
  };
}
