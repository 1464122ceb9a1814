import { leftWithoutOwner, type Marriage, planDivorce } from '../communities/links/divorce.ts';
import type { GroupVisibility } from '../groups/group.ts';
import { levelOf, slugOf } from '../groups/naming.ts';
import type { Idp } from '../idps.ts';
import type { RemoteGroup } from '../remote/group.ts';
import type { Change, Note, Plan } from './changes.ts';
import type { Brake } from './state.ts';

/** The fields of a group that a service may know; lists of categories are in their given order. */
export interface GroupFields {
  name: string | null;
  slug: string;
  url: string | null;
  avatar: string | null;
  description: string | null;
  visibility: GroupVisibility | null;
  uploadCategories: string[] | null;
  moderateCategories: string[] | null;
}

export interface LocalGroup {
  /** Absent too if the service deleted it before. */
  group?: GroupFields;
  roles: string[];
  /** The community that is linked to it. */
  communityId?: string;
  /** It was deleted here before. */
  isCommunityDeleted?: boolean;
  marriage: Marriage;
  /** The communities that have an owner who is none of its roles, or need none. */
  owned: Set<string>;
}

export interface GroupRules {
  idp: Pick<Idp, 'levels' | 'onGroupDeleted'>;
  remoteId: string;
}

/** Lists stand as JSON in a change, so that they can be read out of it again. */
const text = (value: string | string[] | null) =>
  Array.isArray(value) ? JSON.stringify(value) : value;

/** What must happen here so that our copy of a group is what the service says. It changes nothing. */
export function planGroup(
  local: LocalGroup,
  remote: RemoteGroup | undefined,
  rules: GroupRules,
): Plan {
  if (!remote) return planDeletion(local, rules);
  const notes: Note[] = remote.problems.map((it) => ({ field: 'answer', message: it }));
  const before = local.group;
  const after = fieldsAfter(before, remote, rules.remoteId);
  const changes: Change[] = before
    ? []
    : [{ kind: 'GROUP_CREATED', group: rules.remoteId, after: after.name }];
  for (const field of Object.keys(after) as (keyof GroupFields)[]) {
    const [was, is] = [text(before?.[field] ?? null), text(after[field])];
    if (was === is) continue;
    changes.push({ kind: 'GROUP_FIELD_CHANGED', field, before: was, after: is });
  }
  changes.push(...planLevels(local, after, rules, notes));
  return { changes, notes };
}

/** Reads the fields out of a plan's texts: what was a list is one again. */
export function fieldsOf(
  before: GroupFields | undefined,
  changes: Change[],
  remoteId: string,
): GroupFields {
  const fields: Record<string, unknown> = {
    ...(before ?? fieldsAfter(undefined, undefined, remoteId)),
  };
  for (const { kind, field = '', after = null } of changes) {
    if (kind !== 'GROUP_FIELD_CHANGED') continue;
    fields[field] = field.endsWith('Categories') && after !== null ? JSON.parse(after) : after;
  }
  return fields as unknown as GroupFields;
}

function fieldsAfter(
  before: GroupFields | undefined,
  remote: RemoteGroup | undefined,
  remoteId: string,
): GroupFields {
  const kept = <T>(given: T | undefined, old: T): T => (given === undefined ? old : given);
  // A group without a name is of no use to anyone: an empty one is not taken over.
  const name = remote?.name || (before?.name ?? null);
  return {
    name,
    slug: slugOf(name, remoteId),
    url: kept(remote?.url, before?.url ?? null),
    avatar: kept(remote?.avatar, before?.avatar ?? null),
    description: kept(remote?.description, before?.description ?? null),
    visibility: kept(remote?.visibility, before?.visibility ?? null),
    uploadCategories: kept(remote?.uploadRoles, before?.uploadCategories ?? null),
    moderateCategories: kept(remote?.moderateRoles, before?.moderateCategories ?? null),
  };
}

/** Follows the mapping where it changed; a level that somebody changed here stays. */
function planLevels(
  local: LocalGroup,
  after: GroupFields,
  { idp }: GroupRules,
  notes: Note[],
): Change[] {
  const changes: Change[] = [];
  const mine = local.marriage.placements
    .filter((it) => it.communityId === local.communityId)
    .map((it) => ({ ...it, wanted: levelOf(idp, after, it.category) }))
    // Who becomes an owner goes first: then another may cease to be the only one.
    .sort((a, b) => Number(b.wanted === 'OWNER') - Number(a.wanted === 'OWNER'));
  const owners = new Set(mine.filter((it) => it.level === 'OWNER').map((it) => it.category));
  for (const { communityId, category, level, mappedLevel, wanted } of mine) {
    if (mappedLevel === null || wanted === mappedLevel) continue;
    if (level !== mappedLevel) {
      notes.push({ field: category, message: `stays ${level}, as it was set here` });
    } else if (owners.has(category) && owners.size === 1 && !local.owned.has(communityId)) {
      notes.push({ field: category, message: 'stays OWNER: the community has no other owner' });
    } else {
      if (wanted === 'OWNER') owners.add(category);
      else owners.delete(category);
      changes.push({
        kind: 'MEMBER_LEVEL_CHANGED',
        category,
        communityId,
        before: level,
        level: wanted,
        after: wanted,
      });
    }
  }
  return changes;
}

function planDeletion(local: LocalGroup, { idp, remoteId }: GroupRules): Plan {
  if (!local.group) {
    return { changes: [], notes: [{ field: 'group', message: 'is unknown there and here' }] };
  }
  const { added, raised, removed } = planDivorce(local.marriage);
  const changes: Change[] = [
    ...added.map((it): Change => ({ kind: 'MEMBER_ADDED', ...it })),
    ...raised.map(
      ({ from, ...it }): Change => ({
        kind: 'MEMBER_LEVEL_CHANGED',
        ...it,
        before: from,
        after: it.level,
      }),
    ),
    ...removed.map(
      ({ communityId, category, level }): Change => ({
        kind: 'MEMBER_REMOVED',
        group: remoteId,
        category,
        communityId,
        before: level,
      }),
    ),
    ...local.roles.map((category): Change => ({ kind: 'ROLE_DELETED', group: remoteId, category })),
  ];
  if (local.communityId) {
    changes.push({ kind: 'COMMUNITY_UNLINKED', communityId: local.communityId, group: remoteId });
    if (idp.onGroupDeleted === 'delete' && !local.isCommunityDeleted) {
      changes.push({ kind: 'COMMUNITY_DELETED', communityId: local.communityId });
    }
  }
  changes.push({ kind: 'GROUP_DELETED', group: remoteId, before: local.group.name });
  return { changes, notes: [] };
}

/**
 * Why a plan must wait for somebody's word; empty if it may go on. Nobody can approve of a
 * community without an owner: that needs one first.
 */
export function groupBrakes(
  local: LocalGroup,
  plan: Plan,
  deletionAnnounced: boolean,
  approved: Change[],
): Brake[] {
  const isDeletion = (it: Change) => it.kind === 'GROUP_DELETED';
  if (!plan.changes.some(isDeletion)) return [];
  const reasons: Brake[] = [];
  if (!deletionAnnounced && !approved.some(isDeletion)) reasons.push('ABSENT');
  const deleted = new Set(
    plan.changes.filter((it) => it.kind === 'COMMUNITY_DELETED').map((it) => it.communityId),
  );
  const orphans = leftWithoutOwner(planDivorce(local.marriage), local.owned);
  if (orphans.some((it) => !deleted.has(it))) reasons.push('LAST_OWNER');
  return reasons;
}
