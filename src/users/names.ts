import { type NameParts, namePartKeys } from './user.ts';

/** What is known of a name here: of two parts by services, of all by what was said here. */
export interface KnownName {
  givenName: string | null;
  familyName: string | null;
  nameParts: NameParts;
}

/**
 * The parts of a name that count: what was said here goes before what a service says. A name that
 * is not to be divided has no other parts.
 */
export function partsOf({ givenName, familyName, nameParts }: KnownName): NameParts {
  if (nameParts.undivided) return { undivided: nameParts.undivided };
  const remote = { given: givenName ?? undefined, family: familyName ?? undefined };
  const all: NameParts = { ...remote, ...nameParts };
  return Object.fromEntries(namePartKeys.filter((it) => all[it]).map((it) => [it, all[it]]));
}

const joined = (...parts: (string | undefined)[]): string => parts.filter(Boolean).join(' ');

/** A prefix with what follows; one that ends in an apostrophe (`O'`, `d’`) clings to it. */
const prefixed = (prefix = '', name = ''): string =>
  /['’]$/.test(prefix) ? prefix + name : joined(prefix, name);

const givenOf = (it: NameParts) => joined(it.given, it.middle, it.parental, it.nickname);

const familyOf = (it: NameParts) =>
  /['’]$/.test(it.familyPrefixFixed ?? '')
    ? joined(prefixed(it.familyPrefixFixed, it.family), it.spousal)
    : joined(it.familyPrefixFixed, it.spousal, it.family);

const listed = (...parts: (string | undefined)[]): string | null =>
  parts.filter(Boolean).join(', ') || null;

/** A name as it is said, put together as KCWorks does: `Anna Maria van der Berg, Jr.`; null if no part is known. */
export const fullOf = (it: NameParts): string | null =>
  it.undivided ?? listed(joined(givenOf(it), prefixed(it.familyPrefix, familyOf(it))), it.suffix);

/**
 * A name as an alphabetical list has it: `Berg, Anna Maria van der, Jr.`; a fixed prefix stays in
 * front of the family's name: `van der Berg, Anna Maria`.
 */
export const invertedOf = (it: NameParts): string | null =>
  it.undivided ?? listed(familyOf(it), joined(givenOf(it), it.familyPrefix), it.suffix);
