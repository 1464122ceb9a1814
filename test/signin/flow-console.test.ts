import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toGlobalId } from '../../src/ids.ts';
import { deviceOf } from '../../src/signin/console/device.ts';
import { forget } from '../../src/signin/upkeep.ts';
import { makeUserWith } from '../api/make.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { askAs, cookiesOf, freePort, fromOurPage, signedIn, step, whoIs } from './kit.ts';
import { newVisitor } from './visitor.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false, env: { PORT: String(await freePort()) } });
});
afterAll(() => world.stop());

const at = (path: string) => `${world.url}${path}`;

describe('the console', () => {
  it('asks who is not signed in to sign in, and comes back', async () => {
    const { status, to } = await step(newVisitor(), at('/console'));

    expect([status, to]).toEqual([303, '/sign-in?returnTo=/console']);
  });

  it('says that nobody can sign in where no provider is configured', async () => {
    const { text } = await step(newVisitor(), at('/sign-in'));

    expect(text).toContain('no provider is configured');
  });

  it('says who one is, with what one is called shown as text', async () => {
    const { id, username } = await world.makeUser();
    await world.sql(`update users set full_name = '<b>Bold</b> & "Co"' where id = $1`, [id]);
    const visitor = await signedIn(world, id);

    const { status, text } = await step(visitor, at('/console'));

    expect(status).toBe(200);
    expect(text).toContain(username);
    expect(text).toContain('<h1>&lt;b&gt;Bold&lt;/b&gt; &amp; &quot;Co&quot;</h1>');
  });

  it('shows the roles', async () => {
    const { id } = await world.makeUser();
    const [role] = await world.sql(
      `insert into roles (id, name, rights) values (gen_random_uuid(), 'keepers of bees', '{}') returning id`,
    );
    await world.sql(`insert into assignments (user_id, role_id, source) values ($1, $2, 'LOCAL')`, [
      id,
      role.id,
    ]);

    const { text } = await step(await signedIn(world, id), at('/console'));

    expect(text).toContain('keepers of bees');
  });

  it('shows one’s sessions, the current one marked, and no others', async () => {
    const { id } = await world.makeUser();
    const stranger = await world.makeUser();
    await world.sql(
      `insert into sessions (id, user_id, hash, user_agent, ends_at) values
        (gen_random_uuid(), $1, 'a', 'Lynx/2.9 <me>', now() + interval '1 day'),
        (gen_random_uuid(), $1, 'b', 'Ended', now()),
        (gen_random_uuid(), $2, 'c', 'Somebody else’s', now() + interval '1 day')`,
      [id, stranger.id],
    );

    const { text } = await step(await signedIn(world, id), at('/console'));

    const rows = text.match(/<li>[\s\S]*?<\/li>/g)?.filter((it) => it.includes('last seen')) ?? [];
    expect(rows).toHaveLength(2);
    expect(rows.filter((it) => it.includes('this one'))).toHaveLength(1);
    expect(rows.filter((it) => it.includes('Sign out'))).toHaveLength(1);
    expect(rows.filter((it) => it.includes('>End<'))).toHaveLength(1);
    expect(text).toContain('Lynx/2.9 &lt;me&gt;');
  });

  it('ends one’s other sessions, and those of nobody else', async () => {
    const { id, username } = await world.makeUser();
    const here = await signedIn(world, id);
    const there = await signedIn(world, id);
    const stranger = await world.makeUser();
    const strangers = await signedIn(world, stranger.id);
    const [{ id: session }] = await world.sql('select id from sessions where user_id = $1', [
      stranger.id,
    ]);
    const [, theirs = ''] =
      /name="session" value="([^"]+)"/.exec((await step(here, at('/console'))).text) ?? [];
    const end = (it: string) =>
      step(here, at('/sign-out'), { form: { session: it }, headers: fromOurPage(world) });

    const own = await end(theirs);
    const others = await end(toGlobalId('Session', session));

    expect([own.status, own.to]).toEqual([303, '/console']);
    expect(others.status).toBe(404);
    expect(await whoIs(world, there)).toBeNull();
    expect(await whoIs(world, here)).toBe(username);
    expect(await whoIs(world, strangers)).toBe(stranger.username);
  });

  it('ends none for a token, whose scopes no page knows', async () => {
    const { id, username, token } = await world.makeUser();
    const there = await signedIn(world, id);
    const [{ id: session }] = await world.sql('select id from sessions where user_id = $1', [id]);

    const ended = await step(newVisitor(), at('/sign-out'), {
      form: { session: toGlobalId('Session', session) },
      headers: { ...fromOurPage(world), authorization: `Bearer ${token}` },
    });

    expect(ended.status).toBe(404);
    expect(await whoIs(world, there)).toBe(username);
  });

  it.each([
    ['Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Windows'],
    ['X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36', 'Chrome on Linux'],
    ['Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge on Windows'],
    ['iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1', 'Safari on iOS'],
    ['Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15', 'Safari on macOS'],
    ['Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Safari/537.36', 'Chrome on Android'],
    ['curl/8', 'curl/8'],
    [null, 'An unknown browser'],
  ])('calls %s %s', (userAgent, name) => {
    expect(deviceOf(userAgent)).toBe(name);
  });

  it('is kept by nobody, framed by nobody, and runs our script alone', async () => {
    const { id } = await world.makeUser();
    const { headers, text } = await step(await signedIn(world, id), at('/console'));

    const policy = headers.get('content-security-policy') ?? '';
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(text.match(/<script[^>]*>/g)).toEqual(['<script src="/console/script.js" defer>']);
    expect(text).not.toMatch(/\sstyle=|\son\w+=|https?:\/\//);
  });

  it('has a script of its own', async () => {
    const { status, headers, text } = await step(newVisitor(), at('/console/script.js'));

    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/javascript');
    expect(() => new Function(text)).not.toThrow();
  });

  it('is for sessions: a token is nobody’s page', async () => {
    const { token } = await world.makeUser();

    const headers = { authorization: `Bearer ${token}` };
    expect((await step(newVisitor(), at('/console'), { headers })).status).toBe(303);
  });
});

describe('the session’s cookie at /graphql', () => {
  const change =
    'mutation { syncRemoteUser(input: {user: {userId: "x"}}) { userErrors { code } } }';

  it.each([
    ['a page of ours', () => fromOurPage(world), 200],
    ['a page of ours in a browser that tells no more', () => ({ origin: world.url }), 200],
    ['a page of ours that tells no origin', () => ({ 'sec-fetch-site': 'same-origin' }), 200],
    ['another origin', () => ({ origin: 'https://evil.example' }), 403],
    ['an origin that begins as ours', () => ({ origin: `${world.url}.evil.example` }), 403],
    ['another port', () => ({ origin: 'http://127.0.0.1:1' }), 403],
    ['no origin', () => ({ origin: 'null' }), 403],
    ['another site', () => ({ 'sec-fetch-site': 'cross-site' }), 403],
    ['a site beside ours', () => ({ 'sec-fetch-site': 'same-site' }), 403],
    ['the address bar', () => ({ 'sec-fetch-site': 'none' }), 403],
    [
      'another site that pretends to be ours',
      () => ({ origin: world.url, 'sec-fetch-site': 'cross-site' }),
      403,
    ],
    ['nobody who says', () => ({}), 403],
  ])('from %s', async (_, headers, status) => {
    const { id, username } = await world.makeUser();
    const visitor = await signedIn(world, id);

    const answer = await askAs(world, visitor, '{ viewer { username } }', headers());

    expect(answer.status).toBe(status);
    if (status === 200) expect(answer.data.viewer).toEqual({ username });
    else expect(answer.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  it('reads by GET, but changes nothing', async () => {
    const { id, username } = await makeUserWith(world, 'SYNC');
    const visitor = await signedIn(world, id);
    const get = async (query: string) => {
      const response = await fetch(at(`/graphql?query=${encodeURIComponent(query)}`), {
        headers: { cookie: cookiesOf(visitor), 'apollo-require-preflight': '1' },
      });
      return { status: response.status, body: await response.json() };
    };

    expect(await get('{ viewer { username } }')).toEqual({
      status: 200,
      body: { data: { viewer: { username } } },
    });
    expect((await get(change)).status).toBe(405);
    expect((await askAs(world, visitor, change)).data.syncRemoteUser.userErrors).toHaveLength(1);
  });

  it('is nobody’s beside a token that is wrong', async () => {
    const visitor = await signedIn(world, (await world.makeUser()).id);
    const headers = { ...fromOurPage(world), authorization: 'Bearer wrong' };

    expect((await askAs(world, visitor, '{ viewer { username } }', headers)).status).toBe(401);
  });

  it('yields to a token', async () => {
    const visitor = await signedIn(world, (await world.makeUser()).id);
    const { token, username } = await world.makeUser();
    const headers = { authorization: `Bearer ${token}` };

    const { data } = await askAs(world, visitor, '{ viewer { username } }', headers);

    expect(data.viewer).toEqual({ username });
  });

  it('that holds nothing of ours is as none', async () => {
    const visitor = newVisitor();
    visitor.cookies.set('__Host-sid', 'x'.repeat(5_000));

    expect(await whoIs(world, visitor)).toBeNull();
  });
});

describe('what lets nobody in any more', () => {
  it('is forgotten, and nothing else', async () => {
    const { id } = await world.makeUser();
    await world.sql('delete from sign_ins');
    await world.sql(
      `insert into sign_ins (id, hash, provider, checks, return_to, expires_at) values
        (gen_random_uuid(), 'a', 'uni', '{}', '/', now() - interval '1 second'),
        (gen_random_uuid(), 'b', 'uni', '{}', '/', now() + interval '1 minute')`,
    );
    await world.sql(
      `insert into links (id, hash, purpose, user_id, expires_at) values
        (gen_random_uuid(), 'a', 'EMAIL', $1, now() - interval '1 second'),
        (gen_random_uuid(), 'b', 'EMAIL', $1, now() + interval '1 minute')`,
      [id],
    );
    await world.sql(
      `insert into rate_limits (key, level, went_in, at) values
        ('old', 1, true, now() - interval '2 days'), ('new', 1, true, now())`,
    );

    await forget(world.app.begin());

    const [left] = await world.sql(
      `select (select count(*)::int from sign_ins) as sign_ins,
        (select count(*)::int from links where user_id = $1) as links,
        (select array_agg(key) from rate_limits where key in ('old', 'new')) as limits`,
      [id],
    );
    expect(left).toEqual({ sign_ins: 1, links: 1, limits: ['new'] });
  });

  it('is looked for every hour', async () => {
    expect(
      await world.sql(`select cron from pgboss.schedule where name = 'forget-sign-ins'`),
    ).toEqual([{ cron: '10 * * * *' }]);
  });
});
