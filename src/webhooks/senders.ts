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
    if (signed && verifySignature(body, signed, webhook.signingSecrets, now) === 'ok')
      idps.add(key);
    if (bearer === undefined) continue;
    for (const hash of webhook.tokenHashes) if (sameSecret(bearer, hash)) idps.add(key);
  }
  return idps;
}
