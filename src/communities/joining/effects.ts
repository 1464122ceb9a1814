import { record } from '../../audit/service.ts';
import type { Context } from '../../context.ts';
import { Refusal } from '../../errors.ts';
import { atLeast } from '../../level.ts';
import type { Request } from '../../requests/request.ts';
import { changed } from '../../search/changes.ts';
import { User } from '../../users/user.ts';
import { Community, Member } from '../community.ts';
import { readChildCount } from '../queries.ts';
import { demandFitting } from '../settings/parents.ts';

/**
 * Makes whom a request is about a member of the community, which is locked. Who became one meanwhile
 * stays at least what they are; a place by a role stands beside this one.
 */
export async function join(tx: Context, request: Request): Promise<void> {
  const level = request.level ?? 'READER';
  const community = await tx.em.findOneOrFail(Community, request.communityId, { refresh: true });
  if (community.deletedAt) {
    throw new Refusal('CONFLICT', 'The community is deleted.', ['input', 'requestId']);
  }
  const user = tx.em.getReference(User, request.userId as string);
  const own = await tx.em.findOne(Member, { community, user }, { refresh: true });
  if (own && atLeast(own.level, level)) return;
  if (own) tx.em.assign(own, { level });
  else tx.em.create(Member, { community, user, level });
  record(
    tx,
    'community.member_joined',
    { kind: 'Community', id: community.id },
    { user: user.id, level, from: own?.level ?? null },
  );
}

/** Makes a community the child of another; both are locked. */
export async function adopt(tx: Context, request: Request): Promise<void> {
  const [parent, child] = [
    await tx.em.findOneOrFail(Community, request.communityId, { refresh: true }),
    await tx.em.findOneOrFail(Community, request.childId as string, { refresh: true }),
  ];
  await demandAdoptable(tx, parent, child, ['input', 'requestId']);
  tx.em.assign(child, { parent });
  await changed(tx, 'communities', [child.id]);
  record(tx, 'community.adopted', { kind: 'Community', id: child.id }, { parent: parent.id });
}

/** Goes on if one can become the child of the other as things stand. @throws Refusal CONFLICT. */
export async function demandAdoptable(
  tx: Context,
  parent: Community,
  child: Community,
  path: string[],
): Promise<void> {
  demandFitting(parent, child, path);
  if (child.parent) throw new Refusal('CONFLICT', 'The community has a parent already.', path);
  if ((await readChildCount(tx, child.id)) > 0) {
    throw new Refusal('CONFLICT', 'A community that has subcommunities cannot be one.', path);
  }
}
