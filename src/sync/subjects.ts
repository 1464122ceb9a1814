import { sql } from 'kysely';
import { demand } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import { notFound, Refusal } from '../errors.ts';
import { uuidOf } from '../ids.ts';
import type { RemoteGroupRefInput, RemoteUserRefInput } from './inputs.ts';
import { may } from './policy.ts';
import type { Subject } from './service.ts';

/** Whom a caller means. @throws Refusal if there is nobody, or if the service is to be named. */
export async function userSubject(
  ctx: Context,
  { userId, remote }: RemoteUserRefInput,
): Promise<Subject> {
  demand(ctx.actor, may(ctx.actor, 'sync'));
  if (remote) return named(ctx, 'USER', remote);
  const path = ['input', 'user', 'userId'];
  const identities = await rows(
    ctx,
    sql<{ idp: string; subject: string }>`
      select idp, subject from identities where user_id = ${uuidOf('User', userId ?? '') ?? null}`,
  );
  const [identity, other] = identities;
  if (!identity) throw notFound('user with an identity', ...path);
  if (other) {
    const idps = identities.map((it) => it.idp).join(', ');
    throw new Refusal('INVALID', `The user has identities of ${idps}: name one by "remote".`, path);
  }
  return { kind: 'USER', idp: identity.idp, remoteId: identity.subject };
}

/** Which group a caller means. @throws Refusal if there is none. */
export async function groupSubject(
  ctx: Context,
  { groupId, remote }: RemoteGroupRefInput,
): Promise<Subject> {
  demand(ctx.actor, may(ctx.actor, 'sync'));
  if (remote) return named(ctx, 'GROUP', remote);
  const [group] = await rows(
    ctx,
    sql<{ idp: string; subject: string }>`
      select idp, remote_id as subject from groups where id = ${uuidOf('Group', groupId ?? '') ?? null}`,
  );
  if (!group) throw notFound('group', 'input', 'group', 'groupId');
  return { kind: 'GROUP', idp: group.idp, remoteId: group.subject };
}

function named(
  ctx: Context,
  kind: Subject['kind'],
  { idp, subject }: { idp: string; subject: string },
): Subject {
  const path = ['input', kind === 'USER' ? 'user' : 'group', 'remote'];
  if (!ctx.config.idps.has(idp)) throw notFound('identity service', ...path, 'idp');
  if (subject.trim() === '' || subject.length > 255 || /\p{Cc}/u.test(subject)) {
    throw new Refusal('INVALID', 'needs 1 to 255 printable characters.', [...path, 'subject']);
  }
  return { kind, idp, remoteId: subject };
}
