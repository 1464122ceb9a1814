import { type Answer, find } from './answer.ts';
import {
  categoryOf,
  emailKind,
  type Fields,
  idOf,
  isObject,
  type Kind,
  localeKind,
  type Notes,
  orcidKind,
  put,
  skip,
  textOf,
  timeZoneKind,
} from './fields.ts';
import type { Endpoint } from './http.ts';

/** A person as a service tells it. Absent: it does not say; null: it says that there is none. */
export interface RemotePerson {
  username?: string;
  email?: string | null;
  name?: string | null;
  firstName?: string | null;
  lastName?: string | null;
  affiliation?: string | null;
  orcid?: string | null;
  locale?: string | null;
  timeZone?: string | null;
  /** The groups that the person is in, all of them; absent if the service cannot tell now. */
  groups?: RemoteMembership[];
  /** Some of the groups could not be read: from what is missing nothing follows. */
  groupsArePartial?: true;
  /** What of the answer was left out, and why. */
  problems: string[];
}

export interface RemoteMembership {
  groupId: string;
  category: string;
  name?: string;
}

const mostGroups = 5000;
const nameKind: Kind = { limit: 250 };
const usernameKind: Kind = { limit: 255, isVital: true };
const roleKind: Kind = { limit: 100 };

/** Ours, theirs, and what the text must be. */
const texts = [
  ['email', 'email', emailKind],
  ['name', 'name', nameKind],
  ['firstName', 'first_name', nameKind],
  ['lastName', 'last_name', nameKind],
  ['affiliation', 'institutional_affiliation', { limit: 500 }],
  ['orcid', 'orcid', orcidKind],
  ['locale', 'preferred_language', localeKind],
  ['timeZone', 'time_zone', timeZoneKind],
] as const satisfies [keyof RemotePerson, string, Kind][];

export function findPerson(endpoint: Endpoint, id: string): Promise<RemotePerson | undefined> {
  return find(endpoint, id, personOf);
}

function personOf({ fields, sub, isDegraded }: Answer, asked: string, notes: Notes): RemotePerson {
  const person: RemotePerson = { problems: notes.problems };
  const username = textOf(fields, 'username', usernameKind, notes);
  if (username === null) skip(notes, 'username', 'is empty');
  else put(person, 'username', username);
  for (const [key, theirs, kind] of texts) {
    const value = textOf(fields, theirs, kind, notes);
    if (value !== null || !isDegraded) put(person, key, value);
  }
  if (isDegraded) skip(notes, 'groups', 'a part of the service is away');
  else Object.assign(person, groupsOf(fields.groups, notes));
  checkIdentity(person, asked, [idOf(fields.id), idOf(sub)], notes);
  return person;
}

/** An error that is told with 200 names nobody, and taken for a person it would empty one. */
function checkIdentity(
  { username, email, name, orcid }: RemotePerson,
  asked: string,
  ids: (string | undefined)[],
  notes: Notes,
): void {
  const given = ids.filter((it) => it !== undefined);
  const names = [...given, username, email].filter((it) => typeof it === 'string');
  if (names.length === 0 && !name) notes.faults.push('is about nobody');
  // A person who is asked for by a number may be answered with the username alone.
  if (given.length === 0) return;
  const wanted = asked.normalize('NFC').toLowerCase();
  const isAsked = names.some((it) => it.toLowerCase() === wanted);
  if (!isAsked && !(orcid && wanted.endsWith(orcid.toLowerCase()))) {
    notes.faults.push('is about somebody else');
  }
}

/** Null and nothing are not "in no group": only a list tells what somebody is in. */
function groupsOf(
  list: unknown,
  notes: Notes,
): Pick<RemotePerson, 'groups' | 'groupsArePartial'> | undefined {
  if (list === undefined || list === null) return undefined;
  if (!Array.isArray(list)) {
    notes.faults.push('groups is not a list');
    return undefined;
  }
  if (list.length > mostGroups) {
    return skip(notes, 'groups', `has more than ${mostGroups} entries`);
  }
  const memberships = new Map<string, RemoteMembership>();
  let isPartial = false;
  for (const [index, entry] of list.entries()) {
    const membership = membershipOf(entry, `groups[${index}]`, notes);
    if (membership === undefined) isPartial = true;
    if (!membership) continue;
    const key = `${membership.groupId}\n${membership.category}`;
    if (!memberships.has(key)) memberships.set(key, membership);
  }
  const groups = [...memberships.values()];
  if (!isPartial) return { groups };
  // A list of which nothing could be read does not say that somebody is in no group.
  return groups.length === 0 ? { groupsArePartial: true } : { groups, groupsArePartial: true };
}

/** Null if somebody is not, or not yet, in the group; undefined if it cannot be read. */
function membershipOf(
  entry: unknown,
  path: string,
  notes: Notes,
): RemoteMembership | null | undefined {
  if (!isObject(entry)) return skip(notes, path, 'is not an object');
  const prefix = `${path}.`;
  const status = textOf(entry, 'status', roleKind, notes, prefix);
  if (status === undefined && Object.hasOwn(entry, 'status')) return undefined;
  if (status && !/^(confirmed|active)$/i.test(status)) return null;
  const groupId = idOf(entry.id);
  if (groupId === undefined) return skip(notes, `${prefix}id`, 'is not an id');
  const role = textOf(entry, 'role', roleKind, notes, prefix);
  if (role === undefined && Object.hasOwn(entry, 'role')) return undefined;
  if (!role) return skip(notes, `${prefix}role`, 'is missing');
  const membership: RemoteMembership = { groupId, category: categoryOf(role) };
  put(membership, 'name', nameOf(entry, prefix, notes) ?? undefined);
  return membership;
}

/** WordPress says `name`, Profiles `group_name`. */
const nameOf = (entry: Fields, prefix: string, notes: Notes) =>
  textOf(entry, 'name', nameKind, notes, prefix) ??
  textOf(entry, 'group_name', nameKind, notes, prefix);
