import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { World } from '../helpers/world.ts';
import { hold } from '../webhooks/sender.ts';
import { person, type Scene, startScene } from './flow-scene.ts';
import { askAs, recorded, signedIn, signInAs, step, whoIs } from './kit.ts';
import { isReturn, newVisitor, signInThrough } from './visitor.ts';

const names = {
  plain: person('plain'),
  spaced: person('Zoë  van Dam!', { email: 'zoe@example.org' }),
  dotted: person('..a.b_c-'),
  address: person('someone@example.org', { email: 'address@example.org' }),
  full: person('', { name: 'Ada  King', email: 'full@example.org' }),
  parts: person('', { given_name: 'Ada', family_name: 'Byron', email: 'parts@example.org' }),
  mail: person('', { email: 'only.mail@example.org' }),
  '7-subject': person('!!!', { email: '?@example.org' }),
  漢字: person('漢字'),
  long: person('x'.repeat(80)),
};
const wanted = {
  plain: 'plain',
  spaced: 'Zoë-van-Dam',
  dotted: 'a.b_c',
  address: 'someone',
  full: 'Ada-King',
  parts: 'Ada-Byron',
  mail: 'only.mail',
  '7-subject': '7-subject',
  漢字: '漢字',
  long: 'x'.repeat(50),
};

let scene: Scene;
let world: World;
beforeAll(async () => {
  scene = await startScene({
    ...names,
    anna: person('anna', { name: 'Anna Archer', given_name: 'Anna', family_name: 'Archer' }),
    twin: person('TAKEN'),
    'twin-2': person('taken', { email: 'twin-2@example.org' }),
    rival: person('rival', { email: 'OWNED@example.org' }),
    stranger: person('stranger'),
    'stranger-2': person('stranger-2', { email: 'owned@example.org' }),
    unverified: person('unverified', { email_verified: false }),
    racer: person('racer'),
    closing: person('closing'),
    member: person('member'),
    1234: person('1234', { email: undefined }),
    5678: person('5678'),
  });
  world = scene.world;
});
afterAll(() => scene.stop());

const at = (path: string) => `${world.url}${path}`;
const user = async (username: string) =>
  (await world.sql('select * from users where username = $1', [username]))[0];
const counts = async () =>
  (
    await world.sql(`select (select count(*)::int from users) as users,
      (select count(*)::int from identities) as identities,
      (select count(*)::int from sessions) as sessions`)
  )[0];

describe('somebody who was never here', () => {
  it('gets an account of what the provider proves', async () => {
    const visitor = newVisitor();

    const page = await signInAs(world, visitor, 'uni', 'anna');

    const account = await user('anna');
    expect(page.url.pathname).toBe('/console');
    expect(account).toMatchObject({
      email: 'anna@example.org',
      full_name: 'Anna Archer',
      given_name: 'Anna',
      family_name: 'Archer',
      state: 'ACTIVE',
      locked_fields: [],
    });
    expect(account.email_verified_at).toBeInstanceOf(Date);
    expect(
      await world.sql('select idp, subject from identities where user_id = $1', [account.id]),
    ).toEqual([{ idp: 'uni', subject: 'anna' }]);
    const [made] = await recorded(world, 'user.provisioned');
    expect(made).toMatchObject({
      subject_id: account.id,
      actor_id: account.id,
      via: 'SESSION',
      ip: '127.0.0.1',
      details: { idp: 'uni' },
    });
  });

  it('is found by who looks for people', async () => {
    await signInAs(world, newVisitor(), 'uni', 'anna');
    await world.indexed();

    const { data } = await world.ask(world.admin, '{ users(query: "archer") { totalCount } }');

    expect(data.users.totalCount).toBe(1);
  });

  it('comes to the same account the next time', async () => {
    await signInAs(world, newVisitor(), 'uni', 'anna');
    const before = await counts();
    await signInAs(world, newVisitor(), 'uni', 'anna');

    expect(await counts()).toEqual({ ...before, sessions: before.sessions + 1 });
  });

  it.each(Object.entries(wanted))('as %s is called %s', async (login, username) => {
    const visitor = newVisitor();
    await signInAs(world, visitor, 'uni', login);

    expect(await whoIs(world, visitor)).toBe(username);
  });

  it('is numbered where the name is taken, in any case', async () => {
    await world.makeUser('Taken');
    await signInAs(world, newVisitor(), 'uni', 'twin');
    await signInAs(world, newVisitor(), 'uni', 'twin-2');

    expect(await user('TAKEN-2')).toBeDefined();
    expect(await user('taken-3')).toBeDefined();
  });

  it('gets one account, however many browsers come at once', async () => {
    const visitors = Array.from({ length: 4 }, () => newVisitor());
    const answers: string[] = [];
    for (const it of visitors) {
      const { headers } = await signInThrough(it, at('/sign-in/uni'), 'racer', isReturn);
      answers.push(headers.get('location') ?? '');
    }

    const ends = await Promise.all(visitors.map((it, n) => step(it, answers[n] ?? '')));

    expect(ends.map((it) => it.to)).toEqual(Array(4).fill('/console'));
    expect(await world.sql(`select 1 from users where username like 'racer%'`)).toHaveLength(1);
  });

  it('whose address another has gets nothing, and is told the way out', async () => {
    const { id } = await world.makeUser('owner');
    await world.sql(`update users set email = 'owned@example.org' where id = $1`, [id]);
    const before = await counts();
    const visitor = newVisitor();

    const page = await signInAs(world, visitor, 'uni', 'rival');

    expect(page.status).toBe(409);
    expect(page.text).toContain('sign in as you did before, and add The University');
    expect(visitor.cookies.has('__Host-sid')).toBe(false);
    expect(await counts()).toEqual(before);
  });

  it('without an address that is verified is asked for one first', async () => {
    const before = await counts();
    const visitor = newVisitor();
    const answer = await signInThrough(visitor, at('/sign-in/uni'), 'unverified', isReturn);

    const end = await step(visitor, answer.headers.get('location') ?? '');

    expect([end.status, end.to]).toEqual([303, '/sign-in/register']);
    expect(visitor.cookies.has('__Host-register')).toBe(true);
    expect(visitor.cookies.has('__Host-sid')).toBe(false);
    expect(await counts()).toEqual(before);
  });

  it('gets no account where none are made, and all are told the same', async () => {
    const before = await counts();
    const pages = [];
    for (const login of ['stranger', 'stranger-2', 'unverified'])
      pages.push(await signInAs(world, newVisitor(), 'guild', login));

    expect(pages.map((it) => it.status)).toEqual([403, 403, 403]);
    expect(new Set(pages.map((it) => it.text)).size).toBe(1);
    expect(pages[0]?.text).toContain('No account here is known under your A Guild &lt;of&gt; Many');
    expect(await counts()).toEqual(before);
  });
});

describe('the sync of a sign-in', () => {
  it('counts from the first page on', async () => {
    const visitor = newVisitor();

    const page = await signInAs(world, visitor, 'commons', '1234');

    const account = await user((await whoIs(world, visitor)) ?? '');
    const { data } = await askAs(world, visitor, '{ viewer { roles { nodes { name } } } }');
    expect(account.email).toMatch(/@/);
    expect(data.viewer.roles.nodes.length).toBeGreaterThan(0);
    for (const { name } of data.viewer.roles.nodes) expect(page.text).toContain(name);
  });

  it('is not waited for longer than a second', async () => {
    world.sample.switches.set('/wp-json/*', { mode: 'slow', delayMs: 4_000 });
    const visitor = newVisitor();
    const since = performance.now();

    await signInAs(world, visitor, 'commons', '5678');

    const ms = performance.now() - since;
    world.sample.switches.clear();
    expect(await whoIs(world, visitor)).toBe('5678');
    expect(ms).toBeGreaterThan(750);
    expect(ms).toBeLessThan(2_500);
  });

  it('keeps nobody out when it is held up before it begins', async () => {
    const visitor = newVisitor();
    await signInAs(world, visitor, 'commons', 'member');
    await world.settled();
    await world.sql(`update sync_states set fetched_at = null`);
    const release = await hold(world, 'select 1 from sync_states for update');
    const since = performance.now();

    await signInAs(world, visitor, 'commons', 'member');

    const ms = performance.now() - since;
    await release();
    expect(await whoIs(world, visitor)).not.toBeNull();
    expect(ms).toBeLessThan(2_500);
  });

  it.each([
    ['fails', { mode: 'failing' as const }],
    ['talks nonsense', { mode: 'garbage' as const }],
    ['hangs up', { mode: 'dropped' as const }],
  ])('keeps nobody out where the service %s', async (_, trouble) => {
    await world.sql('update sync_states set fetched_at = null');
    world.sample.switches.set('/wp-json/*', trouble);
    const visitor = newVisitor();

    await signInAs(world, visitor, 'commons', '1234');

    world.sample.switches.clear();
    expect(await whoIs(world, visitor)).not.toBeNull();
    await world.sql('update remote_services set failures = 0, open_until = null');
  });

  it('brings back whom a sync suspended', async () => {
    const visitor = newVisitor();
    await signInAs(world, visitor, 'commons', '1234');
    await world.settled();
    await world.sql(`update users set state = 'SUSPENDED' where id in
      (select user_id from identities where idp = 'knowledgeCommons' and subject = '1234')`);
    await world.sql('update sync_states set fetched_at = null');

    const page = await signInAs(world, visitor, 'commons', '1234');

    expect(page.url.pathname).toBe('/console');
    expect(await whoIs(world, visitor)).not.toBeNull();
  });
});

describe('an account that is shut', () => {
  const shut = async (change: string) => {
    await world.sql(`update users set state = 'ACTIVE' where username = 'closing'`);
    await signInAs(world, newVisitor(), 'uni', 'closing');
    await world.sql(change);
    const before = await counts();
    const visitor = newVisitor();
    const page = await signInAs(world, visitor, 'uni', 'closing');
    expect(await counts()).toEqual(before);
    expect(visitor.cookies.has('__Host-sid')).toBe(false);
    return page;
  };

  it('lets nobody in, and does not say why', async () => {
    const suspended = await shut(`update users set state = 'SUSPENDED' where username = 'closing'`);
    const closed = await shut(`update users set state = 'DEACTIVATED' where username = 'closing'`);
    const forgotten = await shut(`update identities set gone_at = now() where subject = 'closing'`);
    await world.sql(`update identities set gone_at = null where subject = 'closing'`);

    expect([suspended.status, closed.status, forgotten.status]).toEqual([403, 403, 403]);
    expect(suspended.text).toContain('Your account here is closed');
    expect(new Set([suspended.text, closed.text, forgotten.text]).size).toBe(1);
  });

  it('is not asked about at its service, if a person shut it', async () => {
    await signInAs(world, newVisitor(), 'commons', '1234');
    await world.settled();
    await world.sql(`update users set state = 'DEACTIVATED' where id in
      (select user_id from identities where idp = 'knowledgeCommons' and subject = '1234')`);
    await world.sql('update sync_states set fetched_at = null');
    const asked = () => world.sql('select requested from sync_states order by id');
    const before = await asked();

    const page = await signInAs(world, newVisitor(), 'commons', '1234');

    expect(page.status).toBe(403);
    expect(await asked()).toEqual(before);
  });
});

describe('an address', () => {
  it('alone lets nobody into an account, whoever verified it', async () => {
    const { id, username } = await world.makeUser('mailer');
    await world.sql(
      `update users set email = 'stranger@example.org', email_verified_at = now() where id = $1`,
      [id],
    );
    for (const key of ['uni', 'guild', 'commons']) {
      const visitor = newVisitor();
      await signInAs(world, visitor, key, 'stranger');
      expect(await whoIs(world, visitor)).not.toBe(username);
    }
    expect(await world.sql('select 1 from identities where user_id = $1', [id])).toEqual([]);
    expect(await whoIs(world, await signedIn(world, id))).toBe(username);
  });
});
