import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor, type Right } from '../../src/actor.ts';
import { type Act, acts as allActs, may, permissions } from '../../src/communities/policy.ts';
import { type Level, levels } from '../../src/level.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { acts } from './matrix-acts.ts';
import { tell } from './matrix-run.ts';
import { type Cell, type Needs, newCell, type Scene, setScene } from './matrix-scene.ts';
import { type ActorName, actors, readMatrix, type StateName, states } from './matrix-table.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

describe('rights', () => {
  const id = '00000000-0000-7000-8000-000000000000';
  const gone = fc.constantFrom({}, { deletedAt: new Date(0) }, purged());
  const community = fc
    .record({
      visibility: fc.constantFrom('PUBLIC', 'RESTRICTED'),
      membersVisibility: fc.constantFrom('PUBLIC', 'RESTRICTED'),
      memberPolicy: fc.constantFrom('OPEN', 'CLOSED'),
      recordSubmissionPolicy: fc.constantFrom('OPEN', 'CLOSED'),
      reviewPolicy: fc.constantFrom('OPEN', 'CLOSED', 'MEMBERS'),
    })
    .chain((it) => gone.map((more) => ({ id, ...it, ...more })));
  const user = (level?: Level, ...rights: Right[]) =>
    Actor.user('somebody', rights, level ? [[id, level]] : []);
  /** What concerns only those who belong there, or do not. */
  const personal: Act[] = ['LEAVE', 'REQUEST_MEMBERSHIP', 'INCLUDE_DIRECTLY'];

  function purged() {
    return { deletedAt: new Date(0), purgeMarkedAt: new Date(0) };
  }

  it('grow with the level', () => {
    fc.assert(
      fc.property(community, (it) => {
        for (const [index, level] of levels.entries()) {
          const lower = levels[index - 1];
          const below = permissions(user(lower), it).filter((act) => act !== 'REQUEST_MEMBERSHIP');
          expect(permissions(user(level), it)).toEqual(expect.arrayContaining(below));
        }
      }),
    );
  });

  it('of an administrator are all that are not personal', () => {
    fc.assert(
      fc.property(community, fc.constantFrom(undefined, ...levels), (it, level) => {
        const rights = allActs.filter((act) => may(user(level, 'ADMINISTER'), act, it));
        const others = allActs.filter((act) => !personal.includes(act));
        expect(rights).toEqual(expect.arrayContaining(others));
        expect(rights.includes('LEAVE')).toBe(level !== undefined);
      }),
    );
  });

  it.each(['MODERATE', 'SYNC'] as const)('to %s add nothing in a community', (right) => {
    fc.assert(
      fc.property(community, fc.constantFrom(undefined, ...levels), (it, level) => {
        expect(permissions(user(level, right), it)).toEqual(permissions(user(level), it));
      }),
    );
  });

  it('of who did not sign in are to see those who show themselves', () => {
    fc.assert(
      fc.property(community, (it) => {
        expect(['SEE_PUBLIC_MEMBERS', undefined]).toContain(permissions(Actor.anyone, it)[0]);
        expect(permissions(Actor.anyone, it).length).toBeLessThan(2);
      }),
    );
  });
});

/** An act that shows whether a permission is one. */
const performed: [Act, string, object?][] = [
  ['UPDATE', 'describe it'],
  ['MANAGE_ACCESS', 'change who sees it'],
  ['RENAME', 'rename it'],
  ['SET_LOGO', 'take the logo off it'],
  ['LINK', 'link it to a group'],
  ['DELETE', 'delete it'],
  ['RESTORE', 'restore it'],
  ['EDIT_TOMBSTONE', 'write the tombstone of it'],
  ['MARK_FOR_PURGE', 'mark it for purge'],
  ['UNMARK_FOR_PURGE', 'take the mark off it'],
  ['SEE_AUDIT_LOG', 'see the history of it'],
  ['SEE_MEMBERS', 'see the members of it'],
  ['SEE_PUBLIC_MEMBERS', 'see the visible members of it'],
  ['SEE_PUBLIC_MEMBERS', 'see the visible members of it', { members_visibility: 'RESTRICTED' }],
  ['ADD_ROLES', 'add a role to it'],
  ['ADD_USERS', 'add a user to it'],
  ['MANAGE_MEMBERS', 'promote a reader of it'],
  ['LEAVE', 'leave it'],
  ['INVITE', 'invite a reader to it'],
  ['SEE_INVITATIONS', 'see the invitations of it'],
  ['REQUEST_MEMBERSHIP', 'ask to join it'],
  ['REQUEST_MEMBERSHIP', 'ask to join it', { member_policy: 'CLOSED' }],
  ['SEE_MEMBERSHIP_REQUESTS', 'see who asks to join it'],
  ['REQUEST_SUBCOMMUNITY', 'ask for it to become a child'],
  ['INVITE_SUBCOMMUNITY', 'invite others to become its children'],
  ['FEATURE', 'put it forward no longer'],
  ['SET_THEME', 'give it a theme'],
  ['MANAGE_CHILDREN', 'let it have children'],
  ['MANAGE_PARENT', 'give it a parent'],
  ['SEE_VERIFIED', 'see whether it is verified'],
];

describe('viewerPermissions name', () => {
  it('acts that are all tried here, but those that are about records', () => {
    const tried = new Set(performed.map(([it]) => it));
    expect(allActs.filter((it) => !tried.has(it))).toEqual([
      // Curators are those who answer for records; what there is to see so far is for managers.
      'SEE_REQUESTS',
      'SUBMIT_RECORD',
      'INCLUDE_DIRECTLY',
    ]);
  });

  it.each(performed)('%s exactly where one can %s', async (act, deed, settings = {}) => {
    const { ask, ...needs } = acts[deed] as (typeof acts)[string];
    const scene = await sceneOf(everywhere, {
      ...needs,
      community: (cell) => ({ ...needs.community?.(cell), ...settings }),
    });
    const { crowd, cells } = scene;
    const named = await Promise.all(cells.map((it) => permissionsIn(scene, it)));

    const told = await Promise.all(
      cells.map((it) => tell(world, crowd.actors[it.actor].token, ask(it, crowd))),
    );

    const can = cells.filter((_, index) => told[index]?.word === 'y').map(nameOf);
    // Whoever is in by a role leaves that, which a policy cannot know.
    const expected = cells
      .filter((it, index) => named[index]?.includes(act) && !isByRole(act, it))
      .map(nameOf);
    expect(can).toEqual(expected);
  });
});

const everywhere = states.flatMap((state) => actors.map((actor) => [actor, state] as const));
const nameOf = ({ actor, state }: Cell) => `${actor}, ${state}`;
const isByRole = (act: Act, { actor }: Cell) => act === 'LEAVE' && actor === 'a manager by a role';

const sceneOf = (pairs: readonly (readonly [ActorName, StateName])[], needs: Needs) =>
  setScene(
    world,
    pairs.map(([actor, state]) => newCell(actor, state)),
    needs,
    actors,
  );

async function permissionsIn({ crowd }: Scene, { actor, slug }: Cell): Promise<Act[]> {
  const { data } = await world.ask(
    crowd.actors[actor].token,
    'query ($slug: String!) { community(slug: $slug) { viewerPermissions } }',
    { slug },
  );
  return data.community?.viewerPermissions ?? [];
}

/** Some of those to whom a community is not there. */
const hidden: [ActorName, StateName][] = [
  ['anyone', 'a restricted community'],
  ['a stranger', 'a restricted community'],
  ['a moderator', 'a restricted community'],
  ['anyone', 'a deleted restricted community'],
  ['a stranger', 'a deleted restricted community'],
  ['a reader', 'a deleted restricted community'],
  ['a manager', 'a deleted restricted community'],
  ['a stranger', 'a deleted public community'],
  ['a curator', 'a community marked for purge'],
  ['anyone', 'a community marked for purge'],
];

describe('what an actor may not see is, to the byte, what never was', () => {
  const matrix = Map.groupBy(readMatrix(), (it) => it.deed);
  /** These are about requests of the actor’s own, and what can be seen of the tombstone. */
  const isTold = /their own (invitation|wish)|child for it|the wish of it|who removed it/;
  const doors = Object.entries(acts).flatMap(([deed, act]) => {
    const toWhom = hidden.filter(([actor, state]) => {
      const cell = matrix.get(deed)?.find((it) => it.actor === actor && it.state === state);
      const isParty = actor === 'a manager' && cell?.outcome === '-';
      return cell && cell.outcome !== 'y' && cell.outcome !== '409' && !isParty;
    });
    return isTold.test(deed) || toWhom.length === 0 ? [] : [{ deed, act, toWhom }];
  });

  it('at nearly every door', () => {
    expect(doors.length).toBeGreaterThan(100);
  });

  it.each(doors)('to whoever would $deed', async ({ act, toWhom }) => {
    const { crowd, cells } = await sceneOf([...toWhom, ...toWhom], act);
    const [some, none] = [cells.slice(0, toWhom.length), cells.slice(toWhom.length)];
    await world.sql('delete from communities where id = any($1)', [none.map((it) => it.uuid)]);

    const bodies = (all: Cell[]) =>
      Promise.all(
        all.map(async (it) => {
          const { body } = await tell(world, crowd.actors[it.actor].token, act.ask(it, crowd));
          return `${nameOf(it)}: ${withoutNames(body, cells)}`;
        }),
      );
    expect(await bodies(some)).toEqual(await bodies(none));
  });
});

/** An answer without the names of what is asked for, and of what the caller has elsewhere. */
function withoutNames(body: string, cells: Cell[]): string {
  const names = cells.flatMap(({ id, slug, oldSlug, hash, group, hut, hall }) => [
    ...[id, slug, oldSlug, hash],
    ...[group.id, group.remoteId, hut.id, hall.id],
  ]);
  return names.reduce((text, it) => text.replaceAll(it, '…'), body);
}
