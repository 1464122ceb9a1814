import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import {
  type Gate,
  hint,
  idpAt,
  newPerson,
  pathOf,
  runsOf,
  settled,
  startGate,
  stateOf,
  tell,
  until,
} from './kit.ts';

const idp = 'gated';

let world: World;
let gate: Gate;
beforeAll(async () => {
  gate = await startGate();
  world = await startWorld({
    idps: (sample) => {
      gate.target = sample.url;
      return { [idp]: idpAt(gate.url, { timeout_ms: 30_000 }) };
    },
  });
});
afterAll(async () => {
  await world.stop();
  await gate.stop();
});

const callsOf = (id: string) => gate.calls.filter((it) => it.path === pathOf(id)).length;

const nameOf = async (id: string) =>
  (await world.sql('select full_name as name from users where username = $1', [id]))[0]?.name;

/** Somebody who is here already, and to whom nothing has to be done. */
async function known(username: string): Promise<string> {
  const id = newPerson(world, username);
  await tell(world, idp, [id]);
  await settled(world, idp);
  return id;
}

const rename = (id: string, name: string) => world.sample.world.people.patch(id, { name });

/** What a dead process had in hand is free after a while; this is after that while. */
const expireLease = (id: string) =>
  world.sql(
    `update sync_states set leased_until = now() - interval '1 second' where remote_id = $1`,
    [id],
  );

async function requestRun(id: string): Promise<string> {
  const { data } = await world.ask(
    world.admin,
    `mutation ($id: String!) {
      syncRemoteUser(input: { user: { remote: { idp: "${idp}", subject: $id } } }) {
        run { id } userErrors { message }
      }
    }`,
    { id },
  );
  expect(data.syncRemoteUser.userErrors).toEqual([]);
  return data.syncRemoteUser.run.id;
}

describe('one person', () => {
  it('is asked for once at a time, however many want it', async () => {
    const id = newPerson(world, 'wanted');
    world.sample.switches.set(pathOf(id), { mode: 'slow', delayMs: 100 });

    await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        rename(id, `Name ${n}`);
        if (n % 2) await tell(world, idp, [id]);
        else await requestRun(id);
      }),
    );
    rename(id, 'The last name');
    await tell(world, idp, [id]);
    await settled(world, idp);

    expect(gate.mostAtOnce(pathOf(id))).toBe(1);
    expect(callsOf(id)).toBeLessThan(25);
    expect(await nameOf(id)).toBe('The last name');
    const runs: { outcome: string }[] = await runsOf(world, { remoteId: id });
    expect(runs.filter((it) => ['QUEUED', 'RUNNING', 'RETRYING'].includes(it.outcome))).toEqual([]);
    expect(runs.filter((it) => it.outcome !== 'COALESCED')).toHaveLength(callsOf(id));
  });

  it('is looked at beside others', async () => {
    const [one, other] = [newPerson(world, 'side-1'), newPerson(world, 'side-2')];
    const [first, second] = [gate.hold(pathOf(one)), gate.hold(pathOf(other))];

    await tell(world, idp, [one]);
    await first.caught;
    await tell(world, idp, [other]);
    await second.caught;

    expect(await stateOf(world, one)).toMatchObject({ isLeased: true, synced: 0 });
    expect(await stateOf(world, other)).toMatchObject({ isLeased: true, synced: 0 });
    second.letGo();
    await until(async () => (await stateOf(world, other)).synced === 1);
    expect(await stateOf(world, one)).toMatchObject({ isLeased: true, synced: 0 });
    first.letGo();
    await settled(world, idp);
  });
});

describe('what is asked for while a look is under way', () => {
  it('is answered by one more look, and the requests that it spares say so', async () => {
    const id = newPerson(world, 'burst');
    const hold = gate.hold(pathOf(id));
    await tell(world, idp, [id]);
    await hold.caught;

    const requested = [await requestRun(id), await requestRun(id), await requestRun(id)];
    await tell(world, idp, [id]);
    hold.letGo();
    await settled(world, idp);

    expect(callsOf(id)).toBe(2);
    const runs = await runsOf(world, { remoteId: id });
    const outcomeOf = Object.fromEntries(
      runs.map((it: { id: string; outcome: string }) => [it.id, it.outcome]),
    );
    expect(requested.map((it) => outcomeOf[it])).toEqual(['COALESCED', 'COALESCED', 'UNCHANGED']);
    expect(runs).toHaveLength(4);
    expect(runs.filter((it: { outcome: string }) => it.outcome === 'CHANGED')).toMatchObject([
      { trigger: 'WEBHOOK' },
    ]);
    expect(runs.every((it: { finishedAt: string | null }) => it.finishedAt !== null)).toBe(true);
  });

  it('is not lost when the answer is older than the news', async () => {
    const id = await known('news');
    rename(id, 'Old');
    const hold = gate.hold(pathOf(id));
    await tell(world, idp, [id]);
    await hold.caught;

    rename(id, 'New');
    await tell(world, idp, [id]);
    hold.letGo();
    await settled(world, idp);

    expect(callsOf(id)).toBe(3);
    expect(await nameOf(id)).toBe('New');
    const [second, first] = await runsOf(world, { remoteId: id });
    expect([first, second].map((it) => [it.outcome, it.changes[0]?.after])).toEqual([
      ['CHANGED', 'Old'],
      ['CHANGED', 'New'],
    ]);
  });
});

describe('an answer that comes when another process has long looked again', () => {
  /** An answer under way, and in its batch a companion that is looked at when it has ended. */
  async function overtake(name: string) {
    const [id, companion] = [await known(name), await known(`beside-${name}`)];
    rename(id, 'Old');
    rename(companion, 'Beside');
    const hold = gate.hold(pathOf(id));
    await tell(world, idp, [id, companion]);
    await hold.caught;
    await expireLease(id);
    rename(id, 'New');
    await tell(world, idp, [id]);
    await until(async () => (await stateOf(world, id)).synced === 3);
    return {
      id,
      async letGo(status?: number) {
        hold.letGo(status);
        await until(async () => (await nameOf(companion)) === 'Beside');
      },
    };
  }

  it('is dropped', async () => {
    const { id, letGo } = await overtake('overtaken');

    await letGo();

    expect(await nameOf(id)).toBe('New');
    expect(await stateOf(world, id)).toMatchObject({ requested: 3, synced: 3, attempts: 0 });
    const runs = await runsOf(world, { remoteId: id });
    expect(runs.map((it: { outcome: string }) => it.outcome)).toEqual(['CHANGED', 'CHANGED']);
  });

  it.each([
    ['may pass', 503],
    ['will not pass', 403],
  ])('is dropped when it is a fault that %s', async (_, status) => {
    const { id, letGo } = await overtake(`overtaken-${status}`);

    await letGo(status);

    expect(await nameOf(id)).toBe('New');
    expect(await stateOf(world, id)).toMatchObject({ synced: 3, error: null, isDead: false });
    const runs = await runsOf(world, { remoteId: id });
    expect(runs.map((it: { outcome: string }) => it.outcome)).toEqual(['CHANGED', 'CHANGED']);
  });
});

describe('a person whom a process has in hand', () => {
  it('stays in its hand while the service takes its time', async () => {
    const id = newPerson(world, 'slow-one');
    const hold = gate.hold(pathOf(id));
    await tell(world, idp, [id]);
    await hold.caught;
    const leasedUntil = async () =>
      (await world.sql('select leased_until as at from sync_states where remote_id = $1', [id]))[0]
        .at;
    const before = await leasedUntil();

    await until(async () => (await leasedUntil()) > before);

    await hint(world, idp);
    expect(callsOf(id)).toBe(1);
    hold.letGo();
    await settled(world, idp);
    expect(callsOf(id)).toBe(1);
    expect(await nameOf(id)).toBe(id);
  });

  it('is taken up by another when that process died', async () => {
    const id = newPerson(world, 'orphan');
    const hold = gate.hold(pathOf(id));
    await tell(world, idp, [id]);
    await hold.caught;
    await expireLease(id);

    await hint(world, idp);
    await settled(world, idp);

    expect(callsOf(id)).toBe(2);
    expect(await nameOf(id)).toBe(id);
    hold.letGo();
  });
});
