import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { type Context, load } from '../context.ts';
import { readGroups } from '../groups/queries.ts';
import { GroupType } from '../groups/types.ts';
import type { Level } from '../level.ts';
import { PageArgs } from '../page-args.ts';
import { SearchArgs } from '../search/types.ts';
import { termOf } from '../vocabulary.ts';
import { TermType } from '../vocabulary-types.ts';
import { CommunityActEnum, DeletionStateEnum, LevelEnum } from './enums.ts';
import { CommunityFilterInput, type CommunitySort, CommunitySortEnum } from './list-types.ts';
import { childrenOf, listFeatured } from './lists.ts';
import { LogoType } from './logo/types.ts';
import { type Act, may, permissions, stateOf } from './policy.ts';
import * as queries from './queries.ts';
import { listCommunities } from './search/list.ts';
import { CommunitySearchConnection } from './search/types.ts';
import { readFeatured } from './settings/featured.ts';
import { CommunityAccess, CommunityConnection, CommunityType } from './types.ts';

type Row = queries.ShownCommunity;

@Resolver(() => CommunityType)
export class CommunityResolver {
  @Query(() => CommunityType, {
    nullable: true,
    description: 'The community that has this slug, or had it and no other has it since.',
  })
  community(
    @Ctx() ctx: Context,
    @Arg('slug', () => String, { description: 'Its name in addresses.' }) slug: string,
  ) {
    return queries.findCommunity(ctx, slug);
  }

  @Query(() => CommunitySearchConnection, {
    description: 'The communities that the viewer can see.',
  })
  async communities(
    @Ctx() ctx: Context,
    @Args(() => SearchArgs) { query, ...args }: SearchArgs,
    @Arg('filter', () => CommunityFilterInput, { nullable: true, description: 'Which of them.' })
    filter?: CommunityFilterInput | null,
    @Arg('sort', () => CommunitySortEnum, {
      nullable: true,
      description: 'In which order; `BEST_MATCH` if absent.',
    })
    sort?: CommunitySort | null,
  ) {
    const list = { query, filter: filter ?? {}, sort: sort ?? 'BEST_MATCH' };
    const { countFacets, ...page } = await listCommunities(ctx, args, list);
    return CommunitySearchConnection.found(page, { countFacets });
  }

  @Query(() => CommunityConnection, {
    description: 'What is put forward now: what began last first.',
  })
  async featuredCommunities(@Ctx() ctx: Context, @Args(() => PageArgs) args: PageArgs) {
    return CommunityConnection.of(await listFeatured(ctx, args));
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'What is accepted and how: HTML without anything unsafe.',
  })
  async curationPolicy(@Ctx() ctx: Context, @Root() community: Row) {
    return (await load(ctx, queries.readTexts, community.uuid))?.curationPolicy;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'The page about it: HTML without anything unsafe.',
  })
  async page(@Ctx() ctx: Context, @Root() community: Row) {
    return (await load(ctx, queries.readTexts, community.uuid))?.page;
  }

  @FieldResolver(() => TermType, { nullable: true, description: 'What kind of community it is.' })
  type(@Ctx() ctx: Context, @Root() { type }: Row) {
    return type === null ? null : termOf(ctx.config.vocabularies.communityTypes, type);
  }

  @FieldResolver(() => CommunityAccess, { description: 'Who may do what.' })
  access(@Root() community: Row) {
    return community;
  }

  @FieldResolver(() => LogoType, {
    nullable: true,
    description: 'Its picture; there is none to be seen while it is deleted.',
  })
  logo(@Ctx() ctx: Context, @Root() { slug, logoHash, deletedAt }: Row) {
    const base = `${ctx.config.publicUrl}/communities/${slug}/logo`;
    return logoHash === null || deletedAt ? null : LogoType.of(base, logoHash);
  }

  @FieldResolver(() => DeletionStateEnum, { description: 'Whether it is still there.' })
  deletionState(@Root() community: Row) {
    return stateOf(community);
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description: 'Whether an owner of it was verified; null for those who may not know.',
  })
  async isVerified(@Ctx() ctx: Context, @Root() community: Row) {
    if (!may(ctx.actor, 'SEE_VERIFIED', community)) return null;
    return (await load(ctx, queries.readVerified, community.uuid)) ?? false;
  }

  @FieldResolver(() => Boolean, { description: 'Whether it is put forward now.' })
  async isFeatured(@Ctx() ctx: Context, @Root() { uuid, visibility, deletedAt }: Row) {
    if (visibility !== 'PUBLIC' || deletedAt) return false;
    return (await load(ctx, readFeatured, uuid)) ?? false;
  }

  @FieldResolver(() => [String], { description: 'Slugs that it had before and that lead here.' })
  async oldSlugs(@Ctx() ctx: Context, @Root() community: Row) {
    return (await load(ctx, queries.readOldSlugs, community.uuid)) ?? [];
  }

  @FieldResolver(() => CommunityType, { nullable: true, description: 'What it is a child of.' })
  parent(@Ctx() ctx: Context, @Root() { parentId }: Row) {
    return parentId === null ? null : load(ctx, queries.readLiveCommunities, parentId);
  }

  @FieldResolver(() => CommunityConnection, { description: 'Its children, oldest first.' })
  async children(
    @Ctx() ctx: Context,
    @Root() community: Row,
    @Args(() => PageArgs) args: PageArgs,
  ) {
    return CommunityConnection.of(await childrenOf(ctx, community.uuid, args));
  }

  @FieldResolver(() => GroupType, {
    nullable: true,
    description: 'The remote group whose community it is.',
  })
  group(@Ctx() ctx: Context, @Root() { groupId }: Row) {
    return groupId === null ? null : load(ctx, readGroups, groupId);
  }

  @FieldResolver(() => LevelEnum, {
    nullable: true,
    description: 'The level of who is asking.',
  })
  viewerLevel(@Ctx() ctx: Context, @Root() community: Row): Level | null {
    return ctx.actor.levels.get(community.uuid) ?? null;
  }

  @FieldResolver(() => [CommunityActEnum], { description: 'What the viewer may do with it now.' })
  viewerPermissions(@Ctx() ctx: Context, @Root() community: Row): Act[] {
    return permissions(ctx.actor, community);
  }
}
