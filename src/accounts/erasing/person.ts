import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import type { KnownAs } from '../subjects.ts';

/** All by which a person can be told apart, of the account and of those that went into it. */
export interface Person {
  /** The UUIDs of the accounts. */
  ids: string[];
  subjects: KnownAs[];
  usernames: string[];
  fullNames: string[];
  emails: string[];
  /** The UUIDs of what is theirs and goes: identities, tokens and sessions. */
  things: string[];
}

interface Names {
  id: string;
  username: string;
  email: string | null;
  fullName: string | null;
}

/** Who is to be forgotten: accounts that were merged into one are of the same person. */
export async function readPerson(ctx: Context, id: string): Promise<Person> {
  const accounts = await rows(
    ctx,
    sql<Names>`
      with recursive it as (
        select id from users where id = ${id}
        union select u.id from users u join it on u.merged_into_id = it.id)
      select u.id, u.username, u.email, u.full_name as "fullName"
      from users u join it on it.id = u.id order by u.id`,
  );
  const ids = accounts.map((it) => it.id);
  const subjects = await rows(
    ctx,
    // Also those by which they were known once, if nobody else is by now.
    sql<KnownAs>`
      select idp, subject from identities where user_id = any(${ids})
      union
      select r.idp, r.remote_id from sync_runs r
      where r.kind = 'USER' and r.user_id = any(${ids}) and not exists (
        select from identities i where i.idp = r.idp and i.subject = r.remote_id)`,
  );
  const things = await rows(
    ctx,
    sql<{ id: string }>`
      select id from identities where user_id = any(${ids})
      union all select id from tokens where user_id = any(${ids})
      union all select id from sessions where user_id = any(${ids})`,
  );
  return {
    ids,
    subjects,
    usernames: accounts.map((it) => it.username),
    fullNames: accounts.flatMap((it) => it.fullName ?? []),
    emails: accounts.flatMap((it) => it.email ?? []),
    things: things.map((it) => it.id),
  };
}
