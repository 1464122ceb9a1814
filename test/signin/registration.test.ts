import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { registrationCookie, sessionCookie } from '../../src/signin/cookies.ts';
import { lastLetterTo, lettersTo } from './mailbox.ts';
import type { OidcAccount } from './oidc-kit.ts';
import { openStage, type Stage } from './stage.ts';
import { newVisitor, type Page, signInThrough, type Visitor } from './visitor.ts';

let stage: Stage<'orcid'>;
const accounts: Record<string, OidcAccount> = Object.fromEntries(
  Array.from({ length: 40 }, (_, n) => {
    const id = orcidOf(n);
    return [id, { name: `Josiah ${n} Carberry`, given_name: 'Josiah', family_name: 'Carberry' }];
  }),
);

/** The iD with a number in it; the last sign checks the others (ISO 7064, MOD 11-2). */
function orcidOf(n: number): string {
  const digits = `000000020000${String(n).padStart(3, '0')}`;
  const total = [...digits].reduce((sum, it) => ((sum + Number(it)) * 2) % 11, 0);
  const last = (12 - total) % 11;
  return `${digits}${last === 10 ? 'X' : last}`.replace(/(.{4})(?=.)/g, '$1-');
}

const unused = Object.keys(accounts);

beforeAll(async () => {
  const settings = { provision: true };
  stage = await openStage({ orcid: { isOrcid: true, accounts, settings } });
});
afterAll(() => stage.stop());
// All of them are at one address.
beforeEach(() => stage.world.sql('delete from rate_limits'));

interface Newcomer {
  visitor: Visitor;
  orcid: string;
  /** What they want. */
  wish: { username: string; email: string };
  /** What they see first. */
  page: Page;
}

const viewer = '{ viewer { username email fullName orcid identities { idp subject } } }';

/** Somebody who was never here, at the form that asks who they are. */
async function arrive(returnTo = '/console', orcid = unused.pop() ?? ''): Promise<Newcomer> {
  const visitor = newVisitor();
  const way = `${stage.url}/sign-in/orcid?returnTo=${encodeURIComponent(returnTo)}`;
  const page = await signInThrough(visitor, way, orcid);
  const name = `j${randomUUID().slice(0, 8)}`;
  return { visitor, orcid, page, wish: { username: name, email: `${name}@readers.example` } };
}

const ask = ({ visitor, page, wish }: Newcomer, other: Partial<Newcomer['wish']> = {}) =>
  visitor.send(page, { ...wish, ...other });

/** Follows the link in an e-mail and says yes. */
async function confirm(visitor: Visitor, link = '', until?: (url: URL) => boolean): Promise<Page> {
  const page = await visitor.open(link);
  const token = new URL(link).searchParams.get('token') ?? '';
  return visitor.send(page, { token }, until);
}

/** Who a browser is signed in as. */
async function whoIs({ cookies }: Visitor) {
  const answer = await fetch(`${stage.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      cookie: [...cookies].map((it) => it.join('=')).join('; '),
      origin: stage.url,
    },
    body: JSON.stringify({ query: viewer }),
  });
  const { data } = (await answer.json()) as { data: { viewer: Record<string, unknown> | null } };
  return data.viewer;
}

const usersWith = (email: string) =>
  stage.world.sql('select username from users where lower(email) = lower($1)', [email]);

const isAt = (path: string) => (url: URL) => url.pathname + url.search === path;

describe('somebody new whose provider tells no address', () => {
  it('is asked for one, shows that it is theirs, and is in', async () => {
    const { world } = stage;
    const newcomer = await arrive('/communities/mycology?tab=members');
    const { visitor, wish, orcid, page } = newcomer;

    const sent = await ask(newcomer);
    const before = await usersWith(wish.email);
    const letter = await lastLetterTo(world, wish.email);
    const landed = await confirm(visitor, letter.link, isAt('/communities/mycology?tab=members'));

    expect(page.url.pathname).toBe('/sign-in/register');
    expect(page.text).toMatch(/name="username"[^>]*value="Josiah-\d+-Carberry"/);
    expect(sent.text).toContain(`We sent a message to <strong>${wish.email}</strong>`);
    expect(before).toEqual([]);
    expect(landed.url.pathname).toBe('/communities/mycology');
    expect(landed.status).toBe(303);
    expect(await whoIs(visitor)).toEqual({
      username: wish.username,
      email: wish.email,
      fullName: expect.stringMatching(/^Josiah \d+ Carberry$/),
      orcid,
      identities: [{ idp: 'orcid', subject: orcid }],
    });
    const [user] = await world.sql(
      'select id, email_verified_at is not null as "isVerified" from users where username = $1',
      [wish.username],
    );
    expect(user.isVerified).toBe(true);
    expect(visitor.cookies.has(registrationCookie)).toBe(false);
    const done = await world.sql('select act from audit_events where actor_id = $1', [user.id]);
    expect(done.map((it) => it.act).sort()).toEqual(['session.begun', 'user.provisioned']);
    expect(
      await world.sql(`select 1 from links where purpose = 'REGISTRATION'
      and data->'proof'->>'subject' = '${orcid}'`),
    ).toEqual([]);
  });

  it('is known the next time', async () => {
    const newcomer = await arrive();
    await ask(newcomer);
    await confirm(
      newcomer.visitor,
      (await lastLetterTo(stage.world, newcomer.wish.email)).link,
      isAt('/console'),
    );

    const again = newVisitor();
    await signInThrough(again, `${stage.url}/sign-in/orcid`, newcomer.orcid, isAt('/console'));

    expect(await whoIs(again)).toMatchObject({ username: newcomer.wish.username });
  });

  it('is nobody until then, in no door', async () => {
    const newcomer = await arrive();
    await ask(newcomer);

    expect(newcomer.visitor.cookies.has(sessionCookie)).toBe(false);
    expect(await whoIs(newcomer.visitor)).toBeNull();
  });

  it('may mend the address: only the last message counts', async () => {
    const newcomer = await arrive();
    const { visitor, wish } = newcomer;
    await ask(newcomer, { email: `wrong-${wish.email}` });
    const first = await lastLetterTo(stage.world, `wrong-${wish.email}`);
    const form = await visitor.open(`${stage.url}/sign-in/register`);
    await ask({ ...newcomer, page: form });

    const old = await visitor.open(first.link ?? '');
    const tried = await visitor.send(
      { ...old, text: '<form action="/sign-in/register/confirm">' },
      { token: new URL(first.link ?? '').searchParams.get('token') ?? '' },
    );

    expect(form.text).toContain(`value="wrong-${wish.email}"`);
    expect([old.status, tried.status]).toEqual([400, 400]);
    expect(await usersWith(`wrong-${wish.email}`)).toEqual([]);
    await confirm(visitor, (await lastLetterTo(stage.world, wish.email)).link, isAt('/console'));
    expect(await whoIs(visitor)).toMatchObject({ email: wish.email });
  });

  it('is signed in as somebody else no more', async () => {
    const newcomer = await arrive();
    const { visitor, wish } = newcomer;
    await ask(newcomer);
    const letter = await lastLetterTo(stage.world, wish.email);
    const another = await arrive();
    await ask(another);
    await confirm(
      another.visitor,
      (await lastLetterTo(stage.world, another.wish.email)).link,
      isAt('/console'),
    );
    const former = another.visitor.cookies.get(sessionCookie) ?? '';
    visitor.cookies.set(sessionCookie, former);

    await confirm(visitor, letter.link, isAt('/console'));

    expect(await whoIs(visitor)).toMatchObject({ username: wish.username });
    expect(await whoIs(another.visitor)).toBeNull();
  });
});

describe('an address that has an account', () => {
  async function makeOwner() {
    const { id, username } = await stage.world.makeUser();
    const email = `${username}@Owners.example`;
    await stage.world.sql('update users set email = $2 where id = $1', [id, email]);
    return { id, username, email };
  }

  it('is answered as one that has none; only its owner hears of it', async () => {
    const owner = await makeOwner();
    const [taken, free] = [await arrive(), await arrive()];
    const typed = owner.email.toLowerCase();

    const answers = [await ask(taken, { email: typed }), await ask(free)];

    const [first, second] = answers.map(({ status, text, headers }) => ({
      status,
      text: text.replaceAll(typed, 'X').replaceAll(free.wish.email, 'X'),
      headers: [...headers].filter(([name]) => !/^(date|x-request-id|content-length)$/.test(name)),
    }));
    expect(first).toEqual(second);
    const letters = await lettersTo(stage.world, owner.email);
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatchObject({ to: owner.email, subject: 'You have an account already' });
    expect(letters[0]?.text).toContain(`“${owner.username}”`);
    expect(letters[0]?.text).not.toMatch(/https?:/);
    expect(await usersWith(owner.email)).toEqual([{ username: owner.username }]);
  });

  it('has its owner warned though they want no e-mails', async () => {
    const owner = await makeOwner();
    await stage.world.sql('update users set notifies = false where id = $1', [owner.id]);

    await ask(await arrive(), { email: owner.email });

    expect(await lettersTo(stage.world, owner.email)).toHaveLength(1);
  });
});

describe('the form', () => {
  it('says all that is wrong at once, beside what it is, and keeps what was typed', async () => {
    const { username } = await stage.world.makeUser();
    const newcomer = await arrive();

    const both = await ask(newcomer, { username: '-<b>', email: 'no address' });
    const taken = await ask(newcomer, { username: username.toUpperCase(), email: 'neither@' });

    expect(both.status).toBe(422);
    expect(both.text).toMatch(/<div role="alert"[^>]*>.*href="#username".*href="#email"/s);
    expect(both.text).toContain('value="-&lt;b&gt;"');
    expect(both.text).toMatch(
      /id="email"[^>]*value="no address"[^>]*aria-describedby="email-mistake email-hint" aria-invalid="true"/,
    );
    expect(both.text).toContain('<title>Mistake:');
    expect(taken.text).toContain('Another account has this username.');
    expect(taken.text).toContain('E-mail address: it is not an e-mail address.');
    expect(await lettersTo(stage.world, 'no address')).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['two of each', 'username=a&username=b&email=a@b.example&email=c@d.example'],
    ['too much', `username=${'a'.repeat(65)}&email=${'a'.repeat(250)}@b.example`],
    ['two addresses', 'username=abc&email=a@b.example,c@d.example'],
    ['a line break', 'username=abc&email=a@b.example%0d%0aBcc:%20c@d.example'],
  ])('refuses %s', async (_, body) => {
    const { visitor } = await arrive();

    const answer = await fetch(`${stage.url}/sign-in/register`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: stage.url,
        cookie: `${registrationCookie}=${visitor.cookies.get(registrationCookie)}`,
      },
    });

    expect(answer.status).toBe(422);
  });

  it('is for browsers that began a registration alone', async () => {
    const page = await newVisitor().open(`${stage.url}/sign-in/register`);
    const visitor = newVisitor();
    visitor.cookies.set(registrationCookie, 'x'.repeat(43));
    const guessed = await visitor.open(`${stage.url}/sign-in/register`);

    expect([page.status, guessed.status]).toEqual([400, 400]);
    expect(page.text).toContain('no registration under way');
    expect(page.text).toContain('href="/sign-in"');
  });

  it('is there for an hour', async () => {
    const newcomer = await arrive();
    await stage.world.sql(
      `update links set expires_at = now() - interval '1 second' where data->'proof'->>'subject' = $1`,
      [newcomer.orcid],
    );

    expect((await ask(newcomer)).status).toBe(400);
    expect(await lettersTo(stage.world, newcomer.wish.email)).toEqual([]);
  });

  it('can be used without a script, and is seen by nobody else', async () => {
    const { page } = await arrive();

    for (const name of ['username', 'email']) {
      expect(page.text).toContain(`<label for="${name}">`);
      expect(page.text).toMatch(new RegExp(`id="${name}"[^>]*\\baria-describedby="${name}-hint"`));
    }
    expect(page.text).not.toContain('<script');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });
});

describe('a page of somebody else', () => {
  it.each([
    ['another origin', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a neighbour', { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' }],
    ['a frame without an origin', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['nobody who says', {}],
  ])('cannot ask for an account or confirm one: %s', async (_, headers) => {
    const newcomer = await arrive();
    await ask(newcomer);
    const { link = '' } = await lastLetterTo(stage.world, newcomer.wish.email);
    const token = new URL(link).searchParams.get('token') ?? '';
    const post = (path: string, fields: Record<string, string>) =>
      fetch(stage.url + path, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams(fields),
        headers: {
          ...(headers as Record<string, string>),
          cookie: `${registrationCookie}=${newcomer.visitor.cookies.get(registrationCookie)}`,
        },
      });

    const answers = [
      await post('/sign-in/register', { ...newcomer.wish, email: 'a@evil.example' }),
      await post('/sign-in/register/confirm', { token }),
    ];

    expect(answers.map((it) => it.status)).toEqual([403, 403]);
    expect(await lettersTo(stage.world, 'a@evil.example')).toEqual([]);
    expect(await usersWith(newcomer.wish.email)).toEqual([]);
  });
});

describe('the link in the message', () => {
  it('does nothing when it is followed', async () => {
    const newcomer = await arrive();
    await ask(newcomer);
    const { link = '' } = await lastLetterTo(stage.world, newcomer.wish.email);

    const page = await newcomer.visitor.open(link);
    await newcomer.visitor.open(link);
    await fetch(link, { method: 'HEAD' });

    expect(page.status).toBe(200);
    expect(page.text).toContain(newcomer.wish.email);
    expect(await usersWith(newcomer.wish.email)).toEqual([]);
    expect(newcomer.visitor.cookies.has(sessionCookie)).toBe(false);
  });

  it('is good in the browser in which it was asked for alone', async () => {
    const [attacker, victim] = [await arrive(), await arrive()];
    // The reader of the address is to confirm it for somebody else.
    await ask(attacker, { email: victim.wish.email });
    const { link = '' } = await lastLetterTo(stage.world, victim.wish.email);

    const elsewhere = [await newVisitor().open(link), await victim.visitor.open(link)];
    const tried = await victim.visitor.send(
      { ...(elsewhere[1] as Page), text: '<form action="/sign-in/register/confirm">' },
      { token: new URL(link).searchParams.get('token') ?? '' },
    );

    expect([...elsewhere, tried].map((it) => it.status)).toEqual([400, 400, 400]);
    expect(elsewhere[0]?.text).toContain('begun elsewhere');
    expect(await usersWith(victim.wish.email)).toEqual([]);
  });

  it('makes one account, however often it is used at once', async () => {
    const newcomer = await arrive();
    await ask(newcomer);
    const { link = '' } = await lastLetterTo(stage.world, newcomer.wish.email);
    const page = await newcomer.visitor.open(link);
    const token = new URL(link).searchParams.get('token') ?? '';
    const browsers = Array.from({ length: 8 }, () => {
      const it = newVisitor();
      it.cookies.set(registrationCookie, newcomer.visitor.cookies.get(registrationCookie) ?? '');
      return it;
    });

    const answers = await Promise.all(
      browsers.map((it) => it.send(page, { token }, isAt('/console'))),
    );

    expect(answers.filter((it) => it.status === 303)).toHaveLength(1);
    expect(new Set(answers.map((it) => it.status))).toEqual(new Set([303, 400]));
    expect(await usersWith(newcomer.wish.email)).toHaveLength(1);
  });

  it('leads back to the form if somebody has the username by now', async () => {
    const newcomer = await arrive();
    await ask(newcomer);
    await stage.world.makeUser(newcomer.wish.username.toUpperCase());
    const { link } = await lastLetterTo(stage.world, newcomer.wish.email);

    const form = await confirm(newcomer.visitor, link);
    await newcomer.visitor.send(form, { ...newcomer.wish, username: `${newcomer.wish.username}x` });
    const again = await lastLetterTo(stage.world, newcomer.wish.email);
    await confirm(newcomer.visitor, again.link, isAt('/console'));

    expect(form.status).toBe(422);
    expect(form.text).toContain('Another account has this username.');
    expect(form.text).toContain(`value="${newcomer.wish.email}"`);
    expect(await whoIs(newcomer.visitor)).toMatchObject({
      username: `${newcomer.wish.username}x`,
    });
  });

  it('leads back to the form if the address got an account meanwhile', async () => {
    const newcomer = await arrive();
    await ask(newcomer);
    const { id } = await stage.world.makeUser();
    const email = newcomer.wish.email.toUpperCase();
    await stage.world.sql('update users set email = $2 where id = $1', [id, email]);

    const form = await confirm(
      newcomer.visitor,
      (await lastLetterTo(stage.world, newcomer.wish.email)).link,
    );

    expect(form.status).toBe(422);
    expect(form.text).toContain('Another account has this e-mail address.');
    expect(await usersWith(email)).toHaveLength(1);
  });

  it('leads to signing in if the person got an account in another way', async () => {
    const newcomer = await arrive();
    await ask(newcomer);
    const { id } = await stage.world.makeUser();
    await stage.world.sql(
      `insert into identities (id, idp, subject, user_id) values ($1, 'orcid', $2, $3)`,
      [randomUUID(), newcomer.orcid, id],
    );

    const page = await confirm(
      newcomer.visitor,
      (await lastLetterTo(stage.world, newcomer.wish.email)).link,
    );

    expect(page.status).toBe(409);
    expect(page.text).toContain('You have an account by now.');
    expect(await usersWith(newcomer.wish.email)).toEqual([]);
  });
});

describe('messages', () => {
  it('are few to one address, whether it has an account or not', async () => {
    const { id, username } = await stage.world.makeUser();
    const taken = `${username}@owners.example`;
    await stage.world.sql('update users set email = $2 where id = $1', [id, taken]);
    for (const email of [`nobody-${username}@owners.example`, taken]) {
      await stage.world.sql('delete from rate_limits');
      const answers: Page[] = [];
      for (let n = 0; n < 4; n++) {
        const as = n % 2 ? email.toUpperCase() : email;
        answers.push(await ask(await arrive(), { email: as }));
      }

      expect(answers.map((it) => it.status)).toEqual([200, 200, 200, 429]);
      expect(Number(answers[3]?.headers.get('retry-after'))).toBeGreaterThan(60);
      expect(await lettersTo(stage.world, email)).toHaveLength(3);
    }
    expect(JSON.stringify(await stage.world.sql('select key from rate_limits'))).not.toContain('@');
  });

  it('are few from one place', async () => {
    const newcomer = await arrive();
    const statuses: number[] = [];
    for (let n = 0; n < 11; n++) {
      const email = `${randomInt(1e9)}@readers.example`;
      statuses.push((await ask(newcomer, { email })).status);
    }

    expect(statuses).toEqual([...Array(10).fill(200), 429]);
  });

  it('leave neither their link nor the address behind once they are sent', async () => {
    const newcomer = await arrive();
    await ask(newcomer);
    const { link = '' } = await lastLetterTo(stage.world, newcomer.wish.email);
    const token = new URL(link).searchParams.get('token') ?? '';

    const mails = JSON.stringify(await stage.world.sql('select * from mails'));
    const links = JSON.stringify(await stage.world.sql('select * from links'));

    expect(token).toMatch(/^[\w-]{43}$/);
    expect(mails).not.toContain(token);
    expect(mails).not.toContain(newcomer.wish.email);
    expect(links).not.toContain(token);
    expect(links).not.toContain(newcomer.visitor.cookies.get(registrationCookie));
  });
});
