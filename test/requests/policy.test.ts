import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { rows } from '../../src/context.ts';
import { newId } from '../../src/ids.ts';
import { type Level, levels } from '../../src/level.ts';
import {
  eventActs,
  fits,
  may,
  mayGrant,
  mayRead,
  onSide,
  type Parties,
  type RequestAct,
  requestActs,
  visibleTo,
} from '../../src/requests/policy.ts';
import { type RequestKind, requestKinds } from '../../src/requests/request.ts';
import { startWorld, type World } from '../helpers/world.ts';

const [community, child, user] = [newId(), newId(), newId()];
const isOfUser = (kind: RequestKind) => kind === 'INVITATION' || kind === 'MEMBERSHIP';
const requestOf = (kind: RequestKind, level: Level = 'READER'): Parties => ({
  kind,
  communityId: community,
  userId: isOfUser(kind) ? user : null,
  childId: isOfUser(kind) ? null : child,
  level: isOfUser(kind) ? level : null,
});
const at = (level: Level, where = community) => Actor.user(newId(), [], [[where, level]]);
const actors: Record<string, Actor> = {
  anyone: Actor.anyone,
  stranger: Actor.user(newId(), [], []),
  user: Actor.user(user, [], []),
  reader: at('READER'),
  curator: at('CURATOR'),
  manager: at('MANAGER'),
  owner: at('OWNER'),
  'child’s reader': at('READER', child),
  'child’s curator': at('CURATOR', child),
  'child’s manager': at('MANAGER', child),
  'child’s owner': at('OWNER', child),
  moderator: Actor.user(newId(), ['MODERATE', 'SYNC'], []),
  administrator: Actor.user(newId(), ['ADMINISTER'], []),
};

/** Who may do what: `R` read and comment, `A` accept, `D` decline, `C` cancel, `L` lock and unlock, `G` change the level. */
const table: [string, Parties, Record<string, string>][] = [
  [
    'an invitation',
    requestOf('INVITATION'),
    { user: 'RADL', manager: 'RCG', owner: 'RCG', administrator: 'RDCLG' },
  ],
  [
    'an invitation of an owner',
    requestOf('INVITATION', 'OWNER'),
    { user: 'RADL', manager: 'R', owner: 'RCG', administrator: 'RDCLG' },
  ],
  [
    'a wish to join',
    requestOf('MEMBERSHIP'),
    { user: 'RC', manager: 'RADLG', owner: 'RADLG', administrator: 'RADCLG' },
  ],
  [
    'a wish to join that would make an owner',
    requestOf('MEMBERSHIP', 'OWNER'),
    { user: 'RC', manager: 'R', owner: 'RADLG', administrator: 'RADCLG' },
  ],
  [
    'the wish of a community to become a child',
    requestOf('SUBCOMMUNITY'),
    {
      manager: 'RADL',
      owner: 'RADL',
      'child’s manager': 'RC',
      'child’s owner': 'RC',
      administrator: 'RADCL',
    },
  ],
  [
    'an invitation of a community',
    requestOf('SUBCOMMUNITY_INVITATION'),
    {
      manager: 'RC',
      owner: 'RC',
      'child’s manager': 'RADL',
      'child’s owner': 'RADL',
      administrator: 'RADCL',
    },
  ],
];
const letters: Record<RequestAct, string> = {
  COMMENT: 'R',
  ACCEPT: 'A',
  DECLINE: 'D',
  CANCEL: 'C',
  LOCK: 'L',
  UNLOCK: 'L',
  CHANGE_LEVEL: 'G',
};

describe.each(table)('with %s', (_, request, cells) => {
  it.each(Object.keys(actors))('%s may do what the matrix says, and no more', (name) => {
    const actor = actors[name] ?? Actor.anyone;
    const found = requestActs.filter((act) => may(actor, act, request));

    const expected = requestActs.filter((act) => cells[name]?.includes(letters[act]));
    expect(found).toEqual(expected);
    expect(mayRead(actor, request)).toBe(cells[name] !== undefined);
  });
});

describe('somebody who is on both sides', () => {
  const both = Actor.user(user, [], [[community, 'OWNER']]);
  const almighty = Actor.user(user, ['ADMINISTER'], []);

  it.each([both, almighty])('does not let themselves in', (actor) => {
    expect(may(actor, 'ACCEPT', requestOf('MEMBERSHIP'))).toBe(false);
    expect(may(actor, 'CANCEL', requestOf('MEMBERSHIP'))).toBe(true);
  });

  it.each([both, almighty])('does not say what they are to become', (actor) => {
    expect(may(actor, 'CHANGE_LEVEL', requestOf('MEMBERSHIP'))).toBe(false);
    expect(may(actor, 'CHANGE_LEVEL', requestOf('INVITATION'))).toBe(false);
    expect(may(actor, 'ACCEPT', requestOf('INVITATION'))).toBe(true);
  });
});

it.each([
  ['manager', ['READER', 'CURATOR', 'MANAGER']],
  ['owner', [...levels]],
  ['administrator', [...levels]],
  ['curator', []],
  ['user', []],
  ['child’s owner', []],
])('a level can be granted by a %s: %j', (name, expected) => {
  const actor = actors[name] as Actor;

  expect(levels.filter((it) => mayGrant(actor, it, requestOf('MEMBERSHIP')))).toEqual(expected);
});

it.each([
  ['SUBMITTED', false, ['ACCEPT', 'DECLINE', 'CANCEL', 'COMMENT', 'LOCK', 'CHANGE_LEVEL']],
  ['SUBMITTED', true, ['ACCEPT', 'DECLINE', 'CANCEL', 'UNLOCK', 'CHANGE_LEVEL']],
  ['ACCEPTED', false, ['COMMENT', 'LOCK']],
  ['DECLINED', false, ['COMMENT', 'LOCK']],
  ['CANCELLED', true, ['UNLOCK']],
  ['EXPIRED', false, ['COMMENT', 'LOCK']],
] as const)('%s, locked: %s, can be treated with %j', (state, isLocked, expected) => {
  expect(requestActs.filter((it) => fits(it, { state, isLocked }))).toEqual(expected);
});

describe('a comment', () => {
  const author = Actor.user(user, [], []);
  const comment = { kind: 'COMMENT', authorId: user, replyToId: null } as const;

  it.each([
    ['its author', author, comment, false, ['REPLY', 'UPDATE', 'DELETE']],
    ['somebody else', actors.owner, comment, false, ['REPLY']],
    ['an administrator', actors.administrator, comment, false, ['REPLY', 'UPDATE', 'DELETE']],
    ['its author', author, comment, true, ['DELETE']],
    ['an administrator', actors.administrator, comment, true, ['UPDATE', 'DELETE']],
    [
      'its author, as a reply',
      author,
      { ...comment, replyToId: newId() },
      false,
      ['UPDATE', 'DELETE'],
    ],
    ['its author, once deleted', author, { ...comment, kind: 'COMMENT_DELETED' }, false, []],
    ['nobody, of the server’s own', Actor.anyone, { ...comment, authorId: null }, true, []],
  ] as const)('can be treated by %s', (_, actor, event, isLocked, expected) => {
    expect(eventActs(actor as Actor, event, { isLocked })).toEqual(expected);
  });
});

describe('what is visible', () => {
  let world: World;
  const ids = { communities: [newId(), newId(), newId()], users: [] as string[] };
  const stored: (Parties & { id: string })[] = [];
  beforeAll(async () => {
    world = await startWorld({ isWorking: false });
    for (const id of ids.communities) {
      await world.sql('insert into communities (id, slug, title) values ($1, $2, $2)', [id, id]);
    }
    for (let i = 0; i < 3; i++) ids.users.push((await world.makeUser()).id);
    // Closed, so that there can be several of each.
    for (const kind of requestKinds) {
      for (const communityId of ids.communities) {
        for (const other of isOfUser(kind) ? ids.users : ids.communities) {
          const request = {
            id: newId(),
            kind,
            communityId,
            userId: isOfUser(kind) ? other : null,
            childId: isOfUser(kind) ? null : other,
            level: isOfUser(kind) ? (levels[stored.length % 4] as Level) : null,
          };
          stored.push(request);
          await world.sql(
            `insert into requests (id, kind, community_id, user_id, child_id, level, state, closed_at)
             values ($1, $2, $3, $4, $5, $6, 'DECLINED', now())`,
            Object.values(request),
          );
        }
      }
    }
  });
  afterAll(() => world.stop());

  const anActor = () =>
    fc
      .record({
        user: fc.option(fc.nat(2)),
        rights: fc.subarray(['MODERATE', 'SYNC', 'ADMINISTER'] as const, { maxLength: 1 }),
        levels: fc.array(fc.option(fc.constantFrom(...levels)), { minLength: 3, maxLength: 3 }),
      })
      .map(({ user, rights, levels }) => {
        if (user === null) return Actor.anyone;
        const own = levels.flatMap((level, i): [string, Level][] =>
          level ? [[ids.communities[i] as string, level]] : [],
        );
        return Actor.user(ids.users[user] as string, rights, own);
      });
  const found = async (condition: ReturnType<typeof visibleTo>) =>
    (
      await rows(
        world.app.begin(),
        sql<{ id: string }>`select t.id from requests t where ${condition} order by t.id`,
      )
    ).map((it) => it.id);
  const those = (test: (it: Parties) => boolean) =>
    stored.flatMap((it) => (test(it) ? [it.id] : [])).sort();

  it('is what may be read', async () => {
    await fc.assert(
      fc.asyncProperty(anActor(), async (actor) => {
        expect(await found(visibleTo(actor))).toEqual(those((it) => mayRead(actor, it)));
      }),
      { numRuns: 200 },
    );
  });

  it('is on the side that asks for those who may take it back, and on the other for those who may say no', async () => {
    await fc.assert(
      fc.asyncProperty(anActor(), async (actor) => {
        if (actor.has('ADMINISTER')) return;
        expect(await found(onSide(actor, 'creator'))).toEqual(
          those((it) => may(actor, 'CANCEL', it)),
        );
        expect(await found(onSide(actor, 'receiver'))).toEqual(
          those((it) => may(actor, 'DECLINE', it)),
        );
      }),
      { numRuns: 100 },
    );
  });
});
