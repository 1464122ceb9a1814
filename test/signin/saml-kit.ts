import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import { SignedXml } from 'xml-crypto';

const file = (name: string) => readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8');
export const certificate = file('./idp.crt');
export const privateKey = file('./idp.key');

export const persistent = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
export const rsaSha256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const sha256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';

/** What an identity provider says, all of it as its standard has it. */
export interface Saying {
  requestId: string;
  callback: string;
  audience: string;
  issuer: string;
  nameId: string;
  format: string;
  attributes: Record<string, string[]>;
  now: number;
  recipient: string;
  destination: string;
  notBefore: number;
  notOnOrAfter: number;
  responseId: string;
  assertionId: string;
}

const at = (ms: number) => new Date(ms).toISOString();
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** An assertion that nobody has signed. */
export const assertionOf = (it: Saying): string =>
  `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${it.assertionId}" Version="2.0" IssueInstant="${at(it.now)}"><saml:Issuer>${it.issuer}</saml:Issuer><saml:Subject><saml:NameID Format="${it.format}">${escaped(it.nameId)}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData InResponseTo="${it.requestId}" NotOnOrAfter="${at(it.notOnOrAfter)}" Recipient="${it.recipient}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="${at(it.notBefore)}" NotOnOrAfter="${at(it.notOnOrAfter)}"><saml:AudienceRestriction><saml:Audience>${it.audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="${at(it.now)}" SessionIndex="_s1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>${Object.entries(
    it.attributes,
  )
    .map(
      ([name, values]) =>
        `<saml:Attribute Name="${name}">${values.map((value) => `<saml:AttributeValue>${escaped(value)}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
    )
    .join('')}</saml:AttributeStatement></saml:Assertion>`;

/** A response that nobody has signed, with whatever in it. */
export const responseOf = (
  it: Saying,
  content: string,
  status = 'urn:oasis:names:tc:SAML:2.0:status:Success',
): string =>
  `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="${it.responseId}" Version="2.0" IssueInstant="${at(it.now)}" Destination="${it.destination}" InResponseTo="${it.requestId}"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${it.issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="${status}"/></samlp:Status>${content}</samlp:Response>`;

export interface Signing {
  key?: string;
  algorithm?: string;
  digest?: string;
}

/** The XML with one of its elements signed, the signature after its issuer. */
export function signed(
  xml: string,
  element: 'Assertion' | 'Response',
  { key = privateKey, algorithm = rsaSha256, digest = sha256 }: Signing = {},
): string {
  const path = `//*[local-name(.)='${element}']`;
  const signature = new SignedXml({
    privateKey: key,
    signatureAlgorithm: algorithm,
    canonicalizationAlgorithm: exclusive,
  });
  signature.addReference({
    xpath: path,
    transforms: [enveloped, exclusive],
    digestAlgorithm: digest,
  });
  signature.computeSignature(xml, {
    location: { reference: `${path}/*[local-name(.)='Issuer']`, action: 'after' },
  });
  return signature.getSignedXml();
}

/** A response as an honest provider makes it. */
export const honest = (it: Saying): string =>
  signed(responseOf(it, signed(assertionOf(it), 'Assertion')), 'Response');

/** What an honest provider says, but for what is said otherwise. */
export function saying(
  asked: Pick<Saying, 'requestId' | 'callback' | 'audience' | 'issuer'>,
  more: Partial<Saying> = {},
): Saying {
  const now = Date.now();
  const id = () => `_${randomBytes(12).toString('hex')}`;
  return {
    ...asked,
    nameId: 'jane-7',
    format: persistent,
    attributes: {},
    now,
    recipient: asked.callback,
    destination: asked.callback,
    notBefore: now - 1_000,
    notOnOrAfter: now + 60_000,
    responseId: id(),
    assertionId: id(),
    ...more,
  };
}

/** What a request to sign in asks for. */
export function readRequest(url: string) {
  const encoded = new URL(url).searchParams.get('SAMLRequest') ?? '';
  const xml = inflateRawSync(Buffer.from(encoded, 'base64')).toString();
  const attribute = (name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(xml)?.[1] ?? '';
  return {
    xml,
    requestId: attribute('ID'),
    callback: attribute('AssertionConsumerServiceURL'),
    audience: /<saml:Issuer[^>]*>([^<]*)</.exec(xml)?.[1] ?? '',
  };
}

export interface IdentityProvider {
  entryPoint: string;
  issuer: string;
  /** Who signs in next, and what else is said of them. */
  says: Partial<Saying>;
  stop(): Promise<void>;
}

/** An identity provider on loopback: whoever comes is signed in at once and posts the answer back. */
export async function startIdentityProvider(): Promise<IdentityProvider> {
  const provider = { says: {} } as IdentityProvider;
  const server = createServer((request, response) => {
    const asked = readRequest(new URL(request.url ?? '', provider.entryPoint).href);
    const answer = honest(saying({ ...asked, issuer: provider.issuer }, provider.says));
    response.setHeader('content-type', 'text/html');
    response.end(
      `<form method="post" action="${asked.callback}"><input name="SAMLResponse" value="${Buffer.from(answer).toString('base64')}"></form><script>document.forms[0].submit()</script>`,
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return Object.assign(provider, {
    entryPoint: `http://127.0.0.1:${port}/sso`,
    issuer: `http://127.0.0.1:${port}/idp`,
    stop: () => new Promise<void>((closed) => server.close(() => closed())),
  });
}
