import { sql } from 'kysely';
import { z } from 'zod';
import { demand } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, rows, transact } from '../context.ts';
import { notFound, Refusal, valid } from '../errors.ts';
import { uuidOf } from '../ids.ts';
import { changed } from '../search/changes.ts';
import { demandPatience } from '../users/brake.ts';
import { readIdentities } from '../users/queries.ts';
import { lockUsers } from '../users/target.ts';
import { lockWhere, readOrphans, refusalsOf } from './owners.ts';
import { mayUnlink } from './policy.ts';
import { forgetSubjects } from './subjects.ts';
import type { UnlinkIdentityInput } from './types.ts';

const path = ['input', 'identityId'];
const aim = z.object({ identityId: z.string() });

interface Found {
  id: string;
  userId: string;
  idp: string;
  subject: string;
  isGone: boolean;
  isActive: boolean;
  /** Other identities by which the user comes in. */
  hasOther: boolean;
  /** Another of the same service, whatever it knows of it. */
  hasOtherThere: boolean;
}

/**
 * Takes an identity from its account: whoever signs in by it does not come in here any more, what
 * began by it ends, and what its service gave the account goes, if it does not know it as another.
 * @returns the user's UUID.
 * @throws Refusal CONFLICT if it is the last way in, or a community would lose its last owner; Denial.
 */
export async function unlink(ctx: Context, input: UnlinkIdentityInput): Promise<string> {
  const { identityId } = valid(aim, input);
  const id = uuidOf('Identity', identityId);
  const seen = id === undefined ? undefined : (await readIdentities(ctx, [id])).get(id);
  if (!seen) throw notFound('identity', ...path);
  demand(ctx.actor, mayUnlink(ctx.actor, seen.userId));
  await demandPatience(ctx);
  return transact(ctx, async (tx) => {
    // No sync that began before writes anything after this.
    await forgetSubjects(tx, [{ idp: seen.idp, subject: seen.subject }]);
    await lockUsers(tx, [seen.userId]);
    const found = await find(tx, seen.uuid, seen.userId);
    demandWayIn(tx, found);
    const roles = found.hasOtherThere ? [] : await takeRoles(tx, found);
    await rows(tx, sql`delete from identities where id = ${found.id}`);
    await changed(tx, 'users', [found.userId]);
    const { idp, subject } = found;
    record(
      tx,
      'user.identity_unlinked',
      { kind: 'User', id: found.userId },
      { id: found.id, idp, subject, roles },
    );
    return found.userId;
  });
}

/** The identity as it is by now, of the same account. */
async function find(tx: Context, id: string, userId: string): Promise<Found> {
  const [found] = await rows(
    tx,
    sql<Found>`
      select i.id, i.user_id as "userId", i.idp, i.subject, i.gone_at is not null as "isGone",
        u.state = 'ACTIVE' as "isActive",
        exists (select from identities o
          where o.user_id = u.id and o.id <> i.id and o.gone_at is null
            -- One that nobody signs in by does not stand for one by which they do.
            and (o.idp = any(${doorsOf(tx)}) or i.idp <> all(${doorsOf(tx)}))) as "hasOther",
        exists (select from identities o
          where o.user_id = u.id and o.id <> i.id and o.idp = i.idp) as "hasOtherThere"
      from identities i join users u on u.id = i.user_id
      where i.id = ${id} and i.user_id = ${userId} for no key update of i`,
  );
  if (!found) throw notFound('identity', ...path);
  return found;
}

/** The services by whose word somebody comes in. */
const doorsOf = ({ config }: Context): string[] =>
  [...config.signIn.values(), ...config.issuers].map((it) => it.idp);

function demandWayIn({ actor }: Context, { userId, isActive, isGone, hasOther }: Found): void {
  if (!isActive || isGone || hasOther) return;
  const message =
    actor.userId === userId
      ? 'It is your only way in: link another identity first.'
      : 'It is the only way into the account: link another identity first, or deactivate the account.';
  throw new Refusal('CONFLICT', message, path);
}

/** Takes what the service gave, if every community keeps an owner: as where a sync takes it. */
async function takeRoles(tx: Context, { userId, idp, isActive }: Found): Promise<string[]> {
  const given = sql`
    select a.role_id from assignments a where a.user_id = ${userId} and a.source = ${idp}`;
  const owned = isActive
    ? await lockWhere(tx, sql`m.level = 'OWNER' and m.role_id in (${given})`)
    : [];
  const taken = await rows(
    tx,
    sql<{ id: string }>`
      delete from assignments where user_id = ${userId} and source = ${idp} returning role_id as id`,
  );
  const orphans = await readOrphans(tx, owned);
  if (orphans.length > 0) throw refusalsOf(tx, orphans, path);
  return taken.map((it) => it.id);
}
