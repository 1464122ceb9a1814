import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closeDoors } from '../../src/accounts/doors.ts';
import { Actor } from '../../src/actor.ts';
import { transact } from '../../src/context.ts';
import { createToken } from '../../src/credentials/tokens.ts';
import { lockUsers } from '../../src/users/target.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { settled } from '../sync/kit.ts';
import { freePort } from './kit.ts';
import { lastLetterTo, lettersTo } from './mailbox.ts';
import { newVisitor, type Page } from './visitor.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ env: { PORT: String(await freePort()) } });
});
afterAll(() => world.stop());
beforeEach(() => world.sql('delete from rate_limits'));

interface Person {
  id: string;
  username: string;
  token: string;
  email: string;
  /** The address that they want. */
  wanted: string;
}

/** Somebody with an address, which was confirmed or not. */
async function makePerson({ email = '', isConfirmed = true } = {}): Promise<Person> {
  const user = await world.makeUser();
  const address = email || `${user.username}@old.example`;
  await world.sql(
    'update users set email = $2, email_verified_at = case when $3 then now() end where id = $1',
    [user.id, address, isConfirmed],
  );
  return { ...user, email: address, wanted: `${user.username}@new.example` };
}

const change = `mutation ($input: ChangeEmailInput!) { changeEmail(input: $input) {
  user { email pendingEmail version } userErrors { code message path } } }`;

async function ask(person: Pick<Person, 'token'>, email: string) {
  const { data, errors } = await world.ask(person.token, change, { input: { email } });
  return errors ? errors[0]?.extensions : data.changeEmail;
}

const accountOf = async ({ id }: Person) =>
  (
    await world.sql(
      `select email, email_verified_at is not null as "isVerified", locked_fields as locked, version
       from users where id = $1`,
      [id],
    )
  )[0];

/** Follows the link in an e-mail, without having been in that browser before, and says yes. */
async function confirm(link = ''): Promise<Page> {
  const visitor = newVisitor();
  const page = await visitor.open(link);
  return visitor.send(
    { ...page, text: '<form action="/confirm-email">' },
    { token: new URL(link).searchParams.get('token') ?? '' },
  );
}

describe('another e-mail address', () => {
  it('counts once whoever reads it says so', async () => {
    const person = await makePerson();

    const asked = await ask(person, person.wanted);
    const between = await accountOf(person);
    const letter = await lastLetterTo(world, person.wanted);
    const page = await newVisitor().open(letter.link ?? '');
    const followed = await accountOf(person);
    const done = await confirm(letter.link);

    expect(asked).toEqual({
      user: { email: person.email, pendingEmail: person.wanted, version: between.version },
      userErrors: [],
    });
    expect([between.email, followed.email]).toEqual([person.email, person.email]);
    expect(page.text).toContain(person.wanted);
    expect(page.text).toContain(`<strong>${person.username}</strong>`);
    expect(done.status).toBe(200);
    const account = await accountOf(person);
    expect(account).toMatchObject({ email: person.wanted, isVerified: true, locked: ['email'] });
    expect(account.version).toBeGreaterThan(between.version);
    const { data } = await world.ask(person.token, '{ viewer { email pendingEmail } }');
    expect(data.viewer).toEqual({ email: person.wanted, pendingEmail: null });
  });

  it('is told to the old one: when it is asked for, and when it counts', async () => {
    const person = await makePerson();

    await ask(person, person.wanted);
    const first = await lettersTo(world, person.email);
    await confirm((await lastLetterTo(world, person.wanted)).link);
    const letters = await lettersTo(world, person.email);

    expect(first.map((it) => it.subject)).toEqual(['Your e-mail address is about to change']);
    expect(letters.map((it) => it.subject)).toEqual([
      'Your e-mail address is about to change',
      'Your e-mail address was changed',
    ]);
    expect(letters.filter((it) => it.link ?? it.text.includes(person.wanted))).toEqual([]);
    expect(await lettersTo(world, person.wanted)).toHaveLength(1);
  });

  it('is written down, by whom and by what, without the address', async () => {
    const person = await makePerson();
    await ask(person, person.wanted);
    await confirm((await lastLetterTo(world, person.wanted)).link);

    const events = await world.sql(
      `select act, actor_id, via, ip, details from audit_events
       where subject_id = $1 and act like 'user.email%' order by id`,
      [person.id],
    );

    expect(events).toEqual([
      {
        ...{ act: 'user.email_change_asked', actor_id: person.id },
        ...{ via: 'TOKEN', ip: '127.0.0.1', details: {} },
      },
      {
        ...{ act: 'user.email_confirmed', actor_id: person.id },
        ...{ via: 'SESSION', ip: '127.0.0.1', details: {} },
      },
    ]);
  });

  it('may be the one that is there, to have it confirmed', async () => {
    const person = await makePerson({ isConfirmed: false });

    await ask(person, person.email);
    const letters = await lettersTo(world, person.email);
    await confirm(letters[0]?.link);

    expect(letters).toHaveLength(1);
    expect(await accountOf(person)).toMatchObject({ email: person.email, isVerified: true });
    expect(await ask(person, person.email)).toMatchObject({
      user: null,
      userErrors: [{ code: 'CONFLICT', path: ['input', 'email'] }],
    });
  });

  it('may be the first one', async () => {
    const user = await world.makeUser();
    const wanted = `${user.username}@new.example`;

    await ask(user, wanted);
    await confirm((await lastLetterTo(world, wanted)).link);

    expect(await accountOf({ ...user, wanted, email: '' })).toMatchObject({ email: wanted });
  });

  it('is left alone by a sync from then on', async () => {
    const says = (email: string) =>
      world.sample.world.people.set('4711', { id: '4711', username: 'syncie', email });
    says('there@remote.example');
    await world.post({
      idp: 'knowledgeCommons',
      updates: { users: [{ id: '4711', event: 'created' }] },
    });
    await settled(world, 'knowledgeCommons');
    const [{ id }] = await world.sql(`select user_id as id from identities where subject = '4711'`);
    const [{ username }] = await world.sql('select username from users where id = $1', [id]);
    const { token } = await createToken(world.app.begin(Actor.system), { username, name: 'x' });
    await ask({ token }, 'mine@new.example');
    await confirm((await lastLetterTo(world, 'mine@new.example')).link);

    says('other@remote.example');
    await world.post({
      idp: 'knowledgeCommons',
      updates: { users: [{ id: '4711', event: 'updated' }] },
    });
    await settled(world, 'knowledgeCommons');

    const [user] = await world.sql('select email from users where id = $1', [id]);
    expect(user.email).toBe('mine@new.example');
  });
});

describe('an address that somebody else has', () => {
  it('is answered as any other; only its owner hears of it', async () => {
    const [owner, one, other] = [await makePerson(), await makePerson(), await makePerson()];
    const typed = owner.email.toUpperCase();

    const taken = await ask(one, typed);
    const free = await ask(other, other.wanted);

    const shape = (answer: object, person: Person, email: string) =>
      JSON.parse(JSON.stringify(answer).replaceAll(person.email, 'OLD').replaceAll(email, 'NEW'));
    expect(shape(taken, one, typed)).toEqual(shape(free, other, other.wanted));
    const [letter, ...more] = await lettersTo(world, owner.email);
    expect(more).toEqual([]);
    expect(letter).toMatchObject({ to: owner.email, subject: 'You have an account already' });
    expect(letter?.text).not.toContain(one.username);
    const told = [await lettersTo(world, one.email), await lettersTo(world, other.email)];
    expect(told.map((it) => it.map(({ subject }) => subject))).toEqual([
      ['Your e-mail address is about to change'],
      ['Your e-mail address is about to change'],
    ]);
    expect(await accountOf(owner)).toMatchObject({ email: owner.email });
    const theirs = ({ id }: Person) =>
      world.sql('select kind, subject from mails where user_id = $1 order by id', [id]);
    expect(await theirs(one)).toEqual(await theirs(other));
  });

  it('is not taken from whoever got it meanwhile', async () => {
    const person = await makePerson();
    await ask(person, person.wanted);
    const { link } = await lastLetterTo(world, person.wanted);
    const owner = await makePerson({ email: person.wanted.toUpperCase() });

    const done = await confirm(link);

    expect(done.status).toBe(409);
    expect(done.text).toContain('Another account has this e-mail address.');
    expect(await accountOf(person)).toMatchObject({ email: person.email });
    expect(await accountOf(owner)).toMatchObject({ email: owner.email });
  });

  it('belongs to one of those who confirm it at once', async () => {
    const people = await Promise.all(Array.from({ length: 5 }, () => makePerson()));
    const wanted = `${randomUUID()}@new.example`;
    for (const it of people) {
      await world.sql('delete from rate_limits');
      await ask(it, wanted);
    }
    const letters = await lettersTo(world, wanted);

    const answers = await Promise.all(letters.map((it) => confirm(it.link)));

    expect(letters).toHaveLength(5);
    expect(answers.map((it) => it.status).sort()).toEqual([200, 409, 409, 409, 409]);
  });
});

describe('the link', () => {
  it('waits for whoever closes the account, who does not wait for it', async () => {
    const person = await makePerson();
    await ask(person, person.wanted);
    const { link } = await lastLetterTo(world, person.wanted);

    const { done } = await transact(world.app.begin(Actor.system), async (tx) => {
      await lockUsers(tx, [person.id]);
      const done = confirm(link);
      await sleep(300);
      await closeDoors(tx, [person.id]);
      return { done };
    });

    expect((await done).status).toBe(400);
    expect(await accountOf(person)).toMatchObject({ email: person.email });
  });

  it.each([
    ['was used', async (_: Person, link: string) => void (await confirm(link))],
    [
      'is an hour old',
      ({ id }: Person) =>
        world.sql(`update links set expires_at = now() - interval '1 s' where user_id = $1`, [id]),
    ],
    [
      'is of somebody who is shut out',
      ({ id }: Person) => world.sql(`update users set state = 'SUSPENDED' where id = $1`, [id]),
    ],
    ['is not the last one', (it: Person) => ask(it, `x-${it.wanted}`)],
  ])('is good no more once it %s', async (_, happens) => {
    const person = await makePerson();
    await ask(person, person.wanted);
    const { link = '' } = await lastLetterTo(world, person.wanted);
    await happens(person, link);
    const before = await accountOf(person);

    const done = await confirm(link);

    expect(done.status).toBe(400);
    expect(await accountOf(person)).toEqual(before);
  });

  it('is not used by a page of somebody else', async () => {
    const person = await makePerson();
    await ask(person, person.wanted);
    const { link = '' } = await lastLetterTo(world, person.wanted);

    const answer = await fetch(`${world.url}/confirm-email`, {
      method: 'POST',
      body: new URLSearchParams({ token: new URL(link).searchParams.get('token') ?? '' }),
      headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    });

    expect(answer.status).toBe(403);
    expect(await accountOf(person)).toMatchObject({ email: person.email });
  });
});

describe('asking for another address', () => {
  it('is for who is signed in, by something that may be used for it', async () => {
    const { username } = await makePerson();
    const { token } = await createToken(world.app.begin(Actor.system), {
      username,
      name: 'narrow',
      scopes: ['COMMUNITIES'],
    });

    expect((await ask({ token: '' }, 'a@b.example')).code).toBe('UNAUTHENTICATED');
    expect(await ask({ token }, 'a@b.example')).toMatchObject({
      code: 'FORBIDDEN',
      scope: 'ACCOUNT',
    });
  });

  it.each(['', 'nobody', 'a@b', 'a@b.example, c@d.example', 'a@b.example\r\nBcc: c@d.example'])(
    'refuses what is no address: %j',
    async (email) => {
      expect(await ask(await makePerson(), email)).toMatchObject({
        user: null,
        userErrors: [{ code: 'INVALID', path: ['input', 'email'] }],
      });
    },
  );

  it('is seen by nobody else', async () => {
    const person = await makePerson();
    await ask(person, person.wanted);

    const { data } = await world.ask(
      world.admin,
      'query ($username: String!) { user(username: $username) { username pendingEmail } }',
      { username: person.username },
    );

    expect(data.user).toEqual({ username: person.username, pendingEmail: null });
  });

  it('is braked: three e-mails to one address, ten from one user', async () => {
    const person = await makePerson();
    const statuses: unknown[] = [];
    for (let n = 0; n < 4; n++) {
      const one = await makePerson();
      statuses.push((await ask(one, person.wanted)).code ?? 'fine');
    }
    for (let n = 0; n < 11; n++) {
      statuses.push((await ask(person, `${n}-${person.wanted}`)).code ?? 'fine');
    }

    expect(statuses).toEqual([
      ...['fine', 'fine', 'fine', 'RATE_LIMITED'],
      ...[...Array(10).fill('fine'), 'RATE_LIMITED'],
    ]);
  });
});
