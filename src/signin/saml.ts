import type { SamlProvider } from '../providers.ts';
import { type Protocol, SignInError } from './provider.ts';

/** SAML 2.0: redirect there, post back. */
export const saml: Protocol<SamlProvider> = {
  async begin() {
    throw new SignInError('UNAVAILABLE', 'being written');
  },
  async finish() {
    throw new SignInError('UNAVAILABLE', 'being written');
  },
};
