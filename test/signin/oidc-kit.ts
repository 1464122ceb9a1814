import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import Provider, {
  type AdapterFactory,
  type AdapterPayload,
  type Configuration,
} from 'oidc-provider';
import { type Front, likeOrcid, openFront } from './oidc-front.ts';

/** The claims of an account; its login is the subject, if they name no other. */
export type OidcAccount = Record<string, unknown>;

export interface OidcOptions {
  /** By the login that is typed in at the form. */
  accounts: Record<string, OidcAccount>;
  /** Where our servers are: `http://127.0.0.1:4000/sign-in/university/callback`. */
  redirectUris: string[];
  /** Behaves as ORCID does. */
  isOrcid?: boolean;
  /** What it calls itself, instead of `127.0.0.1`. */
  host?: string;
  configuration?: Configuration;
}

/** A provider that runs, with somebody in between who can change what it says. */
export interface Oidc extends Front {
  clientId: string;
  clientSecret: string;
  /** The private key that it signs with. */
  key: JWK;
}

/**
 * Starts a provider on loopback: the certified one of npm, so that it is not our reading of the
 * standard that our reading of the standard is tested against.
 */
export async function startOidc(options: OidcOptions): Promise<Oidc> {
  const { isOrcid = false } = options;
  const inner = createServer();
  const front = await openFront(inner, isOrcid ? likeOrcid : undefined, options.host);
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'RS256', use: 'sig' };
  const clientId = 'collegium';
  const clientSecret = randomUUID();
  const accounts = new Map(
    Object.entries(options.accounts).map(([sub, claims]) => [sub, { sub, ...claims }]),
  );
  const provider = new Provider(front.issuer, {
    adapter: newStorage(),
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: options.redirectUris,
        token_endpoint_auth_method: isOrcid ? 'client_secret_post' : 'client_secret_basic',
      },
    ],
    jwks: { keys: [key] },
    cookies: {
      keys: [randomUUID()],
      // Browsers do not tell ports apart, and several providers run at once.
      names: { interaction: randomUUID(), resume: randomUUID(), session: randomUUID() },
    },
    claims: isOrcid
      ? { openid: ['sub', 'name', 'given_name', 'family_name', 'amr'] }
      : {
          openid: ['sub'],
          profile: ['name', 'given_name', 'family_name', 'preferred_username', 'orcid'],
          email: ['email', 'email_verified'],
        },
    conformIdTokenClaims: !isOrcid,
    pkce: { required: () => !isOrcid },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 600,
      IdToken: 600,
      Interaction: 600,
      Session: 600,
    },
    findAccount: (_ctx, login) => {
      const claims = accounts.get(login);
      return claims && { accountId: login, claims: () => claims };
    },
    // Whoever signs in agrees to everything.
    async loadExistingGrant({ oidc }) {
      const { clientId, accountId } = { ...oidc.session, clientId: oidc.client?.clientId };
      const grant = new oidc.provider.Grant({ clientId, accountId });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
    renderError(ctx, out) {
      ctx.type = 'text/plain';
      ctx.body = `${out.error}: ${out.error_description}`;
    },
    ...options.configuration,
  });
  const forward = provider.callback();
  inner.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/')) void interact(provider, request, response);
    else void forward(request, response);
  });
  return Object.assign(front, { clientId, clientSecret, key });
}

/** The form at which people say who they are, or that they would rather not. */
async function interact(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>The provider</title><form method="post">
      <input name="login" autofocus>
      <button name="answer" value="yes">Sign in</button>
      <button name="answer" value="no">Cancel</button></form>`);
    return;
  }
  const fields = new URLSearchParams(await text(request));
  const result =
    fields.get('answer') === 'no'
      ? { error: 'access_denied', error_description: 'The person said no.' }
      : { login: { accountId: fields.get('login') ?? '' } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

/** What a provider remembers. Its own is shared by all that run in a process. */
function newStorage(): AdapterFactory {
  const things = new Map<string, AdapterPayload>();
  return (kind) => {
    const find = async (id: string) => things.get(`${kind}:${id}`);
    return {
      find,
      upsert: async (id, payload) => void things.set(`${kind}:${id}`, payload),
      destroy: async (id) => void things.delete(`${kind}:${id}`),
      consume: async (id) => void Object.assign((await find(id)) ?? {}, { consumed: 1 }),
      findByUid: async (uid) => [...things.values()].find((it) => it.uid === uid),
      findByUserCode: async () => undefined,
      async revokeByGrantId(grantId) {
        for (const [id, it] of things) if (it.grantId === grantId) things.delete(id);
      },
    };
  };
}
