import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { publicMembersVisibleTo } from '../../src/communities/members/policy.ts';
import { isFor, may, maySee, membersVisibleTo, visibleTo } from '../../src/communities/policy.ts';
import { rows } from '../../src/context.ts';
import { type Level, levels } from '../../src/level.ts';
import {
  may as mayDo,
  mayRead,
  onSide,
  visibleTo as requestsVisibleTo,
} from '../../src/requests/policy.ts';
import { startWorld, type World } from '../helpers/world.ts';
import {
  actorOf,
  levelAt,
  type Place,
  plan,
  publicIdOf,
  type Someone,
  subjectOf,
  type Wish,
  type Written,
  writeWorlds,
} from './random-worlds.ts';

/*
 * Who sees what, in random worlds on the real database: several worlds are written side by side, so
 * that everybody also meets what is none of theirs. Each law is tried in more than a thousand.
 */

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

const patience = 150_000;
/** Leaves time to say with which seed it failed. */
const inTime = { interruptAfterTimeLimit: 120_000, markInterruptAsFailure: true };
const worldsAtOnce = (count: number) =>
  fc.array(plan, { minLength: 1, maxLength: count, size: 'max' });

const partiesOf = ({ kind, community, user, child, level }: Wish) => ({
  kind,
  communityId: community.uuid,
  userId: user?.uuid ?? null,
  childId: child?.uuid ?? null,
  level,
});

describe('what a policy says of one thing, its condition says of all', () => {
  it(
    'for communities, their members, and requests',
    async () => {
      await fc.assert(
        fc.asyncProperty(worldsAtOnce(60), async (plans) => {
          const written = await writeWorlds(world, plans);
          const { places, wishes, users } = written;
          const actors = [Actor.anyone, Actor.system, ...users.map((it) => actorOf(it, written))];
          for (const actor of actors) {
            const told = await select(actor);
            const said = {
              communities: places.filter((it) => maySee(actor, subjectOf(it))),
              members: places
                .filter((it) => may(actor, 'SEE_MEMBERS', subjectOf(it)))
                .flatMap((it) => it.members),
              showing: places.filter((it) => {
                const subject = subjectOf(it);
                return (
                  isFor('SEE_PUBLIC_MEMBERS', subject) && may(actor, 'SEE_PUBLIC_MEMBERS', subject)
                );
              }),
              requests: wishes.filter((it) => mayRead(actor, partiesOf(it))),
            };
            for (const [name, things] of Object.entries(said)) {
              expect({ [name]: sorted(told[name]) }).toEqual({
                [name]: sorted(things.map((it) => it.uuid)),
              });
            }
            if (actor.has('ADMINISTER')) continue;
            // Who receives a request decides about it; who made it can take it back.
            const mine = { received: 'DECLINE', created: 'CANCEL' } as const;
            for (const [name, act] of Object.entries(mine)) {
              const those = wishes.filter((it) => mayDo(actor, act, partiesOf(it)));
              expect({ [name]: sorted(told[name]) }).toEqual({
                [name]: sorted(those.map((it) => it.uuid)),
              });
            }
          }
        }),
        { numRuns: 50, ...inTime },
      );
    },
    patience,
  );
});

/** Everything to which an actor's conditions apply, in one statement. */
async function select(actor: Actor): Promise<Record<string, string[]>> {
  const [told] = await rows(
    world.app.begin(actor),
    sql<Record<string, string[]>>`select
      array(select t.id from communities t where ${visibleTo(actor)}) as communities,
      array(select t.id from members t where ${membersVisibleTo(actor)}) as members,
      array(select c.id from communities c where ${publicMembersVisibleTo(actor)}) as showing,
      array(select t.id from requests t where ${requestsVisibleTo(actor)}) as requests,
      array(select t.id from requests t where ${onSide(actor, 'receiver')}) as received,
      array(select t.id from requests t where ${onSide(actor, 'creator')}) as created`,
  );
  return told as Record<string, string[]>;
}

const sorted = (ids: Iterable<string> = []) => [...ids].sort();

/** What the reference allows, in its own words; nothing here asks a policy. */
class Oracle {
  private readonly isAdministrator: boolean;
  private readonly isModerator: boolean;

  constructor(
    private readonly who: Someone | undefined,
    private readonly written: Written,
  ) {
    this.isAdministrator = who?.rights.has('ADMINISTER') === true;
    this.isModerator = this.isAdministrator || who?.rights.has('MODERATE') === true;
  }

  private level(place: Place): number {
    return levels.indexOf(levelAt(this.who, place) as Level);
  }
  private isMember(place: Place): boolean {
    return this.level(place) >= 0;
  }
  private isAtLeast(level: Level, place: Place): boolean {
    return this.isAdministrator || this.level(place) >= levels.indexOf(level);
  }

  /** Read: public ones everybody, restricted ones their members; deleted ones moderators and owners. */
  sees = (place: Place): boolean => {
    if (this.isAdministrator) return true;
    if (place.plan.state !== 'LIVE') return this.isModerator || this.isAtLeast('OWNER', place);
    return place.plan.visibility === 'PUBLIC' || this.isMember(place);
  };

  /** members_search: any member. */
  members = (place: Place) =>
    this.isAdministrator || this.isMember(place) ? place.members : undefined;

  /** members_search_public: both visibilities public, or a member; those who want to be seen. */
  publicMembers = ({ ...place }: Place) => {
    const { state, visibility, membersVisibility } = place.plan;
    if (state !== 'LIVE') return [];
    const isOpen = visibility === 'PUBLIC' && membersVisibility === 'PUBLIC';
    if (!isOpen && !this.isAdministrator && !this.isMember(place)) return [];
    return place.members.filter(
      (it) => it.isVisible && (!it.user || (it.user.isHere && it.user.isPublic)),
    );
  };

  /** Requests: creator and receiver, where a community is one of the two its owners and managers. */
  reads = ({ community, user, child }: Wish): boolean =>
    this.isAtLeast('MANAGER', community) ||
    (user !== undefined && user === this.who) ||
    (child !== undefined && this.isAtLeast('MANAGER', child));

  /** search_requests and the like: owners and managers of that community. */
  requests = (place: Place): Wish[] =>
    this.isAtLeast('MANAGER', place)
      ? this.written.wishes.filter((it) => it.community === place || it.child === place)
      : [];

  /** The tombstone is for whoever could see the community, unless it is hidden. */
  tombstone = (place: Place): boolean => {
    if (place.plan.state === 'LIVE') return false;
    if (this.sees(place)) return true;
    return (
      place.plan.isTombstoneVisible && (place.plan.visibility === 'PUBLIC' || this.isMember(place))
    );
  };

  hasHistory = (place: Place): boolean => this.isAtLeast('OWNER', place);
  /** Whom one sees: oneself, who is here and does not hide, and everybody for those who look after people. */
  meets = (user: Someone): boolean =>
    this.isModerator ||
    this.who?.rights.has('SYNC') === true ||
    (this.who !== undefined && (user === this.who || (user.isHere && user.isPublic)));

  /** Where somebody else is: what one shares with them, and where they want to be seen. */
  communitiesOf = (user: Someone): Place[] =>
    this.written.places.filter((it) => {
      if (it.plan.state !== 'LIVE' || !this.sees(it)) return false;
      if (this.isAdministrator || this.isMember(it)) return levelAt(user, it) !== undefined;
      const shows =
        user.isHere &&
        user.isPublic &&
        it.members.some((member) => member.user === user && member.isVisible);
      return shows && it.plan.membersVisibility === 'PUBLIC';
    });

  isAdmin = (): boolean => this.isAdministrator;
  own = (place: Place): boolean => place.plan.state === 'LIVE' && this.isMember(place);
  levelIn = (place: Place) => levelAt(this.who, place) ?? null;
}

const fields = `id viewerLevel
  members(first: 100) { nodes { id } totalCount facets {
    levels { level count } visibility { isVisible count } } }
  memberCount publicMembers(first: 100) { nodes { id } totalCount }
  requests(first: 100) { nodes { id } totalCount }
  invitations(first: 100) { nodes { id } totalCount }
  membershipRequests(first: 100) { nodes { id } totalCount }
  auditLog { totalCount } tombstone { communityId } isVerified isFeatured`;
const all = 'filter: { deletionStates: [LIVE, DELETED, MARKED_FOR_PURGE] }';

// biome-ignore lint/suspicious/noExplicitAny: answers are whatever was asked for
type Loose = any;
const ids = (nodes: { id: string }[]) => sorted(nodes.map((it) => it.id));
/** How a list is to look: exactly these, and as many counted. */
const list = (things: { id: string }[]) => ({ nodes: ids(things), totalCount: things.length });
const listed = ({ nodes, totalCount }: Loose) => ({ nodes: ids(nodes), totalCount });

/** All that somebody is told of some worlds, by every door that lists or finds. */
async function look(who: Someone | undefined, { users, places, wishes }: Written): Promise<Loose> {
  const bySlug = places.map(
    ({ slug }, index) => `
    c${index}: community(slug: "${slug}") { id } t${index}: tombstone(slug: "${slug}") { communityId }`,
  );
  const things = [...places, ...wishes, ...places.flatMap((it) => it.members)].slice(0, 300);
  const chunks = [0, 1, 2].map((it) => things.slice(it * 100, it * 100 + 100));
  const members = places
    .flatMap((it) => it.members)
    .slice(0, 100)
    .map((it) => ({ id: publicIdOf(it) }));
  const { data, errors } = await world.ask(
    who?.token,
    `query ($a: [ID!]!, $b: [ID!]!, $c: [ID!]!, $m: [ID!]!, $u: [ID!]!) {
      all: communities(first: 100, ${all}) { nodes { ${fields} } totalCount }
      live: communities(first: 100) { nodes { id } totalCount }
      deleted: communities(first: 1, filter: { deletionStates: [DELETED] }) { totalCount }
      featured: featuredCommunities(first: 100) { nodes { id } totalCount }
      a: nodes(ids: $a) { id } b: nodes(ids: $b) { id } c: nodes(ids: $c) { id }
      m: nodes(ids: $m) { id }
      u: nodes(ids: $u) { ... on User {
        id communities(first: 100) { nodes { id } totalCount } } }
      viewer { communities(first: 100) { nodes { id } totalCount } }
      ${who ? 'requests(first: 100) { nodes { id } totalCount }' : ''}
      ${bySlug.join('')}
    }`,
    {
      a: ids(chunks[0] ?? []),
      b: ids(chunks[1] ?? []),
      c: ids(chunks[2] ?? []),
      m: ids(members),
      u: ids(users),
    },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return { ...data, things, publicThings: members };
}

describe('what is allowed is what is shown', () => {
  it(
    'by every list, count, facet and id',
    async () => {
      await fc.assert(
        fc.asyncProperty(worldsAtOnce(10), fc.nat(), async (plans, pick) => {
          const written = await writeWorlds(world, plans);
          const active = written.users.filter((it) => it.isHere);
          const some = active.filter((_, index) => (index + pick) % 3 === 0);
          await Promise.all([undefined, ...some].map((it) => compare(it, written)));
        }),
        { numRuns: 210, ...inTime },
      );
    },
    patience,
  );
});

async function compare(who: Someone | undefined, written: Written): Promise<void> {
  const { places, wishes } = written;
  const may = new Oracle(who, written);
  const told = await look(who, written);
  const seen = places.filter(may.sees);
  const live = seen.filter((it) => it.plan.state === 'LIVE');

  expect(listed(told.all)).toEqual(list(seen));
  expect(listed(told.live)).toEqual(list(live));
  expect(told.deleted.totalCount).toBe(seen.filter((it) => it.plan.state === 'DELETED').length);
  expect(listed(told.featured)).toEqual(
    list(live.filter((it) => it.plan.isFeatured && it.plan.visibility === 'PUBLIC')),
  );
  expect(places.filter((_, index) => told[`c${index}`])).toEqual(seen);
  expect(places.filter((_, index) => told[`t${index}`])).toEqual(places.filter(may.tombstone));

  const found = [...told.a, ...told.b, ...told.c].filter((it: Loose) => it !== null);
  const things = new Set<{ id: string }>(told.things);
  const readable = [
    ...seen,
    ...seen.flatMap((it) => may.members(it) ?? []),
    ...wishes.filter(may.reads),
  ].filter((it) => things.has(it));
  expect(ids(found)).toEqual(ids(readable));
  const asked = new Set(told.publicThings.map((it: Loose) => it.id));
  const shown = places
    .flatMap(may.publicMembers)
    .map((it) => ({ id: publicIdOf(it) }))
    .filter((it) => asked.has(it.id));
  expect(ids(told.m.filter((it: Loose) => it !== null))).toEqual(ids(shown));

  const people = new Map(written.users.map((it) => [it.id, it]));
  const met = told.u.filter((it: Loose) => it !== null);
  expect(ids(met)).toEqual(ids(written.users.filter(may.meets)));
  for (const { id, communities } of met) {
    expect(listed(communities)).toEqual(list(may.communitiesOf(people.get(id) as Someone)));
  }
  if (who) {
    expect(listed(told.requests)).toEqual(list(wishes.filter(may.reads)));
    expect(listed(told.viewer.communities)).toEqual(list(places.filter(may.own)));
  } else expect(told.viewer).toBeNull();

  for (const place of seen) {
    const one = told.all.nodes.find((it: Loose) => it.id === place.id);
    const members = may.members(place);
    expect(listed(one.members)).toEqual(list(members ?? []));
    expect(one.memberCount).toBe(members?.length ?? null);
    expect(one.members.facets).toEqual({
      levels: levels.map((level) => ({
        level,
        count: members?.filter((it) => it.level === level).length ?? 0,
      })),
      visibility: [true, false].map((isVisible) => ({
        isVisible,
        count: members?.filter((it) => it.isVisible === isVisible).length ?? 0,
      })),
    });
    const publicOnes = may.publicMembers(place).map((it) => ({ id: publicIdOf(it) }));
    expect(listed(one.publicMembers)).toEqual(list(publicOnes));
    const requests = may.requests(place);
    expect(listed(one.requests)).toEqual(list(requests));
    const kinds = { invitations: 'INVITATION', membershipRequests: 'MEMBERSHIP' };
    for (const [field, kind] of Object.entries(kinds)) {
      expect(listed(one[field])).toEqual(list(requests.filter((it) => it.kind === kind)));
    }
    expect({
      history: one.auditLog.totalCount > 0,
      verified: one.isVerified !== null,
      tombstone: one.tombstone !== null,
      featured: one.isFeatured,
      level: one.viewerLevel,
    }).toEqual({
      history: may.hasHistory(place),
      verified: may.isAdmin(),
      tombstone: may.tombstone(place),
      featured: place.plan.isFeatured && place.plan.visibility === 'PUBLIC' && live.includes(place),
      level: may.levelIn(place),
    });
  }
}
