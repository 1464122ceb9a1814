import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { World } from '../helpers/world.ts';
import { signedIn, startSignInWorld, step, whoIs } from './kit.ts';
import { certificate, type IdentityProvider, startIdentityProvider } from './saml-kit.ts';
import { newVisitor, type Visitor } from './visitor.ts';

let idp: IdentityProvider;
let world: World;
beforeAll(async () => {
  idp = await startIdentityProvider();
  world = await startSignInWorld({
    isWorking: false,
    signIn: {
      uni: {
        kind: 'saml',
        provision: true,
        entry_point: idp.entryPoint,
        issuer: idp.issuer,
        certificates: [certificate],
        attributes: { email: 'mail' },
        trusts_email: true,
      },
    },
  });
});
afterAll(async () => {
  await world.stop();
  await idp.stop();
});

const at = (path: string) => `${world.url}${path}`;
let people = 0;
const newPerson = () => {
  const nameId = `person-${++people}`;
  idp.says = { nameId, attributes: { mail: [`${nameId}@example.org`] } };
  return nameId;
};

/** Goes to the provider and has its page post the answer, with only the cookies that browsers send then. */
async function post(visitor: Visitor, query = '') {
  const headers = { 'sec-fetch-site': 'same-origin' };
  const begun = await step(visitor, at(`/sign-in/uni${query}`), { headers });
  const page = await newVisitor().open(begun.to);
  const [, SAMLResponse = ''] = /name="SAMLResponse" value="([^"]*)"/.exec(page.text) ?? [];
  const crossing = newVisitor();
  if (/SameSite=None/.test(begun.cookies[0] ?? '')) {
    crossing.cookies.set('__Host-signin', visitor.cookies.get('__Host-signin') ?? '');
  }
  const posted = await step(crossing, at('/sign-in/uni/callback'), {
    form: { SAMLResponse },
    headers: { origin: 'null', 'sec-fetch-site': 'cross-site' },
  });
  for (const [name, value] of crossing.cookies) visitor.cookies.set(name, value);
  return { begun, posted, SAMLResponse };
}

describe('an answer that a page of the provider’s posts', () => {
  it('finds the sign-in by a cookie that comes along from there, over TLS alone', async () => {
    newPerson();
    const { begun } = await post(newVisitor());

    expect(begun.cookies).toHaveLength(1);
    expect(begun.cookies[0]?.split('; ').slice(1).sort()).toEqual([
      'HttpOnly',
      'Path=/',
      'SameSite=None',
      'Secure',
    ]);
  });

  it('begins no session before the browser comes by itself', async () => {
    newPerson();
    const visitor = newVisitor();
    const { posted } = await post(visitor);

    const between = await whoIs(world, visitor);
    const end = await step(visitor, at(posted.to));

    expect([posted.status, posted.to]).toEqual([303, '/sign-in/uni/arrival']);
    expect(posted.cookies[0]).toMatch(/^__Host-signin=.*SameSite=Lax/);
    expect(between).toBeNull();
    expect([end.status, end.to]).toEqual([303, '/console']);
    expect(await whoIs(world, visitor)).not.toBeNull();
  });

  it('ends the session that the browser had, whose cookie did not come with it', async () => {
    const visitor = await signedIn(world, (await world.makeUser()).id);
    const before = new Map(visitor.cookies);
    newPerson();

    await step(visitor, at((await post(visitor)).posted.to));

    expect(await whoIs(world, { ...visitor, cookies: before })).toBeNull();
  });

  it('adds an identity to whom the browser’s session is of', async () => {
    const { id, username } = await world.makeUser();
    const visitor = await signedIn(world, id);
    const subject = newPerson();

    await step(visitor, at((await post(visitor, '?link=1')).posted.to));

    expect(await whoIs(world, visitor)).toBe(username);
    expect(await world.sql('select subject from identities where user_id = $1', [id])).toEqual([
      { subject },
    ]);
  });

  it('adds none to an account whose session the browser has no more', async () => {
    const { id } = await world.makeUser();
    const visitor = await signedIn(world, id);
    newPerson();
    const { posted } = await post(visitor, '?link=1');
    visitor.cookies.delete('__Host-sid');

    expect((await step(visitor, at(posted.to))).status).toBe(400);
    expect(await world.sql('select 1 from identities where user_id = $1', [id])).toEqual([]);
  });

  it('is good once, and so is what it proved', async () => {
    newPerson();
    const visitor = newVisitor();
    const { posted, SAMLResponse } = await post(visitor);
    const between = new Map(visitor.cookies);

    const again = await step(
      { ...visitor, cookies: new Map(between) },
      at('/sign-in/uni/callback'),
      { form: { SAMLResponse } },
    );
    const end = await step(visitor, at(posted.to));
    const twice = await step({ ...visitor, cookies: between }, at(posted.to));

    expect([again.status, end.status, twice.status]).toEqual([400, 303, 400]);
  });

  it('is as large as 256 KiB', async () => {
    const big = await step(newVisitor(), at('/sign-in/uni/callback'), {
      form: { SAMLResponse: 'x'.repeat(256 * 1024) },
    });
    const full = await step(newVisitor(), at('/sign-in/uni/callback'), {
      form: { SAMLResponse: 'x'.repeat(255 * 1024) },
    });

    expect([big.status, full.status]).toEqual([413, 400]);
    expect(big.headers.get('content-type')).toContain('text/html');
  });

  it('is a form, and nothing else', async () => {
    const response = await fetch(at('/sign-in/uni/callback'), {
      method: 'POST',
      headers: { 'content-type': 'application/xml' },
      body: '<x/>',
    });

    expect(response.status).toBe(415);
  });

  it('is not in an address', async () => {
    const visitor = newVisitor();
    await step(visitor, at('/sign-in/uni'));

    expect((await step(visitor, at('/sign-in/uni/callback?SAMLResponse=x'))).status).toBe(400);
  });
});

describe('forms', () => {
  it('are read by these doors alone', async () => {
    const form = { method: 'POST', body: new URLSearchParams({ query: '{ __typename }' }) };

    expect((await fetch(at('/graphql'), form)).status).toBe(415);
  });
});
