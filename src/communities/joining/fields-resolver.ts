import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { type Context, load } from '../../context.ts';
import type { Shown } from '../../node.ts';
import { KindArgs } from '../../requests/args.ts';
import { type EventRow, type RequestRow, requestsOf } from '../../requests/queries.ts';
import { RequestConnection, RequestEventType, RequestType } from '../../requests/types.ts';
import { LevelEnum } from '../enums.ts';
import { type CommunityRow, readCommunities } from '../queries.ts';
import { CommunityType } from '../types.ts';
import { JoiningArgs, JoiningConnection, JoiningFacets } from './list-types.ts';
import { joiningOf } from './lists.ts';
import { titleOf } from './queries.ts';

@Resolver(() => RequestType)
export class RequestFieldsResolver {
  @FieldResolver(() => String, {
    description:
      'What it is called, with the name of the community as it is now; without it once the request is closed and the community is not there for the viewer.',
  })
  title(@Ctx() ctx: Context, @Root() request: RequestRow) {
    return titleOf(ctx, request);
  }

  @FieldResolver(() => LevelEnum, {
    nullable: true,
    description: 'What the new member may do; null where a community is to join.',
  })
  level(@Root() request: RequestRow) {
    return request.level;
  }

  @FieldResolver(() => CommunityType, {
    nullable: true,
    description: 'The community that is to be joined; null if it is not there for the viewer.',
  })
  community(@Ctx() ctx: Context, @Root() request: RequestRow) {
    return load(ctx, readCommunities, request.communityId);
  }

  @FieldResolver(() => CommunityType, {
    nullable: true,
    description:
      'The community that is to become a child; null where a user is to join, or if it is not there for the viewer.',
  })
  child(@Ctx() ctx: Context, @Root() request: RequestRow) {
    return request.childId === null ? null : load(ctx, readCommunities, request.childId);
  }
}

@Resolver(() => RequestEventType)
export class RequestEventFieldsResolver {
  @FieldResolver(() => LevelEnum, {
    nullable: true,
    description: 'Where the level was changed: what the request gives since.',
  })
  level(@Root() { details }: EventRow) {
    return details.to ?? null;
  }

  @FieldResolver(() => LevelEnum, {
    nullable: true,
    description: 'Where the level was changed: what the request gave before.',
  })
  formerLevel(@Root() { details }: EventRow) {
    return details.from ?? null;
  }
}

@Resolver(() => CommunityType)
export class CommunityRequestsResolver {
  @FieldResolver(() => RequestConnection, {
    description:
      'The requests that it made or is asked, newest first if nothing else is said. For owners and managers; empty for others.',
  })
  async requests(
    @Ctx() ctx: Context,
    @Root() community: Shown<CommunityRow>,
    @Args(() => KindArgs) args: KindArgs,
  ) {
    return RequestConnection.of(await requestsOf(ctx, community.uuid, args));
  }

  @FieldResolver(() => JoiningConnection, {
    description:
      'Who was invited, newest first if nothing else is said. For owners and managers; empty for others.',
  })
  async invitations(
    @Ctx() ctx: Context,
    @Root() community: Shown<CommunityRow>,
    @Args(() => JoiningArgs) args: JoiningArgs,
  ) {
    const { countFacets, ...page } = await joiningOf(ctx, community.uuid, 'INVITATION', args);
    return JoiningConnection.found(page, { countFacets });
  }

  @FieldResolver(() => JoiningConnection, {
    description:
      'Who asked to join, newest first if nothing else is said. For owners and managers; empty for others.',
  })
  async membershipRequests(
    @Ctx() ctx: Context,
    @Root() community: Shown<CommunityRow>,
    @Args(() => JoiningArgs) args: JoiningArgs,
  ) {
    const { countFacets, ...page } = await joiningOf(ctx, community.uuid, 'MEMBERSHIP', args);
    return JoiningConnection.found(page, { countFacets });
  }
}

@Resolver(() => JoiningConnection)
export class JoiningConnectionResolver {
  @FieldResolver(() => JoiningFacets, {
    description: 'How many requests each choice would list; counted only when asked for.',
  })
  facets(@Root() { countFacets }: JoiningConnection) {
    return countFacets();
  }
}
