import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { readConfig } from '../../src/config.ts';
import { transact } from '../../src/context.ts';
import { lockOut } from '../../src/credentials/sessions.ts';
import { sessionCookie } from '../../src/signin/cookies.ts';
import { makeLink } from '../../src/signin/links/links.ts';
import { createSignInLink } from '../../src/signin/links/sign-in-links.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { startBrowser } from './browser.ts';
import { freePort } from './kit.ts';
import { newVisitor, type Page, type Visitor } from './visitor.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ env: { PORT: String(await freePort()) }, isWorking: false });
});
afterAll(() => world.stop());

const make = (username: string, minutes?: number) =>
  createSignInLink(world.app.begin(Actor.system), username, minutes);

const tokenIn = (link: string) => new URL(link).searchParams.get('token') ?? '';
const isHome = (url: URL) => url.pathname === '/console';

/** Says yes where a link leads to; as if its page had been seen, if it cannot be. */
const say = (visitor: Visitor, link: string): Promise<Page> =>
  visitor.send(
    {
      url: new URL(link),
      text: '<form action="/sign-in/link">',
      status: 200,
      headers: new Headers(),
    },
    { token: tokenIn(link) },
    isHome,
  );

async function whoIs({ cookies }: Visitor): Promise<string | undefined> {
  const answer = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      cookie: `${sessionCookie}=${cookies.get(sessionCookie)}`,
      origin: world.url,
    },
    body: JSON.stringify({ query: '{ viewer { username } }' }),
  });
  return ((await answer.json()) as { data: { viewer?: { username: string } } }).data.viewer
    ?.username;
}

describe('a sign-in link', () => {
  it('asks first, and signs in once', async () => {
    const { username, id } = await world.makeUser();
    const visitor = newVisitor();

    const link = await make(username.toUpperCase());
    const page = await visitor.open(link);
    const wasIn = visitor.cookies.has(sessionCookie);
    const done = await say(visitor, link);
    const again = [await newVisitor().open(link), await say(newVisitor(), link)];

    expect(link).toMatch(new RegExp(`^${world.url}/sign-in/link\\?token=[\\w-]{43}$`));
    expect(page.text).toContain(`Sign in as <strong>${username}</strong>?`);
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(wasIn).toBe(false);
    expect(done.url.pathname).toBe('/console');
    expect(done.headers.getSetCookie().join()).toMatch(/HttpOnly; Secure; SameSite=Lax/);
    expect(await whoIs(visitor)).toBe(username);
    expect(again.map((it) => it.status)).toEqual([400, 400]);
    const [session] = await world.sql(
      'select identity_id, ip, user_agent from sessions where user_id = $1',
      [id],
    );
    expect(session).toEqual({ identity_id: null, ip: '127.0.0.1', user_agent: 'node' });
  });

  it('is written down: who had it made, and that it was used', async () => {
    const { username, id } = await world.makeUser();

    await say(newVisitor(), await make(username, 5));

    const events = await world.sql(
      `select act, actor_kind, via, ip, details from audit_events
       where subject_id = $1 or actor_id = $1::text order by id`,
      [id],
    );
    expect(events.filter((it) => !/^(user|token)\.created$/.test(it.act))).toEqual([
      {
        act: 'user.sign_in_link_created',
        actor_kind: 'SYSTEM',
        via: null,
        ip: null,
        details: { minutes: 5 },
      },
      {
        act: 'session.begun',
        actor_kind: 'USER',
        via: 'SESSION',
        ip: '127.0.0.1',
        details: { user: id },
      },
    ]);
  });

  it('signs in one of those who use it at once', async () => {
    const { username, id } = await world.makeUser();
    const link = await make(username);

    const answers = await Promise.all(Array.from({ length: 20 }, () => say(newVisitor(), link)));

    expect(answers.filter((it) => it.status === 303)).toHaveLength(1);
    expect(await world.sql('select 1 from sessions where user_id = $1', [id])).toHaveLength(1);
  });

  it.each([
    ['its time is over', `update links set expires_at = now() - interval '1 second'`],
    ['the user is suspended', `update users set state = 'SUSPENDED'`],
    ['the account was closed', `update users set state = 'DEACTIVATED'`],
    ['the user was locked out since', 'update users set locked_out_at = now()'],
    ['the user is gone', 'delete from users'],
  ])('is good no more when %s', async (_, change) => {
    const { username, id } = await world.makeUser();
    const visitor = newVisitor();
    const link = await make(username);
    const key = change.includes('users') ? 'id' : 'user_id';
    await world.sql('delete from audit_events where actor_id = $1', [id]);
    await world.sql(`${change} where ${key} = $1`, [id]);

    const page = await visitor.open(link);
    const done = await say(visitor, link);

    expect([page.status, done.status]).toEqual([400, 400]);
    expect(page.text).not.toContain(username);
    expect(visitor.cookies.size).toBe(0);
  });

  it('is good no more once a lock-out is under way, which nobody sees yet', async () => {
    const { username, id } = await world.makeUser();
    const link = await make(username);
    const visitor = newVisitor();

    const { said } = await transact(world.app.begin(Actor.system), async (tx) => {
      await lockOut(tx, [id]);
      const said = say(visitor, link);
      await sleep(300);
      return { said };
    });

    expect((await said).status).toBe(400);
    expect(await world.sql('select from sessions where user_id = $1', [id])).toEqual([]);
  });

  it('that was made after a lock-out is good', async () => {
    const { username, id } = await world.makeUser();
    await world.sql('update users set locked_out_at = now() where id = $1', [id]);

    expect((await say(newVisitor(), await make(username))).status).toBe(303);
  });

  it.each([
    ['none', ''],
    ['a guess', 'A'.repeat(43)],
    ['two', 'a&token=b'],
    ['a list', '&token[]=a'],
    ['something long', 'a'.repeat(10_000)],
    ['nothing that is text', '%00%ff'],
  ])('is nothing that can be made up: %s', async (_, token) => {
    const answers = [
      await fetch(`${world.url}/sign-in/link?token=${token}`),
      await fetch(`${world.url}/sign-in/link`, {
        method: 'POST',
        redirect: 'manual',
        body: `token=${token}`,
        headers: { origin: world.url, 'content-type': 'application/x-www-form-urlencoded' },
      }),
      await fetch(`${world.url}/confirm-email?token=${token}`),
    ];

    for (const it of answers) expect(it.status).toBeGreaterThanOrEqual(400);
    for (const it of answers) expect(it.status).toBeLessThan(500);
    for (const it of answers) expect(it.headers.getSetCookie()).toEqual([]);
  });

  it('for one thing is none for another', async () => {
    const { username, id } = await world.makeUser();
    const link = await make(username);
    const data = { email: 'x@readers.example' };
    const other = await transact(world.app.begin(Actor.system), (tx) =>
      makeLink(tx, { purpose: 'EMAIL', userId: id, data, minutes: 5 }),
    );

    const asEmail = await newVisitor().open(`${world.url}/confirm-email?token=${tokenIn(link)}`);
    const asSignIn = await say(newVisitor(), `${world.url}/sign-in/link?token=${other}`);

    expect([asEmail.status, asSignIn.status]).toEqual([400, 400]);
    expect((await say(newVisitor(), link)).status).toBe(303);
  });

  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['another port', { origin: 'http://127.0.0.1:1' }],
    ['a frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['nobody who says', {}],
  ])('is not used by a page of somebody else: %s', async (_, headers) => {
    const { username } = await world.makeUser();
    const link = await make(username);

    const answer = await fetch(`${world.url}/sign-in/link`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ token: tokenIn(link) }),
      headers: headers as Record<string, string>,
    });

    expect(answer.status).toBe(403);
    expect((await newVisitor().open(link)).status).toBe(200);
  });

  it('ends the session that the browser had', async () => {
    const [one, other] = [await world.makeUser(), await world.makeUser()];
    const visitor = newVisitor();
    await say(visitor, await make(one.username));
    const before = visitor.cookies.get(sessionCookie);

    await say(visitor, await make(other.username));

    expect(visitor.cookies.get(sessionCookie)).not.toBe(before);
    expect(await whoIs(visitor)).toBe(other.username);
    expect(await world.sql('select 1 from sessions where user_id = $1', [one.id])).toEqual([]);
  });

  it('is not kept in the clear', async () => {
    const { username } = await world.makeUser();
    const token = tokenIn(await make(username));

    const kept = JSON.stringify([
      await world.sql('select * from links'),
      await world.sql('select * from audit_events'),
    ]);

    expect(kept).not.toContain(token);
    expect(kept).not.toContain(Buffer.from(token).toString('hex'));
  });

  it('is made for nobody who is not there, or may not come in', async () => {
    const { username, id } = await world.makeUser();
    await world.sql(`update users set state = 'DEACTIVATED' where id = $1`, [id]);

    await expect(make('nobody-at-all')).rejects.toThrow('There is no such user');
    await expect(make(username)).rejects.toThrow('is not active');
    await expect(
      createSignInLink(world.app.begin(Actor.user(id, ['MODERATE'], [])), username),
    ).rejects.toThrow('You may not do this.');
  });

  it('signs in with a real browser', { timeout: 60_000 }, async () => {
    const { username } = await world.makeUser();
    const browser = await startBrowser();
    const page = await browser.context.newPage();

    await page.goto(await make(username));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${world.url}/console`);
    const answer = await page.evaluate(async () => {
      const response = await fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ viewer { username } }' }),
      });
      return response.json();
    });
    await browser.stop();

    expect(answer).toEqual({ data: { viewer: { username } } });
  });
});

it.each(['link', 'register'])(
  'a provider is not called %s, which is an address of ours',
  async (key) => {
    const folder = await mkdtemp(join(tmpdir(), 'collegium-links-'));
    const file = join(folder, 'collegium.json');
    const provider = { kind: 'oidc', issuer: 'https://id.example', client_id: 'collegium' };
    const read = async (name: string) => {
      await writeFile(file, JSON.stringify({ signIn: { [name]: provider } }));
      return readConfig({ COLLEGIUM_CONFIG: file }).signIn;
    };

    await expect(read(key)).rejects.toThrow(`signIn.${key}: is not a key`);
    expect([...(await read(`${key}s`)).keys()]).toEqual([`${key}s`]);
    await rm(folder, { recursive: true });
  },
);
