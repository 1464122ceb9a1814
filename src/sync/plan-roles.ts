import type { Level } from '../level.ts';
import type { RemotePerson } from '../remote/person.ts';
import type { Change, Note } from './changes.ts';

/** A role of a remote group. */
export interface RoleKey {
  group: string;
  category: string;
}

/** What is here of a group that a plan meets. */
export interface KnownGroup {
  categories: Set<string>;
  /** The community that is linked to the group, and what a category may do there. */
  link?: { communityId: string; levelOf(category: string): Level };
}

/** What planning roles looks at beside the person. */
export interface RoleRules {
  groups: ReadonlyMap<string, KnownGroup>;
  /** Groups that the service no longer knows: nobody left them, and their people keep their places. */
  vanished: ReadonlySet<string>;
}

const roleText = ({ group, category }: RoleKey) => `${group}|${category}`;

/** The roles that somebody gains and loses, with the groups and roles that are to be made for it. */
export function planRoles(
  mine: RoleKey[],
  remote: RemotePerson,
  rules: RoleRules,
  notes: Note[],
): Change[] {
  if (remote.groups === undefined) return [];
  const wanted = new Map(
    remote.groups.map((it) => {
      const key = { group: it.groupId, category: it.category };
      return [roleText(key), { key, name: it.name }];
    }),
  );
  const have = new Set(mine.map(roleText));
  const changes: Change[] = [];
  const met = new Map<string, Set<string>>();
  for (const [text, { key, name }] of wanted) {
    if (have.has(text)) continue;
    changes.push(...planMeeting(key, name, rules, met), { kind: 'ROLE_ASSIGNED', ...key });
  }
  const lost = mine.filter((it) => !wanted.has(roleText(it)));
  for (const key of lost.sort((a, b) => (roleText(a) < roleText(b) ? -1 : 1))) {
    if (remote.groupsArePartial) {
      notes.push({ field: roleText(key), message: 'stays, for not all groups could be read' });
    } else if (!rules.vanished.has(key.group)) changes.push({ kind: 'ROLE_UNASSIGNED', ...key });
    else
      notes.push({
        field: roleText(key),
        message: 'stays until the group, which is gone, is looked at',
      });
  }
  return changes;
}

/** A group and its roles are made when somebody in them is first met; a linked community takes the role in. */
function planMeeting(
  key: RoleKey,
  name: string | undefined,
  { groups }: RoleRules,
  met: Map<string, Set<string>>,
): Change[] {
  const known = groups.get(key.group);
  const here = met.get(key.group) ?? new Set(known?.categories);
  const changes: Change[] = [];
  if (!known && !met.has(key.group)) {
    changes.push({ kind: 'GROUP_CREATED', group: key.group, after: name ?? null });
  }
  if (!here.has(key.category)) {
    changes.push({ kind: 'ROLE_CREATED', ...key });
    if (known?.link) {
      const { communityId, levelOf } = known.link;
      changes.push({ kind: 'MEMBER_ADDED', ...key, communityId, level: levelOf(key.category) });
    }
  }
  met.set(key.group, here.add(key.category));
  return changes;
}
