import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { schema } from '../../src/app.ts';
import { newId, toGlobalId } from '../../src/ids.ts';
import { makeUserWith } from '../api/make.ts';
import { askBy, bearer, makeIdentity, signIn } from '../credentials/kit.ts';
import { makeRole } from '../groups/kit.ts';
import { startWorld, type World } from '../helpers/world.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever they asked for
type Loose = any;

interface Person {
  uuid: string;
  id: string;
  username: string;
  token: string;
}

/** Who acts, and somebody on whom. */
interface Scene {
  world: World;
  actor: Person;
  other: Person;
  ask(mutation: string, input: object): Promise<Loose>;
}

interface Change {
  input: (scene: Scene) => object | Promise<object>;
  /** What the log says, of one thing each. */
  acts: string[];
  /** That of whoever is forgotten nothing is kept, also not from where they asked for it. */
  isFromNowhere?: true;
}

const onOther = (more: object = {}) => ({
  input: ({ other }: Scene) => ({ userId: other.id, ...more }),
});
const newToken = async (scene: Scene) =>
  (await scene.ask('createToken', { name: 'mine', days: 1, scopes: ['ACCOUNT'] })).token.id;

/** Every mutation that changes rights, accounts, roles, tokens and sessions. */
const changes: Record<string, Change> = {
  createRole: { input: () => ({ name: `r-${randomUUID()}` }), acts: ['role.created'] },
  updateRole: {
    input: async ({ world }) => ({ roleId: (await makeRole(world)).id, rights: ['SYNC'] }),
    acts: ['role.updated'],
  },
  deleteRole: {
    input: async ({ world }) => ({ roleId: (await makeRole(world)).id }),
    acts: ['role.deleted'],
  },
  assignRole: {
    input: async ({ world, other }) => ({
      roleId: (await makeRole(world)).id,
      users: [{ id: other.id }],
    }),
    acts: ['role.assigned'],
  },
  unassignRole: {
    input: async ({ world, other }) => ({
      roleId: (await makeRole(world, { users: [{ id: other.uuid }] })).id,
      users: [{ id: other.id }],
    }),
    acts: ['role.unassigned'],
  },
  createUser: { input: () => ({ username: `u-${randomUUID()}` }), acts: ['user.created'] },
  updateUser: { ...onOther({ fullName: 'Another Name' }), acts: ['user.updated'] },
  updateProfile: { input: () => ({ fullName: `Name ${randomUUID()}` }), acts: ['user.updated'] },
  updatePreferences: {
    input: ({ actor }) => ({ timeZone: zoneOf(actor) }),
    acts: ['user.updated'],
  },
  changeEmail: {
    input: () => ({ email: `${randomUUID()}@example.org` }),
    acts: ['user.email_change_asked'],
  },
  verifyUser: { ...onOther({ isVerified: true }), acts: ['user.verified'] },
  deactivateUser: { ...onOther(), acts: ['user.deactivated'] },
  activateUser: {
    input: async ({ world, other }) => {
      await world.sql(`update users set state = 'DEACTIVATED' where id = $1`, [other.uuid]);
      return { userId: other.id };
    },
    acts: ['user.activated'],
  },
  linkIdentity: {
    input: ({ other }) => ({ userId: other.id, idp: 'myCommons', subject: randomUUID() }),
    acts: ['user.identity_linked'],
  },
  unlinkIdentity: {
    input: async ({ world, other }) => {
      const ids = [];
      for (const idp of ['myCommons', 'knowledgeCommons'])
        ids.push(await makeIdentity(world, other.uuid, randomUUID(), idp));
      return { identityId: toGlobalId('Identity', ids[0] as string) };
    },
    acts: ['user.identity_unlinked'],
  },
  mergeUsers: {
    input: async (scene) => {
      const into = await scene.world.makeUser();
      const ids = { fromUserId: scene.other.id, intoUserId: toGlobalId('User', into.id) };
      const { plan } = await scene.ask('previewMerge', ids);
      return { ...ids, expectedPlan: plan.key };
    },
    // One for each of the two accounts.
    acts: ['user.merged', 'user.merged_into'],
  },
  exportUser: { ...onOther(), acts: ['user.exported'] },
  eraseUser: {
    input: ({ other }) => ({ userId: other.id, confirmUsername: other.username }),
    acts: ['user.erased'],
    isFromNowhere: true,
  },
  createToken: {
    input: () => ({ name: 'mine', days: 1, scopes: ['ACCOUNT'] }),
    acts: ['token.created'],
  },
  updateToken: {
    input: async (scene) => ({ tokenId: await newToken(scene), name: 'yours' }),
    acts: ['token.updated'],
  },
  revokeToken: {
    input: async (scene) => ({ tokenId: await newToken(scene) }),
    acts: ['token.revoked'],
  },
  endSession: {
    input: async ({ world, other }) => {
      await signIn(world, other.uuid);
      const [{ id }] = await world.sql('select id from sessions where user_id = $1', [other.uuid]);
      return { sessionId: toGlobalId('Session', id) };
    },
    acts: ['session.ended'],
  },
  endOtherSessions: { ...onOther({ withTokens: true }), acts: ['user.signed_out'] },
};

/** Changes that are about something else, or none. */
const others = new Set([
  ...['previewMerge', 'retryMail', 'approveSync', 'rejectSync', 'updateNotifications'],
]);

const zones = ['Europe/Vienna', 'Asia/Tokyo'];
const zoneOf = ({ username }: Person) => zones[username.length % 2];

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
beforeEach(() => world.sql('delete from rate_limits'));
afterAll(() => world.stop());

const personOf = (it: { id: string; username: string; token: string }): Person => ({
  ...it,
  uuid: it.id,
  id: toGlobalId('User', it.id),
});

const answered: Record<string, string> = {
  createToken: 'token { id }',
  previewMerge: 'plan { key }',
};

/** An administrator, by a token or a session, and what these are in the log. */
async function enter(via: 'TOKEN' | 'SESSION') {
  const actor = personOf(await makeUserWith(world, 'ADMINISTER'));
  const headers = via === 'TOKEN' ? bearer(actor.token) : await signIn(world, actor.uuid);
  const table = via === 'TOKEN' ? 'tokens' : 'sessions';
  const [{ id: viaId }] = await world.sql(`select id from ${table} where user_id = $1`, [
    actor.uuid,
  ]);
  const ask = async (mutation: string, input: object) => {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    const answer = await askBy(
      world.url,
      headers,
      `mutation ($input: ${type}!) { ${mutation}(input: $input) {
        __typename ${answered[mutation] ?? ''} userErrors { code message path } } }`,
      { input },
    );
    expect([answer.errors, answer.data?.[mutation].userErrors]).toEqual([undefined, []]);
    return answer.data[mutation];
  };
  const other = personOf(await world.makeUser());
  return { scene: { world, actor, other, ask }, viaId, headers };
}

const logged = (since: string) =>
  world.sql(
    `select act, actor_kind, actor_id, via, via_id, ip from audit_events
      where id > $1 order by act`,
    [since],
  );

/** An id after all that there are: within a millisecond they have no order. */
const now = () => sleep(2).then(newId);

describe.each(['TOKEN', 'SESSION'] as const)('by a %s', (via) => {
  it.each(Object.entries(changes))(
    '%s leaves one line in the log: who, by what and from where',
    async (mutation, { input, acts, isFromNowhere }) => {
      const { scene, viaId } = await enter(via);
      const given = await input(scene);
      const since = await now();

      await scene.ask(mutation, given);

      expect(await logged(since)).toEqual(
        acts.map((act) => ({
          act,
          actor_kind: 'USER',
          actor_id: scene.actor.uuid,
          via,
          via_id: viaId,
          ip: isFromNowhere ? null : '127.0.0.1',
        })),
      );
    },
  );
});

it('has a line for every mutation that is about accounts, roles, tokens and sessions', () => {
  const scopes = new Set(['ACCOUNT', 'MODERATE', 'ADMINISTER']);
  const all = Object.values(schema.getMutationType()?.getFields() ?? {})
    .filter((it) => scopes.has(it.extensions.scope as string))
    .map((it) => it.name);

  const known = [...Object.keys(changes), ...others];
  expect(all.filter((it) => !known.includes(it))).toEqual([]);
  expect(known.filter((it) => !schema.getMutationType()?.getFields()[it])).toEqual([]);
});

it('a service that signs somebody out is told by its idp and its address', async () => {
  const person = await world.makeUser();
  await makeIdentity(world, person.id, person.username, 'knowledgeCommons');
  await signIn(world, person.id);
  const since = await now();

  const response = await fetch(
    `${world.url}/api/webhooks/users/logout?username=${person.username}&idp=knowledgeCommons`,
    { method: 'POST', headers: bearer('a-webhook-token-for-tests') },
  );

  expect(response.status).toBe(200);
  expect(await logged(since)).toEqual([
    {
      act: 'session.ended',
      actor_kind: 'SERVICE',
      actor_id: 'knowledgeCommons',
      via: 'SENDER',
      via_id: 'knowledgeCommons',
      ip: '127.0.0.1',
    },
  ]);
});
