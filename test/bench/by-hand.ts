import pg from 'pg';
import { Agent, request } from 'undici';
import { usernameOf } from '../../src/sample/world.ts';
import type { Site } from './site.ts';

/** The ceiling: the same fetches, and one statement for 100 people, by hand and with nothing around it. */
const tables = `
  drop schema if exists hand cascade; create schema hand;
  create table hand.users (id bigint generated always as identity primary key, subject text unique not null,
    username text not null, email text, full_name text, given_name text, family_name text,
    affiliation text, orcid text, locale text, time_zone text);
  create unique index on hand.users (lower(username));
  create unique index on hand.users (lower(email));
  create table hand.roles (id bigint generated always as identity primary key, remote_id text not null,
    category text not null, unique (remote_id, category));
  create table hand.assignments (user_id bigint references hand.users, role_id bigint references hand.roles,
    primary key (user_id, role_id));
  create index on hand.assignments (role_id, user_id);`;

const upsert = `
  with given as materialized (
    select * from jsonb_to_recordset($1::jsonb) as it (subject text, username text, email text, name text,
      first_name text, last_name text, institutional_affiliation text, orcid text,
      preferred_language text, time_zone text, groups jsonb)
  ), changed as (
    insert into hand.users as u (subject, username, email, full_name, given_name, family_name, affiliation,
      orcid, locale, time_zone)
    select subject, username, email, name, first_name, last_name, institutional_affiliation, orcid,
      preferred_language, time_zone from given
    on conflict (subject) do update set username = excluded.username, email = excluded.email,
      full_name = excluded.full_name, given_name = excluded.given_name, family_name = excluded.family_name,
      affiliation = excluded.affiliation, orcid = excluded.orcid
    where (u.username, u.email, u.full_name, u.given_name, u.family_name, u.affiliation, u.orcid)
      is distinct from (excluded.username, excluded.email, excluded.full_name, excluded.given_name,
        excluded.family_name, excluded.affiliation, excluded.orcid)
    returning id, subject
  ), people as (
    select id, subject from changed
    union select u.id, u.subject from hand.users u join given using (subject)
  ), wanted as (
    select p.id as user_id, g->>'id' as remote_id, g->>'role' as category
    from given join people p using (subject), jsonb_array_elements(given.groups) as g
  ), made as (
    insert into hand.roles (remote_id, category)
    select distinct remote_id, category from wanted
    where not exists (select from hand.roles r where r.remote_id = wanted.remote_id and r.category = wanted.category)
    order by 1, 2 on conflict do nothing returning id, remote_id, category
  ), roles as (
    select * from made union select r.id, r.remote_id, r.category from hand.roles r
    join (select distinct remote_id, category from wanted) w using (remote_id, category)
  ), gone as (
    delete from hand.assignments a using people p
    where a.user_id = p.id and not exists (select from wanted w join roles r using (remote_id, category)
      where w.user_id = a.user_id and r.id = a.role_id)
  )
  insert into hand.assignments (user_id, role_id)
  select w.user_id, r.id from wanted w join roles r using (remote_id, category)
  where not exists (select from hand.assignments a where a.user_id = w.user_id and a.role_id = r.id)
  on conflict do nothing`;

export const prepareByHand = (site: Site) => site.pool.query(tables);

/** Fetches and writes everybody. @returns people a second. */
export async function syncByHand(site: Site, population: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: site.databaseUrl, max: 4 });
  const dispatcher = new Agent({ connections: 512 });
  const begun = performance.now();
  let next = 1;
  const lane = async () => {
    for (let first = next; first <= population; first = next) {
      next += 100;
      const subjects = Array.from({ length: Math.min(100, population - first + 1) }, (_, n) =>
        usernameOf(first + n),
      );
      const people = await Promise.all(
        subjects.map(async (subject) => {
          const { body } = await request(`${site.sampleUrl}/wp-json/commons/v1/users/${subject}`, {
            dispatcher,
            headers: { authorization: `Bearer ${site.remoteToken}` },
          });
          return { ...((await body.json()) as object), subject };
        }),
      );
      await pool.query({ name: 'upsert', text: upsert, values: [JSON.stringify(people)] });
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  const seconds = (performance.now() - begun) / 1000;
  await pool.end();
  await dispatcher.close();
  return population / seconds;
}
