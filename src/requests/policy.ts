import { type RawBuilder, sql } from 'kysely';
import type { Actor } from '../actor.ts';
import { type Level, leastToManage } from '../level.ts';
import type { EventKind, RequestKind, RequestState } from './request.ts';

export const requestActs = [
  'ACCEPT',
  'DECLINE',
  'CANCEL',
  'COMMENT',
  'LOCK',
  'UNLOCK',
  'CHANGE_LEVEL',
] as const;
export type RequestAct = (typeof requestActs)[number];

export type EventAct = 'REPLY' | 'UPDATE' | 'DELETE';

/** What a policy needs to know of a request. */
export interface Parties {
  kind: RequestKind;
  communityId: string;
  userId: string | null;
  childId: string | null;
  level: Level | null;
}

type Party = 'USER' | 'COMMUNITY' | 'CHILD';

/** Who asks whom. */
const sides: Record<RequestKind, { creator: Party; receiver: Party }> = {
  INVITATION: { creator: 'COMMUNITY', receiver: 'USER' },
  MEMBERSHIP: { creator: 'USER', receiver: 'COMMUNITY' },
  SUBCOMMUNITY: { creator: 'CHILD', receiver: 'COMMUNITY' },
  SUBCOMMUNITY_INVITATION: { creator: 'COMMUNITY', receiver: 'CHILD' },
};

/** Who speaks for a community about its members and its place among the others. */
const least: Level = 'MANAGER';

/** Whether an actor may give or take this level in a community. */
const manages = (actor: Actor, level: Level | null, communityId: string): boolean =>
  actor.isAtLeast(leastToManage(level), communityId);

/** Whether an actor speaks for a party. */
function speaksFor(actor: Actor, party: Party, request: Parties): boolean {
  if (party === 'USER') return actor.userId !== undefined && actor.userId === request.userId;
  if (party === 'COMMUNITY') return manages(actor, request.level, request.communityId);
  return request.childId !== null && actor.isAtLeast(least, request.childId);
}

/** Who can see a request, and so may say something about it. */
export const mayRead = (actor: Actor, request: Parties): boolean =>
  actor.has('ADMINISTER') ||
  speaksFor(actor, 'USER', request) ||
  speaksFor(actor, 'CHILD', request) ||
  actor.isAtLeast(least, request.communityId);

/** Whether an actor has the right to do something with a request, whatever state it is in. */
export function may(actor: Actor, act: RequestAct, request: Parties): boolean {
  const { creator, receiver } = sides[request.kind];
  const isAdministrator = actor.has('ADMINISTER');
  const isOwn = speaksFor(actor, 'USER', request);
  switch (act) {
    case 'COMMENT':
      return mayRead(actor, request);
    case 'CANCEL':
      return isAdministrator || speaksFor(actor, creator, request);
    case 'ACCEPT':
      // Nobody joins because somebody else said so, nor lets themselves in.
      if (receiver === 'USER') return speaksFor(actor, 'USER', request);
      return !isOwn && (isAdministrator || speaksFor(actor, receiver, request));
    case 'CHANGE_LEVEL':
      // Nor does anybody say what they are to become.
      if (isOwn || request.level === null) return false;
      return isAdministrator || speaksFor(actor, 'COMMUNITY', request);
    default:
      return isAdministrator || speaksFor(actor, receiver, request);
  }
}

/** Whether a request is in a state in which something can be done with it. */
export function fits(act: RequestAct, { state, isLocked }: Standing): boolean {
  if (act === 'COMMENT' || act === 'LOCK') return !isLocked;
  return act === 'UNLOCK' ? isLocked : state === 'SUBMITTED';
}

export interface Standing {
  state: RequestState;
  isLocked: boolean;
}

/** Whether an actor may grant this level, now that a request would give it. */
export const mayGrant = (actor: Actor, level: Level, request: Parties): boolean =>
  actor.has('ADMINISTER') || manages(actor, level, request.communityId);

/** Whose comment it is, or who looks after the whole instance. */
export const mayEdit = (actor: Actor, { authorId }: { authorId: string | null }): boolean =>
  actor.has('ADMINISTER') || (actor.userId !== undefined && actor.userId === authorId);

/** What can be done with an event now: of comments alone, and replied to are only those of the first level. */
export function eventActs(
  actor: Actor,
  event: { kind: EventKind; authorId: string | null; replyToId: string | null },
  { isLocked }: Pick<Standing, 'isLocked'>,
): EventAct[] {
  if (event.kind !== 'COMMENT') return [];
  const acts: EventAct[] = event.replyToId === null && !isLocked ? ['REPLY'] : [];
  if (!mayEdit(actor, event)) return acts;
  return [...acts, ...(mayChangeWords(actor, isLocked) ? (['UPDATE'] as const) : []), 'DELETE'];
}

/** A locked conversation is not gone on with by changing what was said. */
export const mayChangeWords = (actor: Actor, isLocked: boolean): boolean =>
  !isLocked || actor.has('ADMINISTER');

/** Any of the communities in which an actor is at least at a level. */
const managed = (actor: Actor, level: Level = least) => {
  const ids = [...actor.levels.keys()].filter((it) => actor.isAtLeast(level, it));
  return sql`any(${ids}::uuid[])`;
};

/** The requests in which an actor is on one side, as a condition on `requests t`. */
export function onSide(actor: Actor, side: 'creator' | 'receiver'): RawBuilder<boolean> {
  const kindsOf = (party: Party) =>
    Object.entries(sides).flatMap(([kind, it]) => (it[side] === party ? [kind] : []));
  const [user, community, child] = (['USER', 'COMMUNITY', 'CHILD'] as const).map(kindsOf);
  return sql`(t.kind = any(${user}) and t.user_id = ${actor.userId ?? null}
    or t.kind = any(${community}) and t.community_id = ${managed(actor)}
      and (t.level is distinct from 'OWNER' or t.community_id = ${managed(actor, 'OWNER')})
    or t.kind = any(${child}) and t.child_id = ${managed(actor)})`;
}

/** The requests that an actor can see, as a condition on `requests t`. To that actor the others do not exist. */
export function visibleTo(actor: Actor): RawBuilder<boolean> {
  if (actor.has('ADMINISTER')) return sql`true`;
  return sql`(t.user_id = ${actor.userId ?? null}
    or t.community_id = ${managed(actor)} or t.child_id = ${managed(actor)})`;
}

/** The requests of one community that an actor answers for, given as SQL. */
export const managedBy = (actor: Actor, communityId: RawBuilder<string>): RawBuilder<boolean> =>
  actor.has('ADMINISTER') ? sql`true` : sql`${communityId} = ${managed(actor)}`;
