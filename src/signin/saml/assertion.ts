/** XML as xml2js has it, of an assertion whose signature was found right. */
interface Element {
  _?: string;
  $?: Record<string, string>;
}
export interface Assertion {
  Issuer?: Element[];
  Subject?: { NameID?: Element[]; SubjectConfirmation?: Confirmation[] }[];
  AttributeStatement?: { Attribute?: (Element & { AttributeValue?: (Element | string)[] })[] }[];
}
interface Confirmation extends Element {
  SubjectConfirmationData?: Element[];
}

const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';

/** What an assertion must be about. */
export interface Expected {
  issuer: string;
  requestId: string;
  recipient: string;
}

/**
 * Whom an assertion is of, if it is for us and answers what we asked: the rules of SAML's profiles
 * §4.1.4.3 that are left to us. When it begins and ends was looked at before.
 * @throws Error that says which rule is broken.
 */
export function subjectOf(
  assertion: Assertion,
  { issuer, requestId, recipient }: Expected,
): { nameId?: string; isTransient: boolean } {
  if (assertion.Issuer?.length !== 1 || assertion.Issuer[0]?._ !== issuer)
    throw new Error('The assertion is of another issuer.');
  const subject = assertion.Subject?.length === 1 ? assertion.Subject[0] : undefined;
  const isForUs = ({ $, SubjectConfirmationData: data }: Confirmation) => {
    const about = data?.length === 1 ? data[0]?.$ : undefined;
    return (
      $?.Method === bearer &&
      about?.Recipient === recipient &&
      about.InResponseTo === requestId &&
      Date.parse(about.NotOnOrAfter ?? '') > 0
    );
  };
  if (!subject?.SubjectConfirmation?.every(isForUs) || subject.SubjectConfirmation.length === 0)
    throw new Error('The assertion is for somebody else, for ever, or not what was asked for.');
  const names = subject.NameID ?? [];
  if (names.length > 1) throw new Error('The assertion names several people.');
  return { nameId: names[0]?._, isTransient: names[0]?.$?.Format === transient };
}

/** The values of each attribute. */
export function valuesOf(assertion: Assertion): ReadonlyMap<string, string[]> {
  const values = new Map<string, string[]>();
  for (const { Attribute: attributes = [] } of assertion.AttributeStatement ?? []) {
    for (const { $, AttributeValue: given = [] } of attributes) {
      const texts = given
        .map((it) => (typeof it === 'string' ? it : it._))
        .filter((it) => it != null);
      if ($?.Name) values.set($.Name, [...(values.get($.Name) ?? []), ...texts]);
    }
  }
  return values;
}
