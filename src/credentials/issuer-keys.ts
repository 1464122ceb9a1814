import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Issuer } from '../issuers.ts';
import type { Logger } from '../log.ts';
import { readAt } from '../remote/http.ts';

const timeoutMs = 5000;
/** How long keys are used without a look whether others have taken their place. */
const freshMs = 10 * 60_000;
/** How long they are used while nobody answers; after that, an issuer may have withdrawn them. */
const usableMs = 24 * 3_600_000;
/** From one request to the next, whatever came of it: bad tokens do not make us ask. */
const pauseMs = 30_000;

const shape = z.object({
  keys: z.array(z.looseObject({ kty: z.string() })).max(100),
}) as unknown as z.ZodType<JSONWebKeySet>;

/** The keys of one address, as they were when it last answered. */
interface KeySet {
  find?: JWTVerifyGetKey;
  /** When they were read; of a clock that nobody sets. */
  readAt: number;
  askedAt: number;
  asking?: Promise<void>;
}

/** One for each address in the process. */
const sets = new Map<string, KeySet>();

/** How the key of an issuer's token is found: the configured one, or one of those at its address. */
export function keysOf({ log }: Pick<Context, 'log'>, { key }: Issuer): JWTVerifyGetKey {
  if ('publicKey' in key) return async () => key.publicKey;
  const { jwksUrl } = key;
  const set = sets.get(jwksUrl) ?? { readAt: -Infinity, askedAt: -Infinity };
  sets.set(jwksUrl, set);
  return async (header, token) => {
    const age = performance.now() - set.readAt;
    const asked = age > freshMs ? ask(jwksUrl, set, log) : undefined;
    // Nobody waits for keys that are most likely still the same.
    if (age > usableMs) await asked;
    try {
      return await keyIn(set)(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await ask(jwksUrl, set, log);
      return keyIn(set)(header, token);
    }
  };
}

function keyIn({ find, readAt: at }: KeySet): JWTVerifyGetKey {
  if (!find || performance.now() - at > usableMs) throw new Error('the keys cannot be had');
  return find;
}

/** Asks for the keys, unless that was done just now; what is known stays if there is no answer. */
function ask(url: string, set: KeySet, log: Logger): Promise<void> {
  if (performance.now() - set.askedAt < pauseMs) return set.asking ?? Promise.resolve();
  set.askedAt = performance.now();
  const read = async () => {
    try {
      const found = await readAt({ method: 'GET', timeoutMs }, new URL(url), shape);
      if (!found) throw new Error('there are none');
      set.find = createLocalJWKSet(found);
      set.readAt = performance.now();
    } catch (err) {
      log.warn({ err, url }, 'the keys of an issuer cannot be read');
    } finally {
      set.asking = undefined;
    }
  };
  set.asking = read();
  return set.asking;
}
