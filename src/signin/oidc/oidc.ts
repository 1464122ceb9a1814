import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { Config } from '../../config.ts';
import type { OidcProvider } from '../../providers.ts';
import type { Fields } from '../../remote/fields.ts';
import { type Protocol, SignInError } from '../provider.ts';
import { lacksClaims, proofOf } from './claims.ts';
import { clientOf } from './client.ts';
import { signInErrorOf } from './error.ts';

/** Where a provider sends people back to; it must know this address, letter by letter. */
const returnAddress = ({ publicUrl }: Config, { key }: OidcProvider): string =>
  `${publicUrl}/sign-in/${key}/callback`;

/**
 * OpenID Connect: the authorization code flow with PKCE (RFC 7636), `state`, `nonce` and the `iss`
 * of RFC 9207, as RFC 9700 advises.
 */
export const oidc: Protocol<OidcProvider> = {
  async begin(config, provider) {
    const checks = {
      state: randomState(),
      nonce: randomNonce(),
      verifier: randomPKCECodeVerifier(),
    };
    try {
      const url = buildAuthorizationUrl(await clientOf(provider), {
        redirect_uri: returnAddress(config, provider),
        scope: provider.scope,
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: await calculatePKCECodeChallenge(checks.verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, checks };
    } catch (error) {
      throw signInErrorOf(provider, error);
    }
  },

  async finish(config, provider, checks, { url }) {
    const { state, nonce, verifier } = checks;
    const code = url.searchParams.get('code') ?? '';
    try {
      const client = await clientOf(provider);
      // Ours, whatever address it came to: the provider compares it with that of the question.
      const back = Object.assign(new URL(returnAddress(config, provider)), { search: url.search });
      const tokens = await authorizationCodeGrant(client, back, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims() as Fields & { sub: string };
      const isAsked = client.serverMetadata().userinfo_endpoint && lacksClaims(provider, claims);
      const more = isAsked ? await fetchUserInfo(client, tokens.access_token, claims.sub) : {};
      const proof = proofOf(provider, claims, more as Fields);
      if (proof) return proof;
    } catch (error) {
      throw signInErrorOf(provider, error, [code, ...Object.values(checks)]);
    }
    throw new SignInError('INVALID', `${provider.title} did not say who you are.`, {
      cause: new Error(`there is no usable claim "${provider.subjectClaim}"`),
    });
  },
};
