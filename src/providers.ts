import { z } from 'zod';
import { explain } from './config-file.ts';
import { idpKey, variable } from './idp-shape.ts';

const common = {
  /** What people are shown. */
  title: z.string().min(1).max(100).optional(),
  /** Whose subjects they are: identities are (idp, subject), as syncs know them. */
  idp: idpKey.optional(),
  /** Whether somebody who was never here gets an account. */
  provision: z.boolean().default(false),
};

const claim = z.string().min(1).max(200);

/** Whether an address is one of this machine: what is sent there, nobody else reads. */
export const isLoopback = (address: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(URL.parse(address)?.hostname ?? '');

const issuer = z
  .url({ protocol: /^https?$/, error: 'is not an http(s) address', abort: true })
  .refine(
    (it) => URL.parse(it)?.protocol === 'https:' || isLoopback(it),
    'is not https, and not of this machine',
  );

const oidc = z.strictObject({
  ...common,
  kind: z.literal('oidc'),
  issuer,
  client_id: z.string().min(1),
  client_secret_env_variable_label: variable.optional(),
  /** How the secret is shown; absent: as the provider says that it takes it. */
  client_authentication: z.enum(['basic', 'post']).optional(),
  scope: z
    .string()
    .regex(/^(.* )?openid( .*)?$/, 'lacks "openid"')
    .default('openid profile email'),
  subject_claim: claim
    .refine((it) => it !== 'email', 'is "email", which people change and others may have had')
    .default('sub'),
  username_claim: claim.default('preferred_username'),
  /** The claim with the ORCID iD, if there is one. */
  orcid_claim: claim.optional(),
});

/** ORCID tells neither an address nor a name to log in by, so the person is asked for them. */
const orcid = z.strictObject({
  ...common,
  kind: z.literal('orcid'),
  issuer: issuer.default('https://orcid.org'),
  client_id: z.string().min(1),
  client_secret_env_variable_label: variable,
});

const saml = z.strictObject({
  ...common,
  kind: z.literal('saml'),
  /** Where browsers are sent. */
  entry_point: z.url({ protocol: /^https?$/, error: 'is not an http(s) address' }),
  /** What the identity provider calls itself (its entityID). */
  issuer: z.string().min(1),
  /** PEM; several while they are rotated. */
  certificates: z.array(z.string().min(1)).min(1),
  /** Absent: the NameID is the subject, which must be a persistent one then. */
  subject_attribute: claim.optional(),
  attributes: z
    .strictObject({
      username: claim.optional(),
      email: claim.optional(),
      fullName: claim.optional(),
      givenName: claim.optional(),
      familyName: claim.optional(),
      orcid: claim.optional(),
    })
    .default({}),
  /** Whether its addresses may be taken for verified. */
  trusts_email: z.boolean().default(false),
  /** Whether it signs its answers, beside the assertions in them. */
  wants_response_signed: z.boolean().default(true),
});

const provider = z.discriminatedUnion('kind', [oidc, orcid, saml]);
const shape = z.record(z.string(), z.unknown()).default({});

interface Common {
  key: string;
  title: string;
  idp: string;
  provision: boolean;
}

/** Who signs people in by OpenID Connect. */
export interface OidcProvider extends Common {
  kind: 'oidc';
  issuer: string;
  clientId: string;
  clientSecret?: string;
  clientAuthentication?: 'basic' | 'post';
  scope: string;
  subjectClaim: string;
  usernameClaim?: string;
  orcidClaim?: string;
}

/** Who signs people in by SAML 2.0. */
export interface SamlProvider extends Common {
  kind: 'saml';
  entryPoint: string;
  issuer: string;
  certificates: string[];
  subjectAttribute?: string;
  attributes: z.output<typeof saml>['attributes'];
  trustsEmail: boolean;
  wantsResponseSigned: boolean;
}

export type Provider = OidcProvider | SamlProvider;

/**
 * Who signs people in, as the file configures it, with their secrets.
 * @param problems gets a line for everything that is wrong.
 */
export function readProviders(
  inFile: unknown,
  env: NodeJS.ProcessEnv,
  problems: string[],
): Map<string, Provider> {
  const source = `COLLEGIUM_CONFIG (${env.COLLEGIUM_CONFIG})`;
  const all = shape.safeParse(inFile);
  if (!all.success) problems.push(...explain(all.error, source, ['signIn']));
  const providers = new Map<string, Provider>();
  for (const [key, given] of Object.entries(all.data ?? {})) {
    const read = provider.safeParse(given);
    const name = z
      .string()
      // The others are addresses of ours beside theirs.
      .regex(/^(?!(link|register)$)[a-z][a-z0-9-]{0,62}$/)
      .safeParse(key);
    if (!name.success)
      problems.push(
        `${source}: signIn.${key}: is not a key: lower-case letters, digits and "-", a letter first, and neither "link" nor "register"`,
      );
    if (read.success) providers.set(key, complete(key, read.data, env, problems));
    else problems.push(...explain(read.error, source, ['signIn', key]));
  }
  return providers;
}

function complete(
  key: string,
  given: z.output<typeof provider>,
  env: NodeJS.ProcessEnv,
  problems: string[],
): Provider {
  const { provision, idp = key } = given;
  const named = { key, idp, provision };
  if (given.kind === 'saml') {
    return {
      ...named,
      kind: 'saml',
      title: given.title ?? key,
      entryPoint: given.entry_point,
      issuer: given.issuer,
      certificates: given.certificates,
      subjectAttribute: given.subject_attribute,
      attributes: given.attributes,
      trustsEmail: given.trusts_email,
      wantsResponseSigned: given.wants_response_signed,
    };
  }
  const label = given.client_secret_env_variable_label;
  const clientSecret = label && env[label];
  if (label && !clientSecret)
    problems.push(
      `signIn.${key}.client_secret_env_variable_label: the variable ${label} is not set`,
    );
  const client = { issuer: given.issuer, clientId: given.client_id, clientSecret };
  if (given.kind === 'orcid') {
    const title = given.title ?? 'ORCID';
    const claims = { scope: 'openid', subjectClaim: 'sub', orcidClaim: 'sub' };
    // It announced the other way, and documents this one.
    return { ...named, ...client, ...claims, kind: 'oidc', title, clientAuthentication: 'post' };
  }
  return {
    ...named,
    ...client,
    kind: 'oidc',
    title: given.title ?? key,
    clientAuthentication: given.client_authentication,
    scope: given.scope,
    subjectClaim: given.subject_claim,
    usernameClaim: given.username_claim,
    orcidClaim: given.orcid_claim,
  };
}
