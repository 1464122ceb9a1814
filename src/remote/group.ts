import { type Answer, find } from './answer.ts';
import {
  categoryOf,
  type Fields,
  idOf,
  type Kind,
  type Notes,
  put,
  skip,
  textOf,
  urlKind,
} from './fields.ts';
import type { Endpoint } from './http.ts';

export type RemoteVisibility = 'PUBLIC' | 'PRIVATE' | 'HIDDEN';

/** A group as a service tells it. Absent: it does not say; null: it says that there is none. */
export interface RemoteGroup {
  id: string;
  name?: string | null;
  url?: string | null;
  description?: string | null;
  visibility?: RemoteVisibility | null;
  avatar?: string | null;
  /** The roles that may upload. */
  uploadRoles?: string[] | null;
  moderateRoles?: string[] | null;
  /** What of the answer was left out, and why. */
  problems: string[];
}

const mostRoles = 100;
const roleKind: Kind = { limit: 100 };

const visibilityKind: Kind = {
  limit: 100,
  read: (text) =>
    /^(public|private|hidden)$/i.test(text)
      ? text.toUpperCase()
      : { problem: 'is not public, private or hidden' },
};

const texts = [
  ['name', { limit: 250 }],
  ['url', urlKind],
  ['description', { limit: 20_000, hasLines: true }],
  ['avatar', urlKind],
] as const satisfies [keyof RemoteGroup, Kind][];

export function findGroup(endpoint: Endpoint, id: string): Promise<RemoteGroup | undefined> {
  return find(endpoint, id, groupOf);
}

function groupOf(
  { fields, isDegraded }: Answer,
  asked: string,
  notes: Notes,
): RemoteGroup | undefined {
  if (isNoGroup(fields)) return undefined;
  const id = idOf(fields.id);
  if (id !== asked.normalize('NFC'))
    notes.faults.push(id ? 'is about another group' : 'is about no group');
  const group: RemoteGroup = { id: asked, problems: notes.problems };
  const say = <K extends keyof RemoteGroup>(key: K, value: RemoteGroup[K] | null | undefined) => {
    const isEmpty = value === null || (Array.isArray(value) && value.length === 0);
    if (!isEmpty || !isDegraded) put(group, key, value as RemoteGroup[K] | undefined);
  };
  for (const [key, kind] of texts) say(key, textOf(fields, key, kind, notes));
  const visibility = textOf(fields, 'visibility', visibilityKind, notes);
  say('visibility', visibility as RemoteVisibility | null | undefined);
  say('uploadRoles', rolesOf(fields, 'upload_roles', notes));
  say('moderateRoles', rolesOf(fields, 'moderate_roles', notes));
  if (isDegraded) skip(notes, 'empty fields', 'a part of the service is away');
  return group;
}

/** What WordPress answers about a group that there is not: its id is 0, and all else is empty. */
function isNoGroup({ id, meta: _, ...rest }: Fields): boolean {
  const isEmpty = (value: unknown) => value === null || value === '' || value === false;
  return (id === 0 || id === '0') && Object.values(rest).every(isEmpty);
}

/** All of them or none: with one left out, the list would say something else. */
function rolesOf(fields: Fields, key: string, notes: Notes): string[] | null | undefined {
  const list = fields[key];
  if (list === undefined || list === null || list === '') return list === undefined ? list : null;
  if (!Array.isArray(list)) return skip(notes, key, 'is not a list');
  if (list.length > mostRoles) return skip(notes, key, `has more than ${mostRoles} entries`);
  const roles = list.map((role) => textOf({ role }, 'role', roleKind, notes, `${key}.`));
  if (!roles.every((it) => typeof it === 'string')) return skip(notes, key, 'has an unusable role');
  return [...new Set(roles.map(categoryOf))];
}
