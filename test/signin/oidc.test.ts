import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sessionCookie } from '../../src/signin/cookies.ts';
import type { World } from '../helpers/world.ts';
import { signInAs, startOidcFor, startSignInWorld, whoIs } from './kit.ts';
import { forgeries } from './oidc-forgeries.ts';
import { changeReturn } from './oidc-front.ts';
import type { Oidc } from './oidc-kit.ts';
import { isReturn, newVisitor, signInThrough } from './visitor.ts';

let world: World;
let university: Oidc;
let library: Oidc;
let orcid: Oidc;

beforeAll(async () => {
  world = await startSignInWorld({
    isWorking: false,
    async signIn(url, env) {
      university = await startOidcFor(url, ['university'], {
        alice: { preferred_username: 'alice', email: 'alice@example.org', email_verified: true },
        mallory: { preferred_username: 'mallory' },
      });
      library = await startOidcFor(url, ['library'], {
        alice: { preferred_username: 'alice', email: 'a@library.example', email_verified: true },
      });
      orcid = await startOidcFor(url, ['orcid'], { '0000-0002-1825-0097': {} }, { isOrcid: true });
      const all = { university, library, orcid };
      return Object.fromEntries(
        Object.entries(all).map(([key, { issuer, clientId, clientSecret }]) => {
          env[`SECRET_OF_${key}`] = clientSecret;
          const client = {
            client_id: clientId,
            client_secret_env_variable_label: `SECRET_OF_${key}`,
          };
          return [
            key,
            { kind: key === 'orcid' ? key : 'oidc', issuer, ...client, provision: true },
          ];
        }),
      );
    },
  });
});
afterEach(async () => {
  for (const it of [university, library, orcid]) it.beHonest();
  await world.sql('delete from rate_limits');
});
afterAll(async () => {
  await world.stop();
  await Promise.all([university, library, orcid].map((it) => it.stop()));
});

/** Whatever a sign-in makes. */
const made = () =>
  world.sql(`
    select (select count(*) from users) as users, (select count(*) from identities) as identities,
      (select count(*) from sessions) as sessions, (select count(*) from links) as links`);

describe('several providers', () => {
  it('are offered, each in its place', async () => {
    const page = await newVisitor().open(`${world.url}/sign-in`);

    const ways = [...page.text.matchAll(/class="way" href="([^"]+)"/g)].map(([, href]) => href);
    expect(ways).toEqual(['/sign-in/university', '/sign-in/library', '/sign-in/orcid']);
    const leads = await Promise.all(
      ways.map((it) => newVisitor().open(`${world.url}${it}`, (url) => url.pathname === '/auth')),
    );
    expect(leads.map(({ url }) => url.origin)).toEqual([
      university.issuer,
      library.issuer,
      orcid.issuer,
    ]);
  });

  it('each know their own people, whatever the others call theirs', async () => {
    const [here, there] = [newVisitor(), newVisitor()];

    await signInAs(world, here, 'university', 'alice');
    await signInAs(world, there, 'library', 'alice');

    expect(await whoIs(world, here)).toBe('alice');
    expect(await whoIs(world, there)).toBe('alice-2');
    const identities = await world.sql(
      `select i.idp, i.subject, u.email, u.email_verified_at is not null as "isVerified"
       from identities i join users u on u.id = i.user_id order by i.id`,
    );
    expect(identities).toEqual([
      { idp: 'university', subject: 'alice', email: 'alice@example.org', isVerified: true },
      { idp: 'library', subject: 'alice', email: 'a@library.example', isVerified: true },
    ]);
  });

  it('know people again, who get no second account', async () => {
    const visitor = newVisitor();
    const [before] = await made();

    const page = await signInAs(world, visitor, 'university', 'alice');

    expect(page.url.pathname).toBe('/console');
    const [after] = await made();
    expect({ ...after, sessions: 0 }).toEqual({ ...before, sessions: 0 });
  });

  it('tell no address where they are ORCID, so that it is asked for', async () => {
    const visitor = newVisitor();
    const [before] = await made();

    const page = await signInAs(world, visitor, 'orcid', '0000-0002-1825-0097');

    expect(page.url.pathname).toBe('/sign-in/register');
    expect(visitor.cookies.has(sessionCookie)).toBe(false);
    const [after] = await made();
    expect(after.users).toBe(before.users);
  });
});

describe('an answer that is not as it was given lets nobody in', () => {
  it.each(forgeries)('$name', async ({ forge }) => {
    await forge(university, {
      begin: async () => `${world.url}/sign-in/university`,
      signIn: (login) => signInAs(world, newVisitor(), 'university', login),
    });
    const [before] = await made();
    const visitor = newVisitor();

    const page = await signInAs(world, visitor, 'university', 'alice');

    expect(page).toMatchObject({ status: 400 });
    expect(page.text).toMatch(/role="alert"/);
    expect(visitor.cookies.has(sessionCookie)).toBe(false);
    expect(await made()).toEqual([before]);

    // It is the answer alone that was wrong, and whoever begins again is not kept out.
    university.beHonest();
    await signInAs(world, visitor, 'university', 'alice');
    expect(await whoIs(world, visitor)).toBe('alice');
  });
});

describe('an answer', () => {
  it('counts once', async () => {
    const visitor = newVisitor();
    const begun = `${world.url}/sign-in/university`;
    const answer = await signInThrough(visitor, begun, 'alice', isReturn);
    const cookies = new Map(visitor.cookies);
    expect((await visitor.open(answer.url)).status).toBe(200);
    const [before] = await made();

    visitor.cookies.clear();
    for (const [name, value] of cookies) visitor.cookies.set(name, value);
    expect((await visitor.open(answer.url)).status).toBe(400);

    expect(await made()).toEqual([before]);
  });

  it('is for the browser that asked', async () => {
    const answer = await signInThrough(
      newVisitor(),
      `${world.url}/sign-in/university`,
      'mallory',
      isReturn,
    );
    const victim = newVisitor();

    expect((await victim.open(answer.url)).status).toBe(400);

    expect(victim.cookies.has(sessionCookie)).toBe(false);
  });

  it('is not one of another provider', async () => {
    const visitor = newVisitor();
    const begun = `${world.url}/sign-in/university`;
    const answer = await signInThrough(visitor, begun, 'alice', isReturn);
    library.asked.length = 0;

    const mixedUp = answer.url.href.replace('/university/', '/library/');
    expect((await visitor.open(mixedUp)).status).toBe(400);

    expect(library.asked).toEqual([]);
    expect(visitor.cookies.has(sessionCookie)).toBe(false);
  });

  it('may be no, and says so', async () => {
    const visitor = newVisitor();

    const page = await signInAs(world, visitor, 'university', '');

    expect(page.status).toBe(403);
    expect(page.text).toContain('university did not let you in, or you said no there.');
  });

  it('shows nothing of what was sent', async () => {
    const markup = '<script>alert(1)</script>';
    university.onAnswer = changeReturn((url) => {
      url.searchParams.set('error', markup);
      url.searchParams.set('error_description', markup);
    });

    const page = await signInAs(world, newVisitor(), 'university', 'alice');

    expect(page.status).toBe(400);
    expect(page.text).not.toMatch(/alert\(1\)/);
  });
});

describe('a provider that is away', () => {
  it('is told of, and the others sign people in', async () => {
    library.onAnswer = (answered, asked) => {
      if (asked.path === '/token') answered.status = 500;
    };

    const page = await signInAs(world, newVisitor(), 'library', 'alice');
    expect(page.status).toBe(503);
    expect(page.text).toContain('library does not answer. Please try again in a few minutes.');

    const visitor = newVisitor();
    await signInAs(world, visitor, 'university', 'alice');
    expect(await whoIs(world, visitor)).toBe('alice');
  });
});
