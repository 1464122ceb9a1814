import { sql } from 'kysely';
import { explain } from '../communities/links/explain.ts';
import { type Context, rows } from '../context.ts';
import { tokensOf } from '../credentials/queries.ts';
import { rolesOfUser } from '../groups/queries.ts';
import { makeAdministrator } from '../groups/service.ts';
import type { Shown } from '../node.ts';
import { listUsers, readIdentitiesOf, readUsers, type UserRow } from '../users/queries.ts';
import * as users from '../users/service.ts';
import type { UserState } from '../users/user.ts';
import { collect } from './collect.ts';
import type { Desk } from './desk.ts';
import type { Answer } from './leaf.ts';
import { facts, table } from './table.ts';
import { whom } from './whom.ts';

export function create(
  desk: Desk,
  options: { email?: string; name?: string; administrator?: boolean },
  username: string,
): Promise<Answer> {
  const { email, name: fullName, administrator: isAdministrator = false } = options;
  return desk.place.asSystem(async (begin) => {
    await users.create(begin(), { username, email, fullName });
    if (isAdministrator) await makeAdministrator(begin(), username);
    const { id } = await whom(begin(), username);
    const text = `${username} is here${isAdministrator ? ', and an administrator' : ''}.`;
    return { json: { id, username, isAdministrator }, text };
  });
}

/** What programs are told of an account. */
const jsonOf = ({ uuid: _, __typename: __, ...user }: Shown<UserRow>) => user;

export function list(
  desk: Desk,
  { query, state, limit }: { query?: string; state?: UserState; limit: number },
): Promise<Answer> {
  return desk.with(async (ctx) => {
    const sort = query ? 'BEST_MATCH' : 'NEWEST';
    const found = await collect(
      limit,
      (args) => listUsers(ctx, args, { query, sort }),
      (it) => state === undefined || it.state === state,
    );
    const text = table(
      desk.terminal,
      ['username', 'name', 'e-mail', 'state', 'since', 'id'],
      found.map((it) => [it.username, it.fullName, it.email, it.state, it.createdAt, it.id]),
      'There is nobody like that.',
    );
    return { json: found.map(jsonOf), text };
  });
}

export function show(desk: Desk, _options: object, ref: string): Promise<Answer> {
  return desk.with(async (ctx) => {
    const { uuid } = await whom(ctx, ref);
    const user = (await readUsers(ctx, [uuid])).get(uuid) as Shown<UserRow>;
    const identities = (await readIdentitiesOf(ctx, [uuid])).get(uuid) ?? [];
    const roles = await collect(1000, (args) => rolesOfUser(ctx, uuid, args));
    const tokens = await collect(1000, (args) => tokensOf(ctx, uuid, args));
    const living = tokens.filter((it) => !it.revokedAt && it.expiresAt > new Date());
    const sessions = await countSessions(ctx, uuid);
    const known = identities.map(({ idp, subject, goneAt }) => ({ idp, subject, goneAt }));
    const names = roles.map((it) => it.name);
    const text = facts(desk.terminal, [
      ['id', user.id],
      ['username', user.username],
      ['name', user.fullName],
      ['e-mail', user.email],
      ['ORCID iD', user.orcid],
      ['affiliation', user.affiliation],
      ['state', user.state],
      ['edited here', user.lockedFields.join(', ')],
      ['since', user.createdAt],
      ['changed', user.updatedAt],
      ...known.map((it): [string, string] => [
        'identity',
        `${it.idp}:${it.subject}${it.goneAt ? ` (gone since ${it.goneAt.toISOString()})` : ''}`,
      ]),
      ...names.map((it): [string, string] => ['role', it]),
      ['tokens', living.length],
      ['sessions', sessions],
    ]);
    const json = {
      ...jsonOf(user),
      identities: known,
      roles: names,
      tokens: living.length,
      sessions,
    };
    return { json, text };
  });
}

async function countSessions(ctx: Context, userId: string): Promise<number> {
  const [found] = await rows(
    ctx,
    sql<{ count: number }>`
      select count(*)::int as count from sessions where user_id = ${userId} and ends_at > now()`,
  );
  return found?.count ?? 0;
}

/** Their roles with the reasons; the ancestor's `user-groups`, and with communities its `-r`. */
export function groups(
  desk: Desk,
  { communities: isWide }: { communities?: boolean },
  ref: string,
): Promise<Answer> {
  return desk.with(async (ctx) => {
    const { id } = await whom(ctx, ref);
    const explained = await explain(ctx, id);
    const reasons = explained.map(({ role, ...it }) => ({
      role: role?.name,
      group: it.group ? { id: it.group.remoteId, idp: it.group.idp, name: it.group.name } : null,
      category: role?.category ?? null,
      source: it.source,
      since: it.since,
      ...(isWide && { community: it.community?.slug ?? null, level: it.level }),
    }));
    const unique = [...new Map(reasons.map((it) => [JSON.stringify(it), it])).entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, it]) => it);
    const heads = ['role', 'group', 'source', 'since', ...(isWide ? ['community', 'level'] : [])];
    const cells = unique.map((it) => [
      it.role,
      it.group?.name ?? it.group?.id,
      it.source,
      it.since,
      ...(isWide ? [it.community, it.level] : []),
    ]);
    return { json: unique, text: table(desk.terminal, heads, cells, 'No roles.') };
  });
}
