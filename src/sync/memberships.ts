import { sql } from 'kysely';
import { demand } from '../actor.ts';
import { record } from '../audit/service.ts';
import { lockForLink } from '../communities/locks.ts';
import { type Context, rows, transact } from '../context.ts';
import { levelOf } from '../groups/naming.ts';
import { newId, toGlobalId } from '../ids.ts';
import type { Level } from '../level.ts';
import { changed } from '../search/changes.ts';
import { applyGroup, loadGroup } from './groups.ts';
import { planGroup } from './plan-group.ts';
import { may } from './policy.ts';

/** How the role of a group stands in the group's community. */
export interface MembershipCheck {
  idp: string;
  group: string;
  community: string;
  category: string;
  /** As it should be, as it should be since now, or not. */
  status: 'OK' | 'FIXED' | 'ERROR';
  /** The level that the mapping gives it. */
  level: Level;
  message?: string;
}

interface Linked {
  idp: string;
  remoteId: string;
  groupId: string;
  communityId: string;
  slug: string;
}

/**
 * Looks whether each role of a linked group is a member of the community at the level that its
 * category maps to; one that was set here by somebody is as it should be. The ancestor's checker.
 * @param options.isMended whether what is wrong is put right, by the code of links and syncs.
 */
export async function checkMemberships(
  ctx: Context,
  { idp, isMended }: { idp?: string; isMended: boolean },
): Promise<MembershipCheck[]> {
  demand(ctx.actor, may(ctx.actor, 'approve'));
  const linked = await rows(
    ctx,
    sql<Linked>`
      select g.idp, g.remote_id as "remoteId", g.id as "groupId", c.id as "communityId", c.slug
      from communities c join groups g on g.id = c.group_id
      where c.deleted_at is null and g.deleted_at is null
        and (${idp ?? null}::text is null or g.idp = ${idp ?? null})
      order by g.idp, g.remote_id`,
  );
  const checks: MembershipCheck[] = [];
  for (const it of linked)
    checks.push(
      ...(await transact({ ...ctx, em: ctx.em.fork() }, (tx) => check(tx, it, isMended))),
    );
  return checks;
}

async function check(tx: Context, it: Linked, isMended: boolean): Promise<MembershipCheck[]> {
  const { communityId, groupId } = it;
  const local = await loadGroup(tx, it.idp, it.remoteId);
  await lockForLink(tx, groupId, toGlobalId('Community', communityId));
  const idp = tx.config.idps.get(it.idp);
  const fields = local.group;
  // Unlinked or deleted since it was listed: there is nothing to be in.
  if (!fields || local.communityId !== communityId) return [];
  const about = { idp: it.idp, group: it.remoteId, community: it.slug };
  const placed = new Map(
    local.marriage.placements.flatMap((at) =>
      at.communityId === communityId ? [[at.category, at] as const] : [],
    ),
  );
  const says = { idp: idp ?? { onGroupDeleted: 'divorce' as const }, remoteId: it.remoteId };
  const { changes: all, notes } = planGroup(local, { id: it.remoteId, problems: [] }, says);
  const changes = all.filter(({ kind }) => kind === 'MEMBER_LEVEL_CHANGED');
  const checks = local.roles.map((category): MembershipCheck => {
    const level = levelOf(idp, fields, category);
    const own = { ...about, category, level };
    if (!idp) return { ...own, status: 'ERROR', message: `${it.idp} is not configured` };
    const wrong = changes.find((change) => change.category === category);
    const message = !placed.has(category)
      ? 'is no member'
      : wrong
        ? `is ${wrong.before}`
        : notes.find((note) => note.field === category)?.message;
    const isWrong = wrong !== undefined || !placed.has(category);
    return { ...own, status: isWrong ? (isMended ? 'FIXED' : 'ERROR') : 'OK', message };
  });
  if (checks.some((own) => own.status === 'FIXED')) {
    await applyGroup(tx, it.idp, it.remoteId, local, { changes, notes: [] });
    await place(
      tx,
      it,
      checks.filter((own) => !placed.has(own.category)),
    );
    await changed(tx, 'communities', [communityId]);
    const details = { fixed: checks.filter((own) => own.status === 'FIXED').map(fixedOf) };
    record(tx, 'community.memberships_fixed', { kind: 'Community', id: communityId }, details);
  }
  return checks;
}

const fixedOf = ({ category, level }: MembershipCheck) => ({ category, level });

/** Makes roles of the group members of its community. */
async function place(tx: Context, at: Linked, missing: MembershipCheck[]): Promise<void> {
  const made = missing.map(({ category, level }) => ({ id: newId(), category, level }));
  await rows(
    tx,
    sql`
      insert into members (id, community_id, role_id, level, mapped_level)
      select it.id, ${at.communityId}, r.id, it.level, it.level
      from jsonb_to_recordset(${JSON.stringify(made)}) as it (id uuid, category text, level text)
      join roles r on r.group_id = ${at.groupId} and r.category = it.category
      on conflict do nothing`,
  );
}
