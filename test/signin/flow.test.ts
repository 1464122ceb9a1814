import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localPath } from '../../src/signin/return-to.ts';
import type { World } from '../helpers/world.ts';
import { person, type Scene, startScene } from './flow-scene.ts';
import { forgetProviders, fromOurPage, recorded, signInAs, step, whoIs } from './kit.ts';
import { isReturn, newVisitor, signInThrough, type Visitor } from './visitor.ts';

let scene: Scene;
let world: World;
beforeAll(async () => {
  // So that no test uses up what another has of wrong answers.
  const env = { TRUSTED_PROXIES: '127.0.0.1' };
  scene = await startScene(
    { anna: person('anna', { name: 'Anna Archer' }), bert: person('bert') },
    { isWorking: false, env },
  );
  world = scene.world;
});
afterAll(() => scene.stop());

const at = (path: string) => `${world.url}${path}`;
const counted = async (table: string) =>
  (await world.sql<{ n: number }>(`select count(*)::int as n from ${table}`))[0]?.n;

/** Each asks from a place of its own. */
let places = 0;
const elsewhere = () => ({ 'x-forwarded-for': `10.1.${places >> 8}.${places++ & 255}` });

/** Goes as far as the answer; answers its address, which the browser has not opened yet. */
const answerTo = async (visitor: Visitor, key = 'uni', login = 'anna') =>
  (await signInThrough(visitor, at(`/sign-in/${key}`), login, isReturn)).headers.get('location') ??
  '';

describe('the page of sign-ins', () => {
  it('has a link for each provider, in their order, by its title', async () => {
    const { status, text, headers } = await step(
      newVisitor(),
      at('/sign-in?returnTo=/console?a=b'),
    );

    const links = [...text.matchAll(/<a class="way" href="([^"]*)">([^<]*)</g)].map((it) =>
      it.slice(1),
    );
    expect(status).toBe(200);
    expect(links).toEqual([
      ['/sign-in/uni?returnTo=%2Fconsole%3Fa%3Db', 'The University'],
      ['/sign-in/guild?returnTo=%2Fconsole%3Fa%3Db', 'A Guild &lt;of&gt; Many'],
      ['/sign-in/commons?returnTo=%2Fconsole%3Fa%3Db', 'The Commons'],
    ]);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('looks good, by a style of our own that may be kept', async () => {
    const { status, headers, text } = await step(newVisitor(), at('/sign-in/style.css'));

    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/css');
    expect(headers.get('cache-control')).toMatch(/public, max-age=\d+/);
    expect(text).not.toMatch(/https?:|@import|url\(/);
  });

  it.each(['/sign-in/nobody', '/sign-in/nobody/callback', '/sign-in/__proto__'])(
    'at %s is nothing',
    async (path) => {
      expect((await step(newVisitor(), at(path))).status).toBe(404);
    },
  );
});

describe('where a sign-in leads', () => {
  it.each([
    ['/console?a=1#b', '/console?a=1#b'],
    ['/communities/fungi', '/communities/fungi'],
    ['//evil.example', '/console'],
    ['/\\evil.example', '/console'],
    ['\\\\evil.example', '/console'],
    ['/a\\b', '/console'],
    ['/\t/evil.example', '/console'],
    ['/\n/evil.example', '/console'],
    ['/..//evil.example', '/console'],
    ['/.//evil.example', '/console'],
    ['/%2e%2e//evil.example', '/console'],
    ['https://evil.example/', '/console'],
    ['javascript:alert(1)', '/console'],
    ['evil.example', '/console'],
    ['/a b', '/console'],
    ['/\u0000', '/console'],
    [' /console', '/console'],
    ['', '/console'],
    [undefined, '/console'],
    [['/a', '/b'], '/console'],
    ['/sign-in/guild?link=1', '/console'],
    ['/a/../%73ign%2Din/guild?link=1', '/console'],
    ['/sign-in', '/console'],
    ['/sign-ins', '/sign-ins'],
    ['/%', '/console'],
    [`/${'x'.repeat(2001)}`, '/console'],
  ])('%j is %s', (given, path) => {
    expect(localPath(given)).toBe(path);
    // As a browser reads it.
    expect(new URL(localPath(given), world.url).origin).toBe(world.url);
  });

  it('is where it was to lead', async () => {
    const page = await signInAs(world, newVisitor(), 'uni', 'anna', '?returnTo=/livez%3Fa=b');

    expect([page.status, page.url.href]).toEqual([200, at('/livez?a=b')]);
  });

  it('is never somewhere else', async () => {
    const page = await signInAs(world, newVisitor(), 'uni', 'anna', '?returnTo=//evil.example');

    expect(page.url.href).toBe(at('/console'));
  });
});

describe('the beginning of a sign-in', () => {
  it('keeps a hash of the cookie, for ten minutes', async () => {
    const begun = await step(newVisitor(), at('/sign-in/uni'));

    const [, secret = ''] = /^__Host-signin=([^;]+)/.exec(begun.cookies[0] ?? '') ?? [];
    const [row] = await world.sql(
      `select s::text as text, extract(epoch from expires_at - now())::float8 as seconds
       from sign_ins s order by id desc limit 1`,
    );
    expect(begun.status).toBe(303);
    expect(begun.to).toContain(scene.oidc.issuer);
    expect(Buffer.from(secret, 'base64url').length).toBe(32);
    expect(row.text).not.toContain(secret);
    expect(row.seconds).toBeGreaterThan(590);
    expect(row.seconds).toBeLessThanOrEqual(600);
  });

  it.each(['__Host-signin', '__Host-sid'])(
    'and its end give %s to this host alone',
    async (name) => {
      const visitor = newVisitor();
      const begun = await step(visitor, at('/sign-in/uni'));
      const answer = await signInThrough(visitor, begun.to, 'anna', isReturn);
      const ended = await step(visitor, answer.headers.get('location') ?? '');

      const given = [...begun.cookies, ...ended.cookies].find((it) => it.startsWith(`${name}=`));
      expect(given?.split('; ').slice(1).sort()).toEqual(
        ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'].sort(),
      );
    },
  );

  it('does not believe what the Host header says', async () => {
    const visitor = newVisitor();
    const begun = await step(visitor, at('/sign-in/uni'), {
      headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    });

    expect(new URL(begun.to).searchParams.get('redirect_uri')).toBe(at('/sign-in/uni/callback'));
  });
});

describe('an answer', () => {
  const refused = {
    status: 400,
    text: expect.stringMatching(/Begin again.*<a class="button" href="\/sign-in">Begin again</s),
    cookies: [],
  };

  it('is good once', async () => {
    const visitor = newVisitor();
    const answer = await answerTo(visitor);
    const cookies = new Map(visitor.cookies);

    const first = await step(visitor, answer, { headers: elsewhere() });
    const again = await step({ ...visitor, cookies }, answer, { headers: elsewhere() });

    expect(first).toMatchObject({ status: 303, to: '/console' });
    expect(first.headers.get('cache-control')).toBe('no-store');
    expect(again).toMatchObject(refused);
  });

  it('is good once, however many come at the same time', async () => {
    const visitor = newVisitor();
    const answer = await answerTo(visitor);
    const before = await counted('sessions');

    const all = await Promise.all(
      Array.from({ length: 5 }, () =>
        step({ ...visitor, cookies: new Map(visitor.cookies) }, answer, { headers: elsewhere() }),
      ),
    );

    expect(all.map((it) => it.status).sort()).toEqual([303, 400, 400, 400, 400]);
    expect(await counted('sessions')).toBe((before ?? 0) + 1);
  });

  it.each([
    ['without a cookie', () => newVisitor(), (url: string) => url],
    ['with another’s cookie', async () => otherTab(), (url: string) => url],
    [
      'to another provider',
      (visitor: Visitor) => visitor,
      (url: string) => url.replace('/uni/', '/guild/'),
    ],
    [
      'with another state',
      (visitor: Visitor) => visitor,
      (url: string) => url.replace(/state=[^&]+/, 'state=x'),
    ],
    [
      'without a state',
      (visitor: Visitor) => visitor,
      (url: string) => url.replace(/state=[^&]+&?/, ''),
    ],
  ])('%s is refused, and leaves what it does not fit', async (_, by, as) => {
    const visitor = newVisitor();
    const answer = await answerTo(visitor);

    const wrong = await step(await by(visitor), as(answer), { headers: elsewhere() });
    const right = await step(visitor, answer, { headers: elsewhere() });

    expect(wrong).toMatchObject(refused);
    expect(right.status).toBe(303);
  });

  it('after ten minutes is refused', async () => {
    const visitor = newVisitor();
    const answer = await answerTo(visitor);
    await world.sql('update sign_ins set expires_at = now()');

    expect(await step(visitor, answer, { headers: elsewhere() })).toMatchObject(refused);
  });

  it('of an older tab is refused, and the newest goes on', async () => {
    const visitor = newVisitor();
    const older = await answerTo(visitor);
    const newest = await answerTo(visitor);

    expect(await step(visitor, older, { headers: elsewhere() })).toMatchObject(refused);
    expect((await step(visitor, newest, { headers: elsewhere() })).to).toBe('/console');
  });

  it('that is posted is none of OpenID Connect', async () => {
    const visitor = newVisitor();
    await answerTo(visitor);

    const posted = await step(visitor, at('/sign-in/uni/callback'), {
      form: { SAMLResponse: 'x' },
    });

    expect(posted).toMatchObject(refused);
  });

  it('that proved nothing yet is no proof', async () => {
    const visitor = newVisitor();
    await answerTo(visitor);

    const proven = await step(visitor, at('/sign-in/uni/arrival'), { headers: elsewhere() });

    expect(proven).toMatchObject(refused);
  });

  it('of somebody who said no is told so', async () => {
    const page = await signInAs(world, newVisitor(), 'uni', '');

    expect([page.status, page.url.pathname]).toEqual([403, '/sign-in/uni/callback']);
    expect(page.text).toContain('You were not signed in');
  });

  it('does not show what it quotes as HTML', async () => {
    const page = await signInAs(world, newVisitor(), 'guild', 'bert');

    expect(page.text).toContain('A Guild &lt;of&gt; Many');
    expect(page.text).not.toContain('<of>');
  });

  const otherTab = async () => {
    const other = newVisitor();
    await answerTo(other);
    return other;
  };
});

describe('a session', () => {
  const sessionOf = (visitor: Visitor) => visitor.cookies.get('__Host-sid');
  const enter = async () => {
    const visitor = newVisitor();
    await signInAs(world, visitor, 'uni', 'anna');
    return visitor;
  };

  it('is 256 bits that the database does not have', async () => {
    const secret = sessionOf(await enter()) ?? '';

    const kept = await world.sql('select s::text as text from sessions s');
    expect(Buffer.from(secret, 'base64url').length).toBe(32);
    expect(JSON.stringify(kept)).not.toContain(secret);
  });

  it('is another one after each sign-in, and the one before has ended', async () => {
    const visitor = await enter();
    const before = new Map(visitor.cookies);
    await signInAs(world, visitor, 'uni', 'anna');

    expect(sessionOf(visitor)).not.toBe(before.get('__Host-sid'));
    expect(await whoIs(world, { ...visitor, cookies: before })).toBeNull();
    expect(await whoIs(world, visitor)).toBe('anna');
  });

  it('that somebody else knows is not gone on with', async () => {
    const attacker = newVisitor();
    await signInAs(world, attacker, 'uni', 'bert');
    const victim = newVisitor();
    victim.cookies.set('__Host-sid', sessionOf(attacker) ?? '');

    await signInAs(world, victim, 'uni', 'anna');

    expect(await whoIs(world, victim)).toBe('anna');
    expect(await whoIs(world, attacker)).toBeNull();
  });

  it('is not made of a cookie that somebody made up', async () => {
    const victim = newVisitor();
    victim.cookies.set('__Host-sid', 'made-up');

    await signInAs(world, victim, 'uni', 'anna');

    expect(sessionOf(victim)).not.toBe('made-up');
    expect(
      await whoIs(world, { ...victim, cookies: new Map([['__Host-sid', 'made-up']]) }),
    ).toBeNull();
  });

  it.each([
    ['is not used for eight hours', `last_seen_at = now() - interval '8 hours 1 second'`, null],
    ['is used within eight hours', `last_seen_at = now() - interval '7 hours 59 minutes'`, 'anna'],
    ['is a week old', `ends_at = now()`, null],
  ])('that %s', async (_, change, username) => {
    const visitor = await enter();
    await world.sql(`update sessions set ${change}`);

    expect(await whoIs(world, visitor)).toBe(username);
  });

  it('ends after a week however much it is used', async () => {
    await enter();

    const [{ days }] = await world.sql(
      `select extract(epoch from ends_at - created_at)::float8 / 86400 as days
       from sessions order by id desc limit 1`,
    );
    expect(days).toBeCloseTo(7, 3);
  });

  it('lives on while it is used', async () => {
    const visitor = await enter();
    await world.sql(`update sessions set last_seen_at = now() - interval '7 hours'`);
    await whoIs(world, visitor);

    const [{ seconds }] = await world.sql(
      `select min(extract(epoch from now() - last_seen_at))::float8 as seconds from sessions
       where last_seen_at > now() - interval '6 hours'`,
    );
    expect(seconds).toBeLessThan(60);
  });

  it.each([
    ['suspended', `update users set state = 'SUSPENDED' where username = 'bert'`],
    ['closed', `update users set state = 'DEACTIVATED' where username = 'bert'`],
  ])('of an account that is %s lets nobody in', async (_, statement) => {
    const visitor = newVisitor();
    await world.sql(`update users set state = 'ACTIVE' where username = 'bert'`);
    await signInAs(world, visitor, 'uni', 'bert');
    const before = await whoIs(world, visitor);
    await world.sql(statement);

    expect([before, await whoIs(world, visitor)]).toEqual(['bert', null]);
    expect((await step(visitor, at('/console'))).to).toBe('/sign-in?returnTo=/console');
    await world.sql(`update users set state = 'ACTIVE' where username = 'bert'`);
  });

  it('is written down with who, by what and from where', async () => {
    const visitor = await enter();
    const [begun] = await recorded(world, 'session.begun');
    const [user] = await world.sql(`select id from users where username = 'anna'`);

    await signInAs(world, visitor, 'uni', 'anna');

    const [ended] = await recorded(world, 'session.ended');
    expect(begun).toMatchObject({ actor_id: user.id, via: 'SESSION', ip: '127.0.0.1' });
    expect(begun?.via_id).toBe(begun?.subject_id);
    expect(ended).toMatchObject({
      actor_id: user.id,
      via: 'SESSION',
      subject_id: begun?.subject_id,
    });
    expect(ended?.via_id).not.toBe(ended?.subject_id);
  });
});

describe('signing out', () => {
  const enter = async () => {
    const visitor = newVisitor();
    await signInAs(world, visitor, 'uni', 'anna');
    return visitor;
  };

  it('ends the session here, and has the browser forget it', async () => {
    const visitor = await enter();
    const before = new Map(visitor.cookies);

    const out = await step(visitor, at('/sign-out'), {
      method: 'POST',
      headers: fromOurPage(world),
    });

    expect(out).toMatchObject({ status: 303, to: '/sign-in' });
    expect(out.cookies[0]).toMatch(/^__Host-sid=;.*Expires=Thu, 01 Jan 1970/);
    expect(visitor.cookies.has('__Host-sid')).toBe(false);
    expect(await whoIs(world, { ...visitor, cookies: before })).toBeNull();
    const [ended] = await recorded(world, 'session.ended');
    expect(ended).toMatchObject({ via: 'SESSION', details: { why: 'signed out' } });
  });

  it('leaves the other sessions', async () => {
    const one = await enter();
    const other = await enter();

    await step(one, at('/sign-out'), { method: 'POST', headers: fromOurPage(world) });

    expect(await whoIs(world, other)).toBe('anna');
  });

  it('is nothing where nobody is signed in', async () => {
    const out = await step(newVisitor(), at('/sign-out'), { method: 'POST' });

    expect(out).toMatchObject({ status: 303, to: '/sign-in' });
  });

  it('of a session that ended by itself is no fault', async () => {
    const visitor = await enter();
    await world.sql('update sessions set ends_at = now()');

    const out = await step(visitor, at('/sign-out'), {
      method: 'POST',
      headers: fromOurPage(world),
    });

    expect(out.status).toBe(303);
  });

  it.each([
    ['by a page of somebody else’s', { origin: 'https://evil.example' }],
    ['by another site', { 'sec-fetch-site': 'cross-site' }],
    ['by a page that hides where it is', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['by nobody says whom', {}],
  ])('%s is refused', async (_, headers) => {
    const visitor = await enter();

    const out = await step(visitor, at('/sign-out'), { method: 'POST', headers });

    expect(out.status).toBe(403);
    expect(await whoIs(world, visitor)).toBe('anna');
  });

  it('is not done by a link', async () => {
    const visitor = await enter();

    expect((await step(visitor, at('/sign-out'))).status).toBe(404);
    expect(await whoIs(world, visitor)).toBe('anna');
  });

  it('by a form of ours, which tells no origin, is done', async () => {
    const visitor = await enter();
    const headers = { origin: 'null', 'sec-fetch-site': 'same-origin' };

    await step(visitor, at('/sign-out'), { method: 'POST', headers });

    expect(await whoIs(world, visitor)).toBeNull();
  });

  it('is not what a provider does: the next sign-in may go by itself', async () => {
    const visitor = await enter();
    await step(visitor, at('/sign-out'), { method: 'POST', headers: fromOurPage(world) });
    forgetProviders(visitor);

    expect((await visitor.open(at('/console'))).text).toContain('Sign in with');
  });
});
