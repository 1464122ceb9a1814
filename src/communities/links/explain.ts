import { demand } from '../../actor.ts';
import { type Context, load } from '../../context.ts';
import { readGroups, readRoles } from '../../groups/queries.ts';
import { uuidOf } from '../../ids.ts';
import { readCommunities, readReasons } from '../queries.ts';

/** Why somebody is in their roles: every chain of service, group, role and community. */
export async function explain(ctx: Context, userId: string, roleId?: string) {
  const user = uuidOf('User', userId);
  const role = roleId == null ? undefined : uuidOf('Role', roleId);
  demand(ctx.actor, ctx.actor.has('SYNC') || (user !== undefined && ctx.actor.userId === user));
  if (user === undefined || (roleId != null && role === undefined)) return [];
  const reasons = await readReasons(ctx, user, role);
  const explained = await Promise.all(
    reasons.map(async ({ roleId, communityId, ...reason }) => {
      const role = await load(ctx, readRoles, roleId);
      const groupId = role?.groupId;
      const [group, community] = await Promise.all([
        groupId ? load(ctx, readGroups, groupId) : null,
        communityId ? load(ctx, readCommunities, communityId) : null,
      ]);
      return { ...reason, role, group, community };
    }),
  );
  // A community that the viewer may not see does not exist: the role alone is told then, and once.
  const told = new Set(explained.filter((it) => it.community).map(reasonOf));
  return explained.flatMap((it) => {
    if (!it.role || (!it.community && told.has(reasonOf(it)))) return [];
    told.add(reasonOf(it));
    return it.community ? it : { ...it, level: null };
  });
}

const reasonOf = ({ role, source }: { role?: { uuid: string }; source: string }) =>
  `${role?.uuid} ${source}`;
