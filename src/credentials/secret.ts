import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const prefix = 'clg_pat_';
/** 30 characters of 62 are 178 bits: nobody guesses one. */
const secretLength = 30;
const checksumLength = 6;

/** A new personal token and the sha256 that is kept of it. */
export function makeToken(): { token: string; hash: Buffer } {
  const secret = Array.from({ length: secretLength }, () => alphabet[randomInt(62)]).join('');
  const token = `${prefix}${secret}${checksum(secret)}`;
  return { token, hash: hashOf(token) };
}

/** Whether a text can be a token of ours: scanners and typing errors need no database. */
export function looksLikeToken(text: string): boolean {
  if (!/^clg_pat_[0-9A-Za-z]{36}$/.test(text)) return false;
  const secret = text.slice(prefix.length, prefix.length + secretLength);
  return text.endsWith(checksum(secret));
}

export const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** CRC-32 in base 62, as the token formats that secret scanners know have it. */
function checksum(secret: string): string {
  let text = '';
  for (let rest = crc32(secret); text.length < checksumLength; rest = Math.floor(rest / 62)) {
    text = alphabet[rest % 62] + text;
  }
  return text;
}
