import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { shownOf } from '../../src/cli/config-acts.ts';
import { readConfig, webhookTokenOf } from '../../src/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'collegium-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
const endpoint = {
  remote_endpoint: 'https://kc.example/users/{placeholder}?api_key=SECRET1',
  token_env_variable_label: 'T1',
};
const file = {
  idps: {
    kc: {
      users: endpoint,
      webhook: { token_env_variable_label: 'T2', signing_secret_env_variable_label: 'T3' },
    },
  },
  signIn: {
    oidc: {
      kind: 'oidc',
      issuer: 'https://id.example',
      client_id: 'visible-client',
      client_secret_env_variable_label: 'T4',
    },
  },
};
const path = join(folder, 'collegium.json');
writeFileSync(path, JSON.stringify(file));
const env = {
  COLLEGIUM_CONFIG: path,
  DATABASE_URL: 'postgres://visible-user:SECRET2@db.example/collegium',
  SMTP_URL: 'smtp://mailer:SECRET3@mail.example:587',
  S3_ACCESS_KEY_ID: 'SECRET4',
  S3_SECRET_ACCESS_KEY: 'SECRET5',
  FILES_URL: 's3://visible-bucket?endpoint=https://s3.example',
  ELASTICSEARCH_URL: 'https://elastic:SECRET6@es.example:9200',
  SIGNING_KEY: pem.toString(),
  T1: 'SECRET8',
  T2: 'SECRET9-older-than SECRET9-0123456789',
  T3: 'SECRET10-0123456789abcdef',
  T4: 'SECRET11',
};

describe('the configuration as it is shown', () => {
  const shown = shownOf(readConfig(env));
  const text = JSON.stringify(shown);

  it('has no secret in it', () => {
    expect(text).not.toContain('SECRET');
    expect(text).not.toContain('PRIVATE');
    expect(text).not.toMatch(/"data":\[\d/);
  });

  it('has no bytes and no private keys, whatever they are called', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const kept = { digest: Buffer.from('SECRET'), one: privateKey, other: publicKey };

    expect(shownOf(kept)).toEqual({ digest: '***', one: '***', other: 'ed25519, public' });
  });

  it('has all else', () => {
    for (const it of ['visible-user', 'visible-client', 'visible-bucket', 'es.example', 'mailer'])
      expect(text).toContain(it);
    expect(shown).toMatchObject({
      databaseUrl: 'postgres://visible-user:***@db.example/collegium',
      signingKeys: '***',
      idps: { kc: { users: { token: '***', identifier: 'id' }, rate: 50 } },
      signIn: { oidc: { issuer: 'https://id.example', clientSecret: '***' } },
    });
  });
});

it('finds the token that a sender shows, among all variables', () => {
  const idp = readConfig(env).idps.get('kc');
  expect(idp && webhookTokenOf(idp, env)).toBe('SECRET9-older-than');
  expect(idp && webhookTokenOf(idp, {})).toBeUndefined();
});
