/** Algorithms of signatures and digests that nobody has broken; SHA-1 is not among them. */
const algorithms = new Set([
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha384',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
  'http://www.w3.org/2001/04/xmlenc#sha256',
  'http://www.w3.org/2001/04/xmldsig-more#sha384',
  'http://www.w3.org/2001/04/xmlenc#sha512',
]);

/** Tags of the longest answer that is read: parsers take long for many, and real ones have some hundreds. */
const mostTags = 2_000;

/**
 * Goes on if an answer is XML that every parser reads alike: no DTD, no comments, no instructions to
 * processors, nothing but UTF-8, and signatures of today's kinds.
 * @param encoded in base64.
 * @throws Error that says what it is not.
 */
export function demandPlainXml(encoded: string): void {
  // Without what is between, for a pattern that allows for it would be tried over and over.
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded.replace(/\s+/g, '')))
    throw new Error('The answer is not base64.');
  const bytes = Buffer.from(encoded, 'base64');
  const xml = bytes.toString('utf8');
  if (!Buffer.from(xml).equals(bytes)) throw new Error('The answer is not UTF-8.');
  const afterDeclaration = xml.replace(/^\s*<\?xml\s[^?<>]*\?>/, '');
  if (/<[?!]/.test(afterDeclaration))
    throw new Error('The answer has a DTD, CDATA, comments or instructions.');
  const tags = xml.split('<', mostTags + 2).slice(1);
  if (tags.length > mostTags) throw new Error('The answer has too many tags.');
  // Each as it is written: what is hidden behind a reference is none of these.
  const methods = tags.filter((it) => /^([\w.-]+:)?(Signature|Digest)Method\b/.test(it));
  const whole = methods.map((it) => it.slice(0, it.indexOf('>') + 1));
  const named = whole.map((it) => /\sAlgorithm\s*=\s*(["'])([^"']*)\1/.exec(it)?.[2]);
  if (methods.length === 0) throw new Error('The answer is not signed.');
  if (!named.every((it) => it !== undefined && algorithms.has(it)))
    throw new Error('The answer is signed in an outdated way.');
}
