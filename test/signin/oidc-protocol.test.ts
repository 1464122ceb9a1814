import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { oidc as protocol } from '../../src/signin/oidc/oidc.ts';
import { config, redirectUris, refused, settingsOf, signIn } from './oidc-drive.ts';
import { changeJson, changeReturn } from './oidc-front.ts';
import { type Oidc, startOidc } from './oidc-kit.ts';

const alice = {
  sub: 'a-1',
  name: 'Alice Adams',
  given_name: 'Alice',
  family_name: 'Adams',
  preferred_username: 'alice',
  email: 'alice@example.org',
  email_verified: true,
  orcid: 'https://orcid.org/0000-0002-1825-0097',
};
let university: Oidc;

beforeAll(async () => {
  university = await startOidc({ accounts: { 'a-1': alice }, redirectUris });
});
afterEach(() => {
  university.beHonest();
  university.asked.length = 0;
});
afterAll(() => university.stop());

/** Changes what the provider tells of people, beside the identity token. */
const tell = (claims: Record<string, unknown>) => {
  university.onAnswer = changeJson('/me', ({ sub }) => ({ sub, ...claims }));
};
const asked = (path: string) => university.asked.filter((it) => it.path.startsWith(path));

describe('the question', () => {
  it('has all that an answer is held to, and nothing twice', async () => {
    const first = await protocol.begin(config, settingsOf(university));
    const second = await protocol.begin(config, settingsOf(university));

    const url = new URL(first.url);
    expect(url.origin).toBe(university.issuer);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'collegium',
      response_type: 'code',
      redirect_uri: 'http://127.0.0.1:1/here/sign-in/university/callback',
      scope: 'openid profile email',
      state: first.checks.state,
      nonce: first.checks.nonce,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    expect(first.url).not.toContain(first.checks.verifier);
    const values = [first, second].flatMap(({ checks }) => Object.values(checks));
    expect(new Set(values).size).toBe(6);
    for (const it of values) expect(it).toMatch(/^[\w-]{43}$/);
  });

  it('asks the provider what it is once, however many ask at the same time', async () => {
    const provider = settingsOf(university);

    await Promise.all([1, 2, 3].map(() => protocol.begin(config, provider)));
    await signIn(provider, 'a-1');
    await signIn(provider, 'a-1');

    expect(asked('/.well-known/')).toHaveLength(1);
    expect(asked('/jwks')).toHaveLength(1);
  });

  it('is put again after the provider was away', async () => {
    const provider = settingsOf(university);
    university.onAnswer = (answered) => {
      answered.status = 503;
    };
    expect(await refused(protocol.begin(config, provider))).toEqual({
      fault: 'UNAVAILABLE',
      message: 'The university does not answer. Please try again in a few minutes.',
      cause: expect.stringMatching(
        /\/\.well-known\/openid-configuration gave no answer: it said 503$/,
      ),
    });

    university.beHonest();
    expect(await signIn(provider, 'a-1')).toMatchObject({ subject: 'a-1' });
  });
});

describe('what is proven', () => {
  it('is what the provider says where it tells of people', async () => {
    const proof = await signIn(settingsOf(university, { orcidClaim: 'orcid' }), 'a-1');

    expect(proof).toEqual({
      subject: 'a-1',
      username: 'alice',
      email: 'alice@example.org',
      fullName: 'Alice Adams',
      givenName: 'Alice',
      familyName: 'Adams',
      orcid: '0000-0002-1825-0097',
    });
    expect(asked('/me')).toHaveLength(1);
  });

  const some = { name: 'A', email: 'a@example.org', email_verified: true };
  it.each([
    ['no address', {}, { email: undefined }],
    ['an address that nobody verified', { email_verified: false }, { email: undefined }],
    [
      'an address, and not whether it is verified',
      { email_verified: undefined },
      { email: undefined },
    ],
    ['a verification that is a text', { email_verified: 'true' }, { email: undefined }],
    ['a verification that is a number', { email_verified: 1 }, { email: undefined }],
    ['an address that is none', { email: 'a b@example.org' }, { email: undefined }],
    ['two addresses', { email: ['a@example.org', 'b@example.org'] }, { email: undefined }],
    ['an address that cheats', { email: 'a\u202e@example.org\u0000' }, { email: 'a@example.org' }],
    [
      'a name in pieces',
      { name: undefined, given_name: 'Ada', family_name: 'Lovelace' },
      { fullName: 'Ada Lovelace' },
    ],
    ['half a name', { name: undefined, family_name: 'Lovelace' }, { fullName: 'Lovelace' }],
    ['no name', { name: undefined }, { fullName: undefined }],
    ['an empty name', { name: ' \u200b ' }, { fullName: undefined }],
    ['a name that is no text', { name: { first: 'A' } }, { fullName: undefined }],
    [
      'a name with strange spaces',
      { name: ' Ame\u0301lie\n\tof\u202e  Here\u0000 ' },
      { fullName: 'Amélie of Here' },
    ],
    ['a name of 250 characters', { name: '🦉'.repeat(250) }, { fullName: '🦉'.repeat(250) }],
    ['a name of 251 characters', { name: '🦉'.repeat(251) }, { fullName: undefined }],
    ['half a letter', { name: 'A\ud83e' }, { fullName: undefined }],
    ['an ORCID iD', { orcid: '0000-0002-1825-0097' }, { orcid: '0000-0002-1825-0097' }],
    ['an ORCID iD with a wrong digit', { orcid: '0000-0002-1825-0098' }, { orcid: undefined }],
  ])('takes of %s what is sound', async (_what, claims, expected) => {
    const { email, email_verified, name } = some;
    tell(
      'email' in claims || 'email_verified' in claims
        ? { name, email, email_verified, ...claims }
        : { name, ...claims },
    );

    const proof = await signIn(settingsOf(university, { orcidClaim: 'orcid' }), 'a-1');

    expect({ ...proof }).toMatchObject(expected);
  });

  it('is not an address of the one place that is verified in the other', async () => {
    const inToken = { email: 'victim@example.org', name: 'A', preferred_username: 'a' };
    const provider = await startOidc({
      accounts: { 'a-1': inToken },
      redirectUris,
      configuration: { conformIdTokenClaims: false },
    });
    const verified = { email_verified: true };

    provider.onAnswer = changeJson('/me', ({ sub }) => ({ sub, ...verified }));
    const mixed = await signIn(settingsOf(provider), 'a-1');
    provider.onAnswer = changeJson('/me', (it) => ({ ...it, ...verified, email: 'a@example.org' }));
    const sound = await signIn(settingsOf(provider), 'a-1');
    await provider.stop();

    expect(mixed).toMatchObject({ fullName: 'A', username: 'a' });
    expect(mixed.email).toBeUndefined();
    expect(sound.email).toBe('a@example.org');
  });

  it('is in the token alone, if that says everything', async () => {
    const provider = await startOidc({
      accounts: { 'a-1': alice },
      redirectUris,
      configuration: { conformIdTokenClaims: false },
    });

    const proof = await signIn(settingsOf(provider), 'a-1');
    const paths = provider.asked.map((it) => it.path);
    await provider.stop();

    expect(proof).toMatchObject({ subject: 'a-1', email: 'alice@example.org' });
    expect(paths).not.toContain('/me');
  });

  it.each([
    ['another claim', 'employee', { employee: 'E-7' }, 'E-7'],
    ['a number', 'employee', { employee: 7 }, '7'],
    ['a subject with a space, as it is', 'employee', { employee: 'E 7 ' }, 'E 7 '],
  ])('is who they are by %s', async (_what, subjectClaim, claims, subject) => {
    tell(claims);

    expect(await signIn(settingsOf(university, { subjectClaim }), 'a-1')).toMatchObject({
      subject,
    });
  });

  it.each([
    ['nothing', {}],
    ['an empty text', { employee: ' ' }],
    ['a list', { employee: ['E-7'] }],
    ['a number that is not exact', { employee: 2 ** 53 }],
    ['control characters', { employee: 'E-7\u0000' }],
    ['256 characters', { employee: 'x'.repeat(256) }],
    ['half a letter', { employee: 'A\ud83e' }],
  ])('is nobody whose claim is %s', async (_what, claims) => {
    tell(claims);

    const error = await refused(
      signIn(settingsOf(university, { subjectClaim: 'employee' }), 'a-1'),
    );

    expect(error).toEqual({
      fault: 'INVALID',
      message: 'The university did not say who you are.',
      cause: 'there is no usable claim "employee"',
    });
  });
});

describe('nobody is signed in', () => {
  it.each([
    ['who says no', 'access_denied', 'REFUSED'],
    ['while the provider is busy', 'temporarily_unavailable', 'UNAVAILABLE'],
    ['while the provider is broken', 'server_error', 'UNAVAILABLE'],
    ['who asked wrongly', 'invalid_scope', 'INVALID'],
    ['for a reason that nobody knows', 'constructor', 'INVALID'],
  ])('%s', async (_who, error, fault) => {
    university.onAnswer = changeReturn((url) => {
      url.searchParams.set('error', error);
      url.searchParams.set('error_description', 'For a\nreason');
      url.searchParams.delete('code');
    });

    expect(await refused(signIn(settingsOf(university), 'a-1'))).toMatchObject({
      fault,
      cause: expect.stringContaining(`the provider said ${error} For a reason`),
    });
  });

  it.each(['/token', '/jwks', '/me'])('while %s is not there', async (path) => {
    university.onAnswer = (answered, asked) => {
      if (asked.path.startsWith(path)) throw new Error('hangs up');
      return answered;
    };

    const { fault, cause } = await refused(signIn(settingsOf(university), 'a-1'));

    expect(fault).toBe('UNAVAILABLE');
    expect(cause).toMatch(new RegExp(`${path} gave no answer: UND_ERR_SOCKET$`));
  });

  it('by an answer of more than a mebibyte', async () => {
    university.onAnswer = changeJson('/token', (it) => ({ ...it, more: 'x'.repeat(1024 * 1024) }));

    expect(await refused(signIn(settingsOf(university), 'a-1'))).toMatchObject({
      cause: expect.stringMatching(/\/token gave no answer: it is longer than 1048576 bytes/),
    });
  });

  it('by a provider that takes more than 5 seconds', async () => {
    university.onAnswer = (_answered, asked) =>
      asked.path.startsWith('/.well-known/') ? sleep(7_000) : undefined;
    const since = performance.now();

    expect(await refused(protocol.begin(config, settingsOf(university)))).toMatchObject({
      fault: 'UNAVAILABLE',
      cause: expect.stringMatching(/gave no answer: it took too long$/),
    });
    expect(performance.now() - since).toBeLessThan(6_000);
  });

  it('by what it says is elsewhere, and not over https', async () => {
    university.onAnswer = changeJson('/.well-known/', (it) => ({
      ...it,
      token_endpoint: 'http://provider.example/token',
    }));

    expect(await refused(signIn(settingsOf(university), 'a-1'))).toMatchObject({
      cause: expect.stringContaining('provider.example/token was not asked: it is not https'),
    });
  });

  it('with a client secret that is wrong', async () => {
    const provider = settingsOf(university, { clientSecret: 'a-wrong-secret' });

    const { fault, cause } = await refused(signIn(provider, 'a-1'));

    expect(fault).toBe('INVALID');
    expect(cause).toMatch(/invalid_client/);
    expect(cause).not.toContain('a-wrong-secret');
  });
});
