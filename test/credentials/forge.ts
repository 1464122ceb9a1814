import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface Pair {
  publicKey: KeyObject;
  privateKey: KeyObject;
}

export const rsa = (): Pair => generateKeyPairSync('rsa', { modulusLength: 2048 });
export const ec = (): Pair => generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const ed = (): Pair => generateKeyPairSync('ed25519');

export const pemOf = (key: KeyObject): string =>
  key.export({ type: key.type === 'public' ? 'spki' : 'pkcs8', format: 'pem' }).toString();

/** A public key as issuers publish it. */
export const jwkOf = ({ publicKey }: Pair, more: object = {}): object => ({
  ...publicKey.export({ format: 'jwk' }),
  ...more,
});

/** How what is to be signed is signed. */
export type Signer = (input: string) => Buffer;

export const rs256 =
  ({ privateKey }: Pair): Signer =>
  (input) =>
    sign('sha256', Buffer.from(input), privateKey);
export const ps256 =
  ({ privateKey: key }: Pair): Signer =>
  (input) =>
    // 6 is the padding of PSS.
    sign('sha256', Buffer.from(input), { key, padding: 6, saltLength: 32 });
export const es256 =
  ({ privateKey: key }: Pair): Signer =>
  (input) =>
    sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
export const edDsa =
  ({ privateKey }: Pair): Signer =>
  (input) =>
    sign(null, Buffer.from(input), privateKey);
export const hs256 =
  (secret: string | Buffer): Signer =>
  (input) =>
    createHmac('sha256', secret).update(input).digest();

const encoded = (it: object | string) =>
  Buffer.from(typeof it === 'string' ? it : JSON.stringify(it)).toString('base64url');

/** A token of whatever it is to say, without the checks of a library that makes them. */
export function forge(header: object | string, payload: object | string, signer: Signer): string {
  const input = `${encoded(header)}.${encoded(payload)}`;
  return `${input}.${signer(input).toString('base64url')}`;
}

/** Seconds since 1970, so many from now. */
export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;
