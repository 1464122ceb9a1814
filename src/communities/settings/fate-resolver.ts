import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { auditOf } from '../../audit/queries.ts';
import { AuditEventConnection } from '../../audit/types.ts';
import { type Context, load } from '../../context.ts';
import { PageArgs } from '../../page-args.ts';
import { readUsers } from '../../users/queries.ts';
import { UserType } from '../../users/types.ts';
import { may } from '../policy.ts';
import type { ShownCommunity } from '../queries.ts';
import { CommunityType } from '../types.ts';
import { readEntriesOf } from './featured.ts';
import { FeaturedEntryType, TombstoneType } from './part-types.ts';
import { findTombstone, readTombstones, type ShownTombstone } from './tombstones.ts';

/** What was done to a community, and what is left of one that was deleted. */
@Resolver(() => CommunityType)
export class CommunityFateResolver {
  @FieldResolver(() => TombstoneType, {
    nullable: true,
    description: 'If it is deleted: what there is to say of that.',
  })
  tombstone(@Ctx() ctx: Context, @Root() community: ShownCommunity) {
    return community.deletedAt && load(ctx, readTombstones, community.uuid);
  }

  @FieldResolver(() => AuditEventConnection, {
    description: 'What was done to it, newest first. For its owners; empty for others.',
  })
  async auditLog(
    @Ctx() ctx: Context,
    @Root() community: ShownCommunity,
    @Args(() => PageArgs) args: PageArgs,
  ) {
    const isOpen = may(ctx.actor, 'SEE_AUDIT_LOG', community);
    return AuditEventConnection.of(await auditOf(ctx, community.uuid, args, isOpen));
  }

  @FieldResolver(() => [FeaturedEntryType], {
    nullable: true,
    description: 'When it is put forward, past and future; null for those who may not know.',
  })
  async featuredEntries(@Ctx() ctx: Context, @Root() community: ShownCommunity) {
    if (!may(ctx.actor, 'FEATURE', community)) return null;
    return (await load(ctx, readEntriesOf, community.uuid)) ?? [];
  }
}

@Resolver(() => TombstoneType)
export class TombstoneResolver {
  @Query(() => TombstoneType, {
    nullable: true,
    description:
      'What is left to say of the deleted community that had this slug, for those who could see it.',
  })
  tombstone(
    @Ctx() ctx: Context,
    @Arg('slug', () => String, { description: 'The name that it had in addresses.' }) slug: string,
  ) {
    return findTombstone(ctx, slug);
  }

  @FieldResolver(() => UserType, {
    nullable: true,
    description:
      'Who deleted it; null for the server itself, and for those who may not restore it.',
  })
  removedBy(@Ctx() ctx: Context, @Root() { removedById }: ShownTombstone) {
    return removedById === null ? null : load(ctx, readUsers, removedById);
  }
}
