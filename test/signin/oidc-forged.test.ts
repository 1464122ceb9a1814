import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { oidc as protocol } from '../../src/signin/oidc/oidc.ts';
import { config, redirectUris, refused, settingsOf, signIn } from './oidc-drive.ts';
import { forgeries, forgeriesOfItself } from './oidc-forgeries.ts';
import { changeJson, changeReturn, forge } from './oidc-front.ts';
import { type Oidc, startOidc } from './oidc-kit.ts';
import { isReturn, newVisitor, signInThrough } from './visitor.ts';

const accounts = {
  alice: { name: 'Alice Adams', email: 'alice@example.org', email_verified: true },
  mallory: {},
};
let university: Oidc;
let elsewhere: Oidc;

beforeAll(async () => {
  university = await startOidc({ accounts, redirectUris });
  elsewhere = await startOidc({ accounts, redirectUris });
});
afterEach(() => {
  university.beHonest();
  university.asked.length = 0;
});
afterAll(() => Promise.all([university.stop(), elsewhere.stop()]));

describe('an answer that is not as it was given', () => {
  it('is none of these', async () => {
    const proof = await signIn(settingsOf(university), 'alice');

    expect(proof).toMatchObject({ subject: 'alice', email: 'alice@example.org' });
  });

  it.each([...forgeries, ...forgeriesOfItself])('$name', async ({ forge, cause }) => {
    const provider = settingsOf(university);
    const here = {
      begin: async () => (await protocol.begin(config, provider)).url,
      signIn: (login: string) => signIn(provider, login),
    };
    await forge(university, here);

    // As after a restart: what was known of the provider is asked again.
    const error = await refused(signIn({ ...provider }, 'alice'));

    expect(error.fault).toBe('INVALID');
    expect(error.cause).toMatch(cause);
  });

  it('is none from a clock that is half a minute off', async () => {
    const now = Math.floor(Date.now() / 1000);
    university.onAnswer = changeJson('/token', async (it) => {
      const claims = { exp: now - 20, nbf: now + 20, iat: now + 20 };
      it.id_token = await forge(String(it.id_token), { claims, key: university.key });
    });

    expect(await signIn(settingsOf(university), 'alice')).toMatchObject({ subject: 'alice' });
  });
});

describe('an answer', () => {
  it('counts once', async () => {
    const provider = settingsOf(university);
    const { url, checks } = await protocol.begin(config, provider);
    const page = await signInThrough(newVisitor(), url, 'alice', isReturn);
    const answer = { url: page.url, fields: {} };
    await protocol.finish(config, provider, checks, answer);

    const error = await refused(protocol.finish(config, provider, checks, answer));

    expect(error.cause).toMatch(/invalid_grant/);
  });

  it('is not taken to another provider, which would learn the code', async () => {
    const { url, checks } = await protocol.begin(config, settingsOf(university));
    const page = await signInThrough(newVisitor(), url, 'alice', isReturn);

    const answer = { url: page.url, fields: {} };
    const error = await refused(protocol.finish(config, settingsOf(elsewhere), checks, answer));

    expect(error.cause).toMatch(/unexpected "iss"/);
    expect(elsewhere.asked.map((it) => it.path)).toEqual(['/.well-known/openid-configuration']);
  });

  it('that says no is believed only if it is to our question', async () => {
    const { fault } = await refused(signIn(settingsOf(university), ''));
    expect(fault).toBe('REFUSED');

    university.onAnswer = changeReturn((it) => it.searchParams.set('state', 'x'));
    const forged = await refused(signIn(settingsOf(university), ''));
    expect(forged.fault).toBe('INVALID');
  });

  it('has none of its secrets logged', async () => {
    let code = '';
    university.onAnswer = async (answered, asked) => {
      changeReturn((it) => {
        code = it.searchParams.get('code') ?? code;
      })(answered, asked);
      if (!asked.path.startsWith('/token')) return;
      const sent = new URLSearchParams(asked.body);
      const secrets = [code, sent.get('code_verifier'), university.clientSecret];
      // What is cut off in the middle is no more to be read than the rest.
      const error_description = `\n\u202e${secrets.join(' ')} ${'x'.repeat(40)}${code}`;
      Object.assign(answered, {
        status: 400,
        body: JSON.stringify({ error: 'invalid_grant', error_description }),
      });
    };

    const { cause, message } = await refused(signIn(settingsOf(university), 'alice'));

    expect(code).not.toBe('');
    expect(message).toBe(
      'The answer of The university is not one to our question. Please begin again; if that does not help, tell the people who run this site.',
    );
    expect(cause).toBe(`the provider said invalid_grant … … … ${'x'.repeat(40)}…`);
    expect(cause).not.toContain(code.slice(0, 6));
  });
});
