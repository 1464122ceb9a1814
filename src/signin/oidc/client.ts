import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  clockTolerance,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
} from 'openid-client';
import { isLoopback, type OidcProvider } from '../../providers.ts';
import { askProvider } from './fetch.ts';

/** Seconds that a provider's clock may differ from ours. */
const tolerance = 30;
/** Seconds that a provider has for an answer. */
const timeout = 5;
/** Milliseconds for which what a provider says of itself is good. */
const freshMs = 3_600_000;

const known = new WeakMap<OidcProvider, { until: number; client: Promise<Configuration> }>();

/**
 * How to speak with a provider, by what it says of itself (OpenID Connect Discovery 1.0). That is
 * asked once an hour, and again at once if it failed.
 */
export function clientOf(provider: OidcProvider): Promise<Configuration> {
  const found = known.get(provider);
  if (found && Date.now() < found.until) return found.client;
  const client = discover(provider);
  known.set(provider, { until: Date.now() + freshMs, client });
  client.catch(() => known.delete(provider));
  return client;
}

/**
 * Tokens come straight from the provider, so that the standard does without their signatures where
 * there is TLS. We do not: a proxy that ends TLS may be in between.
 */
function discover(provider: OidcProvider): Promise<Configuration> {
  const { clientId, clientSecret, issuer } = provider;
  const metadata = { client_secret: clientSecret, [clockTolerance]: tolerance };
  const isHere = isLoopback(issuer);
  return discovery(new URL(issuer), clientId, metadata, authentication(provider), {
    timeout,
    [customFetch]: askProvider,
    execute: [enableNonRepudiationChecks, ...(isHere ? [allowInsecureRequests] : [])],
  });
}

/**
 * How we prove to be ourselves: as configured, else as the provider takes it. Of both ways in a
 * secret goes into the form, for not all undo the encoding that headers need (RFC 6749, 2.3.1).
 */
function authentication({ clientSecret, clientAuthentication }: OidcProvider): ClientAuth {
  if (clientSecret === undefined) return None();
  const ways = { post: ClientSecretPost(clientSecret), basic: ClientSecretBasic(clientSecret) };
  return (server, ...rest) => {
    const taken = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const way = taken.includes('client_secret_post') ? 'post' : 'basic';
    return ways[clientAuthentication ?? way](server, ...rest);
  };
}
