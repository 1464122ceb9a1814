import type { OidcProvider } from '../providers.ts';
import { type Protocol, SignInError } from './provider.ts';

/** OpenID Connect, by the authorization code flow with PKCE. */
export const oidc: Protocol<OidcProvider> = {
  async begin() {
    throw new SignInError('UNAVAILABLE', 'being written');
  },
  async finish() {
    throw new SignInError('UNAVAILABLE', 'being written');
  },
};
