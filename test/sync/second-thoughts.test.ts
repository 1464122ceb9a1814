import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { type Gate, hint, startGate } from './kit.ts';
import { change, Remote, userOf } from './scene.ts';

let world: World;
let gate: Gate;
let remote: Remote;
beforeAll(async () => {
  gate = await startGate();
  world = await startWorld({
    idps: (sample) => {
      gate.target = sample.url;
      const endpoint = (kind: string) => ({
        remote_endpoint: `${gate.url}/api/v1/${kind}/{placeholder}`,
        token_env_variable_label: 'REMOTE_TOKEN',
        timeout_ms: 30_000,
      });
      return {
        gated: {
          users: endpoint('members'),
          groups: endpoint('groups'),
          provision: true,
          rate: 10_000,
          levels: { owner: ['administrator'] },
          webhook: { token_env_variable_label: 'WEBHOOK_TOKEN' },
        },
      };
    },
  });
  remote = new Remote(world, 'gated');
});
afterAll(async () => {
  await world.stop();
  await gate.stop();
});

const approve = (id: string) => change(world, 'approveSync', { runIds: [id] }, 'runs { id }');
const reject = (id: string) => change(world, 'rejectSync', { runIds: [id] }, 'runs { id outcome }');
const rolesOf = async (username: string) => (await userOf(world, username)).roles;

/** Somebody whose run is held because they would be in no group any more. */
async function held() {
  const groups = [remote.group(), remote.group()];
  const person = await remote.member({ groups: groups.map((id) => ({ id, role: 'member' })) });
  remote.says(person.subject, { groups: [] });
  const [run] = await remote.tell('users', 'updated', person.subject);
  expect(run.outcome).toBe('HELD');
  return { ...person, run, roles: groups.map((it) => remote.role(it)) };
}

/** Lets no look begin, or lets them again. */
async function pause(until: 'infinity' | null) {
  await world.sql(`update remote_services set open_until = $1 where idp = 'gated'`, [until]);
  if (until === null) await hint(world, 'gated');
}

describe('an approval that is taken back', () => {
  it('while the service is being asked takes nobody’s roles away', async () => {
    const { subject, username, run, roles } = await held();
    const answer = gate.hold(remote.path('users', subject));
    await approve(run.id);
    await answer.caught;

    const { runs, userErrors } = await reject(run.id);
    answer.letGo();
    await remote.settled('users', [subject]);

    expect(userErrors).toEqual([]);
    expect(runs).toEqual([{ id: run.id, outcome: 'REJECTED' }]);
    expect(await rolesOf(username)).toEqual(roles);
    expect((await remote.runs('users', subject)).map((it) => it.outcome)).toEqual([
      'HELD',
      'REJECTED',
      'CHANGED',
    ]);
  });

  it('before anybody looked takes nobody’s roles away', async () => {
    const { subject, username, run, roles } = await held();
    await pause('infinity');
    await approve(run.id);

    const { userErrors } = await reject(run.id);
    await pause(null);
    await remote.settled('users', [subject]);

    expect(userErrors).toEqual([]);
    expect(await rolesOf(username)).toEqual(roles);
    expect((await remote.runs('users', subject))[0]).toMatchObject({
      outcome: 'HELD',
      trigger: 'APPROVAL',
      heldFor: ['ALL_OF_A_USER'],
    });
  });

  it('of a group that is gone leaves the group', async () => {
    const group = remote.group();
    await remote.tell('groups', 'created', group);
    await remote.link(group);
    world.sample.world.groups.delete(String(group));
    const [run] = await remote.tell('groups', 'updated', group);
    expect(run).toMatchObject({ outcome: 'HELD', heldFor: ['ABSENT'] });
    const answer = gate.hold(remote.path('groups', group));
    await approve(run.id);
    await answer.caught;

    await reject(run.id);
    answer.letGo();
    await remote.settled('groups', [group]);

    expect(await remote.groupOf(group)).toMatchObject({
      deletedAt: null,
      community: { id: expect.any(String) },
    });
  });

  it('can be given again, for the look that was held anew', async () => {
    const { subject, username, run } = await held();
    const answer = gate.hold(remote.path('users', subject));
    await approve(run.id);
    await answer.caught;
    await reject(run.id);
    answer.letGo();
    await remote.settled('users', [subject]);

    await approve((await remote.lastRun('users', subject)).id);
    await remote.settled('users', [subject]);

    expect(await rolesOf(username)).toEqual([]);
  });
});

describe('an approval', () => {
  it('that nobody takes back takes them away once the service has answered', async () => {
    const { subject, username, run } = await held();
    const answer = gate.hold(remote.path('users', subject));
    await approve(run.id);
    await answer.caught;

    answer.letGo();
    await remote.settled('users', [subject]);

    expect(await rolesOf(username)).toEqual([]);
  });
});
