import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { Actor, type Right } from '../../src/actor.ts';
import { makeToken } from '../../src/credentials/secret.ts';
import { type Kind, newId, toGlobalId } from '../../src/ids.ts';
import { type Level, levels } from '../../src/level.ts';
import type { World } from '../helpers/world.ts';
import { insert } from './matrix-scene.ts';

type Visibility = 'PUBLIC' | 'RESTRICTED';
export type State = 'LIVE' | 'DELETED' | 'MARKED_FOR_PURGE';

/** What a world is made of. Numbers point into the lists, and go round when they are too high. */
export interface Plan {
  users: { visibility: Visibility; state: 'ACTIVE' | 'DEACTIVATED' }[];
  roles: { isRemote: boolean; rights: Right[] }[];
  assignments: { user: number; role: number; source: string }[];
  communities: {
    visibility: Visibility;
    state: State;
    membersVisibility: Visibility;
    memberPolicy: 'OPEN' | 'CLOSED';
    submission: 'OPEN' | 'CLOSED';
    review: 'OPEN' | 'CLOSED' | 'MEMBERS';
    isTombstoneVisible: boolean;
    isFeatured: boolean;
    members: { isRole: boolean; who: number; level: Level; isVisible: boolean }[];
  }[];
  requests: {
    kind: 'INVITATION' | 'MEMBERSHIP' | 'SUBCOMMUNITY' | 'SUBCOMMUNITY_INVITATION';
    community: number;
    other: number;
    level: Level;
    isClosed: boolean;
    isLocked: boolean;
  }[];
}

const number = fc.nat({ max: 11 });
const level = fc.constantFrom(...levels);
const visibility = fc.constantFrom<Visibility>('PUBLIC', 'RESTRICTED');
const many = <T>(it: fc.Arbitrary<T>, maxLength: number, minLength = 0) =>
  fc.array(it, { minLength, maxLength, size: 'max' });

export const plan: fc.Arbitrary<Plan> = fc.record({
  users: many(
    fc.record({
      visibility,
      state: fc.constantFrom<'ACTIVE' | 'DEACTIVATED'>('ACTIVE', 'ACTIVE', 'ACTIVE', 'DEACTIVATED'),
    }),
    4,
    1,
  ),
  roles: many(
    fc.record({
      isRemote: fc.boolean(),
      rights: fc.constantFrom<Right[]>([], [], [], ['MODERATE'], ['SYNC'], ['ADMINISTER']),
    }),
    3,
  ),
  assignments: many(
    fc.record({ user: number, role: number, source: fc.constantFrom('LOCAL', 'myCommons') }),
    4,
  ),
  communities: many(
    fc.record({
      visibility,
      state: fc.constantFrom<State>('LIVE', 'LIVE', 'LIVE', 'DELETED', 'MARKED_FOR_PURGE'),
      membersVisibility: visibility,
      memberPolicy: fc.constantFrom('OPEN', 'CLOSED'),
      submission: fc.constantFrom('OPEN', 'CLOSED'),
      review: fc.constantFrom('OPEN', 'CLOSED', 'MEMBERS'),
      isTombstoneVisible: fc.boolean(),
      isFeatured: fc.boolean(),
      members: many(
        fc.record({ isRole: fc.boolean(), who: number, level, isVisible: fc.boolean() }),
        5,
      ),
    }),
    3,
    1,
  ),
  requests: many(
    fc.record({
      kind: fc.constantFrom('INVITATION', 'MEMBERSHIP', 'SUBCOMMUNITY', 'SUBCOMMUNITY_INVITATION'),
      community: number,
      other: number,
      level,
      isClosed: fc.boolean(),
      isLocked: fc.boolean(),
    }),
    4,
  ),
});

export interface Someone {
  uuid: string;
  id: string;
  token: string;
  isHere: boolean;
  isPublic: boolean;
  roles: Set<string>;
  rights: Set<Right>;
}
export interface Membership {
  uuid: string;
  id: string;
  /** Of the user or the role. */
  of: string;
  user: Someone | undefined;
  level: Level;
  isVisible: boolean;
}
export interface Place {
  uuid: string;
  id: string;
  slug: string;
  plan: Plan['communities'][number];
  members: Membership[];
}
export interface Wish {
  uuid: string;
  id: string;
  kind: Plan['requests'][number]['kind'];
  community: Place;
  user: Someone | undefined;
  child: Place | undefined;
  level: Level | null;
  isClosed: boolean;
}

/** Some worlds as they were written, side by side. */
export interface Written {
  users: Someone[];
  places: Place[];
  wishes: Wish[];
}

/** The highest level that somebody has somewhere, by themselves or by a role. */
export function levelAt(who: Someone | undefined, place: Place): Level | undefined {
  const mine = place.members.filter((it) => who && (it.of === who.uuid || who.roles.has(it.of)));
  return levels.findLast((one) => mine.some((it) => it.level === one));
}

/** Who somebody is to policies. */
export const actorOf = (who: Someone, { places }: Written): Actor => {
  const own = places.flatMap((it): [string, Level][] => {
    const level = levelAt(who, it);
    return level ? [[it.uuid, level]] : [];
  });
  return Actor.user(who.uuid, who.rights, own);
};

/** A community as policies see it. */
export const subjectOf = ({ uuid, plan: it }: Place) => ({
  id: uuid,
  visibility: it.visibility,
  membersVisibility: it.membersVisibility,
  memberPolicy: it.memberPolicy,
  recordSubmissionPolicy: it.submission,
  reviewPolicy: it.review,
  deletedAt: it.state === 'LIVE' ? null : new Date(),
  purgeMarkedAt: it.state === 'MARKED_FOR_PURGE' ? new Date() : null,
});

/** The id under which everyone sees a member. */
export const publicIdOf = ({ uuid }: Membership): string =>
  `pub_${createHash('md5').update(uuid).digest('base64url')}`;

const made = (kind: Kind) => {
  const uuid = newId();
  return { uuid, id: toGlobalId(kind, uuid) };
};

/** Writes worlds instead of those that were there before. */
export async function writeWorlds(world: World, plans: Plan[]): Promise<Written> {
  await world.sql('delete from communities');
  await world.sql(`delete from assignments a using users u
    where u.id = a.user_id and u.username <> 'the-administrator'`);
  await world.sql(`delete from users where username <> 'the-administrator'`);
  const tables: Record<string, Record<string, unknown>[]> = {
    users: [],
    tokens: [],
    groups: [],
    roles: [],
    assignments: [],
    communities: [],
    members: [],
    featured_entries: [],
    requests: [],
    audit_events: [],
  };
  const written: Written = { users: [], places: [], wishes: [] };
  for (const it of plans) addWorld(it, tables, written);
  for (const [table, all] of Object.entries(tables)) await insert(world, table, all);
  return written;
}

function addWorld(
  { users: userPlans, roles: rolePlans, assignments, communities, requests }: Plan,
  tables: Record<string, Record<string, unknown>[]>,
  written: Written,
): void {
  const users = userPlans.map(({ visibility, state }): Someone => {
    const { token, hash } = makeToken();
    const user = {
      ...made('User'),
      token,
      isHere: state === 'ACTIVE',
      isPublic: visibility === 'PUBLIC',
      roles: new Set<string>(),
      rights: new Set<Right>(),
    };
    tables.users?.push({ id: user.uuid, username: user.uuid, visibility, state });
    tables.tokens?.push({
      id: newId(),
      user_id: user.uuid,
      name: 'test',
      hash: `\\x${hash.toString('hex')}`,
      expires_at: new Date(Date.now() + 3_600_000),
      last_used_at: new Date(),
    });
    return user;
  });
  const roles = rolePlans.map(({ isRemote, rights }) => {
    const [uuid, group] = [newId(), newId()];
    if (isRemote) {
      tables.groups?.push({ id: group, idp: 'myCommons', remote_id: group, slug: 'astronomers' });
    }
    tables.roles?.push({
      id: uuid,
      name: isRemote ? null : uuid,
      rights: isRemote ? [] : rights,
      group_id: isRemote ? group : null,
      category: isRemote ? 'member' : null,
    });
    return { uuid, rights: isRemote ? [] : rights };
  });
  const isNew = once();
  for (const { user: userAt, role: roleAt, source } of assignments) {
    const user = at(users, userAt);
    const role = at(roles, roleAt);
    if (!user || !role || !isNew(user.uuid, role.uuid, source)) continue;
    tables.assignments?.push({ user_id: user.uuid, role_id: role.uuid, source });
    user.roles.add(role.uuid);
    for (const right of role.rights) user.rights.add(right);
  }
  const places = communities.map((plan): Place => {
    const place = { ...made('Community'), slug: `c-${newId()}`, plan, members: [] as Membership[] };
    addPlace(place, tables);
    for (const { isRole, who, ...rest } of plan.members) {
      const of = at<{ uuid: string }>(isRole ? roles : users, who)?.uuid;
      if (!of || !isNew(place.uuid, of)) continue;
      const member = { ...made('Member'), of, user: users.find((it) => it.uuid === of), ...rest };
      place.members.push(member);
      tables.members?.push({
        id: member.uuid,
        community_id: place.uuid,
        user_id: isRole ? null : of,
        role_id: isRole ? of : null,
        level: rest.level,
        is_visible: rest.isVisible,
      });
    }
    return place;
  });
  for (const { kind, isClosed, isLocked, ...plan } of requests) {
    const community = at(places, plan.community) as Place;
    const isOfUser = kind === 'INVITATION' || kind === 'MEMBERSHIP';
    const user = isOfUser ? at(users, plan.other) : undefined;
    const child = isOfUser ? undefined : at(places, plan.other);
    if (!isClosed && !isNew('open', user ? community.uuid : '', (user ?? child)?.uuid ?? '')) {
      continue;
    }
    const level = isOfUser ? plan.level : null;
    const wish: Wish = { ...made('Request'), kind, community, user, child, level, isClosed };
    written.wishes.push(wish);
    tables.requests?.push({
      id: wish.uuid,
      kind,
      community_id: community.uuid,
      user_id: user?.uuid ?? null,
      child_id: child?.uuid ?? null,
      level,
      state: isClosed ? 'DECLINED' : 'SUBMITTED',
      closed_at: isClosed ? new Date() : null,
      locked_at: isLocked ? new Date() : null,
    });
  }
  written.users.push(...users);
  written.places.push(...places);
}

function addPlace(
  { uuid, slug, plan }: Place,
  tables: Record<string, Record<string, unknown>[]>,
): void {
  tables.communities?.push({
    id: uuid,
    slug,
    title: slug,
    visibility: plan.visibility,
    members_visibility: plan.membersVisibility,
    member_policy: plan.memberPolicy,
    record_submission_policy: plan.submission,
    review_policy: plan.review,
    is_tombstone_visible: plan.isTombstoneVisible,
    deleted_at: plan.state === 'LIVE' ? null : new Date(),
    purge_marked_at: plan.state === 'MARKED_FOR_PURGE' ? new Date() : null,
  });
  tables.audit_events?.push({
    id: newId(),
    act: 'community.created',
    actor_kind: 'SYSTEM',
    subject_type: 'Community',
    subject_id: uuid,
    details: {},
    at: new Date(),
  });
  if (!plan.isFeatured) return;
  tables.featured_entries?.push({ id: newId(), community_id: uuid, starts_at: new Date(0) });
}

const at = <T>(all: T[], index: number): T | undefined => all[index % all.length];

/** Whether a combination has not come before. */
function once() {
  const seen = new Set<string>();
  return (...parts: string[]) => {
    const key = parts.join(' ');
    return !seen.has(key) && seen.add(key) !== undefined;
  };
}
