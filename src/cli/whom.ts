import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { notFound, Refusal } from '../errors.ts';
import { toGlobalId, uuidOf } from '../ids.ts';
import type { UserState } from '../users/user.ts';

/** Somebody who was meant. */
export interface Whom {
  uuid: string;
  id: string;
  username: string;
  state: UserState;
}

/**
 * The one whom a reference means: a username, e-mail address, ORCID iD, id, or idp:subject, in
 * whatever state the account is.
 * @throws Refusal if it means nobody, or several.
 */
export async function whom(ctx: Context, ref: string): Promise<Whom> {
  const text = ref.trim().replaceAll('\0', '');
  const [, idp = null, subject = null] = /^([^:\s]+):(.+)$/.exec(text) ?? [];
  const orcid = text.replace(/^https?:\/\/orcid\.org\//i, '').toUpperCase();
  const found = await rows(
    ctx,
    sql<Omit<Whom, 'id'>>`
      select u.id as uuid, u.username, u.state from users u
      where u.id = ${uuidOf('User', text) ?? null}
        or lower(u.username) = lower(${text}) or lower(u.email) = lower(${text})
        or u.orcid = ${orcid}
        or u.id in (select user_id from identities where idp = ${idp} and subject = ${subject})
      order by u.id`,
  );
  const [one, ...others] = found.map((it) => ({ ...it, id: toGlobalId('User', it.uuid) }));
  if (!one) throw notFound(`user as ${text}`);
  if (others.length === 0) return one;
  const each = [one, ...others].map((it) => `${it.username} (${it.id})`).join(', ');
  throw new Refusal('INVALID', `${text} means several: ${each}. Name one by its id.`);
}
