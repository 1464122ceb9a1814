import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Scope, scopes } from './actor.ts';
import { explain } from './config-file.ts';
import { idpKey } from './idp-shape.ts';

/** The algorithms that a key can be used with: none with a shared secret, for those who check could sign. */
export const algorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const;
export type Algorithm = (typeof algorithms)[number];

const isRsa = (key: KeyObject) =>
  key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
const isOn = (curve: string) => (key: KeyObject) => key.asymmetricKeyDetails?.namedCurve === curve;

/** Whether a key is of the kind and strength that an algorithm needs. */
const fits: Record<Algorithm, (key: KeyObject) => boolean> = {
  RS256: isRsa,
  PS256: isRsa,
  ES256: isOn('prime256v1'),
  ES384: isOn('secp384r1'),
  EdDSA: (key) => key.asymmetricKeyType === 'ed25519',
};

const issuer = z
  .strictObject({
    /** Whose subjects the tokens name. */
    idp: idpKey,
    audience: z.string().min(1),
    algorithms: z.array(z.enum(algorithms)).min(1).default(['RS256']),
    jwks_url: z.url({ protocol: /^https?$/, error: 'is not an http(s) address' }).optional(),
    public_key: z.string().optional(),
    public_key_file: z.string().optional(),
    subject_claim: z.string().min(1).default('sub'),
    /** What its tokens may be used for; everything if absent. */
    scopes: z.array(z.enum(scopes)).optional(),
  })
  .refine(
    (it) => [it.jwks_url, it.public_key, it.public_key_file].filter(Boolean).length === 1,
    'needs one of jwks_url, public_key and public_key_file',
  );
const shape = z.record(z.string().min(1), z.unknown()).default({});

/** Whose JSON web tokens are taken. */
export interface Issuer {
  /** What they say as `iss`. */
  name: string;
  idp: string;
  audience: string;
  algorithms: Algorithm[];
  key: { jwksUrl: string } | { publicKey: KeyObject };
  subjectClaim: string;
  scopes?: Scope[];
}

/**
 * Whose tokens are taken, as the file configures it.
 * @param problems gets a line for everything that is wrong.
 */
export function readIssuers(
  inFile: unknown,
  path: string | undefined,
  problems: string[],
): Issuer[] {
  const source = `COLLEGIUM_CONFIG (${path})`;
  const all = shape.safeParse(inFile);
  if (!all.success) problems.push(...explain(all.error, source, ['issuers']));
  return Object.entries(all.data ?? {}).flatMap(([name, given]) => {
    const read = issuer.safeParse(given);
    if (!read.success) {
      problems.push(...explain(read.error, source, ['issuers', name]));
      return [];
    }
    const { idp, audience, algorithms, scopes, subject_claim: subjectClaim, ...keys } = read.data;
    const fail = (message: string) => problems.push(`${source}: issuers.${name}: ${message}`);
    const key = keys.jwks_url
      ? { jwksUrl: keys.jwks_url }
      : publicKeyOf(keys.public_key, keys.public_key_file, fail);
    if (key && 'publicKey' in key) {
      const unfit = algorithms.filter((it) => !fits[it](key.publicKey));
      if (unfit.length > 0) fail(`the public key is none for ${unfit.join(', ')}`);
    }
    return key ? [{ name, idp, audience, algorithms, scopes, subjectClaim, key }] : [];
  });
}

function publicKeyOf(
  text: string | undefined,
  file: string | undefined,
  fail: (message: string) => void,
): { publicKey: KeyObject } | undefined {
  try {
    return { publicKey: createPublicKey(text ?? readFileSync(file ?? '', 'utf8')) };
  } catch (cause) {
    fail(`the public key cannot be read: ${(cause as Error).message}`);
    return undefined;
  }
}

/** Our own keys for signing: the first signs, all of them are believed while they are rotated. */
export function readSigningKeys(
  { SIGNING_KEY: text, SIGNING_KEY_FILE: file }: NodeJS.ProcessEnv,
  problems: string[],
): KeyObject[] {
  if (text && file) problems.push('SIGNING_KEY: is given, and SIGNING_KEY_FILE as well');
  const name = text ? 'SIGNING_KEY' : 'SIGNING_KEY_FILE';
  try {
    // In one line of a file of variables, line ends are written as \n.
    const pem = text?.replaceAll('\\n', '\n') ?? (file ? readFileSync(file, 'utf8') : '');
    const keys = pem.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? [];
    if (pem.trim() && keys.length === 0) problems.push(`${name}: holds no key in PEM`);
    const read = keys.map((it) => createPrivateKey(it));
    for (const it of read) {
      if (fits.EdDSA(it) || fits.RS256(it)) continue;
      problems.push(`${name}: a key is neither Ed25519 nor RSA of 2048 bits or more`);
    }
    return read;
  } catch (cause) {
    problems.push(`${name}: ${(cause as Error).message}`);
    return [];
  }
}
