import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { Refusal } from '../errors.ts';
import type { KeptField } from './shapes.ts';

/** How a service knows a user whose account it keeps up to date. */
export interface Keeper {
  idp: string;
  /** Whether the service still knows the user. */
  isLive: boolean;
}

/** The services that keep an account up to date: those that can be asked for a user whom they know. */
export async function keepersOf(tx: Context, userId: string): Promise<Keeper[]> {
  const found = await rows(
    tx,
    sql<Keeper>`
      select idp, gone_at is null as "isLive" from identities where user_id = ${userId} order by id`,
  );
  return found.filter((it) => tx.config.idps.get(it.idp)?.users);
}

/**
 * Why a field is not to be edited here. A username is what the service calls the person; and what
 * a service is asked by must not be edited at all, or it would be asked for somebody else, and tell
 * of their groups. Administrators may, for they must be able to mend it.
 */
export function whyKept(
  { actor, config }: Context,
  keepers: Keeper[],
  field: KeptField,
  isOwn: boolean,
): Refusal | undefined {
  if (actor.has('ADMINISTER') && !isOwn) return undefined;
  const asked = keepers.find((it) => config.idps.get(it.idp)?.users?.identifier === field);
  const naming = isOwn && field === 'username' ? keepers.find((it) => it.isLive) : undefined;
  const keeper = asked ?? naming;
  if (!keeper) return undefined;
  const why = asked
    ? `The identity service ${keeper.idp} is asked for this account by it`
    : `It comes from the identity service ${keeper.idp}`;
  return new Refusal('CONFLICT', `${why}: change it there.`, ['input', field]);
}

/** What two accounts cannot both have. */
export interface Claims {
  username?: string | null;
  email?: string | null;
  orcid?: string | null;
}

/**
 * What of these belongs to another account already. An ORCID iD that is written down is no proof,
 * so that two accounts may have the same; but somebody who signs in by it has shown that it is
 * theirs.
 * @param userId whose they are to be; absent for a new account.
 */
export async function takenClaims(
  tx: Context,
  claims: Claims,
  userId?: string,
): Promise<Refusal[]> {
  const { username = null, email = null, orcid = null } = claims;
  if (username === null && email === null && orcid === null) return [];
  const id = userId ?? null;
  const idps = orcidIdps(tx);
  const [found] = await rows(
    tx,
    sql<{ username: boolean; email: boolean; orcid: boolean; own: string | null }>`
      select
        exists (select from users where lower(username) = lower(${username}::text)
          and id is distinct from ${id}::uuid) as username,
        exists (select from users where lower(email) = lower(${email}::text)
          and email is not null and id is distinct from ${id}::uuid) as email,
        exists (select from identities where idp = any(${idps}) and subject = ${orcid}::text
          and user_id is distinct from ${id}::uuid) as orcid,
        (select min(subject) from identities where idp = any(${idps}) and user_id = ${id}::uuid
          and ${orcid}::text is not null
          having not ${orcid}::text = any(array_agg(subject))) as own`,
  );
  const taken = (field: keyof Claims, message: string) =>
    found?.[field] ? [new Refusal('TAKEN', message, ['input', field])] : [];
  return [
    ...taken('username', 'Another account has this username.'),
    ...taken('email', 'Another account has this e-mail address.'),
    ...taken('orcid', 'Somebody else signs in by this ORCID iD.'),
    ...(found?.own
      ? [new Refusal('CONFLICT', `The account signs in by ${found.own}.`, ['input', 'orcid'])]
      : []),
  ];
}

/** The identity services whose subjects are ORCID iDs. */
const orcidIdps = ({ config }: Context): string[] =>
  [...config.signIn.values()]
    .filter((it) => it.kind === 'oidc' && it.orcidClaim === it.subjectClaim)
    .map((it) => it.idp);
