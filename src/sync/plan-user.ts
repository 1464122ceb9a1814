import type { RemotePerson } from '../remote/person.ts';
import type { UserState } from '../users/user.ts';
import type { Change, Note, Plan } from './changes.ts';
import { planRoles, type RoleKey, type RoleRules } from './plan-roles.ts';

/** The fields of a user that a remote service may know, and the word that it has for each. */
export const userFields = {
  username: 'username',
  email: 'email',
  fullName: 'name',
  givenName: 'firstName',
  familyName: 'lastName',
  affiliation: 'affiliation',
  orcid: 'orcid',
  locale: 'locale',
  timeZone: 'timeZone',
} as const satisfies Record<string, keyof RemotePerson>;
export type UserField = keyof typeof userFields;

/** Nobody loses these to an empty answer: an account needs a name, and an address to be reached at. */
const neverCleared: ReadonlySet<UserField> = new Set(['username', 'email']);
/** The user's own choices: a service fills them in while they are empty, and never again. */
const preferences: ReadonlySet<UserField> = new Set(['locale', 'timeZone']);

export type UserFields = Record<UserField, string | null>;

export interface LocalUser extends UserFields {
  id: string;
  state: UserState;
  lockedFields: string[];
}

/** What is here of a person. */
export interface LocalPerson {
  user?: LocalUser;
  /** The service said before that it no longer knows them. */
  isGone: boolean;
  /** Other identities through which the user is still known. */
  hasOtherIdentity: boolean;
  isLastAdministrator: boolean;
  /** The roles whose source is this idp. */
  roles: RoleKey[];
}

/** What else a plan looks at. */
export interface UserRules extends RoleRules {
  provision: boolean;
  subject: string;
  isTaken(field: 'username' | 'email', value: string): boolean;
}

/** What must happen here so that our copy of a person is what the service says. It changes nothing. */
export function planUser(
  local: LocalPerson,
  remote: RemotePerson | undefined,
  rules: UserRules,
): Plan {
  if (!remote) return planGone(local);
  const notes = remote.problems.map((it) => ({ field: 'answer', message: it }));
  if (!local.user && !rules.provision) {
    notes.push({ field: 'user', message: 'is unknown here, and this idp does not provision' });
    return { changes: [], notes };
  }
  const changes = local.user
    ? [...planReturn(local), ...planFields(local.user, remote, rules, notes)]
    : planNewUser(remote, rules, notes);
  changes.push(...planRoles(local.roles, remote, rules, notes));
  return { changes, notes };
}

function planGone(local: LocalPerson): Plan {
  if (!local.user) {
    return { changes: [], notes: [{ field: 'user', message: 'is unknown there and here' }] };
  }
  const notes: Note[] = [];
  const changes: Change[] = local.roles.map((it) => ({ kind: 'ROLE_UNASSIGNED', ...it }));
  if (!local.isGone) changes.push({ kind: 'IDENTITY_GONE' });
  if (local.user.state === 'ACTIVE' && !local.hasOtherIdentity) {
    if (local.isLastAdministrator) {
      notes.push({ field: 'state', message: 'stays active: nobody else could administer' });
    } else {
      changes.push({ kind: 'USER_SUSPENDED', before: 'ACTIVE', after: 'SUSPENDED' });
    }
  }
  return { changes, notes };
}

/** Only an account that a sync suspended is brought back by a sync. */
function planReturn(local: LocalPerson): Change[] {
  const changes: Change[] = [];
  if (local.isGone) changes.push({ kind: 'IDENTITY_BACK' });
  if (local.user?.state === 'SUSPENDED') {
    changes.push({ kind: 'USER_REACTIVATED', before: 'SUSPENDED', after: 'ACTIVE' });
  }
  return changes;
}

function planFields(user: LocalUser, remote: RemotePerson, rules: UserRules, notes: Note[]) {
  const changes: Change[] = [];
  for (const field of Object.keys(userFields) as UserField[]) {
    const after = remote[userFields[field]];
    const before = user[field];
    if (after === undefined || after === before) continue;
    const reason = whyNot(user, field, after, rules);
    if (reason) notes.push({ field, message: reason });
    else if (reason === undefined)
      changes.push({ kind: 'USER_FIELD_CHANGED', field, before, after });
  }
  return changes;
}

/** Why a field stays as it is: a text for the run, null if it goes without saying, undefined if it may change. */
function whyNot(
  user: LocalUser,
  field: UserField,
  after: string | null,
  rules: UserRules,
): string | null | undefined {
  if (user.lockedFields.includes(field)) return 'was edited here and is left alone';
  if (preferences.has(field)) return user[field] === null ? undefined : null;
  if (after === null) return neverCleared.has(field) ? 'cannot be cleared' : undefined;
  if ((field === 'username' || field === 'email') && rules.isTaken(field, after)) {
    return 'belongs to another account here';
  }
  return undefined;
}

function planNewUser(remote: RemotePerson, rules: UserRules, notes: Note[]): Change[] {
  const wanted = remote.username ?? rules.subject;
  const username = free(wanted, rules);
  if (username !== wanted) {
    notes.push({ field: 'username', message: `${wanted} belongs to another account here` });
  }
  const changes: Change[] = [{ kind: 'USER_PROVISIONED', after: username }];
  for (const field of Object.keys(userFields) as UserField[]) {
    const after = field === 'username' ? undefined : remote[userFields[field]];
    if (after === undefined || after === null) continue;
    if (field === 'email' && rules.isTaken('email', after)) {
      // Accounts are never linked by an address alone: whoever controls it there need not be who has it here.
      notes.push({ field, message: 'belongs to another account here' });
      continue;
    }
    changes.push({ kind: 'USER_FIELD_CHANGED', field, before: null, after });
  }
  return changes;
}

/** So many characters of a text; none is cut in two. */
const cut = (text: string, most: number) => [...text].slice(0, most).join('');

/** The name that is wanted, or the first of it with a number to 51; after that, with the subject. */
function free(wanted: string, { isTaken, subject }: UserRules): string {
  let name = wanted;
  for (let n = 2; isTaken('username', name); n++) {
    if (n > 51) return `${cut(wanted, 120)}-${cut(subject, 120)}`;
    name = `${cut(wanted, 240)}-${n}`;
  }
  return name;
}
