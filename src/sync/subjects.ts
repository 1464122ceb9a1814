import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { notFound, Refusal } from '../errors.ts';
import { uuidOf } from '../ids.ts';
import type { RemoteGroupRefInput, RemoteUserRefInput } from './inputs.ts';
import type { Subject } from './service.ts';

/** Whom a caller means. @throws Refusal if there is nobody, or if the service is to be named. */
export async function userSubject(
  ctx: Context,
  { userId, remote }: RemoteUserRefInput,
): Promise<Subject> {
  if (remote) return named('USER', remote);
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
  return named('USER', identity);
}

/** Which group a caller means. @throws Refusal if there is none. */
export async function groupSubject(
  ctx: Context,
  { groupId, remote }: RemoteGroupRefInput,
): Promise<Subject> {
  if (remote) return named('GROUP', remote);
  const [group] = await rows(
    ctx,
    sql<{ idp: string; subject: string }>`
      select idp, remote_id as subject from groups where id = ${uuidOf('Group', groupId ?? '') ?? null}`,
  );
  if (!group) throw notFound('group', 'input', 'group', 'groupId');
  return named('GROUP', group);
}

const named = (
  kind: Subject['kind'],
  { idp, subject }: { idp: string; subject: string },
): Subject => {
  if (subject.trim() === '' || subject.length > 255 || /\p{Cc}/u.test(subject)) {
    const where = kind === 'USER' ? 'user' : 'group';
    throw new Refusal('INVALID', 'needs 1 to 255 printable characters.', [
      'input',
      where,
      'remote',
      'subject',
    ]);
  }
  return { kind, idp, remoteId: subject };
};
