import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionCookie } from '../../src/signin/cookies.ts';
import type { World } from '../helpers/world.ts';
import { type Browser, startBrowser } from './browser.ts';
import { configured, startOidcFor, startSignInWorld } from './kit.ts';
import type { Oidc } from './oidc-kit.ts';

let world: World;
let university: Oidc;
let library: Oidc;
let browser: Browser;

beforeAll(async () => {
  world = await startSignInWorld({
    isWorking: false,
    async signIn(url, env) {
      const alice = { name: 'Alice Adams', preferred_username: 'alice' };
      const email = { email: 'alice@example.org', email_verified: true };
      // To a browser, these are other sites than ours.
      const host = 'localhost';
      university = await startOidcFor(
        url,
        ['university'],
        { alice: { ...alice, ...email } },
        { host },
      );
      library = await startOidcFor(url, ['library'], { 'reader-7': {} }, { host });
      const settings = (oidc: Oidc, label: string, more: object) => {
        env[label] = oidc.clientSecret;
        return configured(oidc, env, { client_secret_env_variable_label: label, ...more });
      };
      return {
        university: settings(university, 'FIRST', { title: 'The University', provision: true }),
        library: settings(library, 'SECOND', { title: 'The Library' }),
      };
    },
  });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.stop();
  await world.stop();
  await Promise.all([university.stop(), library.stop()]);
});

/** Pictures of the pages, for whoever wants to look: `SCREENSHOTS=/tmp/x vitest run …`. */
const { SCREENSHOTS: folder } = process.env;

describe('in a browser', () => {
  it('somebody signs in, sees who they are, asks, adds an identity, and signs out', async () => {
    const page = await browser.context.newPage();
    const picture = async (name: string) => {
      if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
    };

    await page.goto(`${world.url}/console`);
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    await picture('sign-in');
    await page.getByRole('link', { name: 'The University' }).click();

    expect(new URL(page.url()).origin).toBe(university.issuer);
    await page.locator('input[name=login]').fill('alice');
    await page.getByRole('button', { name: 'Sign in' }).click();

    expect(page.url()).toBe(`${world.url}/console`);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Alice Adams');
    expect(await page.locator('dl').textContent()).toContain('alice@example.org');
    const cookies = await browser.context.cookies(world.url);
    expect(cookies.filter((it) => it.name === sessionCookie)).toMatchObject([
      { httpOnly: true, secure: true, sameSite: 'Lax', path: '/', expires: -1 },
    ]);

    await page.locator('textarea').fill('{ viewer { username fullName } }');
    await page.getByRole('button', { name: 'Run' }).click();
    const answer = page.getByRole('status');
    await answer.filter({ hasText: 'viewer' }).waitFor();
    expect(JSON.parse((await answer.textContent()) ?? '')).toEqual({
      data: { viewer: { username: 'alice', fullName: 'Alice Adams' } },
    });
    await picture('console');

    await page.getByRole('link', { name: 'The Library' }).click();
    await page.locator('input[name=login]').fill('reader-7');
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(page.url()).toBe(`${world.url}/console`);
    expect(await page.locator('main').textContent()).toContain('reader-7');
    expect(await world.sql('select idp, subject from identities order by id')).toEqual([
      { idp: 'university', subject: 'alice' },
      { idp: 'library', subject: 'reader-7' },
    ]);

    await page.getByRole('button', { name: 'Sign out' }).click();

    expect(new URL(page.url()).pathname).toBe('/sign-in');
    expect((await browser.context.cookies(world.url)).map((it) => it.name)).not.toContain(
      sessionCookie,
    );
    await page.goto(`${world.url}/console`);
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    expect(await world.sql('select count(*)::int as n from sessions')).toEqual([{ n: 0 }]);
  });

  it('nothing is kept from a page, and nobody else is asked for anything', () => {
    expect(browser.complaints).toEqual([]);
    const origins = new Set(browser.requests.map((it) => new URL(it).origin));
    expect([...origins].sort()).toEqual([world.url, university.issuer, library.issuer].sort());
  });
});
