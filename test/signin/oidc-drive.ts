import { expect } from 'vitest';
import type { Config } from '../../src/config.ts';
import type { OidcProvider } from '../../src/providers.ts';
import { oidc } from '../../src/signin/oidc/oidc.ts';
import { type Proof, SignInError } from '../../src/signin/provider.ts';
import type { Oidc } from './oidc-kit.ts';
import { isReturn, newVisitor, signInThrough } from './visitor.ts';

/** A server that need not be there, for the answers are taken on their way to it. */
export const config = { publicUrl: 'http://127.0.0.1:1/here' } as Config;
export const redirectUris = [`${config.publicUrl}/sign-in/university/callback`];

/** A provider as the file configures it; nothing is known of it yet. */
export const settingsOf = (
  { issuer, clientId, clientSecret }: Oidc,
  more: Partial<OidcProvider> = {},
): OidcProvider => ({
  kind: 'oidc',
  key: 'university',
  title: 'The university',
  idp: 'university',
  provision: true,
  issuer,
  clientId,
  clientSecret,
  scope: 'openid profile email',
  subjectClaim: 'sub',
  usernameClaim: 'preferred_username',
  ...more,
});

/** The whole way by the protocol alone, as somebody with that login; as one who says no without. */
export async function signIn(provider: OidcProvider, login: string): Promise<Proof> {
  const { url, checks } = await oidc.begin(config, provider);
  const page = await signInThrough(newVisitor(), url, login, isReturn);
  return oidc.finish(config, provider, checks, { url: page.url, fields: {} });
}

/** Why somebody was not signed in. */
export async function refused(what: Promise<unknown>) {
  const error = await what.then(
    (it) => expect.fail(`somebody was signed in: ${JSON.stringify(it)}`),
    (it) => it,
  );
  expect(error).toBeInstanceOf(SignInError);
  const { fault, message, cause } = error as SignInError;
  return { fault, message, cause: (cause as Error).message };
}
