import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import type { SamlProvider } from '../../src/providers.ts';
import { saml } from '../../src/signin/saml/saml.ts';
import * as kit from './saml-kit.ts';

const provider: SamlProvider = {
  key: 'uni',
  title: 'University',
  idp: 'uni',
  kind: 'saml',
  provision: true,
  entryPoint: 'https://idp.example/sso',
  issuer: 'https://idp.example/metadata',
  certificates: [kit.certificate],
  attributes: { username: 'uid', email: 'mail', fullName: 'displayName', orcid: 'eduPersonOrcid' },
  trustsEmail: true,
  wantsResponseSigned: true,
};
const config = readConfig({ PUBLIC_URL: 'https://collegium.example' });
const other = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

let asked: Parameters<typeof kit.saying>[0];
let checks: Record<string, string>;
beforeEach(async () => {
  const begun = await saml.begin(config, provider);
  ({ checks } = begun);
  asked = { ...kit.readRequest(begun.url), issuer: provider.issuer };
});

const finish = (xml: string | Buffer, by: Partial<SamlProvider> = {}) =>
  saml.finish(config, { ...provider, ...by }, checks, {
    url: new URL('https://collegium.example/sign-in/uni/callback'),
    fields: { SAMLResponse: Buffer.from(xml).toString('base64') },
  });

const say = (more: Partial<kit.Saying> = {}) => kit.saying(asked, more);
const honest = (more: Partial<kit.Saying> = {}) => kit.honest(say(more));
/** An honest response for one person, beside what somebody else would rather have it say. */
function stolen() {
  const good = say({ nameId: 'mallory' });
  const assertion = kit.signed(kit.assertionOf(good), 'Assertion');
  const evil = kit.assertionOf(say({ nameId: 'admin' }));
  return { good, assertion, evil };
}
/** The signature of an assertion, and the assertion without it. */
function parted(assertion: string) {
  const [signature = ''] = /<Signature[\s\S]*<\/Signature>/.exec(assertion) ?? [];
  return { signature, bare: assertion.replace(signature, '') };
}
const signedOnly = { wantsResponseSigned: false };

describe('an honest answer', () => {
  it('tells who it is', async () => {
    const attributes = {
      uid: ['jane'],
      mail: ['jane@uni.example'],
      displayName: ['Jane & Doe'],
      eduPersonOrcid: ['https://orcid.org/0000-0002-1825-0097'],
    };

    expect(await finish(honest({ attributes }))).toEqual({
      subject: 'jane-7',
      username: 'jane',
      email: 'jane@uni.example',
      fullName: 'Jane & Doe',
      orcid: '0000-0002-1825-0097',
    });
  });

  it('asks where its own address leads, by a request that says who we are', () => {
    expect(asked).toMatchObject({
      requestId: expect.stringMatching(/^_[\da-f]{32}$/),
      callback: 'https://collegium.example/sign-in/uni/callback',
      audience: 'https://collegium.example/sign-in/uni/metadata',
    });
  });

  it('may be signed inside alone where that is agreed', async () => {
    const inside = kit.responseOf(say(), kit.signed(kit.assertionOf(say()), 'Assertion'));

    expect(await finish(inside, signedOnly)).toMatchObject({ subject: 'jane-7' });
  });

  it('may be signed by either certificate while they are rotated', async () => {
    const certificates = [other.publicKey, kit.certificate];

    expect(await finish(honest(), { certificates })).toMatchObject({ subject: 'jane-7' });
  });

  it('has addresses that are believed only where that is agreed', async () => {
    const said = honest({ attributes: { mail: ['jane@uni.example'] } });

    expect((await finish(said, { trustsEmail: false })).email).toBeUndefined();
  });

  it('may name the subject in an attribute', async () => {
    const said = honest({ attributes: { 'urn:oid:1.3.6.1.4.1.5923.1.1.1.6': ['jane@uni'] } });
    const subjectAttribute = 'urn:oid:1.3.6.1.4.1.5923.1.1.1.6';

    expect((await finish(said, { subjectAttribute })).subject).toBe('jane@uni');
  });

  it.each([-119_000, 119_000])('is taken with clocks that differ by %i ms', async (skew) => {
    const now = Date.now() + skew;

    const proof = await finish(honest({ now, notBefore: now - 1, notOnOrAfter: now + 1 }));

    expect(proof.subject).toBe('jane-7');
  });
});

type Forge = () => string | Buffer;
/** What is sent, and why it is refused. */
const forgeries: Record<string, [why: RegExp, forge: Forge, by?: Partial<SamlProvider>]> = {
  'no signature': [/not signed/, () => kit.responseOf(say(), kit.assertionOf(say()))],
  'no signature where the assertion’s is enough': [
    /not signed/,
    () => kit.responseOf(say(), kit.assertionOf(say())),
    signedOnly,
  ],
  'no signature of the response': [
    /document signature/,
    () => kit.responseOf(say(), kit.signed(kit.assertionOf(say()), 'Assertion')),
  ],
  'no signature of the assertion': [
    /Invalid signature$/,
    () => kit.signed(kit.responseOf(say(), kit.assertionOf(say())), 'Response'),
  ],
  'a key that is not the provider’s': [
    /document signature/,
    () => {
      const by = { key: other.privateKey };
      const assertion = kit.signed(kit.assertionOf(say()), 'Assertion', by);
      return kit.signed(kit.responseOf(say(), assertion), 'Response', by);
    },
  ],
  'SHA-1': [
    /outdated/,
    () => {
      const by = {
        algorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
        digest: 'http://www.w3.org/2000/09/xmldsig#sha1',
      };
      const assertion = kit.signed(kit.assertionOf(say()), 'Assertion', by);
      return kit.signed(kit.responseOf(say(), assertion), 'Response', by);
    },
  ],
  'an HMAC by the public certificate': [
    /outdated/,
    () => honest().replaceAll(kit.rsaSha256, 'http://www.w3.org/2000/09/xmldsig#hmac-sha1'),
  ],
  'another name under a right signature': [
    /document signature/,
    () => honest().replace('jane-7', 'admin'),
  ],
  'a name cut short by a comment, unsigned': [
    /comments/,
    () => honest().replace('jane-7', 'jane<!-- -->-7-evil'),
  ],
  'XSW 1: the signed response inside a forged one': [
    /too many transforms/,
    () => {
      const good = honest({ nameId: 'mallory' });
      const { signature } = parted(good);
      const forged = kit.responseOf(say(), kit.assertionOf(say({ nameId: 'admin' })));
      return forged.replace(
        '<samlp:Status>',
        `${signature.replace('</Signature>', `<Object>${good}</Object></Signature>`)}<samlp:Status>`,
      );
    },
  ],
  'XSW 2: the signed response and its signature beside each other in a forged one': [
    /Invalid signature|parent element|too many transforms/,
    () => {
      const { signature, bare } = parted(
        kit.signed(kit.responseOf(say({ nameId: 'mallory' }), ''), 'Response'),
      );
      const forged = kit.responseOf(say(), kit.assertionOf(say({ nameId: 'admin' })));
      return forged.replace('<samlp:Status>', `${bare}${signature}<samlp:Status>`);
    },
    signedOnly,
  ],
  'XSW 3: a forged assertion before the signed one': [
    /multiple assertions/,
    () => {
      const { good, assertion, evil } = stolen();
      return kit.responseOf(good, evil + assertion);
    },
    signedOnly,
  ],
  'XSW 4: the signed assertion inside a forged one': [
    /Invalid signature$/,
    () => {
      const { good, assertion, evil } = stolen();
      return kit.responseOf(
        good,
        evil.replace('</saml:Assertion>', `${assertion}</saml:Assertion>`),
      );
    },
    signedOnly,
  ],
  'XSW 5: a forged assertion with the signature of one that stands beside it': [
    /multiple assertions/,
    () => {
      const { good, assertion, evil } = stolen();
      const { signature, bare } = parted(assertion);
      const forged = evil.replace('</saml:Issuer>', `</saml:Issuer>${signature}`);
      return kit.responseOf(good, forged + bare);
    },
    signedOnly,
  ],
  'XSW 6: a forged assertion around a signature around the signed one': [
    /parent element/,
    () => {
      const { good, assertion, evil } = stolen();
      const { signature, bare } = parted(assertion);
      const around = signature.replace('</Signature>', `${bare}</Signature>`);
      return kit.responseOf(good, evil.replace('</saml:Issuer>', `</saml:Issuer>${around}`));
    },
    signedOnly,
  ],
  'XSW 7: the signed assertion in extensions': [
    /Invalid signature$/,
    () => {
      const { good, assertion, evil } = stolen();
      return kit.responseOf(good, `<samlp:Extensions>${assertion}</samlp:Extensions>${evil}`);
    },
    signedOnly,
  ],
  'XSW 8: a forged assertion around an object with the signed one': [
    /parent element/,
    () => {
      const { good, assertion, evil } = stolen();
      const { signature, bare } = parted(assertion);
      const around = signature.replace('</Signature>', `<Object>${bare}</Object></Signature>`);
      return kit.responseOf(good, evil.replace('</saml:Issuer>', `</saml:Issuer>${around}`));
    },
    signedOnly,
  ],
  'two things with the signed id': [
    /multiple assertions/,
    () => {
      const { good, assertion } = stolen();
      const evil = kit.assertionOf({ ...good, nameId: 'admin' });
      const { signature } = parted(assertion);
      return kit.responseOf(
        good,
        evil.replace('</saml:Issuer>', `</saml:Issuer>${signature}`) + assertion,
      );
    },
    signedOnly,
  ],
  'CVE-2025-54419: names read from outside of what was signed': [
    /Invalid signature$/,
    () => honest().replace(/(<saml:NameID[^>]*>)jane-7/, '$1admin'),
    signedOnly,
  ],
  'CVE-2025-54419: an attribute that no signature covers': [
    /Invalid signature$/,
    () =>
      kit
        .responseOf(
          say(),
          kit.signed(kit.assertionOf(say({ attributes: { uid: ['jane'] } })), 'Assertion'),
        )
        .replace('>jane<', '>admin<'),
    signedOnly,
  ],
  'CVE-2025-29774: two references under one signature': [
    /too many transforms/,
    () => honest().replace(/(<Reference[\s\S]*?<\/Reference>)/, '$1$1'),
  ],
  'CVE-2025-29775: a comment in the digest': [
    /comments/,
    () => honest().replace(/<DigestValue>/g, '<DigestValue><!--AAAA-->'),
  ],
  'a DTD with an entity': [
    /DTD/,
    () =>
      `<!DOCTYPE r [<!ENTITY who "admin">]>${honest({ nameId: 'x' })}`.replace('>x<', '>&who;<'),
  ],
  'an instruction to a processor': [
    /instructions/,
    () => honest().replace('<samlp:Status>', '<?evil it?><samlp:Status>'),
  ],
  'text that is not UTF-8': [
    /not UTF-8/,
    () => Buffer.concat([Buffer.from(honest()), Buffer.from([0xff])]),
  ],
  'text that is no XML': [/not signed/, () => 'SAML'],
  nothing: [/not base64/, () => ''],
  'an answer to another request': [
    /InResponseTo is not valid/,
    () => honest({ requestId: '_0123456789abcdef0123456789abcdef' }),
  ],
  'an answer that nobody asked for': [
    /InResponseTo is missing/,
    () => honest().replace(/ InResponseTo="[^"]*"/g, ''),
  ],
  'an assertion for another request': [
    /does not match/,
    () => {
      const assertion = kit.signed(kit.assertionOf(say({ requestId: '_other' })), 'Assertion');
      return kit.responseOf(say(), assertion);
    },
    signedOnly,
  ],
  'an assertion for no request, in an answer to ours': [
    /not what was asked for/,
    () => {
      const unasked = kit.assertionOf(say()).replace(/ InResponseTo="[^"]*"/, '');
      return kit.responseOf(say(), kit.signed(unasked, 'Assertion'));
    },
    signedOnly,
  ],
  'an assertion for whoever holds a key': [
    /somebody else/,
    () => {
      const keyed = kit.assertionOf(say()).replace('cm:bearer', 'cm:holder-of-key');
      return kit.signed(kit.responseOf(say(), kit.signed(keyed, 'Assertion')), 'Response');
    },
  ],
  'another audience': [/audience mismatch/, () => honest({ audience: 'https://other.example' })],
  'another recipient': [
    /somebody else/,
    () => honest({ recipient: 'https://other.example/callback' }),
  ],
  'another issuer': [
    /another issuer/,
    () => kit.honest(kit.saying({ ...asked, issuer: 'https://idp.example/evil' })),
  ],
  'an end in the past': [
    /No valid subject confirmation/,
    () => honest({ notOnOrAfter: Date.now() - 121_000 }),
  ],
  'a beginning in the future': [/not yet valid/, () => honest({ notBefore: Date.now() + 121_000 })],
  'no end': [
    /parsing NotOnOrAfter/,
    () => {
      const endless = kit.assertionOf(say()).replace(/ NotOnOrAfter="[^"]*"/g, '');
      return kit.signed(kit.responseOf(say(), kit.signed(endless, 'Assertion')), 'Response');
    },
  ],
  'a name that is another each time': [
    /transient/,
    () => honest({ format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }),
  ],
  'no name': [/names nobody/, () => honest({ nameId: '' })],
  'an attribute that would be the name': [
    /names nobody/,
    () => honest({ nameId: '', attributes: { nameID: ['admin'] } }),
  ],
  'several subjects in an attribute': [
    /several values/,
    () => honest({ attributes: { uid: ['jane', 'admin'] } }),
    { subjectAttribute: 'uid' },
  ],
};

describe('an answer that is not the provider’s', () => {
  it.each(Object.entries(forgeries))('with %s signs nobody in', async (_, [why, forge, by]) => {
    await expect(finish(forge(), by)).rejects.toMatchObject({
      fault: 'INVALID',
      message: 'The answer of University cannot be used.',
      cause: { message: expect.stringMatching(why) },
    });
  });

  it('that says no is told so', async () => {
    const denied = 'urn:oasis:names:tc:SAML:2.0:status:AuthnFailed';

    const refused = finish(kit.signed(kit.responseOf(say(), '', denied), 'Response'));

    await expect(refused).rejects.toMatchObject({ fault: 'REFUSED' });
  });
});

describe('an answer that is to keep the server busy', () => {
  const method = '<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>';

  it.each([
    ['tags that do not end', Buffer.from(method + '<a>'.repeat(20_000)).toString('base64')],
    ['algorithms of none', Buffer.from('<SignatureMethod '.repeat(11_000)).toString('base64')],
    ['blanks', `A${' '.repeat(200_000)}!`],
  ])('with %s is refused at once', async (_, SAMLResponse) => {
    const since = performance.now();

    const answer = saml.finish(config, provider, checks, {
      url: new URL('https://collegium.example/sign-in/uni/callback'),
      fields: { SAMLResponse },
    });

    await expect(answer).rejects.toMatchObject({ fault: 'INVALID' });
    expect(performance.now() - since).toBeLessThan(200);
  });
});
