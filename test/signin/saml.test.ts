import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { World } from '../helpers/world.ts';
import { startSignInWorld, whoIs } from './kit.ts';
import {
  certificate,
  honest,
  type IdentityProvider,
  readRequest,
  saying,
  startIdentityProvider,
} from './saml-kit.ts';
import { newVisitor, type Page, type Visitor } from './visitor.ts';

let idp: IdentityProvider;
let world: World;

const attributes = { uid: ['jane'], mail: ['jane@uni.example'], displayName: ['Jane Doe'] };

beforeAll(async () => {
  idp = await startIdentityProvider();
  world = await startSignInWorld({
    isWorking: false,
    signIn: {
      uni: {
        kind: 'saml',
        title: 'University',
        provision: true,
        entry_point: idp.entryPoint,
        issuer: idp.issuer,
        certificates: [certificate],
        attributes: { username: 'uid', email: 'mail', fullName: 'displayName' },
        trusts_email: true,
      },
    },
  });
});
afterAll(async () => {
  await world.stop();
  await idp.stop();
});
beforeEach(async () => {
  idp.says = {};
  await world.sql('delete from rate_limits');
});

/** What the provider's page is to post. */
const answerIn = (page: Page) => ({
  SAMLResponse: /name="SAMLResponse" value="([^"]*)"/.exec(page.text)?.[1] ?? '',
});

/** Goes to the provider and comes back with its answer. */
async function signIn(visitor: Visitor, query = '') {
  const page = await visitor.open(`${world.url}/sign-in/uni${query}`);
  return visitor.send(page, answerIn(page));
}

const counted = async () =>
  (
    await world.sql(
      `select (select count(*)::int from users) as users, (select count(*)::int from sessions) as sessions,
        (select count(*)::int from identities) as identities`,
    )
  )[0];

describe('whoever their university signs in', () => {
  it('has an account from then on, and is at home', async () => {
    idp.says = { nameId: 'jane-1', attributes };
    const visitor = newVisitor();

    const page = await signIn(visitor, '?returnTo=/console');

    expect(page).toMatchObject({ status: 200, url: new URL(`${world.url}/console`) });
    expect(await whoIs(world, visitor)).toBe('jane');
    expect(
      await world.sql(
        `select idp, subject, email, email_verified_at is not null as verified, full_name as name
         from users u join identities i on i.user_id = u.id where u.username = 'jane'`,
      ),
    ).toEqual([
      {
        idp: 'uni',
        subject: 'jane-1',
        email: 'jane@uni.example',
        verified: true,
        name: 'Jane Doe',
      },
    ]);
  });

  it('is the same person the next time, whatever they are called by then', async () => {
    idp.says = { nameId: 'john-1', attributes: { uid: ['john'], mail: ['john@uni.example'] } };
    await signIn(newVisitor());
    idp.says = { nameId: 'john-1', attributes: { uid: ['johnny'], mail: ['j@uni.example'] } };
    const visitor = newVisitor();

    await signIn(visitor);

    expect(await whoIs(world, visitor)).toBe('john');
  });
});

describe('an answer', () => {
  it('that another browser was given signs nobody in', async () => {
    idp.says = { nameId: 'victim-1', attributes: { mail: ['victim@uni.example'] } };
    const page = await newVisitor().open(`${world.url}/sign-in/uni`);
    const before = await counted();

    const stolen = await newVisitor().send(page, answerIn(page));

    expect(stolen.status).toBe(400);
    expect(await counted()).toEqual(before);
  });

  it('that nobody asked for signs nobody in', async () => {
    const asked = {
      requestId: '_0',
      callback: `${world.url}/sign-in/uni/callback`,
      audience: `${world.url}/sign-in/uni/metadata`,
      issuer: idp.issuer,
    };
    const before = await counted();

    const response = await fetch(asked.callback, {
      method: 'POST',
      body: new URLSearchParams({
        SAMLResponse: Buffer.from(honest(saying(asked))).toString('base64'),
      }),
    });

    expect(response.status).toBe(400);
    expect(await counted()).toEqual(before);
  });

  it('that was tampered with signs nobody in, and uses up the sign-in', async () => {
    idp.says = { nameId: 'mallory-1', attributes: { mail: ['mallory@uni.example'] } };
    const visitor = newVisitor();
    const page = await visitor.open(`${world.url}/sign-in/uni`);
    const honestly = answerIn(page);
    const xml = Buffer.from(honestly.SAMLResponse, 'base64')
      .toString()
      .replace('mallory-1', 'jane-1');
    const before = await counted();

    const forged = await visitor.send(page, { SAMLResponse: Buffer.from(xml).toString('base64') });
    const late = await visitor.send(page, honestly);

    expect([forged.status, late.status]).toEqual([400, 400]);
    expect(forged.text).toContain('University');
    expect(await counted()).toEqual(before);
  });

  it('comes to an address of ours however the request was addressed', async () => {
    const response = await fetch(`${world.url}/sign-in/uni`, {
      redirect: 'manual',
      headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    });

    const { callback } = readRequest(response.headers.get('location') ?? '');
    expect(callback).toBe(`${world.url}/sign-in/uni/callback`);
  });
});

describe('the metadata', () => {
  it('says what we are', async () => {
    const response = await fetch(`${world.url}/sign-in/uni/metadata`);

    expect(response.headers.get('content-type')).toContain('application/samlmetadata+xml');
    const xml = await response.text();
    expect(xml).toContain(`entityID="${world.url}/sign-in/uni/metadata"`);
    expect(xml).toContain(`Location="${world.url}/sign-in/uni/callback"`);
    expect(xml).toContain('WantAssertionsSigned="true"');
  });

  it('is there for providers of SAML alone', async () => {
    expect((await fetch(`${world.url}/sign-in/other/metadata`)).status).toBe(404);
  });
});
