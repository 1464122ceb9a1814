import { z } from 'zod';
import { line } from '../../text.ts';
import type { Identifier } from '../community.ts';

/** A way of naming organisations, funders and awards. */
interface Scheme {
  /** How one is written, as it is kept; what comes before it in an address is cut off. */
  pattern: RegExp;
  prefix: RegExp;
  /** Whether its check digits are right, where it has some. */
  isRight?: (identifier: string) => boolean;
}

/** In the order in which an identifier without a scheme is tried. */
const schemes: Record<string, Scheme> = {
  ror: {
    prefix: /^(https?:\/\/)?(www\.)?ror\.org\//i,
    pattern: /^0[a-hj-km-np-tv-z0-9]{6}\d{2}$/,
    isRight: rorIsRight,
  },
  isni: {
    prefix: /^(https?:\/\/)?(www\.)?isni\.org\/(isni\/)?/i,
    pattern: /^\d{15}[\dX]$/,
    isRight: isniIsRight,
  },
  grid: {
    prefix: /^(https?:\/\/)?(www\.)?grid\.ac\/institutes\//i,
    pattern: /^grid\.\d+\.[0-9a-f]+$/,
  },
  wikidata: {
    prefix: /^https?:\/\/(www\.)?wikidata\.org\/(wiki|entity)\//i,
    pattern: /^Q[1-9]\d*$/,
  },
  doi: { prefix: /^(https?:\/\/(dx\.)?doi\.org\/|doi:)/i, pattern: /^10\.\d{4,9}\/\S+$/ },
  url: { prefix: /^$/, pattern: /^https?:\/\/[^\s/]+\S*$/ },
};
/** Whether it is an address of the scheme: then it is nothing else, even if it is wrong. */
const isAddressOf = (scheme: string, identifier: string): boolean =>
  scheme !== 'url' && schemes[scheme]?.prefix.test(identifier) === true;

/** The funders' own DOIs are DOIs. */
const aliases: Record<string, string> = { crossreffunderid: 'doi', gridac: 'grid' };

const bare = (scheme: string, identifier: string): string => {
  const cut = identifier.replace(schemes[scheme]?.prefix ?? '', '');
  return scheme === 'isni' ? cut.replace(/[\s-]/g, '').toUpperCase() : cut;
};
const fits = (scheme: string, identifier: string): boolean => {
  const { pattern, isRight = () => true } = schemes[scheme] as Scheme;
  const it = bare(scheme, identifier);
  return pattern.test(it) && isRight(it);
};

/** An identifier with its scheme: found out if it was not told, and checked where we know how. */
export const identifierShape = z
  .object({ identifier: line(500), scheme: line(50).nullish() })
  .transform((given, ctx): Identifier => {
    const { identifier } = given;
    const scheme =
      given.scheme?.toLowerCase() ??
      Object.keys(schemes).find((it) => isAddressOf(it, identifier)) ??
      Object.keys(schemes).find((it) => fits(it, identifier)) ??
      'other';
    const known = aliases[scheme] ?? scheme;
    if (!schemes[known]) return { identifier, scheme };
    if (!fits(known, identifier)) {
      const message = `is not an identifier of the scheme ${scheme}`;
      ctx.addIssue({ code: 'custom', message, path: ['identifier'] });
    }
    return { identifier: bare(known, identifier), scheme };
  });

/** ROR: two check digits by ISO 7064 mod 97-10 over Crockford's base 32. */
function rorIsRight(ror: string): boolean {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
  const digits = [...ror.slice(1, 7)].map((it) => alphabet.indexOf(it));
  const number = digits.reduce((sum, it) => sum * 32 + it, 0);
  return 98 - ((number * 100) % 97) === Number(ror.slice(7));
}

/** ISNI, as ORCID iD: a check digit by ISO 7064 mod 11-2. */
function isniIsRight(isni: string): boolean {
  let total = 0;
  for (const digit of isni.slice(0, 15)) total = (total + Number(digit)) * 2;
  const check = (12 - (total % 11)) % 11;
  return isni.endsWith(check === 10 ? 'X' : String(check));
}
