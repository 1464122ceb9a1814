import type { Context } from '../context.ts';
import { lastAdministrators } from '../groups/administrators.ts';
import type { Idp } from '../idps.ts';
import type { RemotePerson } from '../remote/person.ts';
import type { Plan } from './changes.ts';
import { type Holders, loadHolders } from './holders.ts';
import { nothingVerified, type Verified } from './leaving.ts';
import type { PlannedPerson } from './meeting.ts';
import { type Loaded, loadGroups, loadPeople, lockUsers, personOf, RoleIds } from './people.ts';
import type { KnownGroup } from './plan-roles.ts';
import { planUser } from './plan-user.ts';

/** What a service said about somebody; nothing if it does not know them. */
export interface Told {
  subject: string;
  remote?: RemotePerson;
}

/** The plan of each of up to 100 people, in their order. A plan counts on those before it. */
export async function planPeople(
  tx: Context,
  idp: Idp,
  told: Told[],
  verified: Verified = nothingVerified,
): Promise<PlannedPerson[]> {
  const vanished = new Set([...verified].filter(([, it]) => it === 'VANISHED').map(([it]) => it));
  const roleIds = new RoleIds();
  const subjects = told.map((it) => it.subject);
  const gone = told.filter((it) => !it.remote).map((it) => it.subject);
  await lockUsers(tx, idp.key, gone);
  const people = await loadPeople(tx, idp.key, subjects, roleIds);
  const pairs = told.map((it) => ({ ...it, person: personOf(people, it.subject) }));
  const last = await lastAdministrators(
    tx,
    pairs.flatMap((it) => (it.remote ? [] : (it.person.user?.id ?? []))),
  );
  const groups = await loadGroups(tx, idp, [...new Set(pairs.flatMap(newGroups))], roleIds);
  const holders = await holdersFor(tx, pairs);
  return pairs.map(({ subject, remote, person }) => {
    const self = person.user?.id ?? subject;
    const local = { ...person, isLastAdministrator: last.has(self) };
    const plan = planUser(local, remote, {
      provision: idp.provision,
      subject,
      groups,
      vanished,
      isTaken: (field, value) => holders.isTaken(field, value, self),
    });
    foresee(plan, self, holders, groups);
    return { subject, person, plan, roleIds };
  });
}

type Pair = Told & { person: Loaded };

/** The groups that an answer names and that the person is not yet in by the same category. */
function newGroups({ person, remote }: Pair): string[] {
  if (!remote?.groups?.length) return [];
  const have = new Set(person.roles.map((it) => `${it.group}|${it.category}`));
  return remote.groups.flatMap((it) =>
    have.has(`${it.groupId}|${it.category}`) ? [] : it.groupId,
  );
}

/** Who has the usernames and addresses that are new to the people who want them. */
async function holdersFor(tx: Context, pairs: Pair[]): Promise<Holders> {
  const wanted = (field: 'username' | 'email') =>
    pairs.flatMap(({ subject, remote, person }) => {
      const value =
        remote?.[field] ?? (field === 'username' && remote && !person.user ? subject : null);
      return value && value !== person.user?.[field] ? value : [];
    });
  const holders = await loadHolders(tx, { usernames: wanted('username'), emails: wanted('email') });
  // Only somebody new needs another name than the one that is taken, or will be by others of the batch.
  const names = pairs.map(({ subject, remote }) => remote?.username ?? subject);
  const others = pairs.flatMap(({ subject, remote, person }, index) => {
    const name = names[index] as string;
    const isContested = names.filter((it) => holders.isSame('username', it, name)).length > 1;
    const isRefused = isContested || holders.isTaken('username', name, subject);
    return remote && !person.user && isRefused
      ? Array.from({ length: 50 }, (_, n) => `${name.slice(0, 240)}-${n + 2}`)
      : [];
  });
  return loadHolders(tx, { usernames: others, emails: [] }, holders);
}

/** What the plans after this one find. */
function foresee(
  plan: Plan,
  self: string,
  holders: Holders,
  groups: Map<string, KnownGroup>,
): void {
  for (const { kind, field, after, group = '', category = '' } of plan.changes) {
    if (kind === 'USER_PROVISIONED' && after) holders.take('username', after, self);
    if (kind === 'USER_FIELD_CHANGED' && after && (field === 'username' || field === 'email')) {
      holders.release(field, self);
      holders.take(field, after, self);
    }
    if (kind === 'GROUP_CREATED') groups.set(group, { categories: new Set() });
    if (kind === 'ROLE_CREATED') groups.get(group)?.categories.add(category);
  }
}
