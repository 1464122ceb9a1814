import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deactivate } from '../../src/accounts/closing.ts';
import { erase } from '../../src/accounts/erasing/erase.ts';
import { Actor } from '../../src/actor.ts';
import { createToken } from '../../src/credentials/tokens.ts';
import { forgetLimits, signIn } from '../credentials/kit.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { act, known, makePerson, makePlace, type Person, refusals, stateOf } from './kit.ts';

/** Whose account it is, beside who asks. */
const targets = ['STRANGER', 'ONESELF', 'MODERATOR', 'ADMINISTRATOR', 'SOLE_OWNER'] as const;
type TargetKind = (typeof targets)[number];
/** Who asks: by a token with all scopes, but for the two that say how. */
const actors = [
  'NOBODY',
  'USER',
  'SYNC',
  'MODERATOR',
  'ADMINISTRATOR',
  'NARROW_ADMINISTRATOR',
  'USER_IN_BROWSER',
] as const;
type ActorKind = (typeof actors)[number];

const no = 'FORBIDDEN';
const none = 'NOT_FOUND identityId';
const only = 'CONFLICT userId';
const all = (it: string) => [it, it, it, it, it];

/** What each actor is answered, target by target; `ok` if it is done. */
const table: Record<string, Record<ActorKind, string[]>> = {
  deactivateUser: {
    NOBODY: all('UNAUTHENTICATED'),
    USER: all(no),
    SYNC: all(no),
    MODERATOR: ['ok', no, 'ok', no, only],
    ADMINISTRATOR: ['ok', no, 'ok', 'ok', only],
    NARROW_ADMINISTRATOR: all(no),
    USER_IN_BROWSER: all(no),
  },
  activateUser: {
    NOBODY: all('UNAUTHENTICATED'),
    USER: all(no),
    SYNC: all(no),
    MODERATOR: ['ok', no, 'ok', no, 'ok'],
    ADMINISTRATOR: ['ok', no, 'ok', 'ok', 'ok'],
    NARROW_ADMINISTRATOR: all(no),
    USER_IN_BROWSER: all(no),
  },
  linkIdentity: {
    NOBODY: all('UNAUTHENTICATED'),
    USER: [no, only, no, no, no],
    SYNC: [no, only, no, no, no],
    MODERATOR: [no, only, no, no, no],
    ADMINISTRATOR: ['ok', only, 'ok', 'ok', 'ok'],
    NARROW_ADMINISTRATOR: all(no),
    USER_IN_BROWSER: [no, only, no, no, no],
  },
  unlinkIdentity: {
    NOBODY: all('UNAUTHENTICATED'),
    USER: [none, 'ok', none, none, none],
    SYNC: [no, 'ok', no, no, no],
    MODERATOR: [no, 'ok', no, no, no],
    ADMINISTRATOR: all('ok'),
    NARROW_ADMINISTRATOR: [none, 'ok', none, none, none],
    USER_IN_BROWSER: [none, 'ok', none, none, none],
  },
  exportUser: {
    NOBODY: all('UNAUTHENTICATED'),
    USER: [no, 'ok', no, no, no],
    SYNC: [no, 'ok', no, no, no],
    MODERATOR: [no, 'ok', no, no, no],
    ADMINISTRATOR: all('ok'),
    NARROW_ADMINISTRATOR: [no, 'ok', no, no, no],
    USER_IN_BROWSER: [no, 'ok', no, no, no],
  },
  eraseUser: {
    NOBODY: all('UNAUTHENTICATED'),
    USER: all(no),
    SYNC: all(no),
    MODERATOR: all(no),
    ADMINISTRATOR: ['ok', no, 'ok', 'ok', only],
    NARROW_ADMINISTRATOR: all(no),
    USER_IN_BROWSER: [no, 'ok', no, no, no],
  },
  previewMerge: {
    NOBODY: all('UNAUTHENTICATED'),
    USER: all(no),
    SYNC: all(no),
    MODERATOR: all(no),
    ADMINISTRATOR: ['ok', no, 'ok', 'ok', 'ok'],
    NARROW_ADMINISTRATOR: all(no),
    USER_IN_BROWSER: all(no),
  },
  mergeUsers: {
    NOBODY: all('UNAUTHENTICATED'),
    USER: all(no),
    SYNC: all(no),
    MODERATOR: all(no),
    // Nobody has seen the plan: that far only those come who may.
    ADMINISTRATOR: [
      'CONFLICT expectedPlan',
      no,
      'CONFLICT expectedPlan',
      'CONFLICT expectedPlan',
      'CONFLICT expectedPlan',
    ],
    NARROW_ADMINISTRATOR: all(no),
    USER_IN_BROWSER: all(no),
  },
};

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

async function makeActor(kind: ActorKind) {
  const right = kind.endsWith('ADMINISTRATOR')
    ? 'ADMINISTER'
    : kind === 'MODERATOR'
      ? 'MODERATE'
      : kind === 'SYNC'
        ? 'SYNC'
        : undefined;
  const person = await makePerson(world, right);
  if (kind === 'NOBODY') return { person, by: undefined };
  if (kind === 'USER_IN_BROWSER') return { person, by: await signIn(world, person.uuid) };
  if (kind !== 'NARROW_ADMINISTRATOR') return { person, by: person.token };
  const { token } = await createToken(world.app.begin(Actor.system), {
    username: person.username,
    name: 'narrow',
    scopes: ['COMMUNITIES', 'ACCOUNT'],
  });
  return { person, by: token };
}

async function makeTarget(kind: TargetKind, actor: Person) {
  if (kind === 'ONESELF') return actor;
  const right =
    kind === 'ADMINISTRATOR' ? 'ADMINISTER' : kind === 'MODERATOR' ? 'MODERATE' : undefined;
  const target = await makePerson(world, right);
  if (kind === 'SOLE_OWNER') await makePlace(world, [target]);
  return target;
}

/** The input of an act on somebody. */
async function inputOf(name: string, kind: TargetKind, target: Person) {
  const into = await makePerson(world);
  const userId = target.id;
  if (name === 'activateUser' && kind !== 'ONESELF') {
    await world.sql(`update users set state = 'DEACTIVATED' where id = $1`, [target.uuid]);
  }
  if (name === 'linkIdentity') return { userId, idp: 'myCommons', subject: target.uuid };
  if (name === 'unlinkIdentity') {
    const { id: identityId } = await known(world, target, 'orcid');
    await known(world, target, 'orcid');
    return { identityId };
  }
  if (name === 'eraseUser') return { userId, confirmUsername: target.username };
  const pair = { fromUserId: userId, intoUserId: into.id };
  if (name === 'previewMerge') return pair;
  if (name === 'mergeUsers') return { ...pair, expectedPlan: 'unseen' };
  return { userId };
}

const rows = Object.entries(table).flatMap(([name, row]) =>
  actors.map((actor) => ({ name, actor, cells: row[actor] })),
);

describe('each act on each account', () => {
  it.each(rows)('$name by $actor', async ({ name, actor, cells }) => {
    await forgetLimits(world);
    const answers: string[] = [];
    for (const kind of targets) {
      const { person, by } = await makeActor(actor);
      const target = await makeTarget(kind, person);
      const input = await inputOf(name, kind, target);
      answers.push(...[refusals(await act(world, by, name, input)), 'ok'].flat().slice(0, 1));
    }

    expect(Object.fromEntries(targets.map((it, n) => [it, answers[n]]))).toEqual(
      Object.fromEntries(targets.map((it, n) => [it, cells[n]])),
    );
  });
});

describe('the last administrator', () => {
  it('stays, also by the command line and of their own will', async () => {
    const own = await startWorld({ isWorking: false });
    const last = await makePerson(own, 'ADMINISTER');
    const closed = await makePerson(own, 'ADMINISTER');
    await own.sql(`update users set state = 'SUSPENDED' where id = $1`, [closed.uuid]);
    await own.sql(
      `delete from assignments where user_id = (select id from users where username = 'the-administrator')`,
    );
    const system = own.app.begin(Actor.system);
    const input = { userId: last.id, confirmUsername: last.username, removesComments: false };
    const message = /administer this server/;

    await expect(deactivate(system, { userId: last.id })).rejects.toThrow(message);
    await expect(erase(own.app.begin(Actor.system), input)).rejects.toThrow(message);
    const answer = await act(own, await signIn(own, last.uuid), 'eraseUser', {
      userId: last.id,
      confirmUsername: last.username,
    });
    expect(refusals(answer)).toEqual([only]);
    expect(await stateOf(own, last)).toBe('ACTIVE');
    // Who can use no account is no administrator that could be the last.
    await deactivate(own.app.begin(Actor.system), { userId: closed.id });
    expect(await stateOf(own, closed)).toBe('DEACTIVATED');
    await own.stop();
  });
});
