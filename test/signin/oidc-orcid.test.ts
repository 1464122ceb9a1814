import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readProviders } from '../../src/providers.ts';
import { oidc as protocol } from '../../src/signin/oidc/oidc.ts';
import { config, redirectUris, signIn } from './oidc-drive.ts';
import { changeJson } from './oidc-front.ts';
import { type Oidc, startOidc } from './oidc-kit.ts';

const id = '0000-0002-1825-0097';
let orcid: Oidc;

beforeAll(async () => {
  const accounts = {
    [id]: { name: 'J. S. Carberry', given_name: 'Josiah', family_name: 'Carberry' },
    '0000-0001-5109-3700': { given_name: 'Laurel' },
    '0000-0002-1694-233X': {},
  };
  orcid = await startOidc({ accounts, redirectUris, isOrcid: true });
});
afterEach(() => {
  orcid.beHonest();
  orcid.asked.length = 0;
});
afterAll(() => orcid.stop());

function settings() {
  const given = {
    kind: 'orcid',
    issuer: orcid.issuer,
    client_id: orcid.clientId,
    client_secret_env_variable_label: 'SECRET',
  };
  const read = readProviders({ university: given }, { SECRET: orcid.clientSecret }, []);
  const provider = read.get('university');
  if (provider?.kind !== 'oidc') throw new Error('It is not configured.');
  return provider;
}

describe('ORCID', () => {
  it('is asked for nothing but who somebody is', async () => {
    const { url } = await protocol.begin(config, settings());

    expect(new URL(url).searchParams.get('scope')).toBe('openid');
  });

  it('says the ORCID iD and the name, and no address', async () => {
    expect(await signIn(settings(), id)).toEqual({
      subject: id,
      orcid: id,
      username: undefined,
      email: undefined,
      fullName: 'J. S. Carberry',
      givenName: 'Josiah',
      familyName: 'Carberry',
    });
  });

  it.each([
    ['a part of it', '0000-0001-5109-3700', 'Laurel'],
    ['nothing of it', '0000-0002-1694-233X', undefined],
  ])('says of a name what is public: %s', async (_what, who, fullName) => {
    expect(await signIn(settings(), who)).toMatchObject({ subject: who, orcid: who, fullName });
  });

  it('has the secret in the form, whatever it announces', async () => {
    await signIn(settings(), id);

    const [sent] = orcid.asked.filter((it) => it.path.startsWith('/token'));
    expect(sent?.headers.authorization).toBeUndefined();
    expect(new URLSearchParams(sent?.body).get('client_secret')).toBe(orcid.clientSecret);
  });

  it('has its address ignored, should it ever tell one that nobody verified', async () => {
    orcid.onAnswer = changeJson('/me', (it) => ({ ...it, email: 'somebody@example.org' }));

    expect((await signIn(settings(), '0000-0002-1694-233X')).email).toBeUndefined();
  });
});
