import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'collegium-oidc-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(provider: object) {
  const file = join(folder, 'collegium.json');
  writeFileSync(file, JSON.stringify({ signIn: { here: provider } }));
  return readConfig({ COLLEGIUM_CONFIG: file, SECRET: 'a secret' }).signIn.get('here');
}

function problemsOf(provider: object): string[] {
  try {
    read(provider);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((it) => it.replace(/^.*?signIn\.here\./, ''));
  }
}

const least = { kind: 'oidc', issuer: 'https://id.example', client_id: 'collegium' };

describe('a provider of OpenID Connect', () => {
  it('is an issuer and what it knows us as', () => {
    expect(read(least)).toEqual({
      kind: 'oidc',
      key: 'here',
      title: 'here',
      idp: 'here',
      provision: false,
      issuer: 'https://id.example',
      clientId: 'collegium',
      scope: 'openid profile email',
      subjectClaim: 'sub',
      usernameClaim: 'preferred_username',
    });
  });

  it.each([
    ['issuer', 'http://id.example', 'is not https, and not of this machine'],
    ['issuer', 'http://127.0.0.1.example', 'is not https, and not of this machine'],
    ['issuer', 'http://localhost.example:80', 'is not https, and not of this machine'],
    ['issuer', 'id.example', 'is not an http(s) address'],
    ['scope', 'profile email', 'lacks "openid"'],
    ['scope', 'openidx', 'lacks "openid"'],
    ['subject_claim', 'email', 'is "email", which people change and others may have had'],
    ['client_authentication', 'none', 'Invalid option: expected one of "basic"|"post"'],
    ['client_secret_env_variable_label', 'NOT_SET', 'the variable NOT_SET is not set'],
  ])('is refused with %s %j', (name, value, problem) => {
    expect(problemsOf({ ...least, [name]: value })).toEqual([`${name}: ${problem}`]);
  });

  it.each(['http://127.0.0.1:3000', 'http://localhost:3000/realms/a', 'http://[::1]:3000'])(
    'may be at %s, which is this machine',
    (issuer) => {
      expect(problemsOf({ ...least, issuer })).toEqual([]);
    },
  );
});

describe('ORCID', () => {
  const given = { kind: 'orcid', client_id: 'APP-1', client_secret_env_variable_label: 'SECRET' };

  it('needs a client and its secret, and nothing more', () => {
    expect(read(given)).toEqual({
      kind: 'oidc',
      key: 'here',
      title: 'ORCID',
      idp: 'here',
      provision: false,
      issuer: 'https://orcid.org',
      clientId: 'APP-1',
      clientSecret: 'a secret',
      clientAuthentication: 'post',
      scope: 'openid',
      subjectClaim: 'sub',
      orcidClaim: 'sub',
    });
  });

  it('may be the sandbox', () => {
    expect(read({ ...given, issuer: 'https://sandbox.orcid.org' })).toMatchObject({
      issuer: 'https://sandbox.orcid.org',
    });
  });

  it('is not http elsewhere, nor without a secret', () => {
    expect(problemsOf({ ...given, issuer: 'http://orcid.org' })).toEqual([
      'issuer: is not https, and not of this machine',
    ]);
    const { client_secret_env_variable_label: _, ...rest } = given;
    expect(problemsOf(rest)).toHaveLength(1);
  });
});
