import type { Provider } from '../providers.ts';
import { oidc } from './oidc/oidc.ts';
import type { Protocol } from './provider.ts';
import { saml } from './saml/saml.ts';

const protocols: Record<Provider['kind'], Protocol<never>> = { oidc, saml };

/** How a provider is spoken with. */
export const protocolOf = <P extends Provider>({ kind }: P): Protocol<P> =>
  protocols[kind] as Protocol<P>;
