import { LockMode } from '@mikro-orm/core';
import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { type Credential, demand, type Scope, scopes } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, rows, transact } from '../context.ts';
import { Denial, notFound, Refusal, valid } from '../errors.ts';
import { uuidOf } from '../ids.ts';
import { demandRoom } from '../limits.ts';
import { line } from '../text.ts';
import { findUser } from '../users/queries.ts';
import { expiryOf, type OwnToken, ownToken, within } from './own-token.ts';
import { mayKeep } from './policy.ts';
import { makeToken } from './secret.ts';
import { Token } from './token.ts';

/** How many tokens of one user live at once. */
const mostAlive = 50;
const creations = { name: 'token-creation', most: 20, seconds: 3600 };

const name = line(100);
const newToken = z.object({
  username: z.string(),
  name,
  days: z
    .int('is not a whole number')
    .min(1, 'is less than 1')
    .max(366, 'is more than 366: a token lives for a year at most')
    .default(90),
  scopes: z.array(z.enum(scopes)).default([...scopes]),
});
export type NewToken = z.input<typeof newToken>;

/**
 * Makes a personal token for anybody, on the command line alone: whoever administers by GraphQL
 * takes tokens away, but does not act as others. The token is answered once and kept nowhere.
 */
export async function createToken(
  ctx: Context,
  input: NewToken,
): Promise<{ token: string; expiresAt: Date }> {
  demand(ctx.actor, ctx.actor.kind === 'SYSTEM', 'Tokens of others are made on the command line.');
  const { username, days, ...wanted } = valid(newToken, input);
  return transact(ctx, async (tx) => {
    const user = await findUser(tx, username);
    if (!user) throw notFound(`user as ${username}`, 'input', 'username');
    const expiresAt = new Date(Date.now() + days * 86_400_000);
    const { secret } = await keep(tx, user.uuid, { ...wanted, expiresAt });
    return { token: secret, expiresAt };
  });
}

/**
 * Makes a token for whoever asks, as far as what they ask by goes; answers its UUID and the token,
 * which is kept nowhere.
 */
export async function createOwnToken(
  ctx: Context,
  input: OwnToken,
): Promise<{ id: string; secret: string }> {
  const userId = ctx.actor.userId ?? '';
  demand(ctx.actor, userId !== '', 'Only people have tokens.');
  const wanted = valid(within(ctx.actor, ownToken), input);
  await demandRoom(ctx, creations, userId);
  return transact(ctx, async (tx) => {
    await demandPlace(tx, userId);
    return keep(tx, userId, { ...wanted, expiresAt: expiryOf(ctx.actor, wanted) });
  });
}

/**
 * Goes on if the user has not too many tokens. Until the transaction ends nobody else makes one for
 * them, or locks them out (`lockOut`): whoever waited for that is let in no more.
 */
async function demandPlace(tx: Context, userId: string): Promise<void> {
  await rows(tx, sql`select 1 from users where id = ${userId} for no key update`);
  const [found] = await rows(
    tx,
    sql<{ count: number; isIn: boolean }>`
      select u.state = 'ACTIVE' and ${isIn(tx.actor.by)} as "isIn", (
        select count(*)::int from tokens
        where user_id = u.id and revoked_at is null and expires_at > now()) as count
      from users u where u.id = ${userId}`,
  );
  if (!found?.isIn) throw new Denial('UNAUTHENTICATED', 'What you ask by was ended just now.');
  if (found.count < mostAlive) return;
  throw new Refusal('CONFLICT', `You have ${mostAlive} tokens already. Revoke one of them first.`, [
    'input',
  ]);
}

/** Whether what a user `u` came in by lets them in still. */
function isIn({ kind, id, issuedAt }: Partial<Credential> = {}): RawBuilder<boolean> {
  if (kind === 'SESSION') return sql`exists (select 1 from sessions where id = ${id})`;
  if (kind === 'JWT') return sql`coalesce(u.locked_out_at, '-infinity') < ${issuedAt}`;
  return sql`exists (select 1 from tokens where id = ${id} and revoked_at is null)`;
}

async function keep(
  tx: Context,
  user: string,
  { name, scopes, expiresAt }: { name: string; scopes: Scope[]; expiresAt: Date },
): Promise<{ id: string; secret: string }> {
  const { token: secret, hash } = makeToken();
  const told = { user, name, scopes, expiresAt };
  const { id } = tx.em.create(Token, { ...told, hash, hint: secret.slice(-4) });
  await tx.em.flush();
  record(tx, 'token.created', { kind: 'Token', id }, told);
  return { id, secret };
}

/** Gives a token of one's own another name; answers its UUID. */
export function updateToken(
  ctx: Context,
  input: { tokenId: string; name: string },
): Promise<string> {
  const wanted = valid(z.object({ name }), input);
  return transact(ctx, async (tx) => {
    const token = await findToken(tx, input.tokenId);
    demand(tx.actor, tx.actor.userId === token.user.id, 'The token is somebody else’s.');
    if (token.name === wanted.name) return token.id;
    record(tx, 'token.updated', { kind: 'Token', id: token.id }, { ...wanted, was: token.name });
    token.name = wanted.name;
    return token.id;
  });
}

/** Has a token let nobody in any more, from the next request on; answers its UUID. */
export function revokeToken(ctx: Context, input: { tokenId: string }): Promise<string> {
  return transact(ctx, async (tx) => {
    const token = await findToken(tx, input.tokenId);
    if (token.revokedAt) return token.id;
    token.revokedAt = new Date();
    const { id, name, user } = token;
    record(tx, 'token.revoked', { kind: 'Token', id }, { user: user.id, name });
    return id;
  });
}

async function findToken(tx: Context, tokenId: string): Promise<Token> {
  const id = uuidOf('Token', tokenId) ?? null;
  const token = await tx.em.findOne(Token, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!token || !mayKeep(tx.actor, token.user.id)) throw notFound('token', 'input', 'tokenId');
  return token;
}
