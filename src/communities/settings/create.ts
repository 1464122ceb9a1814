import { demand } from '../../actor.ts';
import { record } from '../../audit/service.ts';
import { type Context, transact } from '../../context.ts';
import { valid } from '../../errors.ts';
import { changed } from '../../search/changes.ts';
import { User } from '../../users/user.ts';
import { Community, Member } from '../community.ts';
import type { CreateCommunityInput } from './inputs.ts';
import { demandFitting, parentFor } from './parents.ts';
import { newCommunity } from './shapes.ts';
import { takeSlug } from './slugs.ts';

/**
 * Founds a community. Whoever founds it owns it.
 * @returns the community's UUID.
 */
export function create(ctx: Context, input: CreateCommunityInput): Promise<string> {
  demand(ctx.actor, ctx.actor.userId !== undefined);
  return transact(ctx, async (tx) => {
    const isAdministrator = tx.actor.has('ADMINISTER');
    demand(tx.actor, isAdministrator || !input.theme, 'Only administrators give a theme.');
    demand(
      tx.actor,
      isAdministrator || !input.allowsChildren,
      'Only administrators allow children.',
    );
    demand(
      tx.actor,
      isAdministrator || input.parentId == null,
      'Ask the parent community for it instead.',
    );
    const { access, parentId, ...data } = valid(newCommunity(tx.config), input);
    // Communities before slugs, as everywhere: who renames the parent has locked it by then.
    const parent = parentId == null ? null : await parentFor(tx, parentId);
    await takeSlug(tx, data.slug, ['input', 'slug']);
    const community = tx.em.create(Community, { ...data, ...access });
    if (parent) {
      demandFitting(parent, community, ['input', 'parentId']);
      tx.em.assign(community, { parent });
    }
    const user = tx.em.getReference(User, tx.actor.userId as string);
    tx.em.create(Member, { community, user, level: 'OWNER' });
    await tx.em.flush();
    await changed(tx, 'communities', [community.id]);
    record(tx, 'community.created', { kind: 'Community', id: community.id }, { slug: data.slug });
    return community.id;
  });
}
