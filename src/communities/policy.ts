import { type RawBuilder, sql } from 'kysely';
import type { Actor } from '../actor.ts';
import { type Level, leastToManage } from '../level.ts';
import { all, both, either, not, type Tree, valued } from '../search/tree.ts';
import type { Visibility } from '../users/user.ts';
import type { MemberPolicy, ReviewPolicy, SubmissionPolicy } from './community.ts';

/** What of a community a policy has to know. */
export interface Subject {
  id: string;
  /** A row as GraphQL shows it has its own id here, and in `id` the one for callers. */
  uuid?: string;
  visibility: Visibility;
  membersVisibility: Visibility;
  memberPolicy: MemberPolicy;
  recordSubmissionPolicy: SubmissionPolicy;
  reviewPolicy: ReviewPolicy;
  deletedAt?: Date | null;
  purgeMarkedAt?: Date | null;
}

export type DeletionState = 'LIVE' | 'DELETED' | 'MARKED_FOR_PURGE';

export const stateOf = (community: Subject): DeletionState => {
  if (community.purgeMarkedAt) return 'MARKED_FOR_PURGE';
  return community.deletedAt ? 'DELETED' : 'LIVE';
};

const idOf = (community: Subject) => community.uuid ?? community.id;

type Who = (actor: Actor, community: Subject) => boolean;
interface Rule {
  /** The states in which it can be done at all. */
  in: DeletionState[];
  who: Who;
  /** Administrators may do everything but what only concerns those who belong there. */
  isPersonal?: true;
}

const live: DeletionState[] = ['LIVE'];
const gone: DeletionState[] = ['DELETED', 'MARKED_FOR_PURGE'];
const anyState: DeletionState[] = [...live, ...gone];
const from =
  (least: Level): Who =>
  (actor, it) =>
    actor.isAtLeast(least, idOf(it));
const administrators: Who = () => false;
const isPublic = (it: Subject) => it.visibility === 'PUBLIC';

/** Who may do what with a community, and while it is in which state (Invenio's matrix). */
const rules = {
  UPDATE: { in: live, who: from('OWNER') },
  MANAGE_ACCESS: { in: live, who: from('OWNER') },
  RENAME: { in: live, who: from('OWNER') },
  SET_LOGO: { in: live, who: from('OWNER') },
  LINK: { in: live, who: from('OWNER') },
  DELETE: { in: live, who: from('OWNER') },
  RESTORE: { in: ['DELETED'], who: from('OWNER') },
  EDIT_TOMBSTONE: { in: gone, who: from('OWNER') },
  MARK_FOR_PURGE: { in: ['DELETED'], who: from('OWNER') },
  UNMARK_FOR_PURGE: { in: ['MARKED_FOR_PURGE'], who: from('OWNER') },
  SEE_AUDIT_LOG: { in: anyState, who: from('OWNER') },
  SEE_REQUESTS: { in: anyState, who: from('CURATOR') },
  SUBMIT_RECORD: {
    in: live,
    who: (actor, it) =>
      it.recordSubmissionPolicy === 'OPEN' && isPublic(it)
        ? actor.userId !== undefined
        : actor.isAtLeast('READER', idOf(it)),
  },
  INCLUDE_DIRECTLY: {
    in: live,
    isPersonal: true,
    who: (actor, it) => {
      if (it.reviewPolicy === 'CLOSED') return false;
      return (
        actor.has('ADMINISTER') ||
        actor.isAtLeast(it.reviewPolicy === 'OPEN' ? 'CURATOR' : 'READER', idOf(it))
      );
    },
  },
  SEE_MEMBERS: { in: anyState, who: from('READER') },
  SEE_PUBLIC_MEMBERS: {
    in: live,
    who: (actor, it) =>
      (isPublic(it) && it.membersVisibility === 'PUBLIC') || actor.isAtLeast('READER', idOf(it)),
  },
  ADD_ROLES: { in: live, who: from('MANAGER') },
  ADD_USERS: { in: live, who: administrators },
  MANAGE_MEMBERS: { in: live, who: from('MANAGER') },
  LEAVE: { in: live, isPersonal: true, who: from('READER') },
  INVITE: { in: live, who: from('MANAGER') },
  SEE_INVITATIONS: { in: anyState, who: from('MANAGER') },
  REQUEST_MEMBERSHIP: {
    in: live,
    isPersonal: true,
    who: (actor, it) =>
      it.memberPolicy === 'OPEN' &&
      isPublic(it) &&
      actor.userId !== undefined &&
      !actor.levels.has(idOf(it)),
  },
  SEE_MEMBERSHIP_REQUESTS: { in: anyState, who: from('MANAGER') },
  REQUEST_SUBCOMMUNITY: { in: live, who: from('OWNER') },
  INVITE_SUBCOMMUNITY: { in: live, who: from('MANAGER') },
  FEATURE: { in: live, who: administrators },
  SET_THEME: { in: live, who: administrators },
  MANAGE_CHILDREN: { in: live, who: administrators },
  MANAGE_PARENT: { in: live, who: administrators },
  SEE_VERIFIED: { in: anyState, who: administrators },
} as const satisfies Record<string, Rule>;

export type Act = keyof typeof rules;
export const acts = Object.keys(rules) as Act[];

/** Whether the actor is one of those who may do it; whether it can be done now is `isFor`'s to say. */
export function may(actor: Actor, act: Act, community: Subject): boolean {
  const rule: Rule = rules[act];
  if (!rule.isPersonal && actor.has('ADMINISTER')) return true;
  return rule.who(actor, community);
}

/** Whether something can be done with a community in its state. */
export const isFor = (act: Act, community: Subject): boolean =>
  (rules[act] as Rule).in.includes(stateOf(community));

/** What the actor may do with it now. */
export const permissions = (actor: Actor, community: Subject): Act[] =>
  acts.filter((it) => isFor(it, community) && may(actor, it, community));

/** Whether an actor may give, change or take away a level: those who manage do, up to their own. */
export const canManage = (actor: Actor, communityId: string, level: Level): boolean =>
  actor.has('ADMINISTER') || actor.isAtLeast(leastToManage(level), communityId);

/** Whether a community is there for an actor. */
export function maySee(actor: Actor, community: Subject): boolean {
  if (actor.has('ADMINISTER')) return true;
  if (community.deletedAt)
    return actor.has('MODERATE') || actor.isAtLeast('OWNER', idOf(community));
  return isPublic(community) || actor.levels.has(idOf(community));
}

const owned = (actor: Actor) =>
  [...actor.levels].filter(([, level]) => level === 'OWNER').map(([id]) => id);

/** Those communities that everyone can see, or that the actor is in, as a condition on `communities t`. */
export const openTo = (actor: Actor): RawBuilder<boolean> =>
  sql`(t.visibility = 'PUBLIC' or t.id = any(${[...actor.levels.keys()]}::uuid[]))`;

/** Those communities that are there for an actor (`maySee`), as a condition on `communities t`. */
export function visibleTo(actor: Actor): RawBuilder<boolean> {
  if (actor.has('ADMINISTER')) return sql`true`;
  const deleted = actor.has('MODERATE') ? sql`true` : sql`t.id = any(${owned(actor)}::uuid[])`;
  return sql`case when t.deleted_at is null then ${openTo(actor)} else ${deleted} end`;
}

/** Those communities that are there for an actor (`maySee`), as what is looked for among all. */
export function seenBy(actor: Actor): Tree {
  if (actor.has('ADMINISTER')) return all;
  const live = valued('state', 'LIVE');
  const gone = not(live);
  return either(
    valued('audience', 'EVERYONE'),
    both(live, { is: 'ids', ids: [...actor.levels.keys()] }),
    actor.has('MODERATE') ? gone : both(gone, { is: 'ids', ids: owned(actor) }),
  );
}

/** Whether an actor can see the members of a community that is there for them (`SEE_MEMBERS`). */
export const seesMembers = (actor: Actor, communityId: string): boolean =>
  actor.has('ADMINISTER') || actor.levels.has(communityId);

/** Whose places an actor can see (`seesMembers`), as a condition on `members t`: those in the actor's own communities. */
export function membersVisibleTo(actor: Actor): RawBuilder<boolean> {
  if (actor.has('ADMINISTER')) return sql`true`;
  return sql`t.community_id = any(${[...actor.levels.keys()]}::uuid[])`;
}
