import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { newId } from '../ids.ts';
import { type SignedHeaders, sameSecret, verifySignature } from './signature.ts';

/** Makes sure that every configured idp has a sender that deliveries can name. */
export async function registerSenders(ctx: Context): Promise<void> {
  const senders = [...ctx.config.idps.keys()].map((idp) => ({ id: newId(), idp }));
  await rows(
    ctx,
    sql`
      insert into webhook_senders (id, idp)
      select id, idp from jsonb_to_recordset(${JSON.stringify(senders)}) as it (id uuid, idp text)
      on conflict (idp) do nothing`,
  );
}

/** What a request brings to prove who sends it. */
export interface Credentials {
  bearer?: string;
  signed?: SignedHeaders;
}

/**
 * The idps that a request may speak for; none if its credentials are wrong or missing. Every secret
 * is compared, in constant time, whether or not one before it fitted.
 */
export function idpsOf(ctx: Context, body: Buffer, { bearer, signed }: Credentials): Set<string> {
  const idps = new Set<string>();
  const now = Date.now();
  for (const { key, webhook } of ctx.config.idps.values()) {
    const { signingSecrets, tokenHashes } = webhook;
    const fits = tokenHashes.filter((hash) => bearer !== undefined && sameSecret(bearer, hash));
    // A signature that is there has to fit, whatever else does.
    const isSigned = signed !== undefined && signingSecrets.length > 0;
    const isGenuine = isSigned && verifySignature(body, signed, signingSecrets, now) === 'ok';
    if (isSigned ? isGenuine : fits.length > 0) idps.add(key);
  }
  return idps;
}
