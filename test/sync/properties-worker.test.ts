import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { transact } from '../../src/context.ts';
import { sampleGroups, samplePeople } from '../../src/sample/world.ts';
import type { Claim } from '../../src/sync/claims.ts';
import { lockFresh } from '../../src/sync/ledger.ts';
import { request } from '../../src/sync/service.ts';
import { syncDue } from '../../src/sync/worker.ts';
import { startWorld, type World, webhookToken } from '../helpers/world.ts';
import { dump } from './stage.ts';

/*
 * Laws of the worker: whatever the order and the number of looks, and whoever else fails, the end is
 * what the service said last.
 */

const patience = 120_000;
/** Leaves time to say with which seed it failed. */
const inTime = { interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true };
const groupIds = [1, 2, 3, 4];

/** What the remote service says of somebody; and how long it takes to look, and then to answer. */
interface Said {
  name: string;
  groups: number[];
  lookMs?: number;
  answerMs?: number;
  isAway?: boolean;
}

/** A service whose answers are as old as they are slow: they tell what was so when it looked. */
const said = new Map<string, Said>();
const remote = createServer(async (request, response) => {
  const subject = request.url?.split('/').at(-1) ?? '';
  const { lookMs = 0, answerMs = 0 } = said.get(subject) ?? {};
  if (lookMs) await sleep(lookMs);
  const seen = said.get(subject);
  if (answerMs) await sleep(answerMs);
  response.writeHead(seen?.isAway ? 503 : seen ? 200 : 404, { 'content-type': 'application/json' });
  const groups = seen?.groups.map((id) => ({ id, role: 'member', name: `Group ${id}` }));
  response.end(JSON.stringify(seen ? { username: subject, name: seen.name, groups } : {}));
});

let world: World;
beforeAll(async () => {
  await new Promise<void>((done) => remote.listen(0, '127.0.0.1', done));
  const { port } = remote.address() as AddressInfo;
  const service = (more: object) => ({
    users: { remote_endpoint: `http://127.0.0.1:${port}/{placeholder}` },
    provision: true,
    rate: 10_000,
    webhook: { token_env_variable_label: 'WEBHOOK_TOKEN' },
    ...more,
  });
  world = await startWorld({
    isWorking: false,
    idps: () => ({
      moody: service({ removalBrake: false }),
      careful: service({ removalBrake: { allOfAUser: true, share: 0.2, from: 1 } }),
    }),
  });
});
afterAll(async () => {
  await world.stop();
  remote.closeAllConnections();
  remote.close();
});

const system = () => world.app.begin(Actor.system);
const dumped = () => transact(system(), dump);

/** As if nobody had ever been synced. */
async function forget(): Promise<void> {
  said.clear();
  world.sample.switches.clear();
  await world.sql(`
    truncate sync_states, sync_runs, webhook_deliveries, removal_windows, audit_events, members,
      communities cascade;
    delete from roles where group_id is not null;
    delete from groups;
    delete from users where username <> 'the-administrator';
    update remote_services set failures = 0, open_until = null, next_slot_at = now()`);
}

/** Lets nobody rest, and if wished nothing wait for a lease, as if time had passed. */
const hurry = (isLeaseOver = true) =>
  world.sql(`
    update sync_states set due_at = now() ${isLeaseOver ? ', leased_until = null' : ''}
      where id in (select id from sync_states for update skip locked);
    update remote_services set failures = 0, open_until = null
      where idp in (select idp from remote_services for update skip locked)`);

const ask = (idp: string, subjects: string[]) =>
  transact(system(), (tx) =>
    request(
      tx,
      subjects.map((remoteId) => ({ idp, kind: 'USER' as const, remoteId })),
      'WEBHOOK',
    ),
  );

/** Works until nothing is to be looked at. */
async function finish(idp: string): Promise<void> {
  for (let rounds = 0; rounds < 10; rounds++) {
    await hurry();
    await syncDue(system(), [{ idp }]);
    const [open] = await world.sql(
      'select 1 from sync_states where requested > synced and dead_at is null',
    );
    if (!open) return;
  }
}

/** What the tables say of the people of a service, in the service's words. */
async function heard(idp: string): Promise<Record<string, Said>> {
  const rows = await world.sql<{ subject: string; name: string; groups: number[] }>(
    `select i.subject, u.full_name as name, array(
       select g.remote_id::int from assignments a join roles r on r.id = a.role_id
       join groups g on g.id = r.group_id where a.user_id = u.id and a.source = i.idp
       order by 1) as groups
     from identities i join users u on u.id = i.user_id where i.idp = $1`,
    [idp],
  );
  return Object.fromEntries(rows.map(({ subject, ...it }) => [subject, it]));
}

const meant = (): Record<string, Said> =>
  Object.fromEntries(
    [...said].map(([subject, { name, groups }]) => [
      subject,
      { name, groups: [...groups].sort((a, b) => a - b) },
    ]),
  );

const someGroups = fc.subarray(groupIds);
const subjects = Array.from({ length: 6 }, (_, n) => `p${n}`);

it(
  'ends at the last word of the service, however slow and doubled the looks before are',
  () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            subject: fc.constantFrom(...subjects),
            groups: someGroups,
            lookMs: fc.constantFrom(0, 0, 10, 30),
            answerMs: fc.constantFrom(0, 0, 20, 60),
            isAway: fc.constantFrom(false, false, true),
            /** As if the lease of whoever has them in hand had run out. */
            isLeaseOver: fc.boolean(),
            workers: fc.integer({ min: 0, max: 5 }),
            pauseMs: fc.constantFrom(0, 0, 15, 40),
          }),
          { minLength: 1, maxLength: 15, size: 'max' },
        ),
        async (steps) => {
          await forget();
          const work: Promise<void>[] = [];
          for (const [n, { subject, isLeaseOver, workers, pauseMs, ...it }] of steps.entries()) {
            said.set(subject, { name: `version ${n}`, ...it });
            await ask('moody', [subject]);
            await hurry(isLeaseOver);
            for (let i = 0; i < workers; i++) {
              const done = syncDue(system(), [{ idp: 'moody' }]);
              done.catch(() => {});
              work.push(done);
            }
            if (pauseMs) await sleep(pauseMs);
          }
          await Promise.all(work);
          for (const it of said.values()) it.isAway = false;
          await finish('moody');

          expect(await heard('moody')).toEqual(meant());
          expect(
            await world.sql(
              `select * from sync_runs where outcome not in ('CHANGED', 'UNCHANGED', 'COALESCED')`,
            ),
          ).toEqual([]);
        },
      ),
      { numRuns: 25, ...inTime },
    ),
  patience,
);

interface ToldRun {
  changes: { kind: string }[];
}

/** What two who meet a new group at once make, whoever of them is first. */
const isMade = ({ kind }: { kind: string }) =>
  ['GROUP_CREATED', 'ROLE_CREATED', 'MEMBER_ADDED'].includes(kind);
const sorted = (changes: object[]) => changes.map((it) => JSON.stringify(it)).sort();
const ownChanges = (runs: ToldRun[]) =>
  runs.map((it) => sorted(it.changes.filter((change) => !isMade(change))));
const madeByAll = (runs: ToldRun[]) => sorted(runs.flatMap((it) => it.changes.filter(isMade)));

it(
  'makes of five looks at the same people at once what one look makes',
  () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ groups: someGroups, answerMs: fc.constantFrom(0, 10, 25) }), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.array(someGroups, { minLength: 12, maxLength: 12 }),
        async (people, later) => {
          const sync = async (workers: number) => {
            await forget();
            for (const [n, it] of people.entries()) said.set(`p${n}`, { name: `name ${n}`, ...it });
            await ask('moody', [...said.keys()]);
            await syncDue(system(), [{ idp: 'moody' }]);
            for (const [n, it] of [...said.values()].entries()) it.groups = later[n] ?? [];
            await ask('moody', [...said.keys()]);
            await hurry();
            const looks = Array.from({ length: workers }, async () => {
              await hurry();
              await syncDue(system(), [{ idp: 'moody' }]);
            });
            await Promise.all(looks);
            const runs = await world.sql<ToldRun>(
              `select remote_id, outcome, changes from sync_runs order by remote_id, id`,
            );
            const versions = await world.sql('select username, version from users order by 1');
            return { tables: await dumped(), runs, versions };
          };

          const one = await sync(1);
          for (const workers of [2, 5]) {
            const many = await sync(workers);
            expect(many.tables).toEqual(one.tables);
            expect(many.versions).toEqual(one.versions);
            expect(ownChanges(many.runs)).toEqual(ownChanges(one.runs));
            expect(madeByAll(many.runs)).toEqual(madeByAll(one.runs));
          }
        },
      ),
      { numRuns: 10, ...inTime },
    ),
  patience,
);

it(
  'applies to everybody else what the service says when some of a batch cannot be written',
  async () => {
    await world.sql(`
      create function refuse() returns trigger language plpgsql as $$
      begin
        if new.full_name like 'poison%' then raise exception 'nobody of that name'; end if;
        return new;
      end $$;
      create trigger refuse before insert or update on users for each row execute function refuse()`);

    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ isPoison: fc.boolean(), isNew: fc.boolean(), groups: someGroups }), {
          minLength: 1,
          maxLength: 25,
          size: 'max',
        }),
        async (people) => {
          await forget();
          people.forEach(({ isNew }, n) => {
            if (!isNew) said.set(`p${n}`, { name: `name ${n}`, groups: [] });
          });
          await ask('moody', [...said.keys()]);
          await syncDue(system(), [{ idp: 'moody' }]);
          const before = await heard('moody');
          people.forEach(({ isPoison, groups }, n) => {
            said.set(`p${n}`, { name: `${isPoison ? 'poison' : 'new name'} ${n}`, groups });
          });
          await ask('moody', [...said.keys()]);
          await hurry();
          await syncDue(system(), [{ idp: 'moody' }]);

          const isPoison = (subject: string) => people[Number(subject.slice(1))]?.isPoison;
          const expected = Object.entries(meant()).flatMap(([subject, it]) => {
            const is = isPoison(subject) ? before[subject] : it;
            return is ? [[subject, is]] : [];
          });
          expect(await heard('moody')).toEqual(Object.fromEntries(expected));
          const waiting = await world.sql<{ subject: string }>(
            `select remote_id as subject from sync_runs where outcome = 'RETRYING' order by 1`,
          );
          expect(waiting.map((it) => it.subject)).toEqual([...said.keys()].filter(isPoison).sort());
        },
      ),
      { numRuns: 15, ...inTime },
    );
    await world.sql('drop function refuse cascade');
  },
  patience,
);

it(
  'makes of who is let through what the service says, whoever of the batch is held',
  () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ first: someGroups, later: someGroups }), {
          minLength: 2,
          maxLength: 20,
          size: 'max',
        }),
        async (people) => {
          await forget();
          people.forEach(({ first }, n) => {
            said.set(`p${n}`, { name: 'before', groups: first });
          });
          await ask('careful', [...said.keys()]);
          await syncDue(system(), [{ idp: 'careful' }]);
          const before = await heard('careful');
          // Groups that nobody here has met yet are met by several at once.
          people.forEach(({ later }, n) => {
            said.set(`p${n}`, {
              name: 'after',
              groups: later.map((id) => (id > 2 ? id + 10 : id)),
            });
          });
          await ask('careful', [...said.keys()]);
          await hurry();
          await syncDue(system(), [{ idp: 'careful' }]);

          const held = new Set(
            (
              await world.sql<{ subject: string }>(
                `select remote_id as subject from sync_runs where outcome = 'HELD'`,
              )
            ).map((it) => it.subject),
          );
          const expected = Object.entries(meant()).map(([subject, it]) => [
            subject,
            held.has(subject) ? before[subject] : it,
          ]);
          expect(await heard('careful')).toEqual(Object.fromEntries(expected));
        },
      ),
      { numRuns: 25, ...inTime },
    ),
  patience,
);

it('lets those who ask and those who look wait for each other in one order only', async () => {
  await forget();
  // Born the other way round than they are called.
  await ask('moody', ['b']);
  await ask('moody', ['a']);
  const states = await world.sql<{ id: string; requested: number }>(
    'select id, requested::float8 as requested from sync_states',
  );

  let looked: Promise<unknown> | undefined;
  await transact(system(), async (tx) => {
    await request(tx, [{ idp: 'moody', kind: 'USER', remoteId: 'a' }], 'WEBHOOK');
    looked = transact(system(), (other) => lockFresh(other, states as Claim[]));
    looked.catch(() => {});
    await expect
      .poll(() =>
        world.sql(`
          select 1 from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`),
      )
      .not.toEqual([]);
    await request(tx, [{ idp: 'moody', kind: 'USER', remoteId: 'b' }], 'WEBHOOK');
  });

  expect(await looked).toHaveLength(2);
});

const event = fc.record({
  kind: fc.constantFrom('users' as const, 'users' as const, 'groups' as const),
  who: fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4),
  event: fc.constantFrom('created', 'updated', 'deleted'),
});
const names = ['janeuser', 'aokafor', 'jcarberry', 'mtanaka', 'nobody'];
const groups = ['12345', '1000551', '1000576', '1004089', '1234'];

/** As the sample service begins. */
const peopleBefore = names.map((name) => samplePeople.find((it) => it.username === name));
const groupsBefore = groups.map((id) => sampleGroups.find((it) => String(it.id) === id));

it(
  'makes the same of the same events in any order',
  () =>
    fc.assert(
      fc.asyncProperty(
        fc
          .array(event, { minLength: 2, maxLength: 20, size: 'max' })
          .chain((events) =>
            fc.tuple(
              fc.constant(events),
              fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
            ),
          ),
        fc.subarray(names.slice(0, 4), { minLength: 2 }),
        fc.array(
          fc.record({
            who: fc.nat(3),
            groups: fc.subarray(groups.slice(0, 4)),
            isGone: fc.boolean(),
          }),
          { minLength: 1, maxLength: 5, size: 'max' },
        ),
        fc.subarray(groups.slice(0, 4), { maxLength: 2 }),
        async ([events, shuffled], known, patches, deleted) => {
          const sync = async (order: typeof events) => {
            await forget();
            for (const [n, it] of peopleBefore.entries()) {
              if (it) world.sample.world.people.set(names[n] as string, it);
            }
            for (const [n, it] of groupsBefore.entries()) {
              if (it) world.sample.world.groups.set(groups[n] as string, it);
            }
            await ask('knowledgeCommons', known);
            await syncDue(system(), [{ idp: 'knowledgeCommons' }]);
            await world.sql(`
              insert into communities (id, slug, title, group_id)
              select '00000004-0000-7000-8000-000000000000', 'c', 'c', id from groups
              where remote_id = '12345';
              insert into members (id, community_id, role_id, level, mapped_level)
              select gen_random_uuid(), c.id, r.id, 'CURATOR', 'CURATOR'
              from communities c join roles r on r.group_id = c.group_id`);
            for (const { who, groups: into, isGone } of patches) {
              const name = names[who] as string;
              const list = into.map((id) => ({ id: Number(id), role: 'member' }));
              if (isGone) world.sample.world.people.delete(name);
              else world.sample.world.people.patch(name, { groups: list, name: `New ${who}` });
            }
            for (const it of deleted) world.sample.world.groups.delete(it);
            await hurry();
            for (const { kind, who, event } of order) {
              const id = (kind === 'users' ? names : groups)[who];
              const body = { idp: 'knowledgeCommons', updates: { [kind]: [{ id, event }] } };
              const authorization = `Bearer ${webhookToken}`;
              expect((await world.post(body, { authorization })).status).toBe(202);
            }
            await finish('knowledgeCommons');
            const states = await world.sql(
              `select kind, remote_id, deletion_announced, held_run_id is not null as held,
                 requested = synced as done, dead_at is not null as dead
               from sync_states order by 1, 2`,
            );
            const runs = await world.sql(
              `select kind, remote_id, outcome, held_for, error,
                 (select jsonb_agg(it - 'userId' order by it - 'userId')
                  from jsonb_array_elements(changes) it
                  -- Who comes first makes the group and its roles for all.
                  where it ->> 'kind' not in ('GROUP_CREATED', 'ROLE_CREATED', 'MEMBER_ADDED')
                 ) as changes
               from sync_runs order by kind, remote_id, id`,
            );
            return { tables: await dumped(), states, runs };
          };

          const inOrder = await sync(events);
          const otherwise = await sync(shuffled);

          expect(otherwise).toEqual(inOrder);
        },
      ),
      { numRuns: 20, ...inTime },
    ),
  patience,
);
