import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import {
  hint,
  hurry,
  idpAt,
  newPerson,
  pathOf,
  runsOf,
  serviceOf,
  settled,
  stateOf,
  tell,
  until,
  usernames,
} from './kit.ts';

/** Faults that pass, each with a service of its own: what a service did counts against it. */
const passing = [
  ['late', { mode: 'slow', delayMs: 30_000 }, /gave no full answer within 300 ms/],
  ['broken500', { mode: 'failing', status: 500 }, /answered 500/],
  ['broken502', { mode: 'failing', status: 502 }, /answered 502/],
  ['broken503', { mode: 'failing', status: 503 }, /answered 503/],
  ['broken504', { mode: 'failing', status: 504 }, /answered 504/],
  ['dropped', { mode: 'dropped' }, /did not answer/],
  ['limited', { mode: 'limited', retryAfter: 0 }, /answered 429/],
  ['html', { mode: 'garbage', garbage: 'html' }, /is not JSON/],
  ['half', { mode: 'garbage', garbage: 'half' }, /is not JSON/],
] as const;

let world: World;
beforeAll(async () => {
  world = await startWorld({
    sample: { population: 1_000 },
    idps: (sample) => ({
      ...Object.fromEntries(
        passing.map(([idp]) => [
          idp,
          idpAt(sample.url, { timeout_ms: idp === 'late' ? 300 : 5_000 }),
        ]),
      ),
      steady: idpAt(sample.url),
      other: idpAt(sample.url),
      tired: idpAt(sample.url),
      exhausted: idpAt(sample.url),
      revived: idpAt(sample.url),
      deadly: idpAt(sample.url),
    }),
  });
});
afterAll(() => world.stop());

const statesQuery = `query ($idp: String, $remoteId: String, $condition: SyncCondition) {
  syncStates(idp: $idp, remoteId: $remoteId, condition: $condition) {
    nodes { id idp kind remoteId condition attempts error nextAttemptAt runs { nodes { outcome } } }
  }
}`;

async function statesOf(filter: { idp?: string; remoteId?: string; condition?: string }) {
  const { data } = await world.ask(world.admin, statesQuery, filter);
  return data.syncStates.nodes;
}

const redriveQuery = `mutation ($idp: String!, $stateIds: [ID!]) {
  redriveSync(input: { idp: $idp, stateIds: $stateIds }) {
    revivedCount userErrors { code message path }
  }
}`;

const redrive = (
  input: { idp: string; stateIds?: string[] },
  token: string | undefined = world.admin,
) => world.ask(token, redriveQuery, input);

/** Somebody about whom the service gave an answer of which nothing comes by itself. */
async function makeDead(username: string, idp = 'steady', status = 403): Promise<string> {
  const id = newPerson(world, username);
  world.sample.switches.set(pathOf(id), { mode: 'failing', status });
  await tell(world, idp, [id]);
  await until(async () => (await stateOf(world, id)).isDead);
  return id;
}

const usernamesHere = (ids: string[]) =>
  world.sql('select username from users where username = any($1) order by 1', [ids]);

describe('a fault that may pass', () => {
  it.each(passing)(
    '(%s) has the run wait for another try, and then done',
    async (idp, trouble, error) => {
      const id = newPerson(world, `victim-of-${idp}`);
      world.sample.switches.set(pathOf(id), trouble);

      await tell(world, idp, [id]);
      const [waiting] = await until(async () => {
        const runs = await runsOf(world, { remoteId: id, outcomes: ['RETRYING'] });
        return runs.length > 0 && runs;
      });
      const [state] = await statesOf({ remoteId: id });
      world.sample.switches.clear(pathOf(id));
      await hurry(world, idp);
      await settled(world, idp);

      expect(waiting).toMatchObject({ trigger: 'WEBHOOK', finishedAt: null, changes: [] });
      expect(waiting.error).toMatch(error);
      expect(waiting.attempt).toBeGreaterThan(0);
      expect(state).toMatchObject({ condition: 'DIRTY', error: waiting.error });
      expect(state.attempts).toBeGreaterThanOrEqual(waiting.attempt);
      expect(state.nextAttemptAt).not.toBeNull();
      const [run, ...others] = await runsOf(world, { remoteId: id });
      expect(run).toMatchObject({ id: waiting.id, outcome: 'CHANGED', error: null });
      expect(run.attempt).toBeGreaterThan(waiting.attempt);
      expect(others).toEqual([]);
      expect(await usernamesHere([id])).toEqual([{ username: id }]);
      expect(await stateOf(world, id)).toMatchObject({ attempts: 0, error: null });
    },
  );

  it('is met with longer and longer pauses, each by its own chance, of 5 minutes at most', async () => {
    const ids = usernames(60);
    world.sample.switches.set(pathOf('u0000*'), { mode: 'failing' });
    await world.sql(
      `insert into sync_states (id, idp, kind, remote_id, trigger, attempts, due_at)
       select gen_random_uuid(), 'tired', 'USER', id, 'WEBHOOK', 12, now() from unnest($1::text[]) as id`,
      [ids],
    );

    await hint(world, 'tired');
    const tried = await until(async () => {
      const rows = await world.sql<{ dueIn: number; count: number }>(
        `select extract(epoch from due_at - fetched_at)::float8 as "dueIn" from sync_states
         where idp = 'tired' and attempts = 13 and leased_until is null
           and (select open_until > now() from remote_services where idp = 'tired')`,
      );
      return rows.length >= 5 && rows.map((it) => it.dueIn);
    });

    expect(new Set(tried).size).toBe(tried.length);
    expect(Math.max(...tried)).toBeGreaterThan(16);
    expect(Math.max(...tried)).toBeLessThan(330);
    world.sample.switches.clear(pathOf('u0000*'));
  });

  it('is not waited out by whoever asks for the person by hand, who sees how it stands', async () => {
    const id = newPerson(world, 'asked-by-hand');
    world.sample.switches.set(pathOf(id), { mode: 'failing' });
    const query = `mutation ($id: String!) {
      syncRemoteUser(input: { user: { remote: { idp: "other", subject: $id } }, waitMs: 1 }) {
        run { id outcome } user { id } userErrors { code }
      }
    }`;

    const { data } = await world.ask(world.admin, query, { id });
    const waiting = await until(async () => {
      const [run] = await runsOf(world, { remoteId: id, outcomes: ['RETRYING'] });
      return run;
    });

    expect(['QUEUED', 'RUNNING', 'RETRYING']).toContain(data.syncRemoteUser.run.outcome);
    expect(data.syncRemoteUser).toMatchObject({ user: null, userErrors: [] });
    expect(waiting).toMatchObject({ id: data.syncRemoteUser.run.id, trigger: 'REQUEST' });
    world.sample.switches.clear(pathOf(id));
    await hurry(world, 'other');
    await settled(world, 'other');
  });

  it('that never passes is given up after 25 tries', async () => {
    const id = newPerson(world, 'never-again');
    world.sample.switches.set(pathOf(id), { mode: 'failing' });
    await tell(world, 'exhausted', [id]);
    await until(async () => {
      const { attempts, isLeased } = await stateOf(world, id);
      return attempts > 0 && !isLeased;
    });

    await world.sql('update sync_states set attempts = 23 where remote_id = $1', [id]);
    await hurry(world, 'exhausted');
    const before = await until(async () => {
      const [run] = await runsOf(world, { remoteId: id, outcomes: ['RETRYING'] });
      return run?.attempt === 24 && run;
    });
    await hurry(world, 'exhausted');
    await until(async () => (await stateOf(world, id)).isDead);

    const [run] = await runsOf(world, { remoteId: id });
    expect(run).toMatchObject({ id: before.id, outcome: 'FAILED', attempt: 25 });
    expect(run.error).toMatch(/^Gave up after 25 attempts\. .*answered 503/);
    expect(run.finishedAt).not.toBeNull();
    expect(await statesOf({ idp: 'exhausted', condition: 'DEAD' })).toMatchObject([
      { remoteId: id, error: run.error, nextAttemptAt: null },
    ]);
  });
});

describe('somebody whom no process survives', () => {
  /** They were taken as often as is said, and nobody ever came back. */
  async function taken(id: string, times: number) {
    newPerson(world, id);
    await world.sql(
      `insert into sync_states (id, idp, kind, remote_id, trigger, attempts, leased_until)
       values (gen_random_uuid(), 'deadly', 'USER', $1, 'WEBHOOK', $2, now() - interval '1 second')`,
      [id, times],
    );
    return id;
  }

  it('is given up after 25 tries without being asked for, and whoever came along is looked at', async () => {
    const [deadly, harmless] = [await taken('deadly', 25), await taken('harmless', 0)];

    await hint(world, 'deadly');
    await settled(world, 'deadly');

    expect(await statesOf({ idp: 'deadly', condition: 'DEAD' })).toMatchObject([
      { remoteId: deadly, error: 'The process did not survive them.', nextAttemptAt: null },
    ]);
    expect(await runsOf(world, { remoteId: deadly })).toMatchObject([
      { outcome: 'FAILED', attempt: 26, changes: [] },
    ]);
    expect(await serviceOf(world, 'deadly')).toMatchObject({ dead: 1, failures: 0 });
    expect(world.sample.calls.count(pathOf(deadly))).toBe(0);
    expect(await usernamesHere([deadly, harmless])).toEqual([{ username: harmless }]);
  });

  it('has 25 tries', async () => {
    const id = await taken('nearly', 24);

    await hint(world, 'deadly');
    await settled(world, 'deadly');

    expect(await usernamesHere([id])).toEqual([{ username: id }]);
  });

  it('is tried again when somebody says so', async () => {
    const id = await taken('mended', 25);
    await hint(world, 'deadly');
    await until(async () => (await stateOf(world, id)).isDead);

    await redrive({ idp: 'deadly', stateIds: [(await statesOf({ remoteId: id }))[0].id] });
    await settled(world, 'deadly');

    expect(await usernamesHere([id])).toEqual([{ username: id }]);
  });
});

describe('a fault that will not pass by itself', () => {
  it.each([
    ['401', { mode: 'failing', status: 401 }, /answered 401/],
    ['403', { mode: 'failing', status: 403 }, /answered 403/],
    ['400', { mode: 'failing', status: 400 }, /answered 400/],
    ['endless', { mode: 'garbage', garbage: 'endless' }, /more than 1 MiB/],
  ] as const)('(%s) is a dead letter at once', async (name, trouble, error) => {
    const id = newPerson(world, `dead-of-${name}`);
    world.sample.switches.set(pathOf(id), trouble);

    await tell(world, 'steady', [id]);
    await settled(world, 'steady');

    const [run, ...others] = await runsOf(world, { remoteId: id });
    expect(run).toMatchObject({ outcome: 'FAILED', attempt: 1, changes: [] });
    expect(run.error).toMatch(error);
    expect(run.finishedAt).not.toBeNull();
    expect(others).toEqual([]);
    expect(world.sample.calls.count(pathOf(id))).toBe(1);
    expect(await usernamesHere([id])).toEqual([]);
  });

  it('(the wrong shape) is a dead letter at once', async () => {
    const id = newPerson(world, 'dead-of-shape');
    world.sample.world.people.patch(id, { groups: 'developers' as never });

    await tell(world, 'steady', [id]);
    await settled(world, 'steady');

    const [run] = await runsOf(world, { remoteId: id });
    expect(run).toMatchObject({ outcome: 'FAILED', attempt: 1 });
    expect(run.error).toMatch(/groups is not a list/);
  });

  it('leaves what is here as it is', async () => {
    const id = newPerson(world, 'kept-as-is');
    await tell(world, 'steady', [id]);
    await settled(world, 'steady');
    const before = await world.sql('select * from users where username = $1', [id]);
    world.sample.world.people.patch(id, { name: 'Another', groups: [] });
    world.sample.switches.set(pathOf(id), { mode: 'failing', status: 401 });

    await tell(world, 'steady', [id]);
    await until(async () => (await stateOf(world, id)).isDead);

    expect(await world.sql('select * from users where username = $1', [id])).toEqual(before);
    expect(await stateOf(world, id)).toMatchObject({ requested: 2, synced: 1 });
  });

  it('is told by the service, the states and the runs', async () => {
    const id = await makeDead('seen-dead', 'other');

    const dead = await statesOf({ idp: 'other', condition: 'DEAD' });
    const failed = await runsOf(world, { idp: 'other', outcomes: ['FAILED'] });

    expect(dead).toMatchObject([
      {
        idp: 'other',
        kind: 'USER',
        remoteId: id,
        condition: 'DEAD',
        attempts: 1,
        nextAttemptAt: null,
        runs: { nodes: [{ outcome: 'FAILED' }] },
      },
    ]);
    expect(dead[0].error).toMatch(/answered 403/);
    expect(failed).toMatchObject([{ remoteId: id, error: dead[0].error }]);
    expect(await statesOf({ idp: 'other', condition: 'DIRTY' })).toEqual([]);
    expect(await serviceOf(world, 'other')).toMatchObject({ dead: 1, dirty: 0, openUntil: null });
  });

  it('is not shown to somebody who may not sync', async () => {
    const { token } = await world.makeUser();

    const { data, errors } = await world.ask(token, statesQuery, { condition: 'DEAD' });

    expect(data).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  it('is not tried again with the others that are due', async () => {
    const dead = await makeDead('left-alone');
    const alive = newPerson(world, 'looked-at');
    await world.sql('update sync_states set due_at = now() where remote_id = $1', [dead]);

    await tell(world, 'steady', [alive]);
    await settled(world, 'steady');

    expect(await usernamesHere([alive])).toHaveLength(1);
    expect(world.sample.calls.count(pathOf(dead))).toBe(1);
  });

  it('is tried again when a webhook says that something changed', async () => {
    const id = await makeDead('revived-by-webhook');
    world.sample.switches.clear(pathOf(id));

    await tell(world, 'steady', [id]);
    await settled(world, 'steady');

    const [run] = await runsOf(world, { remoteId: id });
    expect(run).toMatchObject({ outcome: 'CHANGED', attempt: 1, trigger: 'WEBHOOK' });
    expect(await stateOf(world, id)).toMatchObject({ isDead: false, requested: 2, synced: 2 });
    expect(await statesOf({ remoteId: id, condition: 'DEAD' })).toEqual([]);
  });
});

describe('redriveSync', () => {
  it('tries the dead letters again that it names, and no others', async () => {
    const [named, other] = [await makeDead('redriven-1'), await makeDead('redriven-2')];
    const [{ id: stateId }] = await statesOf({ remoteId: named });
    world.sample.switches.clear(pathOf(named));

    const { data } = await redrive({ idp: 'steady', stateIds: [stateId] });
    await settled(world, 'steady');

    expect(data.redriveSync).toEqual({ revivedCount: 1, userErrors: [] });
    const [run] = await runsOf(world, { remoteId: named });
    expect(run).toMatchObject({ outcome: 'CHANGED', attempt: 1, trigger: 'REDRIVE' });
    expect(await stateOf(world, other)).toMatchObject({ isDead: true });
    expect(world.sample.calls.count(pathOf(other))).toBe(1);
  });

  it('tries all of a service again, and none of another', async () => {
    const mine = [await makeDead('redriven-3', 'revived'), await makeDead('redriven-4', 'revived')];
    const theirs = await makeDead('redriven-5');
    world.sample.switches.clear();

    const { data } = await redrive({ idp: 'revived' });
    await settled(world, 'revived');

    expect(data.redriveSync).toEqual({ revivedCount: 2, userErrors: [] });
    expect(await usernamesHere(mine)).toHaveLength(2);
    expect(await stateOf(world, theirs)).toMatchObject({ isDead: true });
  });

  it('makes what still fails a dead letter again', async () => {
    const id = await makeDead('dead-for-good');

    await redrive({ idp: 'steady', stateIds: [(await statesOf({ remoteId: id }))[0].id] });
    await until(() => world.sample.calls.count(pathOf(id)) === 2);
    await until(async () => (await stateOf(world, id)).isDead);

    const runs = await runsOf(world, { remoteId: id });
    expect(runs).toMatchObject([
      { outcome: 'FAILED', trigger: 'REDRIVE', attempt: 1 },
      { outcome: 'FAILED', trigger: 'WEBHOOK', attempt: 1 },
    ]);
  });

  it('revives nothing that is alive, of another service or not there at all', async () => {
    const alive = newPerson(world, 'alive');
    await tell(world, 'steady', [alive]);
    await settled(world, 'steady');
    const dead = await makeDead('of-steady');
    const ids = [
      (await statesOf({ remoteId: alive }))[0].id,
      (await statesOf({ remoteId: dead }))[0].id,
      'syn_nothing',
    ];

    const { data } = await redrive({ idp: 'other', stateIds: ids });
    const { data: own } = await redrive({ idp: 'steady', stateIds: [ids[0], 'nonsense'] });

    expect(data.redriveSync).toEqual({ revivedCount: 0, userErrors: [] });
    expect(own.redriveSync).toEqual({ revivedCount: 0, userErrors: [] });
    expect(await stateOf(world, dead)).toMatchObject({ isDead: true });
  });

  it.each([
    [{ idp: 'nowhere' }, 'NOT_FOUND', ['input', 'idp']],
    [{ idp: 'steady', stateIds: [] }, 'INVALID', ['input', 'stateIds']],
    [{ idp: 'steady', stateIds: Array(101).fill('syn_1') }, 'INVALID', ['input', 'stateIds']],
  ])('names what is wrong with its input (case %#)', async (input, code, path) => {
    const { data } = await redrive(input);

    expect(data.redriveSync).toMatchObject({ revivedCount: null, userErrors: [{ code, path }] });
  });

  it('refuses somebody who may not sync', async () => {
    const id = await makeDead('not-for-all');
    const { token } = await world.makeUser();

    const { errors } = await redrive({ idp: 'steady' }, token);

    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(await stateOf(world, id)).toMatchObject({ isDead: true });
  });

  it('asks a stranger to sign in', async () => {
    const { errors } = await world.ask(undefined, redriveQuery, { idp: 'steady' });

    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});
