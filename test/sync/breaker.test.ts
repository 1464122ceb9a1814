import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { syncDue } from '../../src/sync/worker.ts';
import { startWorld, type World } from '../helpers/world.ts';
import {
  type Gate,
  hurry,
  idpAt,
  newPerson,
  pathOf,
  runsOf,
  serviceOf,
  settled,
  startGate,
  stateOf,
  tell,
  until,
  usernames,
} from './kit.ts';

let world: World;
let gate: Gate;
beforeAll(async () => {
  gate = await startGate();
  world = await startWorld({
    sample: { population: 5_000 },
    idps: (sample) => {
      gate.target = sample.url;
      const keys = ['seconds', 'date', 'crossed', 'dead', 'well', 'mixed'];
      return {
        ...Object.fromEntries(keys.map((key) => [key, idpAt(sample.url)])),
        hanging: idpAt(sample.url, { timeout_ms: 10_000 }),
        measured: idpAt(gate.url, { rate: 20 }),
      };
    },
  });
});
afterAll(async () => {
  await world.stop();
  await gate.stop();
});

const workOff = (idp: string) => syncDue(world.app.begin(Actor.system), [{ idp }]);

const inSeconds = (date: string) => (Date.parse(date) - Date.now()) / 1000;

interface Totals {
  attempts: number;
  tried: number;
  dirty: number;
  leased: number;
  dead: number;
}

async function totals(idp: string): Promise<Totals> {
  const rows = await world.sql<Totals>(
    `select coalesce(sum(attempts), 0)::int as attempts, count(*) filter (where attempts > 0)::int as tried,
       count(*) filter (where requested > synced)::int as dirty,
       count(*) filter (where leased_until is not null)::int as leased, count(dead_at)::int as dead
     from sync_states where idp = $1`,
    [idp],
  );
  return rows[0] as Totals;
}

/** The calls that were made about generated people, whose names have that beginning. */
const callsOf = (ids: string[]) =>
  ids.reduce((sum, id) => sum + world.sample.calls.count(pathOf(id)), 0);

/** Waits until a service's breaker is open and nobody is at work on it, then keeps it open. */
async function freeze(idp: string) {
  const service = await until(async () => {
    const service = await serviceOf(world, idp);
    return service.openUntil && (await totals(idp)).leased === 0 && service;
  });
  await world.sql(
    `update remote_services set open_until = now() + interval '1 hour' where idp = $1`,
    [idp],
  );
  return service;
}

describe('Retry-After', () => {
  it.each([
    ['seconds', () => 120],
    ['date', () => new Date(Date.now() + 120_000).toUTCString()],
  ])('in %s is obeyed for the person, and leaves the service alone', async (idp, retryAfter) => {
    const [first, second] = [newPerson(world, `first-${idp}`), newPerson(world, `second-${idp}`)];
    world.sample.switches.set(pathOf(first), { mode: 'limited', retryAfter: retryAfter() });

    await tell(world, idp, [first]);
    const paused = await until(async () => {
      const service = await serviceOf(world, idp);
      return service.openUntil && service;
    });
    const waiting = await until(async () => {
      const state = await stateOf(world, first);
      return state.error !== null && state;
    });
    await tell(world, idp, [second]);
    await workOff(idp);

    expect(inSeconds(paused.openUntil)).toBeGreaterThan(60);
    expect(inSeconds(paused.openUntil)).toBeLessThanOrEqual(120);
    expect(paused).toMatchObject({ failures: 0, lastError: expect.stringMatching(/answered 429/) });
    expect(waiting.dueIn).toBeGreaterThan(60);
    expect(world.sample.calls.count(pathOf(first))).toBe(1);
    expect(world.sample.calls.count(pathOf(second))).toBe(0);
    expect(await stateOf(world, second)).toMatchObject({ attempts: 0, synced: 0, isDead: false });

    world.sample.switches.clear(pathOf(first));
    await hurry(world, idp);
    await settled(world, idp);
    expect(await serviceOf(world, idp)).toMatchObject({ dirty: 0, dead: 0, openUntil: null });
    expect(world.sample.calls.count(pathOf(second))).toBe(1);
  });

  it('is obeyed though a call that was under way fails meanwhile without one', async () => {
    const [slow, limited] = [newPerson(world, 'slow-to-fail'), newPerson(world, 'limited')];
    world.sample.switches.set(pathOf(slow), { mode: 'failing', status: 500, delayMs: 1_500 });
    world.sample.switches.set(pathOf(limited), { mode: 'limited', retryAfter: 120 });
    await tell(world, 'crossed', [slow]);
    await until(() => world.sample.calls.count(pathOf(slow)) === 1);

    await tell(world, 'crossed', [limited]);
    const paused = await until(async () => {
      const service = await serviceOf(world, 'crossed');
      return service.openUntil && service;
    });
    await until(async () => (await stateOf(world, slow)).error);

    expect(paused.failures).toBe(0);
    const { failures, openUntil } = await serviceOf(world, 'crossed');
    expect(failures).toBe(1);
    expect(openUntil).toBe(paused.openUntil);
    expect(world.sample.calls.count(pathOf(slow))).toBe(1);
  });
});

describe('the breaker of a service', () => {
  it('that fails opens after a few calls, and costs those it spares no attempt', async () => {
    const ids = usernames(500);
    world.sample.switches.set(pathOf('u000*'), { mode: 'failing' });

    await tell(world, 'dead', ids);
    const service = await freeze('dead');

    const calls = callsOf(ids);
    expect(service).toMatchObject({ dirty: 500, dead: 0 });
    expect(service.failures).toBeGreaterThanOrEqual(5);
    expect(service.lastError).toMatch(/answered 503/);
    expect(inSeconds(service.openUntil)).toBeLessThanOrEqual(10);
    expect(calls).toBeGreaterThanOrEqual(5);
    expect(calls).toBeLessThanOrEqual(100);
    expect(await totals('dead')).toEqual({
      attempts: calls,
      tried: calls,
      dirty: 500,
      leased: 0,
      dead: 0,
    });
    expect(await runsOf(world, { idp: 'dead', outcomes: ['FAILED', 'QUEUED', 'RUNNING'] })).toEqual(
      [],
    );
  });

  it('lets one call through when it is time, and stays open if that fails', async () => {
    const ids = usernames(500);
    const before = { calls: callsOf(ids), ...(await serviceOf(world, 'dead')) };

    await world.sql(`update sync_states set due_at = now() where idp = 'dead'`);
    await world.sql(`update remote_services set open_until = now() where idp = 'dead'`);
    await workOff('dead');
    await until(async () => (await serviceOf(world, 'dead')).failures > before.failures);

    const after = await freeze('dead');
    expect(callsOf(ids)).toBe(before.calls + 1);
    expect(after.failures).toBe(before.failures + 1);
    expect(inSeconds(after.openUntil)).toBeGreaterThan(0);
    // Whether the service is back is not the attempt of whoever it was asked about.
    expect(await totals('dead')).toMatchObject({ attempts: before.calls, dirty: 500 });
  });

  it('closes when the service is back, and everybody is looked at', async () => {
    world.sample.switches.clear(pathOf('u000*'));

    await hurry(world, 'dead');
    await settled(world, 'dead');

    expect(await serviceOf(world, 'dead')).toMatchObject({
      failures: 0,
      openUntil: null,
      dirty: 0,
      dead: 0,
    });
    expect(
      await world.sql(
        `select outcome, count(*)::int from sync_runs where idp = 'dead' group by outcome`,
      ),
    ).toEqual([{ outcome: 'CHANGED', count: 500 }]);
    expect(await totals('dead')).toMatchObject({ attempts: 0 });
  });

  it('stays closed while some are answered', async () => {
    const ids = usernames(80, 4_001);
    const [bad, good] = [0, 1].map((odd) => ids.filter((_, n) => n % 2 === odd)) as [
      string[],
      string[],
    ];
    for (const id of bad) world.sample.switches.set(pathOf(id), { mode: 'failing' });

    await tell(world, 'mixed', ids);
    await until(async () => {
      const { tried, leased, dirty } = await totals('mixed');
      return tried === dirty && leased === 0 && dirty <= 40;
    });

    expect(callsOf(good)).toBe(40);
    expect(await totals('mixed')).toMatchObject({ dirty: 40, tried: 40, dead: 0 });
    expect(await serviceOf(world, 'mixed')).toMatchObject({ openUntil: null });
    for (const id of bad) world.sample.switches.clear(pathOf(id));
  });
});

describe('a service that hangs', () => {
  it('does not delay the people of another', async () => {
    const ids = usernames(400, 1_001);
    world.sample.switches.set(pathOf('u001*'), { mode: 'slow', delayMs: 60_000 });
    // The service's lanes are four, and busy from the fourth of these messages on.
    for (let n = 0; n < 400; n += 20) {
      await tell(world, 'hanging', ids.slice(n, n + 20));
      await until(() => callsOf(ids) >= Math.min(n + 20, 80));
    }
    const others = ['well-1', 'well-2', 'well-3'].map((id) => newPerson(world, id));

    await tell(world, 'well', others);
    await settled(world, 'well');

    // Not one of its calls had come to its end.
    expect(await serviceOf(world, 'hanging')).toMatchObject({ dirty: 400, lastError: null });
    expect(await serviceOf(world, 'well')).toMatchObject({ failures: 0, dirty: 0, dead: 0 });
    world.sample.switches.clear(pathOf('u001*'));
  });
});

describe('the rate of a service', () => {
  it('is kept, however many wait', async () => {
    const ids = usernames(30, 2_001);

    await tell(world, 'measured', ids);
    await settled(world, 'measured');

    const times = gate.calls.map((it) => it.at);
    expect(times).toHaveLength(30);
    const last = Math.max(...times) - Math.min(...times);
    expect(last).toBeGreaterThanOrEqual(1_000);
  });
});
