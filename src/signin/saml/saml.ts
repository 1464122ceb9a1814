import { randomBytes } from 'node:crypto';
import { type Profile, SAML, SamlStatusError, ValidateInResponseTo } from '@node-saml/node-saml';
import type { Config } from '../../config.ts';
import type { SamlProvider } from '../../providers.ts';
import { claimed } from '../claimed.ts';
import { type Checks, type Proof, type Protocol, SignInError } from '../provider.ts';
import { type Assertion, subjectOf, valuesOf } from './assertion.ts';
import { demandPlainXml } from './xml.ts';

/** Milliseconds that clocks may differ. */
const clockSkewMs = 120_000;
/** Milliseconds that somebody has at the provider. */
const patienceMs = 600_000;

export const callbackOf = ({ publicUrl }: Config, key: string): string =>
  `${publicUrl}/sign-in/${key}/callback`;

/** What we call ourselves, where also stands what we are. */
const entityIdOf = ({ publicUrl }: Config, key: string): string =>
  `${publicUrl}/sign-in/${key}/metadata`;

/** SAML 2.0's web browser SSO profile: a redirect there, a post back, only when we asked. */
export const saml: Protocol<SamlProvider> = {
  async begin(config, provider) {
    // An ID of XML begins with no digit.
    const requestId = `_${randomBytes(16).toString('hex')}`;
    const url = await open(config, provider, requestId).getAuthorizeUrlAsync('', undefined, {});
    return { url, checks: { requestId } };
  },

  async finish(config, provider, checks, { fields }) {
    const { requestId = '' } = checks as Checks;
    try {
      demandPlainXml(fields.SAMLResponse ?? '');
      const { profile } = await open(config, provider, requestId).validatePostResponseAsync({
        SAMLResponse: fields.SAMLResponse ?? '',
      });
      if (!profile) throw new Error('The answer is about no sign-in.');
      const { Assertion: assertion } = signedPart(profile);
      return proofOf(provider, assertion, {
        requestId,
        recipient: callbackOf(config, provider.key),
      });
    } catch (cause) {
      if (cause instanceof SamlStatusError)
        throw new SignInError('REFUSED', `${provider.title} did not sign you in.`, { cause });
      throw new SignInError('INVALID', `The answer of ${provider.title} cannot be used.`, {
        cause,
      });
    }
  },
};

/** Only what the signature covers: the library's profile has more in it. */
const signedPart = (profile: Profile) =>
  profile.getAssertion?.() as unknown as { Assertion: Assertion };

/** What we are, for the provider's administrators. */
export const metadataOf = (config: Config, provider: SamlProvider): string =>
  open(config, provider, '').generateServiceProviderMetadata(null);

function open(config: Config, provider: SamlProvider, requestId: string): SAML {
  const asked = new Date().toISOString();
  const isAsked = (key: string | null) => key !== null && key !== '' && key === requestId;
  return new SAML({
    entryPoint: provider.entryPoint,
    idpIssuer: provider.issuer,
    idpCert: provider.certificates,
    issuer: entityIdOf(config, provider.key),
    callbackUrl: callbackOf(config, provider.key),
    identifierFormat: provider.subjectAttribute
      ? null
      : 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    disableRequestedAuthnContext: true,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: provider.wantsResponseSigned,
    acceptedClockSkewMs: clockSkewMs,
    validateInResponseTo: ValidateInResponseTo.always,
    requestIdExpirationPeriodMs: patienceMs,
    generateUniqueId: () => requestId,
    // What was asked for is kept with the sign-in, which the browser shows and which is good once.
    cacheProvider: {
      saveAsync: async (_key, value) => ({ value, createdAt: Date.now() }),
      getAsync: async (key) => (isAsked(key) ? asked : null),
      removeAsync: async (key) => key,
    },
  });
}

function proofOf(
  provider: SamlProvider,
  assertion: Assertion,
  asked: { requestId: string; recipient: string },
): Proof {
  const subject = subjectOf(assertion, { ...asked, issuer: provider.issuer });
  const values = valuesOf(assertion);
  const first = (name: string | undefined) =>
    name === undefined ? undefined : values.get(name)?.[0];
  const { attributes, subjectAttribute, trustsEmail } = provider;
  const many = subjectAttribute && (values.get(subjectAttribute)?.length ?? 0) > 1;
  if (many) throw new Error('The attribute of the subject has several values.');
  if (subjectAttribute === undefined && subject.isTransient)
    throw new Error('The NameID is a transient one: configure subject_attribute.');
  const said = subjectAttribute === undefined ? subject.nameId : first(subjectAttribute);
  if (!said) throw new Error('The assertion names nobody.');
  return claimed({
    subject: said,
    username: first(attributes.username),
    email: trustsEmail ? first(attributes.email) : undefined,
    fullName: first(attributes.fullName),
    givenName: first(attributes.givenName),
    familyName: first(attributes.familyName),
    orcid: first(attributes.orcid),
  });
}
