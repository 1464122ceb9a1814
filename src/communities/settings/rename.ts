import { z } from 'zod';
import { record } from '../../audit/service.ts';
import { type Context, transact } from '../../context.ts';
import { Refusal, valid } from '../../errors.ts';
import { changed } from '../../search/changes.ts';
import { OldSlug } from '../community.ts';
import { type Aim, findFor } from '../find.ts';
import { slugShape } from './shapes.ts';
import { takeSlug } from './slugs.ts';

/**
 * Gives a community another slug; the one that it had goes on leading to it.
 * @returns the community's UUID.
 */
export function rename(ctx: Context, input: Aim & { slug: string }): Promise<string> {
  return transact(ctx, async (tx) => {
    const community = await findFor(tx, 'RENAME', input);
    const { slug } = valid(z.object({ slug: slugShape }), input);
    const path = ['input', 'slug'];
    if (slug === community.slug) throw new Refusal('INVALID', 'It has this slug already.', path);
    await takeSlug(tx, slug, path, community.id);
    const before = community.slug;
    tx.em.create(OldSlug, { slug: before, community });
    tx.em.assign(community, { slug });
    await changed(tx, 'communities', [community.id]);
    record(
      tx,
      'community.renamed',
      { kind: 'Community', id: community.id },
      { before, after: slug },
    );
    return community.id;
  });
}
