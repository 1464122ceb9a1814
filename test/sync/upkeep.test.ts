import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { claim } from '../../src/sync/claims.ts';
import { startWorld, type World } from '../helpers/world.ts';
import {
  idpAt,
  newPerson,
  pathOf,
  runsOf,
  settled,
  stateOf,
  tell,
  until,
  usernames,
} from './kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    sample: { population: 1_000 },
    idps: (sample) => ({
      aged: idpAt(sample.url, { refreshAfterHours: 10 }),
      young: idpAt(sample.url),
      every: idpAt(sample.url),
      lost: idpAt(sample.url),
      strangers: idpAt(sample.url),
      nightly: idpAt(sample.url),
      slow: idpAt(sample.url, { rate: 30, groups: undefined }),
      kept: idpAt(sample.url),
    }),
  });
});
afterAll(() => world.stop());

const jobsOf = (name: string) =>
  world.sql<{ state: string }>('select state from pgboss.job where name = $1', [name]);

/** Waits until every job of a kind has been done. */
const done = (name: string) =>
  until(async () => {
    const jobs = await jobsOf(name);
    return jobs.length > 0 && jobs.every((it) => it.state === 'completed');
  });

const reconcileQuery = `mutation ($idp: String!, $everyone: Boolean! = false) {
  reconcile(input: { idp: $idp, everyone: $everyone }) { idp userErrors { code path } }
}`;

async function reconcile(input: { idp: string; everyone?: boolean }) {
  const { data } = await world.ask(world.admin, reconcileQuery, input);
  expect(data.reconcile).toEqual({ idp: input.idp, userErrors: [] });
  await done('sync-reconcile');
}

/** People who are here already, and were looked at so many hours ago. */
async function known(idp: string, people: Record<string, number>): Promise<void> {
  const ids = Object.keys(people).map((id) => newPerson(world, id));
  await tell(world, idp, ids);
  await settled(world, idp);
  for (const [id, hours] of Object.entries(people)) {
    await world.sql(
      'update sync_states set synced_at = now() - make_interval(hours => $2) where remote_id = $1',
      [id, hours],
    );
  }
}

const nameOf = async (id: string) =>
  (await world.sql('select full_name as name from users where username = $1', [id]))[0]?.name;

const rename = (id: string, name: string) => world.sample.world.people.patch(id, { name });

describe('a reconciliation', () => {
  it('looks again at those who were not looked at for long, and makes up for a lost webhook', async () => {
    await known('aged', { 'long-ago': 11, 'not-long-ago': 9 });
    rename('long-ago', 'Changed in silence');
    rename('not-long-ago', 'Changed as well');

    await reconcile({ idp: 'aged' });
    await settled(world, 'aged');

    expect(await nameOf('long-ago')).toBe('Changed in silence');
    expect(await nameOf('not-long-ago')).toBe('not-long-ago');
    expect(await stateOf(world, 'not-long-ago')).toMatchObject({ requested: 1, synced: 1 });
    const [run] = await runsOf(world, { remoteId: 'long-ago' });
    expect(run).toMatchObject({ outcome: 'CHANGED', trigger: 'RECONCILIATION' });
  });

  it('looks again after 20 hours where nothing else is configured', async () => {
    await known('young', { 'after-21': 21, 'after-19': 19 });

    await reconcile({ idp: 'young' });
    await settled(world, 'young');

    expect(await stateOf(world, 'after-21')).toMatchObject({ requested: 2, synced: 2 });
    expect(await stateOf(world, 'after-19')).toMatchObject({ requested: 1 });
  });

  it('of everyone looks at everyone, groups too, and at no other service', async () => {
    await known('every', { 'of-every': 0 });
    await known('kept', { 'of-kept': 0 });
    const groups = await world.sql<{ id: string }>(
      `select remote_id as id from groups where idp = 'every'`,
    );

    await reconcile({ idp: 'every', everyone: true });
    await settled(world, 'every');

    expect(await stateOf(world, 'of-every')).toMatchObject({ requested: 2, synced: 2 });
    expect(await stateOf(world, 'of-kept')).toMatchObject({ requested: 1 });
    expect(groups.length).toBeGreaterThan(0);
    const looked = await world.sql(
      `select remote_id as id from sync_states where idp = 'every' and kind = 'GROUP' and synced = 1`,
    );
    expect(looked.map((it) => it.id).sort()).toEqual(groups.map((it) => it.id).sort());
  });

  it('asks nobody twice who waits to be looked at already, and tries dead letters once more', async () => {
    await known('lost', { waiting: 30, dead: 30 });
    await world.sql(
      `update sync_states set requested = 2, due_at = now() + interval '1 hour',
         dead_at = case when remote_id = 'dead' then now() end
       where remote_id in ('waiting', 'dead')`,
    );

    await reconcile({ idp: 'lost', everyone: true });

    expect(await stateOf(world, 'waiting')).toMatchObject({ requested: 2, synced: 1 });
    expect(await stateOf(world, 'dead')).toMatchObject({ requested: 3, isDead: false });
  });

  it('finds people of whom nobody ever asked', async () => {
    const id = newPerson(world, 'never-asked-for');
    const { id: userId } = await world.makeUser();
    await world.sql(
      `insert into identities (id, user_id, idp, subject) values (gen_random_uuid(), $1, 'strangers', $2)`,
      [userId, id],
    );

    await reconcile({ idp: 'strangers' });
    await settled(world, 'strangers');

    expect(await stateOf(world, id)).toMatchObject({ requested: 1, synced: 1 });
    expect(await nameOf(id)).toBe(id);
  });

  it('by the clock is one of every service', async () => {
    await known('nightly', { 'of-nightly': 21 });
    await known('aged', { 'of-aged': 11 });

    await world.app.queue.send('sync-reconcile', {});
    await until(async () => (await stateOf(world, 'of-nightly')).synced === 2);
    await until(async () => (await stateOf(world, 'of-aged')).synced === 2);

    expect(await stateOf(world, 'of-aged')).toMatchObject({ trigger: 'RECONCILIATION' });
  });

  it('lets a webhook go first, even about somebody who waits in it', async () => {
    const ids = usernames(300);
    const last = ids.at(-1) as string;
    await world.sql(
      `with made as (
         insert into users (id, username) select gen_random_uuid(), id from unnest($1::text[]) as id
         returning id, username
       ) insert into identities (id, user_id, idp, subject)
       select gen_random_uuid(), id, 'slow', username from made`,
      [ids],
    );
    await reconcile({ idp: 'slow' });
    await until(() => world.sample.calls.count(pathOf(ids[0] as string)) > 0);

    await tell(world, 'slow', [last]);
    await until(async () => (await stateOf(world, last)).synced > 0);

    const [{ waiting }] = (await world.sql<{ waiting: number }>(
      `select count(*)::int as waiting from sync_states where idp = 'slow' and requested > synced`,
    )) as [{ waiting: number }];
    expect(waiting).toBeGreaterThan(50);
    expect((await runsOf(world, { remoteId: last }))[0]).toMatchObject({ trigger: 'WEBHOOK' });
  });

  it.each([{ idp: 'nowhere' }, { idp: '' }])(
    'refuses a service that there is not',
    async (input) => {
      const { data } = await world.ask(world.admin, reconcileQuery, input);

      expect(data.reconcile).toEqual({
        idp: null,
        userErrors: [{ code: 'NOT_FOUND', path: ['input', 'idp'] }],
      });
    },
  );

  it('is not for everybody to ask for', async () => {
    const before = await jobsOf('sync-reconcile');
    const { token } = await world.makeUser();

    const { errors } = await world.ask(token, reconcileQuery, { idp: 'every' });
    const { errors: unknown } = await world.ask(undefined, reconcileQuery, { idp: 'every' });

    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(unknown).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(await jobsOf('sync-reconcile')).toHaveLength(before.length);
  });
});

describe('retention', () => {
  it('takes the values out of old runs and keeps what changed, when and why', async () => {
    await known('kept', { 'old-run': 0, 'newer-run': 0 });
    await world.sql(
      `update sync_runs set finished_at = now() - make_interval(days => case remote_id when 'old-run' then 91 else 89 end)
       where remote_id in ('old-run', 'newer-run')`,
    );
    const [newer] = await runsOf(world, { remoteId: 'newer-run' });
    const [old] = await runsOf(world, { remoteId: 'old-run' });

    await world.app.queue.send('sync-retain', {});
    await done('sync-retain');

    const [redacted] = await runsOf(world, { remoteId: 'old-run' });
    expect(redacted).toMatchObject({ id: old.id, outcome: 'CHANGED', trigger: 'WEBHOOK' });
    expect(redacted.changes).toEqual(
      old.changes.map((it: object) => ({ ...it, before: null, after: null, redacted: true })),
    );
    const [row] = await world.sql(`select * from sync_runs where remote_id = 'old-run'`);
    expect(JSON.stringify({ ...row, remote_id: '' })).not.toMatch(/old-run/);
    expect(await runsOf(world, { remoteId: 'newer-run' })).toEqual([newer]);
  });

  it('removes old looks that changed nothing, and no others', async () => {
    const outcomes = ['UNCHANGED', 'COALESCED', 'CHANGED', 'FAILED', 'REJECTED'];
    await world.sql(
      `insert into sync_runs (id, idp, kind, remote_id, requested, trigger, outcome, finished_at)
       select gen_random_uuid(), 'kept', 'USER', outcome || '-' || days, 1, 'WEBHOOK', outcome,
         now() - make_interval(days => days)
       from unnest($1::text[]) as outcome, unnest(array[6, 8]) as days`,
      [outcomes],
    );

    await world.app.queue.send('sync-retain', {});
    await done('sync-retain');

    const left = await world.sql<{ id: string }>(
      `select remote_id as id from sync_runs where idp = 'kept' and requested = 1
         and remote_id similar to '[A-Z]+-[68]' order by 1`,
    );
    expect(left.map((it) => it.id)).toEqual([
      'CHANGED-6',
      'CHANGED-8',
      'COALESCED-6',
      'FAILED-6',
      'FAILED-8',
      'REJECTED-6',
      'REJECTED-8',
      'UNCHANGED-6',
    ]);
  });

  it('removes the bodies of old messages and keeps what became of them', async () => {
    const [old, newer] = [newPerson(world, 'old-body'), newPerson(world, 'newer-body')];
    await tell(world, 'kept', [old]);
    await tell(world, 'kept', [newer]);
    await world.sql(
      `update webhook_deliveries set received_at = now() -
         make_interval(days => case when body like '%old-body%' then 91 else 89 end)
       where body like '%-body%'`,
    );

    await world.app.queue.send('sync-retain', {});
    await done('sync-retain');

    const { data } = await world.ask(
      world.admin,
      '{ webhookDeliveries(first: 100) { nodes { body events { id outcome } } } }',
    );
    const bodyOf = (id: string) =>
      data.webhookDeliveries.nodes.find(
        ({ events }: { events: { id: string }[] }) => events[0]?.id === id,
      );
    expect(bodyOf(old)).toEqual({ body: null, events: [{ id: old, outcome: 'ACCEPTED' }] });
    expect(bodyOf(newer).body).toContain(newer);
    await settled(world, 'kept');
  });
});

describe('a lost hint', () => {
  it('is found by the sweeper, whatever became of the jobs', async () => {
    const idle = await startWorld({ isWorking: false });
    const id = newPerson(idle, 'without-a-hint');
    await tell(idle, 'knowledgeCommons', [id]);
    await idle.sql('delete from pgboss.job');

    await idle.app.work();
    await idle.settled();

    expect(await stateOf(idle, id)).toMatchObject({ requested: 1, synced: 1 });
    expect(idle.sample.calls.count(pathOf(id))).toBe(1);
    await idle.stop();
  });

  it('of a worker that died is found when its lease is over, and not before', async () => {
    const idle = await startWorld({ isWorking: false });
    const id = newPerson(idle, 'in-dead-hands');
    await tell(idle, 'knowledgeCommons', [id]);
    const ctx = idle.app.begin(Actor.system);
    const idp = ctx.config.idps.get('knowledgeCommons');
    if (!idp) throw new Error('There is no such idp');

    const taken = await claim(ctx, idp);
    const again = await claim(ctx, idp);
    await idle.sql(`update sync_states set leased_until = now() - interval '1 second'`);
    await idle.sql('delete from pgboss.job');
    await idle.app.work();
    await idle.settled();

    expect(taken).toMatchObject([{ remoteId: id, attempts: 1 }]);
    expect(again).toEqual([]);
    const [run] = await runsOf(idle, { remoteId: id });
    expect(run).toMatchObject({ outcome: 'CHANGED', attempt: 2 });
    await idle.stop();
  });
});
