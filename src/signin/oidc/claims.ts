import type { OidcProvider } from '../../providers.ts';
import { emailKind, type Fields, type Kind, orcidKind } from '../../remote/fields.ts';
import { line } from '../../text.ts';
import type { Proof } from '../provider.ts';

/** The first of them of which something can be made. */
function first<T>(sources: readonly Fields[], read: (claims: Fields) => T | undefined) {
  for (const it of sources) {
    const found = read(it);
    if (found !== undefined) return found;
  }
  return undefined;
}

const textOf = (claims: Fields, name: string): string | undefined =>
  line(250).safeParse(claims[name]).data;

function fitting(text: string | undefined, { read }: Kind): string | undefined {
  const found = text === undefined ? undefined : read?.(text);
  return typeof found === 'string' ? found : undefined;
}

/** As it is, for it is a key: what cannot be one as it is, is none. */
function subjectOf(claims: Fields, name: string): string | undefined {
  const given = claims[name];
  const text = Number.isSafeInteger(given) ? String(given) : given;
  if (typeof text !== 'string' || text.trim() === '' || text.length > 255) return undefined;
  return text.isWellFormed() && !/\p{Cc}/u.test(text) ? text : undefined;
}

/** An address, and that it was verified, count only if they were said in one breath. */
const emailOf = (claims: Fields): string | undefined =>
  claims.email_verified === true ? fitting(textOf(claims, 'email'), emailKind) : undefined;

/** What is missing in an identity token may be told where a provider answers about its people. */
export function lacksClaims(provider: OidcProvider, claims: Fields): boolean {
  const { scope, subjectClaim, usernameClaim, orcidClaim } = provider;
  const scopes = scope.split(' ');
  const wanted = [
    subjectClaim,
    orcidClaim,
    ...(scopes.includes('profile') ? [usernameClaim] : []),
    'name',
  ];
  return (
    wanted.some((it) => it !== undefined && claims[it] === undefined) ||
    (scopes.includes('email') && emailOf(claims) === undefined)
  );
}

/**
 * What a provider says of somebody, cleaned; undefined if it does not say who they are.
 * @param sources in which claims are looked for, the most reliable first.
 */
export function proofOf(provider: OidcProvider, ...sources: Fields[]): Proof | undefined {
  const { subjectClaim, usernameClaim, orcidClaim } = provider;
  const subject = first(sources, (it) => subjectOf(it, subjectClaim));
  if (subject === undefined) return undefined;
  const text = (name: string | undefined) =>
    name === undefined ? undefined : first(sources, (it) => textOf(it, name));
  const givenName = text('given_name');
  const familyName = text('family_name');
  return {
    subject,
    username: text(usernameClaim),
    email: first(sources, emailOf),
    fullName: text('name') ?? ([givenName, familyName].filter(Boolean).join(' ') || undefined),
    givenName,
    familyName,
    orcid: fitting(text(orcidClaim), orcidKind),
  };
}
