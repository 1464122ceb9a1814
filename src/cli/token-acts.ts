import type { Scope } from '../actor.ts';
import { tokensOf } from '../credentials/queries.ts';
import { signToken } from '../credentials/signing.ts';
import { createToken, revokeToken } from '../credentials/tokens.ts';
import { collect } from './collect.ts';
import type { Desk } from './desk.ts';
import type { Answer } from './leaf.ts';
import { table } from './table.ts';
import { whom } from './whom.ts';

/** Scopes are checked by those who give them. */
const scopesOf = (scope?: string[]) => scope?.map((it) => it.toUpperCase()) as Scope[] | undefined;

export function create(
  desk: Desk,
  { name, days, scope }: { name: string; days: number; scope?: string[] },
  ref: string,
): Promise<Answer> {
  return desk.with(async (ctx) => {
    const { username } = await whom(ctx, ref);
    const scopes = scopesOf(scope);
    const { token, expiresAt } = await createToken(ctx, { username, name, days, scopes });
    desk.note(`It lives until ${expiresAt.toISOString()} and is shown only now.`);
    return { json: { username, name, token, expiresAt }, text: token };
  });
}

export function listOf(desk: Desk, _options: object, ref: string): Promise<Answer> {
  return desk.with(async (ctx) => {
    const { uuid } = await whom(ctx, ref);
    const found = await collect(1000, (args) => tokensOf(ctx, uuid, args));
    const json = found.map(({ uuid: _, __typename: __, userId: ___, ...token }) => ({
      ...token,
      state: token.revokedAt ? 'REVOKED' : token.expiresAt < new Date() ? 'EXPIRED' : 'ALIVE',
    }));
    const text = table(
      desk.terminal,
      ['name', 'ends in', 'state', 'scopes', 'expires', 'last used', 'id'],
      json.map((it) => [
        it.name,
        `…${it.hint}`,
        it.state.toLowerCase(),
        it.scopes.join(', '),
        it.expiresAt,
        it.lastUsedAt,
        it.id,
      ]),
      'There are none.',
    );
    return { json, text };
  });
}

export function revoke(desk: Desk, _options: object, tokenId: string): Promise<Answer> {
  return desk.with(async (ctx) => {
    await revokeToken(ctx, { tokenId });
    return { json: { id: tokenId, state: 'REVOKED' }, text: 'It lets nobody in any more.' };
  });
}

export function sign(
  desk: Desk,
  { minutes, scope }: { minutes: number; scope?: string[] },
  ref: string,
): Promise<Answer> {
  return desk.with(async (ctx) => {
    const { username } = await whom(ctx, ref);
    const token = await signToken(ctx, { username, minutes, scopes: scopesOf(scope) });
    const expiresAt = new Date(Date.now() + minutes * 60_000);
    desk.note(`It lives until ${expiresAt.toISOString()}.`);
    return { json: { username, token, expiresAt }, text: token };
  });
}
