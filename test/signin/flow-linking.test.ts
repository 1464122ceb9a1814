import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { createToken } from '../../src/credentials/tokens.ts';
import type { World } from '../helpers/world.ts';
import { person, type Scene, startScene } from './flow-scene.ts';
import { forgetProviders, fromOurPage, recorded, signedIn, signInAs, step, whoIs } from './kit.ts';
import { isReturn, newVisitor, signInThrough, type Visitor } from './visitor.ts';

let scene: Scene;
let world: World;
beforeAll(async () => {
  scene = await startScene({
    anna: person('anna'),
    'anna-2': person('anna-2'),
    bert: person('bert'),
    1234: person('1234', { email: undefined }),
    5678: person('5678'),
    lonely: person('lonely'),
    one: person('one'),
    two: person('two'),
    race: person('race'),
  });
  world = scene.world;
});
afterAll(() => scene.stop());

const at = (path: string) => `${world.url}${path}`;
const identitiesOf = async (userId: string) =>
  (
    await world.sql<{ it: string }>(
      `select idp || ' ' || subject as it from identities where user_id = $1 order by 1`,
      [userId],
    )
  ).map(({ it }) => it);

/** Asks to add an identity from the console. */
const ask = (visitor: Visitor, key: string, headers: Record<string, string> = here()) =>
  step(visitor, at(`/sign-in/${key}?link=1&returnTo=/console`), { headers });
const here = () => ({ 'sec-fetch-site': 'same-origin' });

/** Asks, and goes as far as the answer. */
async function answerTo(visitor: Visitor, key: string, login: string): Promise<string> {
  const { to } = await ask(visitor, key);
  const page = await signInThrough(visitor, to, login, isReturn);
  return page.headers.get('location') ?? '';
}

describe('another identity', () => {
  it('is added to who is signed in, and both lead to the account', async () => {
    const { id, username } = await world.makeUser();
    const visitor = await signedIn(world, id);

    const end = await step(visitor, await answerTo(visitor, 'guild', 'anna'));

    const other = newVisitor();
    await signInAs(world, other, 'guild', 'anna');
    expect([end.status, end.to]).toEqual([303, '/console']);
    expect(await identitiesOf(id)).toEqual(['guild anna']);
    expect(await whoIs(world, other)).toBe(username);
    const [linked] = await recorded(world, 'user.identity_linked');
    expect(linked).toMatchObject({
      actor_id: id,
      via: 'SESSION',
      ip: '127.0.0.1',
      subject_id: id,
      details: { idp: 'guild', subject: 'anna' },
    });
  });

  it('gives the browser another session, for it may bring more rights', async () => {
    const { id, username } = await world.makeUser();
    const visitor = await signedIn(world, id);
    const before = new Map(visitor.cookies);

    await step(visitor, await answerTo(visitor, 'guild', 'anna-2'));

    expect(await whoIs(world, visitor)).toBe(username);
    expect(await whoIs(world, { ...visitor, cookies: before })).toBeNull();
  });

  it('brings the roles that its service knows, at once', async () => {
    const { id } = await world.makeUser();
    const visitor = await signedIn(world, id);

    await step(visitor, await answerTo(visitor, 'commons', '1234'));

    const roles = await world.sql(`select 1 from assignments where user_id = $1`, [id]);
    expect(roles.length).toBeGreaterThan(0);
  });

  it('may be one’s own already', async () => {
    const visitor = newVisitor();
    await signInAs(world, visitor, 'uni', 'bert');
    const before = await recorded(world, 'user.identity_linked');

    const end = await step(visitor, await answerTo(visitor, 'uni', 'bert'));

    expect(end.to).toBe('/console');
    expect(await recorded(world, 'user.identity_linked')).toEqual(before);
  });

  it('of another account is not taken from it', async () => {
    await signInAs(world, newVisitor(), 'uni', 'bert');
    const { id, username } = await world.makeUser();
    const visitor = await signedIn(world, id);

    const end = await step(visitor, await answerTo(visitor, 'uni', 'bert'));

    expect(end.status).toBe(409);
    expect(end.text).toContain('belongs to another account');
    expect(await identitiesOf(id)).toEqual([]);
    expect(await whoIs(world, visitor)).toBe(username);
  });

  it('is one at most of a service that is asked for its people', async () => {
    const { id } = await world.makeUser();
    const visitor = await signedIn(world, id);
    await step(visitor, await answerTo(visitor, 'commons', '5678'));
    forgetProviders(visitor);

    const second = await step(visitor, await answerTo(visitor, 'commons', 'lonely'));
    forgetProviders(visitor);
    await step(visitor, await answerTo(visitor, 'guild', 'one'));
    forgetProviders(visitor);
    await step(visitor, await answerTo(visitor, 'guild', 'two'));

    expect(second.status).toBe(409);
    expect(await identitiesOf(id)).toEqual(['guild one', 'guild two', 'knowledgeCommons 5678']);
  });

  it('that nobody here has is added even where no accounts are made', async () => {
    const { id } = await world.makeUser();
    const visitor = await signedIn(world, id);

    await step(visitor, await answerTo(visitor, 'guild', 'lonely'));

    expect(await identitiesOf(id)).toEqual(['guild lonely']);
  });

  it('goes to one of two who add it at the same time', async () => {
    const people = [await world.makeUser(), await world.makeUser()];
    const visitors = [];
    const answers: string[] = [];
    for (const { id } of people) {
      const visitor = await signedIn(world, id);
      visitors.push(visitor);
      answers.push(await answerTo(visitor, 'guild', 'race'));
    }

    const ends = await Promise.all(visitors.map((it, n) => step(it, answers[n] ?? '')));

    expect(ends.map((it) => it.status).sort()).toEqual([303, 409]);
    expect(await world.sql(`select 1 from identities where subject = 'race'`)).toHaveLength(1);
  });
});

describe('adding an identity', () => {
  it.each([
    ['a page of somebody else’s', { 'sec-fetch-site': 'cross-site' }],
    ['a site beside ours', { 'sec-fetch-site': 'same-site' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['an address that was typed, or is in an e-mail', { 'sec-fetch-site': 'none' }],
    ['nobody says whom', {}],
  ])('is not begun by %s', async (_, headers) => {
    const visitor = await signedIn(world, (await world.makeUser()).id);

    const begun = await ask(visitor, 'guild', headers as Record<string, string>);

    expect(begun.status).toBe(403);
    expect(visitor.cookies.has('__Host-signin')).toBe(false);
  });

  it('is nothing that a token is good for: it would become a way in', async () => {
    const { id, username } = await world.makeUser();
    const token = await createToken(world.app.begin(Actor.system), {
      username,
      name: 'reads',
      scopes: [],
    });
    const byToken = { authorization: `Bearer ${token.token}` };
    const thief = newVisitor();

    const begun = await ask(thief, 'guild', { ...here(), ...byToken });
    const page = await signInThrough(thief, new URL(begun.to, world.url), 'bert', isReturn);
    const answer = page.headers.get('location');
    if (answer) await step(thief, answer, { headers: byToken });

    expect([begun.status, begun.to]).toEqual([303, '/sign-in']);
    expect(await identitiesOf(id)).toEqual([]);
    expect(await whoIs(world, thief)).toBeNull();
  });

  it('is not where anybody is sent on to: it would be from a page of ours', async () => {
    const visitor = await signedIn(world, (await world.makeUser()).id);

    const { text } = await step(visitor, at('/sign-in?returnTo=/sign-in/guild%3Flink=1'));

    expect(text).toContain('<a href="/console">Go on</a>');
    expect(text).not.toContain('link=1');
  });

  it('begins with signing in, where nobody is', async () => {
    const begun = await ask(newVisitor(), 'guild');

    expect([begun.status, begun.to]).toEqual([303, '/sign-in']);
  });

  it.each([
    [
      'who signed out meanwhile',
      async (visitor: Visitor) => void visitor.cookies.delete('__Host-sid'),
    ],
    [
      'whose session ended meanwhile',
      async () => void (await world.sql('update sessions set ends_at = now()')),
    ],
    [
      'who is somebody else by now',
      async (visitor: Visitor) => {
        const other = await signedIn(world, (await world.makeUser()).id);
        visitor.cookies.set('__Host-sid', other.cookies.get('__Host-sid') ?? '');
      },
    ],
  ])('is refused to one %s', async (_, meanwhile) => {
    const { id } = await world.makeUser();
    const visitor = await signedIn(world, id);
    const answer = await answerTo(visitor, 'guild', 'bert');
    await meanwhile(visitor);

    const end = await step(visitor, answer);

    expect(end.status).toBe(400);
    expect(end.text).toContain('You are not signed in any more');
    expect(await identitiesOf(id)).toEqual([]);
    expect(
      await world.sql(`select 1 from identities where idp = 'guild' and subject = 'bert'`),
    ).toEqual([]);
  });

  it('is not what a sign-in does that somebody signed in begins', async () => {
    const { id } = await world.makeUser();
    const visitor = await signedIn(world, id);
    forgetProviders(visitor);

    await signInAs(world, visitor, 'uni', 'anna');

    expect(await identitiesOf(id)).toEqual([]);
    expect(await whoIs(world, visitor)).toBe('anna');
  });

  it('is offered on one’s page, for each provider', async () => {
    const visitor = await signedIn(world, (await world.makeUser()).id);

    const { text } = await step(visitor, at('/console'), { headers: fromOurPage(world) });

    expect(text).toContain('href="/sign-in/uni?link=1&amp;returnTo=/console"');
    expect(text).toContain('href="/sign-in/guild?link=1&amp;returnTo=/console"');
  });
});
