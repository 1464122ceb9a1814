import { sql } from 'kysely';
import { record } from '../audit/service.ts';
import { endRequestsOf } from '../communities/joining/answers.ts';
import { applyDivorce, loadMarriage, type Place } from '../communities/links/divorce.ts';
import { type Context, rows } from '../context.ts';
import { newId } from '../ids.ts';
import type { Level } from '../level.ts';
import { changed } from '../search/changes.ts';
import type { Change, Plan } from './changes.ts';
import { fieldsOf, type GroupFields, type LocalGroup } from './plan-group.ts';

/** A group as loaded, with what the writes need beside what the plan needs. */
export interface LoadedGroup extends LocalGroup {
  id?: string;
}

interface GroupRow extends GroupFields {
  id: string;
  isDeleted: boolean;
  communityId: string | null;
  isCommunityDeleted: boolean | null;
  roles: string[] | null;
}

/** What is here of a group and of the places that its roles give, locked until the commit. */
export async function loadGroup(tx: Context, idp: string, remoteId: string): Promise<LoadedGroup> {
  const [row] = await rows(
    tx,
    sql<GroupRow>`
      select g.id, g.name, g.slug, g.url, g.avatar, g.description, g.visibility,
        g.upload_categories as "uploadCategories", g.moderate_categories as "moderateCategories",
        g.deleted_at is not null as "isDeleted",
        c.id as "communityId", c.deleted_at is not null as "isCommunityDeleted",
        (select array_agg(r.category order by r.category) from roles r where r.group_id = g.id) as roles
      from groups g left join communities c on c.group_id = g.id
      where g.idp = ${idp} and g.remote_id = ${remoteId} for update of g`,
  );
  if (!row) {
    return {
      roles: [],
      marriage: { placements: [], throughRoles: [], individuals: [] },
      owned: new Set(),
    };
  }
  const { id, isDeleted, communityId, isCommunityDeleted, roles, ...group } = row;
  const { owned, ...marriage } = await loadMarriage(tx, id);
  return {
    id,
    group: isDeleted ? undefined : group,
    roles: roles ?? [],
    communityId: communityId ?? undefined,
    isCommunityDeleted: isCommunityDeleted ?? undefined,
    marriage,
    owned,
  };
}

/**
 * Writes a group's plan.
 * @returns the group's id; undefined if there is none here.
 */
export async function applyGroup(
  tx: Context,
  idp: string,
  remoteId: string,
  local: LoadedGroup,
  { changes }: Plan,
): Promise<string | undefined> {
  const of = (kind: string) => changes.filter((it) => it.kind === kind);
  if (of('GROUP_DELETED').length > 0) {
    await deleteGroup(tx, idp, local, changes);
    return local.id;
  }
  let saved: string | undefined;
  if (of('GROUP_CREATED').length + of('GROUP_FIELD_CHANGED').length > 0) {
    saved = await saveGroup(tx, idp, remoteId, fieldsOf(local.group, changes, remoteId));
  }
  for (const { communityId, category, level } of of('MEMBER_LEVEL_CHANGED')) {
    await rows(
      tx,
      sql`
        update members m set level = ${level}, mapped_level = ${level}, updated_at = now()
        from roles r where r.id = m.role_id and r.group_id = ${local.id} and r.category = ${category}
          and m.community_id = ${communityId}`,
    );
  }
  return local.id ?? saved;
}

/** @returns the group's id. */
async function saveGroup(tx: Context, idp: string, remoteId: string, it: GroupFields) {
  const [saved] = await rows(
    tx,
    sql<{ id: string; roles: string[] }>`
      insert into groups as g (id, idp, remote_id, name, slug, url, avatar, description, visibility,
        upload_categories, moderate_categories)
      values (${newId()}, ${idp}, ${remoteId}, ${it.name}, ${it.slug}, ${it.url}, ${it.avatar},
        ${it.description}, ${it.visibility}, ${it.uploadCategories}, ${it.moderateCategories})
      on conflict (idp, remote_id) do update set name = excluded.name, slug = excluded.slug,
        url = excluded.url, avatar = excluded.avatar, description = excluded.description,
        visibility = excluded.visibility, upload_categories = excluded.upload_categories,
        moderate_categories = excluded.moderate_categories, deleted_at = null,
        version = g.version + 1, updated_at = now()
      returning id, array(select r.id from roles r where r.group_id = g.id) as roles`,
  );
  if (!saved) throw new Error('an insert or update answers its row');
  await changed(tx, 'groups', [saved.id]);
  // What is said of a role is said of its group.
  await changed(tx, 'roles', saved.roles);
  return saved.id;
}

/** The places first, then the roles: nobody is without either in between, for it is one transaction. */
async function deleteGroup(
  tx: Context,
  idp: string,
  local: LoadedGroup,
  changes: Change[],
): Promise<void> {
  const place = (it: { communityId?: string; userId?: string; level?: Level }) => it as Place;
  await applyDivorce(tx, {
    added: changes.filter((it) => it.kind === 'MEMBER_ADDED').map(place),
    raised: changes
      .filter((it) => it.kind === 'MEMBER_LEVEL_CHANGED')
      .map((it) => ({ ...place(it), from: it.before as Level })),
    removed: local.marriage.placements,
  });
  const isDeleted = changes.some((it) => it.kind === 'COMMUNITY_DELETED');
  const parted = await rows(
    tx,
    sql<{ id: string }>`
      update communities set group_id = null, version = version + 1, updated_at = now(),
        deleted_at = case when ${isDeleted} then coalesce(deleted_at, now()) else deleted_at end
      where group_id = ${local.id} returning id`,
  );
  const ids = parted.map((it) => it.id);
  await changed(tx, 'communities', ids, { isHidden: isDeleted });
  for (const { kind, communityId, group } of changes) {
    const community = { kind: 'Community', id: communityId ?? '' } as const;
    const name = local.group?.name;
    if (kind === 'COMMUNITY_UNLINKED')
      record(tx, 'community.unlinked', community, { idp, group, name });
    if (kind === 'COMMUNITY_DELETED') {
      await endRequestsOf(tx, community.id);
      record(tx, 'community.deleted', community);
    }
  }
  const roles = await rows(
    tx,
    sql<{ id: string }>`delete from roles where group_id = ${local.id} returning id`,
  );
  await rows(
    tx,
    sql`update groups set deleted_at = now(), version = version + 1, updated_at = now() where id = ${local.id}`,
  );
  await changed(
    tx,
    'groups',
    [local.id].filter((it) => it !== undefined),
    { isHidden: true },
  );
  await changed(
    tx,
    'roles',
    roles.map((it) => it.id),
    { isHidden: true },
  );
}
