import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { levelOf } from '../groups/naming.ts';
import type { Idp } from '../idps.ts';
import type { KnownGroup, RoleKey } from './plan-roles.ts';
import type { LocalPerson, LocalUser } from './plan-user.ts';

/** A person as loaded, with what the writes need beside what the plan needs. */
export interface Loaded extends LocalPerson {
  version: number;
}

interface PersonRow extends LocalUser {
  subject: string;
  version: number;
  isGone: boolean;
  hasOtherIdentity: boolean;
  roleIds: string[];
}

const unknownHere: Loaded = {
  isGone: false,
  hasOtherIdentity: false,
  isLastAdministrator: false,
  roles: [],
  version: 0,
};

/** Keeps these users to this transaction: two services that forget somebody at once then see each other do it. */
export async function lockUsers(tx: Context, idp: string, subjects: string[]): Promise<void> {
  if (subjects.length === 0) return;
  await rows(
    tx,
    sql`
      select u.id from users u
      where u.id in (select user_id from identities where idp = ${idp} and subject = any(${subjects}))
      order by u.id for no key update`,
  );
}

/** What is here of up to 100 people, in two statements however many they are. */
export async function loadPeople(
  tx: Context,
  idp: string,
  subjects: string[],
  roleIds = new RoleIds(),
): Promise<Map<string, Loaded>> {
  const found = await rows(
    tx,
    sql<PersonRow>`
      select i.subject, u.id, u.username, u.email, u.full_name as "fullName",
        u.given_name as "givenName", u.family_name as "familyName", u.affiliation, u.orcid,
        u.locale, u.time_zone as "timeZone", u.locked_fields as "lockedFields", u.state, u.version,
        i.gone_at is not null as "isGone",
        exists (select from identities o
          where o.user_id = u.id and o.id <> i.id and o.gone_at is null) as "hasOtherIdentity",
        array(select a.role_id from assignments a
          where a.user_id = u.id and a.source = i.idp) as "roleIds"
      from identities i join users u on u.id = i.user_id
      where i.idp = ${idp} and i.subject = any(${subjects})`,
  );
  const keys = await loadRoleKeys(
    tx,
    idp,
    found.flatMap((it) => it.roleIds),
  );
  return new Map(
    found.map(({ subject, version, isGone, hasOtherIdentity, roleIds: ids, ...user }) => {
      const roles = ids.flatMap((id) => {
        const key = keys.get(id);
        if (key) roleIds.set(key, id);
        return key ?? [];
      });
      const person = { user, version, isGone, hasOtherIdentity, isLastAdministrator: false, roles };
      return [subject, person];
    }),
  );
}

/** What the idp's roles are; read apart from the people, for many people are in the same roles. */
async function loadRoleKeys(
  tx: Context,
  idp: string,
  ids: string[],
): Promise<Map<string, RoleKey>> {
  if (ids.length === 0) return new Map();
  const found = await rows(
    tx,
    sql<{ id: string; group: string; category: string }>`
      select r.id, g.remote_id as group, r.category
      from roles r join groups g on g.id = r.group_id
      where r.id = any(${[...new Set(ids)]}) and g.idp = ${idp}`,
  );
  return new Map(found.map(({ id, group, category }) => [id, { group, category }]));
}

/** The ids of the roles that a batch has to do with. */
export class RoleIds {
  private readonly ids = new Map<string, string>();

  set({ group, category }: RoleKey, id: string): void {
    this.ids.set(JSON.stringify([group, category]), id);
  }

  get({ group, category }: RoleKey): string | undefined {
    return this.ids.get(JSON.stringify([group, category]));
  }
}

export const personOf = (people: ReadonlyMap<string, Loaded>, subject: string): Loaded =>
  people.get(subject) ?? unknownHere;

interface RoleRow {
  remoteId: string;
  roleId: string | null;
  category: string | null;
  communityId: string | null;
  uploadCategories: string[] | null;
  moderateCategories: string[] | null;
}

/** The groups that the answers name, as a plan needs them; a deleted one is as if it were not here. */
export async function loadGroups(
  tx: Context,
  idp: Idp,
  remoteIds: string[],
  roleIds = new RoleIds(),
): Promise<Map<string, KnownGroup>> {
  const groups = new Map<string, KnownGroup>();
  if (remoteIds.length === 0) return groups;
  const found = await rows(
    tx,
    sql<RoleRow>`
      select g.remote_id as "remoteId", r.id as "roleId", r.category, c.id as "communityId",
        g.upload_categories as "uploadCategories", g.moderate_categories as "moderateCategories"
      from groups g left join roles r on r.group_id = g.id left join communities c on c.group_id = g.id
      where g.idp = ${idp.key} and g.remote_id = any(${remoteIds}) and g.deleted_at is null`,
  );
  for (const it of found) {
    const { remoteId: group, category, roleId, communityId } = it;
    const link = communityId
      ? { communityId, levelOf: (given: string) => levelOf(idp, it, given) }
      : undefined;
    const known = groups.get(group) ?? { categories: new Set(), link };
    groups.set(group, known);
    if (category === null || roleId === null) continue;
    known.categories.add(category);
    roleIds.set({ group, category }, roleId);
  }
  return groups;
}
